"""Edits that move pixels: crops, turns, perspective, elastic and mesh warps.

Every edit takes a random generator and a picture (uint8, (h, w, 3), RGB) and returns a picture of its own;
the input is never written to.
"""

from __future__ import annotations

import math

import cv2
import numpy as np

from simcheck.encoders.training.edits_base import Picture, Random, chance, colour, pick, uniform

_BORDERS = (cv2.BORDER_CONSTANT, cv2.BORDER_CONSTANT, cv2.BORDER_REPLICATE, cv2.BORDER_REFLECT)


def crop(rng: Random, picture: Picture, smallest: float, size: int) -> Picture:
    """A part of ``smallest`` to 1 of the area with aspect 0.6 to 1.67, squashed to ``size`` × ``size`` pixels."""
    h, w = picture.shape[:2]
    area = uniform(rng, smallest, 1.0) * h * w
    aspect = math.exp(uniform(rng, math.log(0.6), math.log(1.67)))
    cw = min(w, max(8, round(math.sqrt(area * aspect))))
    ch = min(h, max(8, round(math.sqrt(area / aspect))))
    x, y = int(rng.integers(0, w - cw + 1)), int(rng.integers(0, h - ch + 1))
    return squash(picture[y : y + ch, x : x + cw], size)


def squash(picture: Picture, size: int) -> Picture:
    """The whole picture at ``size`` × ``size`` pixels, whatever its aspect."""
    shrinking = picture.shape[0] * picture.shape[1] > size * size
    return cv2.resize(picture, (size, size), interpolation=cv2.INTER_AREA if shrinking else cv2.INTER_LINEAR)


def mirror(_: Random, picture: Picture) -> Picture:
    return np.ascontiguousarray(picture[:, ::-1])


def quarter_turn(rng: Random, picture: Picture) -> Picture:
    return np.ascontiguousarray(np.rot90(picture, int(rng.integers(1, 4))))


def turn(rng: Random, picture: Picture, most: float = 40.0) -> Picture:
    """Turn by up to ``most`` degrees about the centre; corners filled, replicated or mirrored."""
    h, w = picture.shape[:2]
    matrix = cv2.getRotationMatrix2D((w / 2, h / 2), uniform(rng, -most, most), uniform(rng, 0.75, 1.15))
    return cv2.warpAffine(picture, matrix, (w, h), borderMode=pick(rng, _BORDERS), borderValue=colour(rng))


def perspective(rng: Random, picture: Picture) -> Picture:
    """Move each corner by up to a quarter of the side, inwards twice as often as outwards."""
    h, w = picture.shape[:2]
    corners = np.array([[0, 0], [w, 0], [w, h], [0, h]], np.float32)
    inwards = np.array([[w, h], [-w, h], [-w, -h], [w, -h]], np.float32)
    moved = corners + rng.uniform(0, 0.25, (4, 2)).astype(np.float32) * inwards * pick(rng, (1.0, 1.0, -0.5))
    matrix = cv2.getPerspectiveTransform(corners, moved.astype(np.float32))
    return cv2.warpPerspective(picture, matrix, (w, h), borderMode=pick(rng, _BORDERS), borderValue=colour(rng))


def _displace(picture: Picture, dx: np.ndarray, dy: np.ndarray) -> Picture:
    h, w = picture.shape[:2]
    x, y = np.meshgrid(np.arange(w, dtype=np.float32), np.arange(h, dtype=np.float32))
    return cv2.remap(
        picture, x + dx.astype(np.float32), y + dy.astype(np.float32), cv2.INTER_LINEAR, borderMode=cv2.BORDER_REFLECT
    )


def elastic(rng: Random, picture: Picture) -> Picture:
    """Smooth random displacement (Simard et al. 2003): a grid of 4 to 12 cells a side, up to a cell's half."""
    h, w = picture.shape[:2]
    cells = int(rng.integers(4, 13))
    reach = uniform(rng, 0.15, 0.55) / cells
    field = rng.uniform(-1, 1, (2, cells, cells)).astype(np.float32) * reach
    dx, dy = (cv2.resize(f, (w, h), interpolation=cv2.INTER_CUBIC) for f in field)
    return _displace(picture, dx * w, dy * h)


def squeeze_parts(rng: Random, picture: Picture) -> Picture:
    """Columns and rows squeezed unevenly, as seam carving does with the dull parts of a picture."""
    h, w = picture.shape[:2]
    xs, ys = (_uneven(rng, side) for side in (w, h))
    map_x, map_y = np.meshgrid(xs, ys)
    return cv2.remap(picture, map_x, map_y, cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE)


def _uneven(rng: Random, side: int) -> np.ndarray:
    """A growing map of 0..side-1 onto itself with speeds between one third and three."""
    knots = np.exp(rng.uniform(-1.1, 1.1, int(rng.integers(3, 9))))
    speed = np.interp(np.linspace(0, 1, side), np.linspace(0, 1, len(knots)), knots)
    place = np.cumsum(speed)
    span = max(float(place[-1] - place[0]), 1e-6)
    return np.asarray((place - place[0]) / span * (side - 1), np.float32)


def wave(rng: Random, picture: Picture) -> Picture:
    """A sine ripple, or a bulge or pinch about a random point."""
    h, w = picture.shape[:2]
    x, y = np.meshgrid(np.linspace(0, 1, w, dtype=np.float32), np.linspace(0, 1, h, dtype=np.float32))
    if chance(rng, 0.5):
        turns, phase, reach = uniform(rng, 1, 4), uniform(rng, 0, 6.3), uniform(rng, 0.01, 0.04)
        return _displace(picture, reach * w * np.sin(turns * 6.283 * y + phase), reach * h * np.sin(turns * 6.283 * x))
    cx, cy, reach = uniform(rng, 0.25, 0.75), uniform(rng, 0.25, 0.75), uniform(rng, 0.2, 0.5)
    distance = np.hypot(x - cx, y - cy)
    pull = uniform(rng, -0.5, 0.5) * np.clip(1 - distance / reach, 0, None)
    return _displace(picture, (x - cx) * pull * w, (y - cy) * pull * h)
