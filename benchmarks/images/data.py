"""The development pictures, cut in two halves and three parts.

Half A (even positions of the sorted names) is for tuning, half B (odd positions) for reporting. Of the 350 pictures
of a half, a seeded draw keeps 29 as backgrounds (never registered) and 31 as carriers (registered with a logo, caption,
frame … that other pictures carry too, or only with their left half, see ``negatives``); the other 290 are references.
Each reference is an unrelated picture as well: in ten rounds 29 of them are quarantined and checked, so that 290
unrelated outputs meet an index that does not know them.
"""

from __future__ import annotations

import zlib
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

import cv2
import numpy as np

from benchmarks.images.edits.base import RGB
from simcheck.errors import UsageError

ROOT = Path(__file__).resolve().parents[2]
PICTURES = ROOT.parent / "shared" / "data" / "images"
SEED = 20261122
BACKGROUNDS, CARRIERS, ROUNDS = 29, 31, 10

HalfName = Literal["A", "B"]


@dataclass(frozen=True)
class Half:
    """Paths of one half by their part, each in a seeded order. ``rounds`` cuts the references in ten."""

    name: HalfName
    references: tuple[Path, ...]
    backgrounds: tuple[Path, ...]
    carriers: tuple[Path, ...]

    @property
    def rounds(self) -> tuple[tuple[Path, ...], ...]:
        return tuple(self.references[number::ROUNDS] for number in range(ROUNDS))


def pictures(folder: Literal["dev", "train"]) -> list[Path]:
    """The sorted pictures of a folder; raises UsageError where they are missing."""
    found = sorted((PICTURES / folder).glob("*.jpg"))
    if not found:
        raise UsageError(
            f"There are no pictures in {PICTURES / folder}: put the development pictures into "
            f"../shared/data/images/{folder} beside the repository and run the benchmark again."
        )
    return found


def load_half(name: HalfName, seed: int = SEED) -> Half:
    """Half A or B of the development pictures, cut with ``seed``."""
    half = pictures("dev")[0 if name == "A" else 1 :: 2]
    order = [half[int(position)] for position in random("half", name, seed=seed).permutation(len(half))]
    first, second = BACKGROUNDS, BACKGROUNDS + CARRIERS
    return Half(name, tuple(order[second:]), tuple(order[:first]), tuple(order[first:second]))


def read(path: Path) -> RGB:
    """A picture as uint8 RGB (h, w, 3); raises UsageError where it cannot be read."""
    picture = cv2.imread(str(path), cv2.IMREAD_COLOR)
    if picture is None:
        raise UsageError(f"{path} cannot be read as a picture: restore the development data.")
    return np.ascontiguousarray(picture[..., ::-1], dtype=np.uint8)


def read_all(paths: Sequence[Path]) -> list[RGB]:
    return [read(path) for path in paths]


def random(*names: str | int, seed: int = SEED) -> np.random.Generator:
    """Random numbers that depend on the seed and on what they are for, and on nothing that ran before."""
    return np.random.default_rng([seed, *(zlib.crc32(str(name).encode()) for name in names)])
