"""Puts back what was shifted: strips, slits and tiles of a work that each moved by itself.

Where some features agree on one transform, others of its turn and size say by how much their part has moved. Shifts
that several pairs agree on are candidates, and each place of the output takes the one under which it is most like the
reference: a cost volume, filtered by a box (Hosni et al. 2013). No other shift is possible, so what nothing agrees on
is not made alike.
"""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np

from simcheck.kinds.image import geometry, match, pixels

TURN_TOLERANCE, SCALE_TOLERANCE = 15.0, 0.35
"""How far a pair's own turn (degrees) and scale (octaves) may lie from the transform's."""
NEAR, LEAST, MOST = 0.008, 3, 24
"""How near shifts are one, in fractions of the output's longer side; the distinct places without which one is none; and
how many there may be."""
SIDE, WINDOW, SMOOTH = 200, 9, 5
"""The output's longer side where likeness is compared, the box over which it counts, and over which the choice is made
even, in pixels."""
EVEN = 50.0
"""Added to the contrast of a box: on even ground nothing is like."""
ALIKE, STRAY = 0.5, 0.02
"""Likeness from which a place is where it belongs, and the share of such places that may not be."""
TORN = 0.075
"""Share of the borders between such places across which another shift is chosen, from which the picture is torn: of 26
works in strips and slits at most 0.073, of two pictures that were laid together from shreds up to 0.095."""


@dataclass(frozen=True)
class Shifts:
    """``steps``: float64 (n, 2), how far parts lie from where ``matrix`` puts them on the output, in fractions of its
    longer side, left and right swapped where ``flip``; ``places``: at how many distinct places pairs agree on them."""

    matrix: np.ndarray
    flip: bool
    steps: np.ndarray
    places: int


@dataclass(frozen=True)
class PutBack:
    """``picture``: the output, uint8 like what was given, with its parts where the transform alone has them.
    ``sources``: from which place of the output each place comes, float32 (h, w, 2), fractions of its longer side;
    ``alike``: where it is like the reference there, bool (h, w): on even ground any shift is as good."""

    picture: np.ndarray
    sources: np.ndarray
    alike: np.ndarray

    def box(self, box: geometry.Box) -> geometry.Box:
        """The box of the output around what is alike in a box of what was put back, without the `STRAY`."""
        height, width = self.alike.shape
        longer = max(height, width)
        left, top, right, bottom = (round(side * longer) for side in box)
        left, top = min(left, width - 1), min(top, height - 1)
        part = np.s_[top : max(bottom, top + 1), left : max(right, left + 1)]
        alike = self.alike[part]
        inside = self.sources[part][alike if alike.any() else ~alike]
        return geometry.bounds(np.quantile(inside, (STRAY, 1 - STRAY), axis=0), geometry.extent(width, height))


def found(
    output: np.ndarray, reference: np.ndarray, matrix: np.ndarray, flip: bool, size: tuple[float, float]
) -> Shifts | None:
    """The shifts that pairs of features agree on, most of them first; None where there are not two.

    Places are float (n, 4) each: x, y, size, angle, paired by row; where ``flip``, those of the output are places of
    the output flipped left to right, whose ``size`` is its width and height. ``matrix`` is that of the output itself.
    """
    base = geometry.mirrored(matrix, size) if flip else matrix
    turn, scale = geometry.turn_and_scale(base)
    apart = np.abs((output[:, 3] - reference[:, 3] - turn + 180) % 360 - 180)
    grown = np.abs(np.log2(output[:, 2] / reference[:, 2]) - scale)
    kept = (apart < TURN_TOLERANCE) & (grown < SCALE_TOLERANCE)
    source, target = (part[kept, :2].astype(np.float64) for part in (reference, output))
    off = target - geometry.apply(base, source)
    near = np.hypot(*(off[:, None] - off[None]).transpose(2, 0, 1)) < NEAR
    left, places = np.ones(len(off), bool), 0
    steps: list[np.ndarray] = []
    while len(steps) < MOST and left.any():
        together = near[int((near & left).sum(1).argmax())] & left
        count = min(match.distinct(source[together]), match.distinct(target[together]))
        if count < LEAST:
            break
        steps.append(off[together].mean(0))
        places += count
        left &= np.hypot(*(off - steps[-1]).T) > 1.5 * NEAR
    return Shifts(matrix, flip, np.array(steps), places) if len(steps) > 1 else None


