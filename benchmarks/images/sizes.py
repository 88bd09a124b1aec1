"""``python -m benchmarks.images.sizes``: the same outputs against an index that grows: scores, finds, alarms, time.

The library of half A (350 works) grows by unrelated training pictures to 1,000, 3,000 and 8,000 works. At each size
the same outputs are checked: of the harder families of edits, and unrelated ones, ordinary and hard, and training
pictures that are not registered. Written are ``benchmarks/results/images-sizes.json`` with its picture, and every
judged pair by the size of the index, for ``python -m simcheck.calibration.fit`` (``build/pairs-images-sizes.jsonl``).
"""

from __future__ import annotations

import argparse
import dataclasses
import json
import shutil
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from benchmarks.common import plots, results
from benchmarks.images import gate, growth, pairs, summary
from benchmarks.images.cases import CACHE, Case, Registered, Workshop
from benchmarks.images.choice import families
from benchmarks.images.command import called, tell
from benchmarks.images.data import ROOT, SEED, load_half
from benchmarks.images.growth import Seen
from benchmarks.images.outcome import HELD
from benchmarks.images.strangers import strangers
from simcheck.calibration import load_model
from simcheck.errors import UsageError
from simcheck.kinds.image.signals import evidence, numbers

SIZES = (1000, 3000, 8000)
"""Works of the grown indexes; the first is the library of the half as it is."""
PER_FAMILY = 8
NEGATIVES_STEP = 4
"""How many outputs are checked decides what the run costs: each is checked at every size."""
HARDER = (
    *("blend", "perspective", "crop-25", "crop-10", "inset", "screenshot", "paste-10", "paste-5", "collage-3x3"),
    *("filmed", "stylise", "cartoon", "sketch", "outline", "rerender-elastic", "rerender-painterly", "mix-4"),
)
"""Families with misses, or whose scores are lowest."""


