"""Compares an output with one reference: a cascade from stored codes to pixels.

First the geometry on the stored codes, which costs little; only what is plausible goes on to the thumbnail: features
anew, matched both ways, a robust transform, and at last the pixels under it. Where local features fail (blur, mosaic,
strong filters) the hypothesis is the hash's or the encoder's: the whole picture in one of eight turns and flips.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

import cv2
import numpy as np

from simcheck.index.base import StoredSegment
from simcheck.index.lanes import codebook
from simcheck.kinds.image import features, geometry, match, pixels
from simcheck.kinds.image.describe import LOCAL
from simcheck.kinds.image.look import Look

THUMB_SIDE, THUMB_COUNT = 480, 600
CODES_RATIO, STRICT_RATIO, LOOSE_RATIO = 0.92, 0.80, 0.95


@dataclass(frozen=True)
class Alignment:
    """A transform (reference to output, fractions of longer sides) that was tried and what it explains.

    ``flip``: the output was flipped left to right for it (already undone in ``matrix``). ``inliers`` counts distinct
    places. ``agreement`` is None where the pixels have too little to compare.
    """

    matrix: np.ndarray
    flip: bool
    inliers: int
    source: str
    agreement: pixels.Agreement | None

    @property
    def strength(self) -> float:
        """Only to choose among alignments of one pair; never a score."""
        if self.agreement is None:
            return 0.0
        return (self.inliers + 3) * max(self.agreement.correlation, 0.02) * (0.2 + self.agreement.share)


class Thumb:
    """A reference's thumbnail, decoded once."""

    def __init__(self, segment: StoredSegment) -> None:
        data = np.frombuffer(segment.evidence["thumbnail"], np.uint8)
        picture = cv2.imdecode(data, cv2.IMREAD_COLOR)
        self.picture = np.asarray(picture)[..., ::-1].copy()
        self.grey = np.asarray(cv2.cvtColor(self.picture, cv2.COLOR_RGB2GRAY))
        self.size = geometry.extent(self.grey.shape[1], self.grey.shape[0])

    def features(self) -> np.ndarray:
        return features.extract(features.grey_at(self.picture, THUMB_SIDE), THUMB_COUNT)


def by_codes(look: Look, segment: StoredSegment, flip: bool) -> match.Fit | None:
    """The geometry that the stored codes support: cheap, and without the thumbnail."""
    descriptors, places = codebook.decode(segment.entries[LOCAL])
    mine, theirs = match.pairs(look.rotated(flip), descriptors, CODES_RATIO)
    return match.fit(look.oriented(flip)[mine, 128:], places[theirs], threshold=1.3 * match.THRESHOLD)


def by_features(look: Look, rows: np.ndarray, flip: bool) -> match.Fit | None:
    """The geometry that the thumbnail's features (float32 (n, 132)) support."""
    best: match.Fit | None = None
    for ratio in (STRICT_RATIO, LOOSE_RATIO):
        mine, theirs = match.pairs(look.oriented(flip)[:, :128], rows[:, :128], ratio)
        target, source = look.oriented(flip)[mine, 128:], rows[theirs, 128:]
        fitted = match.fit(target, source)
        if fitted is not None:
            fitted = match.homography(fitted, target, source)
            if best is None or fitted.places > best.places:
                best = fitted
    return best


def align(look: Look, thumb: Thumb, flips: Iterable[bool], variants: Iterable[int]) -> Alignment | None:
    """The best alignment of the output with a thumbnail. ``flips``: orientations whose features to match; ``variants``:
    turns of the whole (see `geometry.turned`) that hashes or encoder propose."""
    tried = []
    rows = thumb.features()
    for flip in flips:
        fitted = by_features(look, rows, flip)
        if fitted is not None:
            matrix = unflipped(fitted.matrix, look.size) if flip else fitted.matrix
            tried.append(judged(look, thumb, matrix, flip, fitted.places, "features"))
    for variant in variants:
        matrix = whole_matrix(look.size, thumb.size, variant)
        tried.append(judged(look, thumb, matrix, variant >= 4, 0, "whole"))
    return max(tried, key=lambda a: a.strength, default=None)


def whole_matrix(output: tuple[float, float], reference: tuple[float, float], variant: int) -> np.ndarray:
    """The transform under which the whole output, turned by ``variant``, shows the whole reference."""
    turn = geometry.turn_matrix(variant, output)
    shown = output if variant % 2 == 0 else output[::-1]
    return np.asarray(np.linalg.inv(turn) @ geometry.box_to_box((0, 0, *reference), (0, 0, *shown)))


def judged(look: Look, thumb: Thumb, matrix: np.ndarray, flip: bool, places: int, source: str) -> Alignment:
    return Alignment(matrix, flip, places, source, pixels.compare(look.grey, thumb.grey, matrix, look.size, thumb.size))


def unflipped(matrix: np.ndarray, size: tuple[float, float]) -> np.ndarray:
    """A transform onto the flipped output as one onto the output itself."""
    return geometry.turn_matrix(4, size) @ matrix
