"""``python -m benchmarks.images.pairs``: every verified pair of a run, judged, to fit the pictures' score model on.

A line is one pair in the form of ``simcheck.calibration.fit`` (with the family, the score, the rule and the decision of
today beside it). Pairs that no report lists, for their score is below the policy's ``listed_from``, are written too:
unrelated pictures are mostly there. Pairs of pictures that truly share something (``shared_pairs.toml``) are left out.
Then ``python -m simcheck.calibration.fit image FILE.jsonl``.
"""

from __future__ import annotations

import argparse
import json
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

from benchmarks.images import gate, summary
from benchmarks.images.cases import CACHE, Case, Workshop
from benchmarks.images.choice import families
from benchmarks.images.command import called, tell
from benchmarks.images.data import ROOT, SEED, HalfName, load_half
from benchmarks.images.outcome import HELD, SharedPairs
from simcheck.report import Report

UNBOUNDED = 10_000
"""More matches than any check verifies."""


@dataclass(frozen=True)
class Pair:
    """One verified pair and the truth about it. ``references``: works in the whole index, also where a few were in
    quarantine meanwhile, so that one run is of one size."""

    output: str
    reference: str
    copy: bool
    references: int
    signals: dict[str, Any]
    family: str
    score: float
    rule: str
    decision: str


def main(arguments: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.images.pairs", description=__doc__)
    parser.add_argument("--half", choices=["A", "B"], default="A", help="(default %(default)s)")
    parser.add_argument("--families", nargs="+", metavar="NAME", help="only these families of edits")
    parser.add_argument(
        "--per-family", type=int, default=12, metavar="N", help="outputs a family (default %(default)s)"
    )
    parser.add_argument(
        "--negatives-step", type=int, default=1, metavar="N", help="every Nth unrelated output, 0: none (default 1)"
    )
    parser.add_argument("--seed", type=int, default=SEED, help="another one makes other edits (default %(default)s)")
    parser.add_argument("--out", type=Path, default=ROOT / "build" / "pairs-images.jsonl", help="(default %(default)s)")
    return called(parser, run, arguments)


def run(chosen: argparse.Namespace) -> None:
    run_of = Run(chosen.half, chosen.families, chosen.per_family, chosen.negatives_step, chosen.seed)
    kept, unseen = collected(run_of, chosen.processes)
    write(chosen.out, kept)
    tell(f"{chosen.out}: {len(kept)} pairs, {sum(pair.copy for pair in kept)} of them copies")
    for line in unseen:
        tell(line)


@dataclass(frozen=True)
class Run:
    """Which outputs of which half are checked, as the command's options say it."""

    half: HalfName
    families: Sequence[str] | None
    per_family: int
    negatives_step: int
    seed: int


def collected(chosen: Run, processes: int) -> tuple[list[Pair], list[str]]:
    """The pairs of a run without those that truly share something, and what no lane nominated."""
    workshop = Workshop(load_half(chosen.half), seed=chosen.seed)
    positives = workshop.positives(families(chosen.half, chosen.families), chosen.per_family)
    negatives = [*workshop.unrelated(), *workshop.hard()][:: chosen.negatives_step] if chosen.negatives_step else []
    cases = [*positives, *negatives]
    library = gate.register(workshop.library(), CACHE / f"index-{chosen.half}-pairs")
    tell(f"{len(library.names)} works, {len(positives)} outputs with one of them, {len(negatives)} without")
    found = verified(library, cases, processes)
    kept = without_shared(found, cases, summary.shared_pairs())
    tell(f"{len(found) - len(kept)} pairs left out as shared")
    unseen = never_verified(kept, positives)
    if chosen.seed != SEED:
        kept = [replace(pair, output=f"{pair.output}@{chosen.seed}") for pair in kept]
    return kept, unseen


def verified(library: gate.Library, cases: Sequence[Case], processes: int) -> list[Pair]:
    """Every verified pair of all cases."""
    return [pair for group in gate.run_each(library, cases, processes, collect, list_all) for pair in group]


def list_all(checker: Any) -> None:
    """Make the reports of a checker list every match, whatever its score. Decisions stay as they are."""
    checker.policy = checker.policy.model_copy(update={"listed_from": 0.0})


def pairs_of(report: Report, case: Case, names: dict[str, str], references: int) -> list[Pair]:
    """Every verified pair in a report that lists all; equal bytes need no verification and are none."""
    return [
        Pair(
            output=case.name,
            reference=names[match.reference.id],
            copy=names[match.reference.id] in case.truth,
            references=references,
            signals=dict(match.signals),
            family=case.family,
            score=match.score,
            rule=match.rule,
            decision=match.decision,
        )
        for match in report.matches
        if match.type != "exact"
    ]


def collect(checker: Any, case: Case, names: dict[str, str]) -> list[Pair]:
    """The pairs of one case."""
    report = checker.check(case.file, top=UNBOUNDED, record=False)
    return pairs_of(report, case, names, len(names))


def without_shared(pairs: Iterable[Pair], cases: Iterable[Case], shared: SharedPairs) -> list[Pair]:
    """Without wrong pairs whose pictures do share something."""
    sources = {case.name: case.sources for case in cases}
    return [pair for pair in pairs if pair.copy or shared.reason(sources[pair.output], pair.reference) is None]


def write(file: Path, pairs: Iterable[Pair]) -> None:
    """One pair a line."""
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text("".join(json.dumps(asdict(pair)) + "\n" for pair in pairs), "utf-8")


def never_verified(pairs: Iterable[Pair], positives: Iterable[Case]) -> list[str]:
    """Families with works that no lane nominated (or that share no pixel): no fit can find these."""
    seen = {(pair.output, pair.reference) for pair in pairs if pair.copy}
    missed = Counter(case.family for case in positives for work in case.truth if (case.name, work) not in seen)
    return [f"never verified: {count} of {family}" for family, count in missed.most_common()]


__all__ = ["UNBOUNDED", "Pair", "Run", "collected", "list_all", "pairs_of", "verified", "without_shared", "write"]


def counted(every: Sequence[Sequence[Pair]]) -> dict[str, float]:
    """Shares of the outputs: held by their own work, blocked by it, and it was verified."""
    own = [[pair for pair in of_it if pair.copy] for of_it in every]
    return {
        "held": sum(any(pair.decision in HELD for pair in of_it) for of_it in own) / len(own),
        "blocked": sum(any(pair.decision == "block" for pair in of_it) for of_it in own) / len(own),
        "verified": sum(bool(of_it) for of_it in own) / len(own),
    }


if __name__ == "__main__":
    raise SystemExit(main())
