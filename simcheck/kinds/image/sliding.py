"""Where features say nothing: the whole of one picture is slid over the other, at low resolution and many sizes.

Local features need corners, and each of its own kind: a small part of a soft picture has none, a pattern that repeats
has too many that are alike. Normalised cross-correlation (Lewis 1995; OpenCV's ``matchTemplate``) of the pictures'
details needs neither. It finds upright and mirrored parts only, so it comes last.
"""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np

from simcheck.kinds.image import geometry

SIDE = 120
"""Longer side, in pixels, of the picture that the other is slid over."""
SIZES = tuple(round(SIDE * float(size)) for size in np.geomspace(0.2, 0.94, 15))
"""Longer sides, in pixels, of the slid picture: a step of 1.12, which blurs little at such sizes."""
SMALLEST = 14
"""Shorter side, in pixels, from which a picture is worth sliding."""
COARSE = 6.0
"""Blur, in pixels, of what is taken out: where light and dark lie tells little, and is alike in many pictures."""
SHARE_OF_DETAIL = 0.25
"""Share of the pixels of detail that tell something by themselves: neighbours are alike."""


@dataclass(frozen=True)
class Slid:
    """Where one picture fits best on the other. ``matrix``: reference to output, fractions of longer sides. ``fit``:
    the correlation in standard deviations of chance (Fisher's z over the pixels that overlap). One of a hundred
    unrelated pairs reaches 11, crops to a tenth have 14 and more, pastes at a twentieth 12 and more."""

    matrix: np.ndarray
    fit: float


class Pyramid:
    """The details of a picture in the sizes that are slid. ``picture``: uint8 grey (h, w)."""

    def __init__(self, picture: np.ndarray) -> None:
        small = _shrunk(picture, SIDE)
        self.size = geometry.extent(picture.shape[1], picture.shape[0])
        self.ground = _details(small)
        """float32, its longer side at `SIDE` pixels."""
        parts = [_details(_shrunk(small, side)) for side in SIZES]
        self.parts = [part for part in parts if min(part.shape) >= SMALLEST and part.std() > 1]

    @property
    def mirrored(self) -> Pyramid:
        """That of the picture flipped left to right."""
        other = object.__new__(Pyramid)
        other.size = self.size
        other.ground, *other.parts = (np.ascontiguousarray(one[:, ::-1]) for one in (self.ground, *self.parts))
        return other


def best(output: Pyramid, reference: Pyramid) -> Slid | None:
    """The best place of the output in the reference (a crop) or of the reference in the output (a paste); None where
    either is too narrow or empty."""
    tried = []
    for part, whole in ((output, reference), (reference, output)):
        place, fit = _slide(part, whole)
        if place is not None and part is output:
            tried.append(Slid(geometry.box_to_box(place, (0, 0, *output.size)), fit))
        elif place is not None:
            tried.append(Slid(geometry.box_to_box((0, 0, *reference.size), place), fit))
    return max(tried, key=lambda one: one.fit, default=None)


def _slide(part: Pyramid, whole: Pyramid) -> tuple[geometry.Box | None, float]:
    """The box in the whole (fractions of its longer side) where the part fits best, and how well."""
    place, fit = None, 0.0
    rows, columns = whole.ground.shape
    for slid in part.parts:
        height, width = slid.shape
        if height > rows or width > columns:
            continue
        _, highest, _, (left, top) = cv2.minMaxLoc(cv2.matchTemplate(whole.ground, slid, cv2.TM_CCOEFF_NORMED))
        value = float(np.arctanh(min(max(highest, 0.0), 0.999)) * np.sqrt(SHARE_OF_DETAIL * slid.size))
        if value > fit:
            place, fit = (left / SIDE, top / SIDE, (left + width) / SIDE, (top + height) / SIDE), value
    return place, fit


def _shrunk(picture: np.ndarray, side: int) -> np.ndarray:
    """float32 grey with its longer side at ``side``."""
    factor = side / max(picture.shape)
    size = (max(2, round(picture.shape[1] * factor)), max(2, round(picture.shape[0] * factor)))
    interpolation = cv2.INTER_AREA if factor < 1 else cv2.INTER_LINEAR
    return np.asarray(cv2.resize(picture, size, interpolation=interpolation), np.float32)


def _details(picture: np.ndarray) -> np.ndarray:
    """The picture without its low frequencies, with contrast made even, float32 (h, w)."""
    fine = picture - cv2.GaussianBlur(picture, (0, 0), COARSE)
    return np.asarray(fine / (np.sqrt(cv2.GaussianBlur(fine * fine, (0, 0), COARSE)) + 4) * 32, np.float32)