def put_back(picture: np.ndarray, reference: np.ndarray, shifts: Shifts, negative: bool) -> PutBack | None:
    """The output with its parts put back; None where it would be torn to shreds: with many shifts, as words that repeat
    give, any two pictures become alike so. Both pictures are uint8 grey; ``negative``: one's tones are inverted."""
    height, width = picture.shape
    size = geometry.extent(width, height)
    base = geometry.mirrored(shifts.matrix, size) if shifts.flip else shifts.matrix
    upright = np.ascontiguousarray(picture[:, ::-1]) if shifts.flip else picture
    side = max(1, round(size[0] * SIDE)), max(1, round(size[1] * SIDE))
    expected = contrast(pixels.warp(reference, np.diag([SIDE, SIDE, 1.0]) @ base, side)[0])
    small = cv2.resize(upright, side, interpolation=cv2.INTER_AREA).astype(np.float32)
    seen = contrast(255 - small if negative else small)
    like = np.stack([likeness(expected, moved(seen, -step * SIDE)) for step in shifts.steps])
    chosen = cv2.medianBlur(like.argmax(0).astype(np.uint8), SMOOTH)
    if torn(chosen, like.max(0) > ALIKE) > TORN:
        return None
    steps = cv2.resize(shifts.steps.astype(np.float32)[chosen], (width, height), interpolation=cv2.INTER_NEAREST)
    middles = np.stack(np.meshgrid(np.arange(width), np.arange(height)), 2).astype(np.float32) + np.float32(0.5)
    sources = middles / np.float32(max(height, width)) + steps
    if shifts.flip:
        sources = np.ascontiguousarray(sources[:, ::-1])
        sources[..., 0] = size[0] - sources[..., 0]
    x, y = (np.ascontiguousarray(sources[..., axis] * max(height, width) - 0.5) for axis in (0, 1))
    alike = cv2.resize((like.max(0) > ALIKE).astype(np.uint8), (width, height), interpolation=cv2.INTER_NEAREST) > 0
    back = cv2.remap(picture, x, y, cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE)
    return PutBack(np.asarray(back), sources, alike[:, ::-1] if shifts.flip else alike)


def torn(chosen: np.ndarray, alike: np.ndarray) -> float:
    """Share of the borders between neighbouring places that are ``alike``, bool (h, w), across which another shift is
    ``chosen``, uint8 (h, w)."""
    cut, whole = 0, 0
    for one, other in ((np.s_[1:], np.s_[:-1]), (np.s_[:, 1:], np.s_[:, :-1])):
        both = alike[one] & alike[other]
        cut += int((both & (chosen[one] != chosen[other])).sum())
        whole += int(both.sum())
    return cut / max(whole, 1)


def contrast(patch: np.ndarray) -> np.ndarray:
    """A patch with even contrast around zero, float32."""
    return pixels.even_contrast(patch).astype(np.float32) - 128


def moved(patch: np.ndarray, step: np.ndarray) -> np.ndarray:
    """A patch moved by so many pixels; what comes from outside is zero."""
    matrix = np.array([[1, 0, step[0]], [0, 1, step[1]]])
    return np.asarray(cv2.warpAffine(patch, matrix, patch.shape[::-1], flags=cv2.INTER_LINEAR), np.float32)


def likeness(first: np.ndarray, second: np.ndarray) -> np.ndarray:
    """The correlation of two patches around each pixel, less where there is little contrast."""

    def around(values: np.ndarray) -> np.ndarray:
        return np.asarray(cv2.boxFilter(values, -1, (WINDOW, WINDOW)))

    contrasts = np.maximum(around(first * first) * around(second * second), 0)
    return np.asarray(around(first * second) / (np.sqrt(contrasts) + EVEN))
