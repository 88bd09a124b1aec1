"""From outcomes to the tables of the result."""

from __future__ import annotations

import tomllib
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

import numpy as np

from benchmarks.images import metrics
from benchmarks.images.edits import HARD_FAMILIES
from benchmarks.images.outcome import HELD, Outcome, SharedPairs

EDGES = [0.0, 0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9, 1.0]
ORDINARY = ("unrelated", "unrelated-edited")
FIELDS = ("top", "held", "block", "scored", "scored_ordinary")
SHARED_PAIRS = Path(__file__).with_name("shared_pairs.toml")


def shared_pairs(file: Path = SHARED_PAIRS) -> SharedPairs:
    """The committed list of pairs that were looked at and do share something."""
    listed = tomllib.loads(file.read_text())
    return SharedPairs(
        {(pair["output"], pair["reference"]): pair["reason"] for pair in listed.get("pair", [])},
        [(group["reason"], frozenset(group["pictures"])) for group in listed.get("group", [])],
    )


def by_family(outcomes: Sequence[Outcome]) -> dict[str, list[Outcome]]:
    """Outcomes by family, in order of appearance."""
    groups: dict[str, list[Outcome]] = {}
    for outcome in outcomes:
        groups.setdefault(outcome.family, []).append(outcome)
    return groups


def summary(outcomes: Sequence[Outcome], shared: SharedPairs, tuned: Sequence[str]) -> dict[str, Any]:
    """Every figure of one system. ``tuned`` names the families whose means are compared with the aims; the others (held
    out, AugLy, several works) have means of their own."""
    counted = [shared.without(outcome) for outcome in outcomes]
    positives = [outcome for outcome in counted if not outcome.negative]
    negatives = [outcome for outcome in counted if outcome.negative]
    ordinary = [outcome for outcome in negatives if outcome.family in ORDINARY]
    threshold, ordinary_threshold = metrics.best_negative(negatives), metrics.best_negative(ordinary)
    rows = [
        metrics.family_row(name, group, threshold, ordinary_threshold) for name, group in by_family(positives).items()
    ]
    first = [row for row in rows if row.family in tuned]
    rest = [row for row in rows if row.family not in tuned]
    ious = metrics.overlaps(positives)
    top_bin = metrics.reliability(counted, [0.9, 1.0])[0]
    return {
        "means": {field: metrics.mean_of_families(first, field) for field in FIELDS} if first else {},
        "means_untuned": {field: metrics.mean_of_families(rest, field) for field in FIELDS} if rest else {},
        "below_aim": [row.family for row in rows if row.held < (0.8 if row.family in HARD_FAMILIES else 0.95)],
        "alarms": {
            "ordinary": metrics.alarms(ordinary),
            "hard": metrics.alarms([one for one in negatives if one.family not in ORDINARY]),
            "all": metrics.alarms(negatives),
        },
        "alarms_by_family": {
            name: {"outputs": len(group), "held": sum(one.decision in HELD for one in group)}
            for name, group in by_family(negatives).items()
        },
        "best_negative_score": finite(threshold),
        "best_ordinary_negative_score": finite(ordinary_threshold),
        "wrong_matches_held_in_positives": sum(
            answer.decision in HELD for outcome in positives for answer in outcome.wrong
        ),
        "unchecked": sum(outcome.decision == "unchecked" for outcome in counted),
        "median_iou": float(np.median(ious)) if ious else None,
        "reliability": metrics.reliability(counted, EDGES),
        "right_above_0.9": top_bin.right,
        "micro_average_precision": metrics.micro_average_precision(counted),
        "median_ms": float(np.median([outcome.elapsed_ms for outcome in counted])),
        "families": rows,
    }


def beside(others: str, outcomes: Sequence[Outcome]) -> dict[str, Any]:
    """The copies that one system holds and blocks, and under the name ``others`` what it holds of that which copies
    nothing. Raises ValueError where there is no copy."""
    copies = metrics.family_row("copies", [one for one in outcomes if not one.negative], 1.0, 1.0)
    return {
        others: asdict(metrics.alarms([one for one in outcomes if one.negative])),
        "copies": {"outputs": copies.chances, "held": copies.held, "block": copies.block},
    }


def told(counted: dict[str, Any]) -> tuple[str, list[float]]:
    """What `beside` counted, with what copies nothing under ``others``: as a sentence, and as the shares of copies held
    and blocked and of others held."""
    others, held = counted["others"], counted["copies"]
    sentence = (
        f"of {held['outputs']} copies held {held['held']:.3f}, blocked {held['block']:.3f}; "
        f"of {others['outputs']} others {others['review']} review, {others['block']} block"
    )
    return sentence, [held["held"], held["block"], (others["review"] + others["block"]) / others["outputs"]]


def finite(score: float) -> float | None:
    """A score for the result; None where no negative had an answer."""
    return score if np.isfinite(score) else None


def misses(outcomes: Sequence[Outcome], count: int) -> list[dict[str, Any]]:
    """True references that were not held, those of the easier families first, at most two of a family."""
    found = []
    for outcome in outcomes:
        for reference in outcome.truth:
            answer = outcome.right(reference)
            if answer is None or answer.decision not in HELD:
                score = answer.score if answer else 0.0
                found.append((outcome.family in HARD_FAMILIES, score, outcome.case, reference, outcome.family))
    kept: list[dict[str, Any]] = []
    for _hard, score, case, reference, family in sorted(found):
        if sum(one["family"] == family for one in kept) < 2:
            kept.append({"case": case, "family": family, "reference": reference, "score": score})
    return kept[:count]


def false_alarms(outcomes: Sequence[Outcome]) -> list[dict[str, Any]]:
    """Every held answer about a reference that is not in the output, negatives first, highest score first."""
    found = [
        {
            "case": outcome.case,
            "output": outcome.sources[0] if outcome.sources else "",
            "reference": answer.reference,
            "score": answer.score,
            "decision": answer.decision,
            "negative": outcome.negative,
        }
        for outcome in outcomes
        for answer in outcome.wrong
        if answer.decision in HELD
    ]
    return sorted(found, key=lambda one: (not one["negative"], -float(one["score"])))
