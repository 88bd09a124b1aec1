"""``python -m benchmarks.text.judged OUT.jsonl [--half A] [--words 1000000]``: pairs to fit the texts' score model on.

Right pairs are passages of 8 to 80 words, edited in every way, in hosts of other authors; wrong pairs are what those
hosts and whole unrelated texts share with any work of the library by chance, far below what is ever told. Then
``python -m simcheck.calibration.fit text OUT.jsonl``.
"""

from __future__ import annotations

import argparse
import json
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from benchmarks.text.background import lend
from benchmarks.text.data import LANGUAGES, parted, works
from benchmarks.text.edits import EDITS
from benchmarks.text.gate import build, check, opened, source
from benchmarks.text.library import library
from benchmarks.text.splices import Case, cases, unrelated
from simcheck import policy
from simcheck.checker import Checker
from simcheck.kinds.text import verify
from simcheck.report import Match

LENGTHS = (8, 12, 16, 24, 40, 80)
LEAST_PASSAGE = 30.0


def line(name: str, match: Match, copy: bool, references: int) -> dict[str, Any]:
    return {
        "output": name,
        "reference": source(match.reference.name),
        "copy": copy,
        "references": references,
        "signals": match.signals,
    }


def of_case(checker: Checker, case: Case) -> Iterator[dict[str, Any]]:
    """The passage's work is right where the right words were found; works that share other words are wrong; those that
    share words of the passage (the library's made texts recite the real ones) are neither."""
    report = check(checker, case.name, case.text)
    for match in report.matches:
        place = match.regions[0].output
        apart = int(place.start or 0) >= case.truth.end or int(place.end or 0) <= case.truth.start
        right = source(match.reference.name) == case.truth.source and not apart
        if right or apart:
            yield line(case.name, match, right, report.index.references)


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.text.judged", description=__doc__)
    parser.add_argument("out", type=Path)
    parser.add_argument("--half", choices=["A", "B"], default="A")
    parser.add_argument("--words", type=int, default=1_000_000)
    given = parser.parse_args()
    lend(given.half)
    verify.LEAST_PASSAGE = LEAST_PASSAGE
    parts = {language: parted(works(language, given.half)) for language in LANGUAGES}
    with tempfile.TemporaryDirectory() as name, given.out.open("w", encoding="utf-8") as out:
        folder = Path(name)
        build(folder, library({language: held for language, (held, _) in parts.items()}, given.words, given.half))
        everything = folder / "policy.toml"
        everything.write_bytes(policy.default_bytes().replace(b"listed_from = 0.002", b"listed_from = 0.0"))
        with opened(folder, everything) as checker:
            for group in parts.values():
                for case in cases(*group, list(EDITS), LENGTHS, 2, "judged", given.half):
                    for one in of_case(checker, case):
                        out.write(json.dumps(one) + "\n")
                for number, (work, text) in enumerate(unrelated(group[1], 150)):
                    report = check(checker, work, text)
                    for match in report.matches:
                        one = line(f"{work}/{number}", match, False, report.index.references)
                        out.write(json.dumps(one) + "\n")


if __name__ == "__main__":
    main()
