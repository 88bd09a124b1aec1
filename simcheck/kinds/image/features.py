"""Local features of a picture: RootSIFT descriptors with their place.

SIFT (Lowe 2004) through OpenCV, square-rooted (Arandjelović and Zisserman 2012, "Three things everyone should know").
A feature is one float32 row of 132 numbers: the descriptor (128, unit length), then x, y and size as fractions of the
picture's longer side, then the angle in degrees (0 to 360, clockwise, as the picture's y axis points down). Fractions
make features of one picture at two resolutions comparable.
"""

from __future__ import annotations

import cv2
import numpy as np

ROW = 132
X, Y, SIZE, ANGLE = 128, 129, 130, 131
CONTRAST = 0.01
"""OpenCV's contrast threshold; the default of 0.04 leaves too few features in soft pictures."""
MAX_ENLARGE = 2.0
GRID = 6
"""Half of the kept features are the strongest of each cell of a GRID x GRID raster, so that a busy corner does not
take them all: what is pasted into a textured background keeps its share."""


def scaled(grey: np.ndarray, side: int, most: float = MAX_ENLARGE) -> np.ndarray:
    """uint8 grey (h, w) with its longer side at ``side`` pixels; small ones grow at most ``most`` times."""
    height, width = grey.shape[:2]
    factor = min(side / max(height, width), most)
    size = (max(1, round(width * factor)), max(1, round(height * factor)))
    if size == (width, height):
        return grey
    return np.asarray(cv2.resize(grey, size, interpolation=cv2.INTER_AREA if factor < 1 else cv2.INTER_LINEAR))


def extract(grey: np.ndarray, count: int) -> np.ndarray:
    """At most ``count`` features of uint8 grey (h, w), strongest first: float32 (n, 132)."""
    if min(grey.shape) < 8:
        return np.zeros((0, ROW), np.float32)
    detector = cv2.SIFT.create(count + count // 2, contrastThreshold=CONTRAST)
    points, descriptors = detector.detectAndCompute(grey, None)
    if descriptors is None or not len(points):
        return np.zeros((0, ROW), np.float32)
    place = np.array([(p.pt[0], p.pt[1], p.size, p.angle, p.response) for p in points], np.float32)
    keep = spread(place, grey.shape, count)
    rows = np.empty((len(keep), ROW), np.float32)
    rows[:, :128] = root(descriptors[keep])
    rows[:, X : SIZE + 1] = place[keep, :3] / max(grey.shape)
    rows[:, ANGLE] = place[keep, 3] % 360
    return rows


def root(descriptors: np.ndarray) -> np.ndarray:
    """RootSIFT: unit-sum, then the square root; float32 (n, 128), unit length."""
    total = descriptors.sum(1, keepdims=True)
    return np.asarray(np.sqrt(descriptors / np.maximum(total, 1e-6)), np.float32)


def spread(place: np.ndarray, shape: tuple[float, ...], count: int) -> np.ndarray:
    """Which features to keep: int64 (n,), by falling strength. ``place``: (n, 5) with x, y and response last."""
    order = np.argsort(-place[:, 4], kind="stable")
    if len(order) <= count:
        return np.asarray(order)
    height, width = shape[:2]
    column = np.clip((place[order, 0] * GRID / width).astype(int), 0, GRID - 1)
    line = np.clip((place[order, 1] * GRID / height).astype(int), 0, GRID - 1)
    cell = line * GRID + column
    # Rank within the cell: features are by strength already, so a stable sort by cell keeps that order.
    by_cell = np.argsort(cell, kind="stable")
    first = np.searchsorted(cell[by_cell], np.arange(GRID * GRID))
    rank = np.empty(len(order), int)
    rank[by_cell] = np.arange(len(order)) - first[cell[by_cell]]
    even = rank < count // (2 * GRID * GRID)
    rest = np.flatnonzero(~even)[: count - int(even.sum())]
    return np.asarray(order[np.sort(np.concatenate([np.flatnonzero(even), rest]))])


def mirrored(rows: np.ndarray, width: float) -> np.ndarray:
    """The features of the picture flipped left to right, without a second extraction: float32 (n, 132).

    ``width`` is the picture's width as a fraction of its longer side. A descriptor is 4 x 4 cells (row, column) of 8
    directions, laid out along the feature's own angle; a flip reverses its rows across that axis and its directions.
    """
    out = rows.copy()
    cells = rows[:, :128].reshape(-1, 4, 4, 8)
    out[:, :128] = cells[:, ::-1, :, (-np.arange(8)) % 8].reshape(-1, 128)
    out[:, X] = width - rows[:, X]
    out[:, ANGLE] = (180 - rows[:, ANGLE]) % 360
    return out


def negated(rows: np.ndarray) -> np.ndarray:
    """The features of the picture with inverted tones, without a second extraction: float32 (n, 132).

    Every gradient points the other way: a feature's own angle turns by 180 degrees, and the raster of its
    cells with it.
    """
    out = rows.copy()
    out[:, :128] = rows[:, :128].reshape(-1, 4, 4, 8)[:, ::-1, ::-1].reshape(-1, 128)
    out[:, ANGLE] = (rows[:, ANGLE] + 180) % 360
    return out
