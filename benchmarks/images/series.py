"""``python -m benchmarks.images.series``: pictures of one thing, none a copy of another: does the gate stay quiet?

Many training pictures come from series: one person photographed twenty times before several walls, one statue, one
house, one cartoon character. 2,000 of them are registered and 600 others checked, at the shipped policy, beside the
hashes at their usual thresholds. Some are true copies of each other (the same picture under two names): a person
looked at those that were held and listed them in ``shared_pairs.toml`` (``[[pair]]``, names as ``train-00123``); they
count neither way. Written are ``benchmarks/results/images-series.json`` and, under ``build/``, a sheet of what was
held to look at.
"""

from __future__ import annotations

import argparse
import time
from collections.abc import Sequence
from typing import Any

from benchmarks.common import plots, results
from benchmarks.images import gate, metrics, peers, sheet, summary
from benchmarks.images.cases import CACHE, Case
from benchmarks.images.command import called, tell
from benchmarks.images.data import SEED
from benchmarks.images.outcome import HELD, Outcome
from benchmarks.images.strangers import FAMILY, strangers

WORKS, OUTPUTS = 2000, 600
SKIPPED = 3400
"""The score model and the rules were made with the pictures before this place in the order: outputs come after it."""


def main(arguments: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.images.series", description=__doc__)
    parser.add_argument("--works", type=int, default=WORKS, metavar="N", help="registered (default %(default)s)")
    parser.add_argument("--outputs", type=int, default=OUTPUTS, metavar="N", help="checked (default %(default)s)")
    return called(parser, run, arguments)


def run(chosen: argparse.Namespace) -> None:
    started = time.perf_counter()
    every = strangers(CACHE / "strangers", SKIPPED + chosen.outputs).works
    registered = every[: chosen.works]
    cases = [
        Case(f"{FAMILY}/{work.name}", FAMILY, work.name, (work.name,), (), work.file)
        for work in every[SKIPPED : SKIPPED + chosen.outputs]
    ]
    heading = results.heading("images, series")
    library = gate.register(registered, CACHE / "index-series")
    tell(f"{len(registered)} works registered in {library.seconds:.0f} s, {len(cases)} outputs")
    found = {"simcheck": gate.run(library, cases, chosen.processes)}
    found |= peers.usual(registered, cases)
    shared = summary.shared_pairs()
    counted = {name: [shared.without(one) for one in outcomes] for name, outcomes in found.items()}
    alarms = {name: metrics.alarms(outcomes) for name, outcomes in counted.items()}
    copies = [one for one, all_of_it in zip(counted["simcheck"], found["simcheck"], strict=True) if one != all_of_it]
    result: dict[str, Any] = {
        **heading,
        "seed": SEED,
        "works": len(registered),
        "alarms": alarms,
        "outputs_with_a_listed_copy": len(copies),
        "held": summary.false_alarms(counted["simcheck"]),
        "highest": highest(counted["simcheck"]),
        "seconds": time.perf_counter() - started,
    }
    file = results.write("images-series", result)
    shares = {name: [one.review / one.outputs, one.block / one.outputs] for name, one in alarms.items()}
    plots.bars(file.with_suffix(".png"), "Other pictures of a registered subject", ["review", "block"], shares, 1 / 500)
    files = {work.name: work.file for work in registered}
    sheet.contact_sheet(
        CACHE / "results" / "images-series.jpg", result["highest"], {case.name: case for case in cases}, files
    )
    for name, one in alarms.items():
        tell(f"{name}: of {one.outputs} outputs {one.review} review, {one.block} block")
    for alarm in result["held"]:
        print(f"false {alarm['decision']}: {alarm['case']} ~ {alarm['reference']} {alarm['score']:.3f}")
    tell(f"written to {file}")


def highest(outcomes: Sequence[Outcome], most: int = 30) -> list[dict[str, Any]]:
    """The outputs whose best wrong work scores highest, held or not."""
    best = [(one, max(one.wrong, key=lambda answer: answer.score)) for one in outcomes if one.wrong]
    best.sort(key=lambda pair: (pair[1].decision not in HELD, -pair[1].score))
    return [
        {"case": one.case, "reference": answer.reference, "score": answer.score, "decision": answer.decision}
        for one, answer in best[:most]
    ]


if __name__ == "__main__":
    raise SystemExit(main())
