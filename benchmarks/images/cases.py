"""The outputs of one run and the works registered for it, as files.

Pictures are made once and kept under ``build/``; a change in what makes them makes them anew. JPEG at quality 92 and
PNG take turns, as they do among what people publish.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from PIL import Image

from benchmarks.images import negatives
from benchmarks.images.data import ROOT, ROUNDS, SEED, Half, random, read, read_all
from benchmarks.images.edits import FAMILIES
from benchmarks.images.edits.base import RGB, Box, Edit, cover, scale_to
from benchmarks.images.edits.codec import coded
from benchmarks.images.edits.layout import plain

CACHE = ROOT / "build" / "benchmark-images"
SEVERAL = "several"
"""The family with three registered works in one output (no edit of a single one, so its edit is None)."""
EDITED_A_ROUND, DRESSED_A_ROUND, SIBLINGS_A_ROUND = 10, 2, 4


@dataclass(frozen=True)
class Registered:
    """A work of the index: its name in the results and its file."""

    name: str
    file: Path


@dataclass(frozen=True)
class Case:
    """One output. ``source`` is the picture it was made of, ``sources`` has the backgrounds too. ``round`` is the round
    of quarantine in which an unrelated picture is checked; None where nothing needs to be out of the index."""

    name: str
    family: str
    source: str
    sources: tuple[str, ...]
    truth: tuple[str, ...]
    file: Path
    boxes: tuple[Box, Box] | None = None
    round: int | None = None


class Watched(Sequence[RGB]):
    """Backgrounds that remember which of them were used."""

    def __init__(self, pictures: Sequence[RGB]) -> None:
        self.pictures = pictures
        self.used: set[int] = set()

    def __len__(self) -> int:
        return len(self.pictures)

    def __getitem__(self, position):  # type: ignore[no-untyped-def]  # only whole numbers are asked for
        self.used.add(int(position))
        return self.pictures[position]


@dataclass(frozen=True)
class Order:
    """A case before its picture is made."""

    family: str
    number: int
    paths: tuple[Path, ...]
    edit: Edit | None = None
    round: int | None = None
    positive: bool = False

    @property
    def name(self) -> str:
        return f"{self.family}/{self.number:03d}"


class Workshop:
    """Makes and keeps the pictures of one half. Another ``seed`` makes other edits of other references; the half's
    parts, what is registered and the rendered pictures stay."""

    def __init__(self, half: Half, folder: Path = CACHE, seed: int = SEED) -> None:
        self.half = half
        self.seed = seed
        self.folder = folder / f"{half.name}-{fingerprint()}"
        self.made = self.folder if seed == SEED else self.folder / f"seed-{seed}"
        self.backgrounds = read_all(half.backgrounds)

    def _random(self, *names: str | int) -> np.random.Generator:
        return random(*names, seed=self.seed)

    def library(self) -> list[Registered]:
        """Everything that is registered: references, dressed carriers, left halves, rendered pictures."""
        works = [Registered(path.name, path) for path in self.half.references]
        carriers = list(self.half.carriers)
        for family in negatives.DRESSES:
            for variant in range(negatives.VARIANTS):
                picture = negatives.dressed(family, variant, read(carriers.pop()))
                works.append(self._registered(f"carrier-{family}-{variant}", picture))
        for path in carriers:
            works.append(self._registered(f"half-{path.stem}", negatives.half_of(read(path), left=True)))
        for family, count in negatives.REGISTERED_RENDERED.items():
            for number in range(count):
                works.append(
                    self._registered(f"rendered-{family}-{number}", negatives.rendered(family, "registered", number))
                )
        return works

    def _registered(self, name: str, picture: RGB) -> Registered:
        file = self.folder / "registered" / f"{name}.png"
        if not file.exists():
            file.parent.mkdir(parents=True, exist_ok=True)
            Image.fromarray(picture).save(file)
        return Registered(name, file)

    def positives(self, families: Mapping[str, Edit | None], per_family: int) -> list[Case]:
        """``per_family`` edits of as many references in each family; those of `SEVERAL` have three works each."""
        orders = []
        for family, edit in families.items():
            works = 3 if family == SEVERAL else 1
            chosen = self._random("choice", family).permutation(len(self.half.references))
            for number in range(per_family):
                places = [int(chosen[(number * works + one) % len(chosen)]) for one in range(works)]
                paths = tuple(self.half.references[place] for place in places)
                orders.append(Order(family, number, paths, edit, positive=True))
        return self._make(orders)

    def unrelated(self) -> list[Case]:
        """Every reference while it is out of the index: as it is, and a part of them edited."""
        orders = []
        for round_, paths in enumerate(self.half.rounds):
            orders += [
                Order("unrelated", round_ * len(paths) + i, (path,), None, round_) for i, path in enumerate(paths)
            ]
            for number in range(EDITED_A_ROUND):
                rng = self._random("edited-unrelated", round_, number)
                edit = list(FAMILIES.values())[int(rng.integers(len(FAMILIES)))]
                path = paths[int(rng.integers(len(paths)))]
                orders.append(Order("unrelated-edited", round_ * EDITED_A_ROUND + number, (path,), edit, round_))
        return self._make(orders)

    def hard(self) -> list[Case]:
        """The hard negatives."""
        orders = []
        for round_, paths in enumerate(self.half.rounds):
            for family in negatives.DRESSES:
                for number in range(DRESSED_A_ROUND):
                    place = round_ * DRESSED_A_ROUND + number
                    path = paths[int(self._random("dressed", family, place).integers(len(paths)))]
                    orders.append(Order(family, place, (path,), None, round_))
            series = [path for path in paths if negatives.in_series(path.name)]
            for number, path in enumerate(series[:SIBLINGS_A_ROUND]):
                orders.append(Order("siblings", round_ * SIBLINGS_A_ROUND + number, (path,), None, round_))
        halves = self.half.carriers[: len(self.half.carriers) - negatives.VARIANTS * len(negatives.DRESSES)]
        orders += [Order("other-half", number, (halves[number // 2],)) for number in range(2 * len(halves))]
        for family, count in negatives.CHECKED_RENDERED.items():
            orders += [Order(f"rendered-{family}", number, ()) for number in range(count)]
        return self._make(orders)

    def _make(self, orders: Sequence[Order]) -> list[Case]:
        with ThreadPoolExecutor(2) as pool:
            return list(pool.map(self._case, orders))

    def _case(self, order: Order) -> Case:
        extension = "png" if order.number % 2 else "jpg"
        file = self.made / order.family / f"{order.number:03d}.{extension}"
        notes = file.with_suffix(".json")
        if not notes.exists():
            picture, boxes, used = self._picture(order)
            file.parent.mkdir(parents=True, exist_ok=True)
            Image.fromarray(picture).save(file, quality=92)
            sources = [path.name for path in order.paths] + [self.half.backgrounds[one].name for one in sorted(used)]
            notes.write_text(json.dumps({"boxes": boxes, "sources": sources}))
        known = json.loads(notes.read_text())
        boxes = known["boxes"] and (tuple(known["boxes"][0]), tuple(known["boxes"][1]))
        return Case(
            name=order.name,
            family=order.family,
            source=order.paths[0].name if order.paths else "",
            sources=tuple(known["sources"]),
            truth=tuple(path.name for path in order.paths) if order.positive else (),
            file=file,
            boxes=boxes,
            round=order.round,
        )

    def _picture(self, order: Order) -> tuple[RGB, tuple[Box, Box] | None, set[int]]:
        rng = self._random("case", order.family, order.number)
        pictures = read_all(order.paths)
        if order.edit is not None:
            watched = Watched(self.backgrounds)
            edited = order.edit(pictures[0], rng, watched)
            return edited.picture, edited.boxes if order.positive else None, watched.used
        if order.family == SEVERAL:
            return three_works(pictures, self.backgrounds[0], rng), None, {0}
        return negative_picture(order.family, order.number, pictures, rng), None, set()


def negative_picture(family: str, number: int, pictures: Sequence[RGB], rng: np.random.Generator) -> RGB:
    """The picture of a negative that is not one of the ordinary edits."""
    if family in negatives.DRESSES:
        canvas = negatives.CANVAS if rng.random() < 0.6 else None
        return negatives.dressed(family, number % negatives.VARIANTS, pictures[0], canvas)
    if family == "siblings":
        return coded(cropped_mildly(pictures[0], rng), ".jpg", int(rng.integers(40, 80)))
    if family == "other-half":
        half = negatives.half_of(pictures[0], left=False)
        return coded(half, ".jpg", 45) if number % 2 else half
    if family.startswith("rendered-"):
        return negatives.rendered(family.removeprefix("rendered-"), "checked", number)
    return pictures[0]


def cropped_mildly(picture: RGB, rng: np.random.Generator) -> RGB:
    height, width = picture.shape[:2]
    x, y = (int(width * rng.uniform(0, 0.15)), int(height * rng.uniform(0, 0.15)))
    return np.ascontiguousarray(picture[y : y + int(height * 0.8), x : x + int(width * 0.8)])


def three_works(pictures: Sequence[RGB], background: RGB, rng: np.random.Generator) -> RGB:
    """Three registered works and a background in one sheet of two by two."""
    cell = int(rng.integers(320, 460))
    canvas = plain((2 * cell, 2 * cell), (255, 255, 255)).copy()
    for place, picture in zip(rng.permutation(4), [*pictures, background], strict=True):
        x, y = int(place) % 2 * cell, int(place) // 2 * cell
        if rng.random() < 0.5:
            canvas[y : y + cell, x : x + cell] = cover(picture, (cell, cell))
        else:
            factor = cell / max(picture.shape[:2])
            small = scale_to(picture, (int(picture.shape[1] * factor), int(picture.shape[0] * factor)))
            canvas[y : y + small.shape[0], x : x + small.shape[1]] = small
    return canvas


def fingerprint() -> str:
    """Of the source text that makes the pictures."""
    digest = hashlib.sha256()
    for file in sorted(_sources()):
        digest.update(file.read_bytes())
    return digest.hexdigest()[:12]


def _sources() -> Iterator[Path]:
    here = Path(__file__).parent
    yield from (here / "edits").glob("*.py")
    yield from (here / f"{name}.py" for name in ("cases", "data", "negatives", "held_out", "augly_families"))


__all__ = ["CACHE", "ROUNDS", "SEVERAL", "Case", "Registered", "Workshop", "fingerprint"]
