"""``python -m benchmarks.images.bends``: bent copies, with and without the bend undone before they are compared.

Eight kinds of bends of works of half B (lenses, whirls, swellings, waves, cylinders, pages, crumpled paper, slits) are
checked by the gate as it is and by one that compares them under a plane transform only, in one run. Written is
``benchmarks/results/images-bends.json``.
"""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from typing import Any

from benchmarks.common import plots, results
from benchmarks.images import gate, pairs
from benchmarks.images.cases import CACHE, Workshop
from benchmarks.images.choice import families
from benchmarks.images.command import called, tell
from benchmarks.images.data import load_half
from benchmarks.images.edits import FAMILIES
from benchmarks.images.glance import counted
from simcheck.kinds.image import verify
from simcheck.kinds.image.alignment import Alignment, Thumb
from simcheck.kinds.image.look import Look

BENT = [name for name in FAMILIES if name.startswith("bend-")]


def main(arguments: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.images.bends", description=__doc__)
    parser.add_argument("--per-family", type=int, default=12, metavar="N", help="outputs a kind (default %(default)s)")
    parser.add_argument("--seed", type=int, default=81, help="another one bends otherwise (default %(default)s)")
    return called(parser, run, arguments)


def run(chosen: argparse.Namespace) -> None:
    heading = results.heading("images, bends")
    workshop = Workshop(load_half("B"), seed=chosen.seed)
    library = gate.register(workshop.library(), CACHE / "index-B-bends")
    cases = workshop.positives(families("B", BENT), chosen.per_family)
    arms: dict[str, dict[str, dict[str, float]]] = {}
    for name, change in (("bends undone", pairs.list_all), ("one plane transform", as_they_are)):
        every = gate.run_each(library, cases, chosen.processes, pairs.collect, change)
        groups = {family: [found for case, found in zip(cases, every, strict=True) if case.family == family]
                  for family in BENT}  # fmt: skip
        arms[name] = {family: counted(group) for family, group in groups.items()} | {"all": counted(every)}
        tell(f"{name}: {arms[name]['all']}")
    result = {**heading, "seed": chosen.seed, "works": len(library.names), "outputs": len(cases), "arms": arms}
    file = results.write("images-bends", result)
    shares = {name: [arm[family]["blocked"] for family in [*BENT, "all"]] for name, arm in arms.items()}
    plots.bars(file.with_suffix(".png"), "Bent copies, blocked", [*BENT, "all"], shares, 0.93)
    tell(f"written to {file}")


def as_they_are(checker: Any) -> None:
    """A change of a checker, for the whole process: no bend is looked for; and every match is listed."""
    pairs.list_all(checker)
    verify.straight = unchanged


def unchanged(look: Look, _: Thumb, found: Alignment) -> tuple[Look, Alignment]:
    return look, found


if __name__ == "__main__":
    raise SystemExit(main())
