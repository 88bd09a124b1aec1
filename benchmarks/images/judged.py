"""``python -m benchmarks.images.judged DIR``: a set of works, copies and negatives that somebody else made.

DIR holds ``works/``, ``copies/``, ``negatives/`` and ``truth.json``: ``{"copies": {FILE: WORK}, "negatives": [FILE]}``,
where the family is a file's name up to its last hyphen, and WORK a list where an output has several. Says what is held,
what is lost and what is a false alarm, and writes every judged pair (``build/pairs-judged.jsonl``) for
``python -m benchmarks.images.kept``.
"""

from __future__ import annotations

import argparse
import json
from collections import defaultdict
from collections.abc import Mapping, Sequence
from pathlib import Path
from statistics import mean

from benchmarks.images import gate, pairs
from benchmarks.images.cases import CACHE, Case, Registered
from benchmarks.images.command import called, tell
from benchmarks.images.data import ROOT
from benchmarks.images.outcome import HELD
from simcheck.errors import UsageError
from simcheck.report import Report


def main(arguments: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.images.judged", description=__doc__)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--out", type=Path, default=ROOT / "build" / "pairs-judged.jsonl", help="(default %(default)s)")
    return called(parser, run, arguments)


def run(chosen: argparse.Namespace) -> None:
    works, cases = read(chosen.folder)
    library = gate.register(works, CACHE / f"index-judged-{chosen.folder.name}")
    found = gate.run_each(library, cases, chosen.processes, looked, pairs.list_all)
    pairs.write(chosen.out, [pair for _, of_it in found for pair in of_it])
    held = {case.name: is_held(case, *one) for case, one in zip(cases, found, strict=True)}
    families: dict[str, list[bool]] = defaultdict(list)
    for case in cases:
        if case.truth:
            families[case.family].append(held[case.name])
            if not held[case.name]:
                tell(f"lost: {case.name}")
        elif held[case.name]:
            tell(f"false alarm: {case.name}")
    negatives = [held[case.name] for case in cases if not case.truth]
    tell(f"{mean(mean(one) for one in families.values()):.3f} held, by {len(families)} families")
    tell(f"{sum(negatives)} of {len(negatives)} negatives held")


def read(folder: Path) -> tuple[list[Registered], list[Case]]:
    """The works and the outputs of a set. Raises UsageError where it is none."""
    try:
        truth = json.loads((folder / "truth.json").read_text("utf-8"))
        copies: Mapping[str, str | list[str]] = truth["copies"]
        negatives: Sequence[str] = truth["negatives"]
        works = [Registered(file.name, file) for file in sorted((folder / "works").iterdir())]
    except (OSError, ValueError, KeyError, TypeError) as fault:
        raise UsageError(f"{folder} is no set of works and outputs ({fault}); see the module.") from None
    cases = []
    for name, given in copies.items():
        own = (given,) if isinstance(given, str) else tuple(given)
        cases.append(Case(f"copies/{name}", name.rsplit("-", 1)[0], own[0], own, own, folder / "copies" / name))
    cases += [
        Case(f"negatives/{name}", name.rsplit("-", 1)[0], "", (), (), folder / "negatives" / name) for name in negatives
    ]
    return works, cases


def looked(checker: gate.Checker, case: Case, names: dict[str, str]) -> tuple[Report, list[pairs.Pair]]:
    """The report of one output, and its pairs."""
    report = checker.check(case.file, top=pairs.UNBOUNDED, record=False)
    return report, pairs.pairs_of(report, case, names, len(names))


def is_held(case: Case, report: Report, of_it: Sequence[pairs.Pair]) -> bool:
    """Whether a copy is held for its own work (equal bytes are no pair), or a negative for any."""
    if not case.truth:
        return report.decision in HELD
    exact = any(match.type == "exact" for match in report.matches)
    return exact or any(pair.copy and pair.decision in HELD for pair in of_it)


if __name__ == "__main__":
    raise SystemExit(main())
