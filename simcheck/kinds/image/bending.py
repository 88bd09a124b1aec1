"""Undoes bends that no plane transform follows: lenses, whirls, waves, curled pages, crumpled paper.

Where features agree on one transform the bend is nearly even. From there the rest is found outwards: a thin-plate
spline (Bookstein 1989; smoothed, as in Wahba 1990) through the pairs known so far foretells where others lie; those
that lie there, in that turn and size, join, and the next spline follows them further and closer.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

import cv2
import numpy as np

from simcheck.kinds.image import geometry, match

STEPS = (
    *((0.12, 1e-3, 50, 3), (0.08, 1e-4, 50, 6), (0.05, 3e-5, 50, 8)),
    *((0.03, 3e-5, 35, 3), (0.02, 1e-5, 35, 3), (0.015, 1e-5, 35, 3)),
)
"""How far a pair may lie from where the spline foretells it, in fractions of the output's longer side; the spline's
smoothing for each pair; how far the pair's own turn may lie from the spline's there, in degrees; and how many rounds at
most: a whirl is followed inwards from its edge, ring by ring, before what joined wrongly is left out again."""
SCALE_TOLERANCE = 0.9
"""How far a pair's own scale may lie from the spline's at its place, in octaves."""
LEAST = 8
"""Pairs without which there is no spline."""
STEP = 0.01
"""Over which the spline's turn and scale are measured, in fractions of the reference's longer side."""
RASTER = 32
"""Places along the longer side where the spline is computed for pixels; between them it is interpolated."""


@dataclass(frozen=True)
class Bend:
    """``spline``: how far a place of the reference is moved from where ``matrix`` puts it on the output, both in
    fractions of the longer sides, left and right swapped where ``flip``; ``places``: at how many distinct places of
    both pictures pairs agree on it."""

    matrix: np.ndarray
    flip: bool
    spline: Callable[[np.ndarray], np.ndarray]
    places: int

    def apply(self, points: np.ndarray) -> np.ndarray:
        """Places of the reference to those of the output, float64 (n, 2)."""
        return np.asarray(geometry.apply(self.matrix, points) + self.spline(points) * (-1 if self.flip else 1, 1))


def found(
    output: np.ndarray, reference: np.ndarray, matrix: np.ndarray, flip: bool, size: tuple[float, float]
) -> Bend | None:
    """The bend that pairs of features agree on, starting from a transform that some agree on; None: too few.

    Places are float (n, 4) each: x, y, size, angle, paired by row; where ``flip``, those of the output are places of
    the output flipped left to right, whose ``size`` is its width and height. ``matrix`` is that of the output itself.
    """
    from scipy.interpolate import RBFInterpolator  # takes half a second, and few outputs are bent

    source, target = reference[:, :2].astype(np.float64), output[:, :2].astype(np.float64)
    bend = Bend(geometry.mirrored(matrix, size) if flip else matrix, False, np.zeros_like, 0)
    turn, grown = np.radians(output[:, 3] - reference[:, 3]), np.log2(output[:, 2] / reference[:, 2])
    off = target - bend.apply(source)
    kept = np.zeros(0, np.int64)
    for within, smoothing, tolerance, rounds in STEPS:
        for _ in range(rounds):
            before, (foretold, turned, scaled) = kept, _local(bend, source)
            apart = np.abs((turn - turned + np.pi) % (2 * np.pi) - np.pi)
            kept = np.flatnonzero(
                (np.hypot(*(target - foretold).T) < within)
                & (apart < np.radians(tolerance))
                & (np.abs(grown - scaled) < SCALE_TOLERANCE)
            )
            kept = kept[np.unique(source[kept], axis=0, return_index=True)[1]]
            if len(kept) < LEAST:
                return None
            spline = RBFInterpolator(source[kept], off[kept], smoothing=smoothing * len(kept))  # thin plates by default
            bend = replace(bend, spline=spline)
            if np.array_equal(kept, before):
                break
    places = min(match.distinct(source[kept]), match.distinct(target[kept]))
    return Bend(matrix, flip, bend.spline, places)


def _local(bend: Bend, points: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Where the bend puts points, and its turn (radians) and scale (octaves) there: float64 (n, 2), (n,), (n,)."""
    moved = (points + np.array(step) for step in ((0, 0), (STEP, 0), (0, STEP)))
    here, right, below = (bend.apply(one) for one in moved)
    across, down = ((side - here) / STEP for side in (right, below))
    turn = np.arctan2(across[:, 1] - down[:, 0], across[:, 0] + down[:, 1])
    area = np.abs(across[:, 0] * down[:, 1] - across[:, 1] * down[:, 0])
    return here, turn, 0.5 * np.log2(np.maximum(area, 1e-9))


def straightened(picture: np.ndarray, bend: Bend) -> np.ndarray:
    """The output (uint8, any resolution) with the bend undone, so that the transform alone lays the reference on it.
    What lies outside of the picture continues its edge."""
    height, width = picture.shape[:2]
    longer = max(height, width)
    size = geometry.extent(width, height)
    columns, rows = (max(2, round(RASTER * side)) for side in size)
    raster = np.stack(np.meshgrid(np.linspace(0, size[0], columns), np.linspace(0, size[1], rows)), 2)
    places = bend.apply(geometry.apply(np.linalg.inv(bend.matrix), raster.reshape(-1, 2))).reshape(rows, columns, 2)
    # The raster's first and last places are the picture's edges, pixels are sampled at their middles.
    middles = [(np.arange(n) + 0.5) / n * (m - 1) for n, m in ((width, columns), (height, rows))]
    x, y = (np.asarray(axis, np.float32) for axis in np.meshgrid(*middles))
    source = [
        np.asarray(cv2.remap(np.asarray(places[..., axis], np.float32), x, y, cv2.INTER_LINEAR)) * longer - 0.5
        for axis in (0, 1)
    ]
    straight = cv2.remap(picture, source[0], source[1], cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE)
    return np.asarray(straight)
