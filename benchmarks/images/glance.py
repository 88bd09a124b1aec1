"""``python -m benchmarks.images.glance``: sketches, with and without the pair network's glance at works far down.

Pencil sketches of half B are checked with all stages and without the last one, in one run: how many are held, and how
many of their works were verified at all. Written is ``benchmarks/results/images-glance.json``.
"""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from typing import Any

from benchmarks.common import plots, results
from benchmarks.images import gate, pairs
from benchmarks.images.ablation import Keep
from benchmarks.images.cases import CACHE, Workshop
from benchmarks.images.choice import families
from benchmarks.images.command import called, tell
from benchmarks.images.data import load_half

FAMILY = "sketch"


def main(arguments: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.images.glance", description=__doc__)
    parser.add_argument("--outputs", type=int, default=120, metavar="N", help="(default %(default)s)")
    parser.add_argument("--seed", type=int, default=61, help="another one draws others (default %(default)s)")
    return called(parser, run, arguments)


def run(chosen: argparse.Namespace) -> None:
    heading = results.heading("images, a glance")
    workshop = Workshop(load_half("B"), seed=chosen.seed)
    library = gate.register(workshop.library(), CACHE / "index-B-glance")
    cases = workshop.positives(families("B", [FAMILY]), chosen.outputs)
    found: dict[str, dict[str, float]] = {}
    for name, stages in (("with the glance", None), ("without", 3)):
        every = gate.run_each(library, cases, chosen.processes, pairs.collect, Stages(stages))
        found[name] = pairs.counted(every)
        tell(f"{name}: {found[name]}")
    result = {**heading, "seed": chosen.seed, "works": len(library.names), "outputs": len(cases), "arms": found}
    file = results.write("images-glance", result)
    shares = {name: list(one.values()) for name, one in found.items()}
    plots.bars(file.with_suffix(".png"), "Pencil sketches", list(found["without"]), shares, 0.95)
    tell(f"written to {file}")


class Stages:
    """A change of a checker: only so many stages, and every match is listed. Picklable."""

    def __init__(self, stages: int | None) -> None:
        self.stages = stages

    def __call__(self, checker: Any) -> None:
        pairs.list_all(checker)
        lanes = frozenset(lane.name for lane in checker.kinds["image"].lanes)
        Keep(lanes, stages=self.stages)(checker)


if __name__ == "__main__":
    raise SystemExit(main())
