"""What all edits share: types, random helpers."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, TypeVar

import cv2
import numpy as np
import numpy.typing as npt

Picture = npt.NDArray[Any]  # OpenCV's stubs do not know that uint8 stays uint8
"""uint8, (h, w, 3), red-green-blue, at least 8 pixels a side."""
Random = np.random.Generator
Edit = Callable[[Random, Picture], Picture]
T = TypeVar("T")

cv2.setNumThreads(1)  # Pictures are small: threads inside one edit cost more than they bring.


def chance(rng: Random, share: float) -> bool:
    """True in ``share`` (0 to 1) of all calls."""
    return bool(rng.random() < share)


def uniform(rng: Random, low: float, high: float) -> float:
    return low + (high - low) * float(rng.random())


def pick(rng: Random, choices: Sequence[T]) -> T:
    return choices[int(rng.random() * len(choices))]


def colour(rng: Random) -> tuple[int, int, int]:
    """Black, white (one in four each) or any colour."""
    kind = rng.random()
    if kind < 0.25:
        return 0, 0, 0
    if kind < 0.5:
        return 255, 255, 255
    red, green, blue = (int(c) for c in rng.integers(0, 256, 3))
    return red, green, blue


def draw_one(rng: Random, weighted: Sequence[tuple[float, Edit]], picture: Picture) -> Picture:
    """Apply one of the weighted edits; weights that sum to less than 1 leave the rest of the cases unedited."""
    left = float(rng.random())
    for weight, edit in weighted:
        if left < weight:
            return edit(rng, picture)
        left -= weight
    return picture


def to_bytes(values: np.ndarray) -> Picture:
    """Clip to 0..255 and round."""
    return np.clip(values + 0.5, 0, 255).astype(np.uint8)
