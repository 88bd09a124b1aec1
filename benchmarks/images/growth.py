"""What a growing index does to the same outputs, as pure functions of what each check showed."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from benchmarks.images import metrics
from benchmarks.images.cases import Case
from benchmarks.images.outcome import HELD
from benchmarks.images.pairs import Pair
from benchmarks.images.strangers import FAMILY as STRANGER
from benchmarks.images.summary import ORDINARY

QUANTILES = (0.5, 0.75, 0.9, 0.95, 0.99)
RESAMPLES = 400
SEED = 11
DECIDED = ("image.block", "image.review", "image.unlike")
"""Rules that decide by the score; what another one lets pass raises no alarm whatever its score."""


@dataclass(frozen=True)
class Best:
    """The wrong work that comes nearest: ``odds`` are log-odds without the correction for the size of the index."""

    reference: str
    score: float
    odds: float
    rule: str
    decision: str


@dataclass(frozen=True)
class Seen:
    """What one check at one size showed. ``group`` is ``positive``, ``ordinary``, ``hard`` or ``stranger``; ``wrong``
    is the best wrong pair of all, ``decided`` the best of those that the score decides; ``right`` has score and
    decision of each work that is in the output, None where it was not verified."""

    works: int
    case: str
    family: str
    group: str
    wrong: Best | None
    decided: Best | None
    held_wrong: int
    right: tuple[tuple[float, str] | None, ...]
    verified: int
    elapsed_ms: float


def seen(
    cases: Sequence[Case],
    pairs: Iterable[Pair],
    costs: Mapping[str, tuple[int, float]],
    works: int,
    odds: Callable[[Pair], float],
) -> list[Seen]:
    """One for each case. ``costs``: works sent to verification and milliseconds of each case; ``odds`` of a pair,
    without the correction for the size of the index."""
    by_case: dict[str, list[Pair]] = {case.name: [] for case in cases}
    for pair in pairs:
        by_case[pair.output].append(pair)
    return [_one(case, by_case[case.name], *costs[case.name], works, odds) for case in cases]


def _one(
    case: Case, pairs: Sequence[Pair], verified: int, elapsed_ms: float, works: int, odds: Callable[[Pair], float]
) -> Seen:
    wrong = [Best(pair.reference, pair.score, odds(pair), pair.rule, pair.decision) for pair in pairs if not pair.copy]
    right = {pair.reference: (pair.score, pair.decision) for pair in pairs if pair.copy}
    return Seen(
        works=works,
        case=case.name,
        family=case.family,
        group=group_of(case),
        wrong=_best(wrong),
        decided=_best([one for one in wrong if one.rule in DECIDED]),
        held_wrong=sum(one.decision in HELD for one in wrong),
        right=tuple(right.get(work) for work in case.truth),
        verified=verified,
        elapsed_ms=elapsed_ms,
    )


def _best(wrong: Sequence[Best]) -> Best | None:
    return max(wrong, key=lambda one: one.odds, default=None)


def group_of(case: Case) -> str:
    """Which group a case is counted in."""
    if case.truth:
        return "positive"
    if case.family == STRANGER:
        return STRANGER
    return "ordinary" if case.family in ORDINARY else "hard"


def at_size(seen: Sequence[Seen]) -> dict[str, Any]:
    """Every figure of one size."""
    negatives = [one for one in seen if one.group != "positive"]
    positives = [one for one in seen if one.group == "positive"]
    groups = {name: [one for one in negatives if one.group == name] for name in ("ordinary", "hard", STRANGER)}
    return {
        "works": seen[0].works,
        "negatives": {name: of_negatives(group) for name, group in {**groups, "all": negatives}.items() if group},
        "positives": of_positives(positives),
        "median_ms": {
            "negatives": float(np.median([one.elapsed_ms for one in negatives])),
            "positives": float(np.median([one.elapsed_ms for one in positives])),
        },
        "works_verified": {
            "median": float(np.median([one.verified for one in negatives])),
            "most": max(one.verified for one in seen),
        },
    }


def of_negatives(group: Sequence[Seen]) -> dict[str, Any]:
    """Alarms, and how near the best wrong work comes: quantiles over all outputs, None where fewer have any."""
    held = sum(bool(one.held_wrong) for one in group)
    low, high = metrics.clopper_pearson(held, len(group))
    return {
        "outputs": len(group),
        "held": held,
        "held_low": low,
        "held_high": high,
        "odds": {str(q): quantile([one.wrong for one in group], q) for q in QUANTILES},
        "odds_decided": {str(q): quantile([one.decided for one in group], q) for q in QUANTILES},
        "highest_score_decided": max((one.decided.score for one in group if one.decided), default=0.0),
    }


def quantile(best: Sequence[Best | None], share: float) -> float | None:
    """Of the log-odds without correction, over all outputs: those without any wrong pair are below every value."""
    found = float(np.quantile([one.odds if one else -math.inf for one in best], share, method="lower"))
    return found if math.isfinite(found) else None


def of_positives(group: Sequence[Seen]) -> dict[str, Any]:
    """Shares of the works that are in an output."""
    chances = [chance for one in group for chance in one.right]
    families = sorted({one.family for one in group})
    return {
        "chances": len(chances),
        "verified": share(chance is not None for chance in chances),
        "held": share(chance is not None and chance[1] in HELD for chance in chances),
        "block": share(chance is not None and chance[1] == "block" for chance in chances),
        "wrong_held_beside": sum(one.held_wrong for one in group),
        "held_by_family": {
            name: share(
                chance is not None and chance[1] in HELD for one in group if one.family == name for chance in one.right
            )
            for name in families
        },
    }


def share(values: Iterable[bool]) -> float:
    counted = list(values)
    return sum(counted) / len(counted) if counted else 0.0


@dataclass(frozen=True)
class Slope:
    """Log-odds that a quantile of the outputs' best wrong pair gains when the index grows tenfold, with the interval
    (95 %) of a bootstrap over the outputs."""

    quantile: float
    outputs: int
    slope: float
    low: float
    high: float


def slope(seen: Sequence[Seen], quantile_of: float, decided: bool = False) -> Slope | None:
    """Of one group over all sizes; None where the quantile has no value at one of the sizes, or there is one size."""
    sizes = sorted({one.works for one in seen})
    table = np.array([_odds_by_case([one for one in seen if one.works == size], decided) for size in sizes])
    if len(sizes) < 2:
        return None
    rng = np.random.default_rng(SEED)
    drawn = rng.integers(table.shape[1], size=(RESAMPLES, table.shape[1]))
    tops = np.quantile(table, quantile_of, axis=1, method="lower")
    if not np.isfinite(tops).all():
        return None
    resampled = np.quantile(table[:, drawn], quantile_of, axis=2, method="lower").T
    grown = np.log10(sizes)
    slopes = [float(np.polyfit(grown, row, 1)[0]) for row in resampled if np.isfinite(row).all()]
    low, high = (float(np.quantile(slopes, q)) for q in (0.025, 0.975))
    return Slope(quantile_of, table.shape[1], float(np.polyfit(grown, tops, 1)[0]), low, high)


def _odds_by_case(seen: Sequence[Seen], decided: bool) -> list[float]:
    """Log-odds of the best wrong pair by output, in the order of their names."""
    best = [one.decided if decided else one.wrong for one in sorted(seen, key=lambda one: one.case)]
    return [one.odds if one else -math.inf for one in best]


def line(figures: Mapping[str, Any]) -> str:
    """One line for the terminal."""
    alarms = ", ".join(f"{one['held']}/{one['outputs']} {name}" for name, one in figures["negatives"].items())
    positives = figures["positives"]
    return (
        f"{figures['works']} works: verified {positives['verified']:.3f}, held {positives['held']:.3f}, "
        f"blocked {positives['block']:.3f}; false alarms {alarms}; "
        f"{figures['median_ms']['negatives']:.0f} ms, at most {figures['works_verified']['most']} works verified"
    )
