"""Works that have nothing to do with any output: training pictures, to let an index grow.

They are at most 176 pixels; every second one is enlarged, sharpened and coded anew, as smaller pictures are before they
are published, so that the works differ in size and in how much fine detail they have.
"""

from __future__ import annotations

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np

from benchmarks.images.cases import Case, Registered
from benchmarks.images.data import pictures, random, read
from benchmarks.images.edits.base import RGB

OUTPUTS = 60
"""So many training pictures are never registered: they are outputs, of the same make as the works added."""
LARGEST = 3.0
FAMILY = "stranger"


@dataclass(frozen=True)
class Strangers:
    """Works in a seeded order, and outputs that are none of them."""

    works: tuple[Registered, ...]
    outputs: tuple[Case, ...]


def strangers(folder: Path, works: int) -> Strangers:
    """``works`` works, and `OUTPUTS` outputs; pictures are made once and kept in ``folder``."""
    train = pictures("train")
    order = [train[int(place)] for place in random("strangers").permutation(len(train))]
    with ThreadPoolExecutor(2) as pool:
        files = list(pool.map(lambda at: _file(folder, *at), enumerate(order[: OUTPUTS + works])))
    outputs = tuple(
        Case(f"{FAMILY}/{number:03d}", FAMILY, name_of(path), (name_of(path),), (), file)
        for number, (path, file) in enumerate(zip(order[:OUTPUTS], files, strict=False))
    )
    later: Sequence[tuple[Path, Path]] = list(zip(order, files, strict=False))[OUTPUTS:]
    return Strangers(tuple(Registered(name_of(path), file) for path, file in later), outputs)


def name_of(path: Path) -> str:
    """Training pictures have numbers of their own: their names must not be taken for those of the development ones."""
    return f"train-{path.name}"


def _file(folder: Path, number: int, path: Path) -> Path:
    if number % 2 == 0:
        return path
    file = folder / f"{path.stem}.jpg"
    if not file.exists():
        folder.mkdir(parents=True, exist_ok=True)
        rng = random("stranger", path.name)
        quality = int(rng.integers(60, 96))
        cv2.imwrite(str(file), enlarged(read(path), rng)[..., ::-1], [cv2.IMWRITE_JPEG_QUALITY, quality])
    return file


def enlarged(picture: RGB, rng: np.random.Generator) -> RGB:
    """One and a half times to `LARGEST` times the size, with an unsharp mask."""
    factor = float(rng.uniform(1.5, LARGEST))
    large = cv2.resize(picture, None, fx=factor, fy=factor, interpolation=cv2.INTER_CUBIC)
    return np.asarray(cv2.addWeighted(large, 1.8, cv2.GaussianBlur(large, (0, 0), factor), -0.8, 0), np.uint8)
