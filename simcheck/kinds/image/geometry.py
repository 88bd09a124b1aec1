"""Plane geometry on arrays: turns and flips, transforms, boxes.

A transform is float64 (3, 3), applied to points (x, y, 1); all of them map reference to output unless said otherwise.
Coordinates are fractions of the longer side of their own picture. A box is (left, top, right, bottom).
"""

from __future__ import annotations

import numpy as np

Box = tuple[float, float, float, float]
MIRRORED = 4
"""The first of the variants of `turned` that are flipped."""


def turned(picture: np.ndarray, variant: int) -> np.ndarray:
    """Variant 0 to 3: turned clockwise by 0, 90, 180, 270 degrees; 4 to 7: flipped left to right, then turned so."""
    flipped = picture[:, ::-1] if variant >= MIRRORED else picture
    return np.rot90(flipped, -(variant % 4))


def extent(width: float, height: float) -> tuple[float, float]:
    """Width and height as fractions of the longer side."""
    longer = max(width, height)
    return width / longer, height / longer


def turn_matrix(variant: int, size: tuple[float, float]) -> np.ndarray:
    """Where `turned` takes the points of a picture of ``size`` (width, height in fractions of its longer side)."""
    width, height = size
    matrix = np.eye(3)
    if variant >= MIRRORED:
        matrix = np.array([[-1, 0, width], [0, 1, 0], [0, 0, 1.0]])
    for _ in range(variant % 4):
        matrix = np.array([[0, -1, height], [1, 0, 0], [0, 0, 1.0]]) @ matrix
        width, height = height, width
    return matrix


def mirrored(matrix: np.ndarray, size: tuple[float, float]) -> np.ndarray:
    """A transform onto a picture of ``size``, as one onto that picture flipped left to right; and the other way."""
    return np.asarray(turn_matrix(MIRRORED, size) @ matrix)


def apply(matrix: np.ndarray, points: np.ndarray) -> np.ndarray:
    """Points (n, 2) through a transform: float64 (n, 2)."""
    mapped = np.c_[points, np.ones(len(points))] @ matrix.T
    return np.asarray(mapped[:, :2] / np.where(np.abs(mapped[:, 2:]) < 1e-9, 1e-9, mapped[:, 2:]))


def box_to_box(source: Box, target: Box) -> np.ndarray:
    """The transform that scales and shifts one box onto another."""
    sx = (target[2] - target[0]) / (source[2] - source[0])
    sy = (target[3] - target[1]) / (source[3] - source[1])
    return np.array([[sx, 0, target[0] - sx * source[0]], [0, sy, target[1] - sy * source[1]], [0, 0, 1.0]])


def area(polygon: np.ndarray) -> float:
    """Area of a polygon (n, 2), by the shoelace formula; 0 for fewer than three corners."""
    if len(polygon) < 3:
        return 0.0
    x, y = polygon[:, 0], polygon[:, 1]
    return float(abs(np.dot(x, np.roll(y, -1)) - np.dot(y, np.roll(x, -1))) / 2)


def corners(size: tuple[float, float]) -> np.ndarray:
    """The corners of a picture of this width and height: (4, 2)."""
    return np.array([[0, 0], [size[0], 0], [size[0], size[1]], [0, size[1]]], float)


def outline(box: Box, steps: int = 9) -> np.ndarray:
    """Points along the edges of a box, ``steps`` on each with its corners: float64 (4 * steps, 2)."""
    left, top, right, bottom = box
    x, y = np.linspace(left, right, steps), np.linspace(top, bottom, steps)
    lying = [np.c_[x, np.full(steps, edge)] for edge in (top, bottom)]
    return np.concatenate([*lying, *(np.c_[np.full(steps, edge), y] for edge in (left, right))])


def bounds(points: np.ndarray, size: tuple[float, float]) -> Box:
    """The upright box around points, cut at the edges of a picture of this size."""
    low = np.clip(points.min(0), 0, size)
    high = np.clip(points.max(0), 0, size)
    return float(low[0]), float(low[1]), float(high[0]), float(high[1])


def moved(here: Box, size: tuple[float, float], there: Box, other: tuple[float, float]) -> float:
    """How far the corners of a box lie from the same place of another picture, as a share of the sides, ``size`` and
    ``other``: near 0 where both pictures have the same thing in the same place."""
    places = [np.array(box) / np.array([*sides, *sides]) for box, sides in ((here, size), (there, other))]
    return float(np.abs(places[0] - places[1]).max())


def plausible(matrix: np.ndarray, stretch: float = 2.2, smallest: float = 0.02, largest: float = 14.0) -> bool:
    """True where the transform is one that a copy may have gone through: no flip (flips are searched apart), not
    squeezed more than ``stretch``, not scaled beyond the bounds, little perspective over the reference."""
    singular = np.linalg.svd(matrix[:2, :2], compute_uv=False)
    if np.linalg.det(matrix[:2, :2]) <= 0 or singular[1] < smallest or singular[0] > largest:
        return False
    if singular[0] / singular[1] > stretch:
        return False
    depth = np.c_[corners((1, 1)), np.ones(4)] @ matrix[2]
    return bool(depth.min() > 0 and depth.max() / depth.min() < 2.0)


def turn_and_scale(matrix: np.ndarray) -> tuple[float, float]:
    """The turn in degrees and log2 of the scale of the linear part."""
    a = matrix[:2, :2]
    turn = float(np.degrees(np.arctan2(a[1, 0] - a[0, 1], a[0, 0] + a[1, 1])))
    return turn, float(0.5 * np.log2(max(abs(np.linalg.det(a)), 1e-12)))
