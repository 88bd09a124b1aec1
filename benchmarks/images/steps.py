"""``python -m benchmarks.images.steps bends|pieces|shifts|covers``: copies, with and without a step of verification.

``bends``: eight kinds of bends (lenses, whirls, swellings, waves, cylinders, pages, crumpled paper, slits); without the
step they are compared under a plane transform only. ``pieces``: parts on another picture, tiles in another order, a
page of panels, a half with its mirror image, slits; without the step the pair network sees all that overlaps only.
``shifts``: strips, slits and tiles; without the step none is put back. ``covers``: fences, the gaps between strips and
scribbles; without the step nothing is taken away. Works of half B are checked by both gates in one run. Written is
``benchmarks/results/images-bends.json``, ``-pieces.json``, ``-shifts.json`` or ``-covers.json``.
"""

from __future__ import annotations

import argparse
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from benchmarks.common import plots, results
from benchmarks.images import gate, pairs
from benchmarks.images.cases import CACHE, Workshop
from benchmarks.images.choice import families
from benchmarks.images.command import called, tell
from benchmarks.images.data import load_half
from benchmarks.images.edits import FAMILIES
from simcheck.kinds.image import pieces, undoing
from simcheck.kinds.image.alignment import Alignment, Odds, Thumb
from simcheck.kinds.image.look import Look


def main(arguments: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.images.steps", description=__doc__)
    parser.add_argument("step", choices=list(STEPS), help="which step is left out in the second gate")
    parser.add_argument("--per-family", type=int, default=12, metavar="N", help="outputs a kind (default %(default)s)")
    parser.add_argument("--seed", type=int, default=82, help="another one edits otherwise (default %(default)s)")
    return called(parser, run, arguments)


def run(chosen: argparse.Namespace) -> None:
    heading = results.heading(f"images, {chosen.step}")
    step = STEPS[chosen.step]
    workshop = Workshop(load_half("B"), seed=chosen.seed)
    library = gate.register(workshop.library(), CACHE / f"index-B-{chosen.step}")
    cases = workshop.positives(families("B", step.kinds), chosen.per_family)
    arms: dict[str, dict[str, dict[str, float]]] = {}
    for name, change in ((step.taken, pairs.list_all), (step.left_out, step.without)):
        every = gate.run_each(library, cases, chosen.processes, pairs.collect, change)
        groups = {family: [found for case, found in zip(cases, every, strict=True) if case.family == family]
                  for family in step.kinds}  # fmt: skip
        arms[name] = {family: pairs.counted(group) for family, group in groups.items()} | {"all": pairs.counted(every)}
        tell(f"{name}: {arms[name]['all']}")
    result = {**heading, "seed": chosen.seed, "works": len(library.names), "outputs": len(cases), "arms": arms}
    file = results.write(f"images-{chosen.step}", result)
    shares = {name: [arm[family]["blocked"] for family in [*step.kinds, "all"]] for name, arm in arms.items()}
    plots.bars(file.with_suffix(".png"), f"{step.title}, blocked", [*step.kinds, "all"], shares, 0.93)
    tell(f"written to {file}")


def no_bends(checker: Any) -> None:
    """A change of a checker, for the whole process: no bend is looked for; and every match is listed."""
    pairs.list_all(checker)
    undoing.straight = _as_it_is


def _as_it_is(look: Look, _: Thumb, found: Alignment) -> tuple[Look, Alignment]:
    return look, found


def no_pieces(checker: Any) -> None:
    """A change of a checker, for the whole process: no piece is looked at alone; and every match is listed."""
    pairs.list_all(checker)
    pieces.known = _only_the_whole


def _only_the_whole(_: Look, __: Thumb, found: Alignment, ___: Odds) -> Alignment:
    return found


def no_shifts(checker: Any) -> None:
    """A change of a checker, for the whole process: no part is put back; and every match is listed."""
    pairs.list_all(checker)
    undoing.joined = _nothing


def no_covers(checker: Any) -> None:
    """A change of a checker, for the whole process: no cover is taken away; and every match is listed."""
    pairs.list_all(checker)
    undoing.uncovered = _nothing


def _nothing(_: Look, __: Thumb, ___: Alignment, ____: Odds) -> None:
    return None


@dataclass(frozen=True)
class Step:
    """A step of verification: the families that show what it gives, the names of the gates with and without it, and
    the change of a checker that leaves it out."""

    title: str
    kinds: Sequence[str]
    taken: str
    left_out: str
    without: Callable[[Any], None]


STEPS = {
    "bends": Step("Bent copies", [name for name in FAMILIES if name.startswith("bend-")], "bends undone",
                  "one plane transform", no_bends),
    "pieces": Step("Copies in pieces", ["piece", "shuffled", "panels", "mirrored", "bend-slits"], "piece by piece",
                   "only the whole", no_pieces),
    "shifts": Step("Copies in shifted parts", ["strips", "bend-slits", "shuffled"], "parts put back", "as they lie",
                   no_shifts),
    "covers": Step("Covered copies", ["fence", "strips", "scribble"], "covers taken away", "as they lie", no_covers),
}  # fmt: skip


if __name__ == "__main__":
    raise SystemExit(main())
