"""``python -m benchmarks.images.trees``: what the trees add to the pictures' score, on outputs that they have not seen.

Every set of the kept pairs (`kept`) is judged by the policy of today, with the score of the weighted sum alone and with
trees that were grown on all other sets. A copy is held if a match with its own work is, an output that copies nothing
if any is; twins of one template and second photographs of a series (the sets ``designs`` and ``series``) count apart.
"""

from __future__ import annotations

import argparse
from collections import defaultdict
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from benchmarks.common import results
from benchmarks.images.command import called
from benchmarks.images.kept import KEPT
from simcheck import policy
from simcheck.calibration import grow
from simcheck.calibration.thresholds import score_of
from simcheck.matching import facts_of
from simcheck.report import Coverage

DECISIONS = ("pass", "review", "block")
ENDINGS = ("", "_held", "_blocked")
"""Of a group's name: all its outputs, and those that are decided at least so."""


def main(arguments: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.images.trees", description=__doc__)
    return called(parser, run, arguments)


def run(chosen: argparse.Namespace) -> None:
    pairs = grow.read(KEPT)
    learned = grow.Learned.of(pairs, "image")
    result: dict[str, Any] = {**results.heading("what the trees add"), "pairs": len(pairs)}
    for name, odds in (("sum", learned.sums), ("trees", grow.apart([pair["set"] for pair in pairs], learned))):
        result[name] = counted(pairs, odds)
        for of_set, figures in result[name].items():
            print(name, of_set, figures)
    print(results.write("images-trees", result))


def counted(pairs: Sequence[Mapping[str, Any]], odds: np.ndarray) -> dict[str, dict[str, int]]:
    """By set: outputs that are copies, how many of them are held and blocked, and the same of those that copy nothing;
    float64 (n,) log-odds of the pairs."""
    default = policy.load()
    worst: dict[tuple[str, str, bool], int] = defaultdict(int)
    for pair, value in zip(pairs, odds, strict=True):
        decision, _ = default.judge_match(facts(pair["signals"], score_of(float(value))))
        key = pair["set"], pair["output"], pair["copy"]
        worst[key] = max(worst[key], DECISIONS.index(decision))
    found: dict[str, dict[str, int]] = {}
    for (name, output, copy), decided in worst.items():
        if not copy and (name, output, True) in worst:
            continue
        group = "copies" if copy else "negatives"
        figures = found.setdefault(name, {f"{g}{what}": 0 for g in ("copies", "negatives") for what in ENDINGS})
        for ending, counts in zip(ENDINGS, (True, decided > 0, decided > 1), strict=True):
            figures[f"{group}{ending}"] += counts
    return found


def facts(signals: Mapping[str, Any], score: float) -> dict[str, Any]:
    """What the policy's conditions name, of a match that is alone in its report."""
    coverage = Coverage(output=signals["coverage_output"], reference=signals["coverage_reference"])
    about = facts_of(score, "altered", coverage, {**signals, "shared_by": 0})
    return {**about, "allowed": False, "output.kind": "image"}


if __name__ == "__main__":
    raise SystemExit(main())