def main(arguments: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.images.sizes", description=__doc__)
    parser.add_argument("--sizes", type=int, nargs="+", default=SIZES, metavar="N", help="(default %(default)s)")
    parser.add_argument("--half", choices=["A", "B"], default="A", help="(default %(default)s)")
    parser.add_argument("--reuse", action="store_true", help="the indexes of the last run: only the score has changed")
    parser.add_argument("--quick", action="store_true", help="a sixth of the outputs; writes to build/")
    return called(parser, run, arguments)


@dataclass(frozen=True)
class Look:
    """What one check showed: the outcome, every verified pair, and how many works were sent to verification."""

    case: str
    pairs: tuple[pairs.Pair, ...]
    verified: int
    elapsed_ms: float


def run(chosen: argparse.Namespace) -> None:
    started = time.perf_counter()
    workshop = Workshop(load_half(chosen.half))
    others = strangers(CACHE / "strangers", max(chosen.sizes))
    positives = workshop.positives(families(chosen.half, HARDER), PER_FAMILY)
    negatives = [*[*workshop.unrelated(), *workshop.hard()][::NEGATIVES_STEP], *others.outputs]
    cases = [*positives, *negatives][:: 6 if chosen.quick else 1]
    heading = results.heading("images, size of the index")
    shared = summary.shared_pairs()
    first = workshop.library()
    seen: list[Seen] = []
    every: list[pairs.Pair] = []
    before: gate.Library | None = None
    most = len(first) + len(others.works)
    if max(chosen.sizes) > most:
        raise UsageError(f"There are {most} works at most, not {max(chosen.sizes)}: name smaller --sizes.")
    for size in (len(first), *sorted(chosen.sizes)):
        works = [*first, *others.works[: size - len(first)]]
        library = grown(before, works, CACHE / f"index-{chosen.half}-sizes" / str(len(works)), chosen.reuse)
        tell(f"{len(works)} works, {library.seconds:.0f} s to register those that are new")
        looks = gate.run_each(library, cases, chosen.processes, look, watched)
        forget_copies(library.folder)
        kept = pairs.without_shared([pair for one in looks for pair in one.pairs], cases, shared)
        every += kept
        costs = {one.case: (one.verified, one.elapsed_ms) for one in looks}
        seen += growth.seen(cases, kept, costs, len(works), unsized_odds)
        tell(growth.line(growth.at_size([one for one in seen if one.works == len(works)])))
        before = library
        # After each size, so that a run that is ended early has told what it knew.
        report(chosen, heading, seen, every, time.perf_counter() - started)


def grown(before: gate.Library | None, works: Sequence[Registered], folder: Path, reuse: bool) -> gate.Library:
    """The index with these works: the one before with those that it has not, or as the last run left it."""
    note = folder.with_name(f"{folder.name}.json")
    if reuse and note.exists():
        return gate.Library(folder, json.loads(note.read_text()), 0.0, ())
    note.unlink(missing_ok=True)
    known = set(before.names.values()) if before else set()
    new = [work for work in works if work.name not in known]
    library = gate.grow(before, new, folder) if before else gate.register(new, folder)
    note.write_text(json.dumps(library.names))
    return library


def forget_copies(folder: Path) -> None:
    """Remove the copies that the processes made of a large index."""
    for copy in folder.parent.glob(f"{folder.name}-*"):
        shutil.rmtree(copy)


class _Counting:
    """A kind that counts the works whose verification was asked for since ``verified`` was set to 0."""

    def __init__(self, kind: Any) -> None:
        self._kind = kind
        self.verified = 0

    def __getattr__(self, name: str) -> Any:
        return getattr(self._kind, name)

    def inspect(self, media: Any) -> Any:
        inspection = self._kind.inspect(media)
        verify = inspection.verify

        def counted(nomination: Any, references: int) -> Any:
            self.verified += 1
            return verify(nomination, references)

        inspection.verify = counted
        return inspection


def watched(checker: Any) -> None:
    """Make a checker list every match and count what it verifies."""
    pairs.list_all(checker)
    checker.kinds = {**checker.kinds, "image": _Counting(checker.kinds["image"])}


def look(checker: Any, case: Case, names: dict[str, str]) -> Look:
    """One check."""
    counting = checker.kinds["image"]
    counting.verified = 0
    started = time.perf_counter()
    report = checker.check(case.file, top=pairs.UNBOUNDED)
    elapsed_ms = (time.perf_counter() - started) * 1000
    return Look(case.name, tuple(pairs.pairs_of(report, case, names, len(names))), counting.verified, elapsed_ms)


def unsized_odds(pair: pairs.Pair) -> float:
    """Log-odds of a pair by the model of today, as if every index were of the size it was fitted at."""
    model = dataclasses.replace(load_model("image"), size_slope=0.0)
    return model.log_odds(evidence(pair.signals), pair.references, numbers(pair.signals))


def report(
    chosen: argparse.Namespace,
    heading: dict[str, Any],
    seen: Sequence[Seen],
    every: Sequence[pairs.Pair],
    seconds: float,
) -> None:
    """The result, its picture and the pairs."""
    model = load_model("image")
    file = ROOT / "build" / "pairs-images-sizes.jsonl"
    pairs.write(file, every)
    sizes = sorted({one.works for one in seen})
    figures = [growth.at_size([one for one in seen if one.works == size]) for size in sizes]
    result: dict[str, Any] = {
        **heading,
        "seed": SEED,
        "half": chosen.half,
        "seconds": seconds,
        "model": model.version,
        "size_slope_of_the_model": model.size_slope,
        "slopes": slopes(seen),
        "sizes": figures,
        "false_alarms": alarms(seen),
        "lost": lost(seen, sizes),
    }
    folder = CACHE / "results" if chosen.quick else results.RESULTS
    written = results.write("images-sizes", result, folder)
    draw(folder / "images-sizes.png", figures)
    for name, one in result["slopes"].items():
        if one is not None:
            print(f"slope of {name}: {one.slope:.2f} ({one.low:.2f} to {one.high:.2f})")
    tell(f"written to {written}; {len(every)} pairs in {file}; {seconds:.0f} s")


def slopes(seen: Sequence[Seen]) -> dict[str, growth.Slope | None]:
    """Measured growth of the best wrong pair by group, quantile, and whether the score decides it."""
    groups = {name: [one for one in seen if one.group == name] for name in ("ordinary", "hard", "stranger")}
    groups["unrelated"] = [one for one in seen if one.group != "positive"]
    return {
        f"{name}, {quantile}{', decided by the score' if decided else ''}": growth.slope(group, quantile, decided)
        for name, group in groups.items()
        if group
        for quantile in (0.75, 0.9, 0.95)
        for decided in (False, True)
    }


def alarms(seen: Sequence[Seen]) -> list[dict[str, Any]]:
    """Unrelated outputs that were held, by size."""
    return [
        {"works": one.works, "case": one.case, **dataclasses.asdict(one.decided or one.wrong)}
        for one in seen
        if one.group != "positive" and one.held_wrong and (one.decided or one.wrong)
    ]


def lost(seen: Sequence[Seen], sizes: Sequence[int]) -> list[dict[str, Any]]:
    """Copies that the smallest index holds and the largest does not."""
    by_size = {size: {one.case: one for one in seen if one.works == size} for size in sizes}
    found = []
    for case, small in by_size[sizes[0]].items():
        for before, after in zip(small.right, by_size[sizes[-1]][case].right, strict=True):
            if before is not None and before[1] in HELD and (after is None or after[1] not in HELD):
                found.append({"case": case, "score_before": before[0], "score_after": after[0] if after else None})
    return found


def draw(file: Path, figures: Sequence[dict[str, Any]]) -> None:
    """Three panels against the size of the index."""
    works = [one["works"] for one in figures]
    odds = {
        f"{name}: {100 * quantile:.0f} % of outputs": [one["negatives"][name]["odds"][str(quantile)] for one in figures]
        for name in ("ordinary", "hard", "stranger")
        if name in figures[0]["negatives"]
        for quantile in (0.5, 0.9)
    }
    shares = {
        "copies verified": [one["positives"]["verified"] for one in figures],
        "copies held": [one["positives"]["held"] for one in figures],
        "copies blocked": [one["positives"]["block"] for one in figures],
        "unrelated held": [one["negatives"]["all"]["held"] / one["negatives"]["all"]["outputs"] for one in figures],
    }
    times = {name: [one["median_ms"][name] for one in figures] for name in ("negatives", "positives")}
    panels = {
        "log-odds of the best wrong work, without correction": odds,
        "shares of outputs": shares,
        "milliseconds a check, median": times,
    }
    plots.against_size(file, "The same outputs, a growing index", "works", works, panels)


if __name__ == "__main__":
    raise SystemExit(main())
