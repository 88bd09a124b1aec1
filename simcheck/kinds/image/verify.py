"""Compares an output with one reference: a cascade from what is cheap to what is certain.

1. The whole picture as hashes and encoder see it (one of eight turns and flips): pixels compared at once.
2. The geometry of the stored codes, without the thumbnail's features; pixels compared under it.
3. Where that found little: one picture slid over the other (see `sliding`).
4. Only where that is plausible and not yet sure: the thumbnail's features, matched both ways.
5. Where the shared part is small in either picture: features of that part anew, enlarged.

Each step gives an `Alignment`; the strongest is kept. Later steps run only where earlier ones left doubt.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Literal, get_args

import cv2
import numpy as np

from simcheck.errors import IndexDamagedError
from simcheck.index.base import StoredSegment
from simcheck.index.lanes import codebook
from simcheck.kinds.image import features, geometry, hashes, match, pixels, sliding
from simcheck.kinds.image.describe import LOCAL
from simcheck.kinds.image.look import Look, Orientation

THUMB_SIDE, THUMB_COUNT = 400, 600
CODES_RATIO, STRICT_RATIO, LOOSE_RATIO = 0.92, 0.80, 0.95
CODES_FEW, CODES_MANY, CODES_BLOCKS, HALF = 5, 10, 6, 0.5
"""Places on which the stored codes must agree for a look at the thumbnail's features: few, if so many blocks of pixels
agree too, or many; the least, if half of the texture agrees."""
SURE_PLACES, SURE_CORRELATION, SURE_SHARE = 25, 0.85, 0.6
SAME_CORRELATION, SAME_DETAIL = 0.97, 0.85
HALF_AGREES = 0.2, 0.93
"""Correlations of the whole between which a guessed transform is improved on the pixels."""
TONES_SHARE = 0.7
"""Share of the texture that agrees up to which outlines are compared too."""
LINES_PLAIN = 0.2
"""Share of even ground between what agrees from which it is made of lines."""
ZOOM_SHARE = 0.45
"""A part with less than this share of a picture's longer side is looked at again, enlarged."""
ZOOM_SIDE, ZOOM_COUNT, ZOOM_MARGIN = 320, 400, 0.15
SLIDE_PLACES, SLIDE_FIT, CLOSER_FIT = 12, 9.0, 11.0
"""Places on which features agree from which sliding cannot tell more; the fits from which its place is worth a look at
the pixels, and the pair one at the thumbnail's features. Nine of ten unrelated pairs have less."""


Compared = Literal["tones", "outlines", "ink"]
"""What of the two pictures is held against each other: grey values; the outlines of both; or the output's inverted
tones and the reference's outlines, since a pencil drawing is dark where the picture changes."""


@dataclass(frozen=True)
class Alignment:
    """A transform (reference to output, fractions of longer sides) that was tried and what it explains.

    ``flip``: the copy is mirrored (already in ``matrix``); ``negative``: tones are inverted.
    ``inliers`` counts distinct places. ``source`` says what proposed it. ``agreement`` is None where the pixels have
    too little to compare. ``outlines``: correlation of the outlines over the whole overlap; None where nobody asked.
    ``one_tone``: share of the reference that has one tone; ``two_tones``: of its part that agrees, two. ``slid``: how
    well one picture fits somewhere on the other, see `sliding.Slid`; None where nobody tried.
    """

    matrix: np.ndarray
    flip: bool
    negative: bool
    compared: Compared
    inliers: int
    source: str
    agreement: pixels.Agreement | None
    outlines: float | None = None
    one_tone: float = 0.0
    two_tones: float = 0.0
    slid: float | None = None

    @property
    def outlined(self) -> bool:
        """Whether outlines took the place of grey values, in one picture at least."""
        return self.compared != "tones"

    @property
    def strength(self) -> float:
        """Only to choose among alignments of one pair; never a score."""
        if self.agreement is None:
            return 0.0
        return (self.inliers + 3) * max(self.agreement.correlation, 0.02) * (0.2 + self.agreement.share)

    @property
    def sure(self) -> bool:
        """True where looking on could not change anything."""
        seen = self.agreement
        if seen is None or self.outlined:
            return False
        if seen.whole > SAME_CORRELATION and seen.detail > SAME_DETAIL and seen.share > 0.9 and seen.blocks > 40:
            return True
        return self.inliers >= SURE_PLACES and seen.correlation > SURE_CORRELATION and seen.share > SURE_SHARE


COMPARED: tuple[Compared, ...] = get_args(Compared)


class Thumb:
    """What is stored of a reference to look at: its thumbnail and its codes; each thing computed once."""

    def __init__(self, segment: StoredSegment) -> None:
        self._segment = segment
        data = np.frombuffer(segment.evidence.get("thumbnail", b""), np.uint8)
        picture = cv2.imdecode(data, cv2.IMREAD_GRAYSCALE) if len(data) else None
        if picture is None:
            raise IndexDamagedError("A reference's thumbnail cannot be read; run `simcheck index verify`.")
        self.grey = np.asarray(picture)
        self.size = geometry.extent(self.grey.shape[1], self.grey.shape[0])

    @cached_property
    def codes(self) -> tuple[np.ndarray, np.ndarray]:
        """Approximate descriptors and places of the stored features, see `codebook.decode`."""
        return codebook.decode(self._segment.entries[LOCAL])

    @cached_property
    def features(self) -> np.ndarray:
        return features.extract(features.scaled(self.grey, THUMB_SIDE), THUMB_COUNT)

    @cached_property
    def outlines(self) -> np.ndarray:
        return hashes.outlines(self.grey)

    @cached_property
    def pyramid(self) -> sliding.Pyramid:
        return sliding.Pyramid(self.grey)


@dataclass(frozen=True)
class Guess:
    """That a view of the output (a box in fractions of its longer side), turned by ``variant`` (see `hashes`), shows
    the whole reference, by what of both was compared."""

    view: geometry.Box
    variant: int
    compared: Compared = "tones"


def align(
    look: Look, segment: StoredSegment, orientations: Sequence[Orientation], guesses: Sequence[Guess]
) -> Alignment | None:
    """The best alignment of the output with a segment, or None where nothing is shared.

    ``orientations``: those whose features the lanes nominated; ``guesses``: what hashes or encoder propose.
    """
    thumb = Thumb(segment)
    best = strongest(look, thumb, orientations, guesses)
    if best is None or best.agreement is None:
        return best
    tones = pixels.one_tone(thumb.grey), pixels.two_tones(thumb.grey, best.agreement.reference)
    best = replace(best, one_tone=tones[0], two_tones=tones[1])
    if best.sure:
        return best
    drawn = max(
        pixels.overall(*shown(look, thumb, False, compared), best.matrix, look.size, thumb.size)
        for compared in (("outlines", "ink") if best.compared == "ink" else ("outlines",))
    )
    return replace(best, outlines=drawn)


def strongest(
    look: Look, thumb: Thumb, orientations: Sequence[Orientation], guesses: Sequence[Guess]
) -> Alignment | None:
    """The steps of `align`, up to the first that leaves no doubt."""
    tried: list[Alignment] = []
    for guess in guesses:
        tried.append(guessed(look, thumb, guess))
        if tried[-1].sure:
            return tried[-1]
    worth = []
    for orientation in orientations:
        fitted = by_codes(look, thumb, orientation)
        if fitted is not None:
            tried.append(judged(look, thumb, fitted, orientation, "codes"))
            if tried[-1].sure:
                return tried[-1]
            if plausible(tried[-1]):
                worth.append(orientation)
    fit = None
    if all(one.inliers < SLIDE_PLACES for one in tried):
        found, fit = slid(look, thumb)
        tried += found
        if fit >= CLOSER_FIT:
            worth = list(orientations)
    for orientation in [] if any(one.sure for one in tried) else worth:
        fitted = by_features(look.oriented(orientation), thumb.features)
        if fitted is not None:
            tried.append(judged(look, thumb, fitted, orientation, "features"))
    best = max(tried, key=lambda one: one.strength, default=None)
    if best is None:
        return None
    if best.inliers >= CODES_FEW and not best.sure:
        closer = zoomed(look, thumb, best)
        if closer is not None and closer.strength > best.strength:
            best = closer
    return replace(best, slid=fit)


def slid(look: Look, thumb: Thumb) -> tuple[list[Alignment], float]:
    """The alignment where one picture fits best on the other, if it fits well enough to look at the pixels, and how
    well it fits (see `sliding.Slid`; 0 where it has no place)."""
    fits = [sliding.best(pyramid, thumb.pyramid) for pyramid in (look.pyramid, look.mirrored_pyramid)]
    places = [(one.fit, flip, one.matrix) for flip, one in enumerate(fits) if one is not None]
    if not places:
        return [], 0.0
    fit, flip, matrix = max(places, key=lambda place: place[0])
    if fit < SLIDE_FIT:
        return [], fit
    matrix = geometry.turn_matrix(4, look.size) @ matrix if flip else matrix
    matrix, seen = settled(look, thumb, matrix, False, "tones")
    return [Alignment(matrix, bool(flip), False, "tones", 0, "slid", seen)], fit


def plausible(found: Alignment) -> bool:
    """Whether the geometry of the codes deserves the thumbnail's features."""
    seen = found.agreement
    if found.inliers >= CODES_MANY:
        return True
    return seen is not None and seen.blocks >= CODES_BLOCKS and (found.inliers >= CODES_FEW or seen.share > HALF)


def by_codes(look: Look, thumb: Thumb, orientation: Orientation) -> match.Fit | None:
    """The geometry that the stored codes support."""
    descriptors, places = thumb.codes
    mine, theirs = match.pairs(look.rotated(orientation), descriptors, CODES_RATIO)
    return match.fit(look.oriented(orientation)[mine, 128:], places[theirs], threshold=1.3 * match.THRESHOLD)


def by_features(output: np.ndarray, reference: np.ndarray, threshold: float = match.THRESHOLD) -> match.Fit | None:
    """The geometry that features support, float32 (n, 132) each: strict matches first, loose ones where they explain
    more places."""
    best: match.Fit | None = None
    for ratio in (STRICT_RATIO, LOOSE_RATIO):
        mine, theirs = match.pairs(output[:, :128], reference[:, :128], ratio)
        target, source = output[mine, 128:], reference[theirs, 128:]
        fitted = match.fit(target, source, threshold=threshold)
        if fitted is not None:
            fitted = match.homography(fitted, target, source, threshold)
            if best is None or fitted.places > best.places:
                best = fitted
    return best


def zoomed(look: Look, thumb: Thumb, first: Alignment) -> Alignment | None:
    """A second look at a small shared part: its features anew in both pictures, each enlarged to the same side."""
    seen = first.agreement
    if seen is None:
        return None
    here, there = widened(seen.output, look.size), widened(seen.reference, thumb.size)
    if longer_side(here) > ZOOM_SHARE * 1.5 and longer_side(there) > ZOOM_SHARE * 1.5:
        return None
    output = part_features(look.grey, here)
    reference = part_features(thumb.grey, there)
    if first.flip:
        output = features.mirrored(output, look.size[0])
    if first.negative:
        output = features.negated(output)
    # Points lie as exactly as before in the enlarged part, so the threshold shrinks with it.
    threshold = match.THRESHOLD * max(longer_side(here), 0.15)
    fitted = by_features(output, reference, threshold)
    if fitted is None:
        return None
    found = judged(look, thumb, fitted, (first.flip, first.negative), "features")
    return replace(found, inliers=max(found.inliers, first.inliers)) if found.agreement else None


def part_features(grey: np.ndarray, box: geometry.Box) -> np.ndarray:
    """Features of a part of a picture, with places in the whole picture's fractions: float32 (n, 132)."""
    longer = max(grey.shape)
    x0, y0, x1, y1 = (round(v * longer) for v in box)
    cut = grey[max(y0, 0) : y1, max(x0, 0) : x1]
    if min(cut.shape) < 8:
        return np.zeros((0, features.ROW), np.float32)
    rows = features.extract(features.scaled(cut, ZOOM_SIDE, most=4.0), ZOOM_COUNT)
    share = max(cut.shape) / longer
    rows[:, features.X : features.ANGLE] *= share
    rows[:, features.X] += max(x0, 0) / longer
    rows[:, features.Y] += max(y0, 0) / longer
    return rows


def widened(box: geometry.Box, size: tuple[float, float]) -> geometry.Box:
    """A box with a margin, inside the picture."""
    margin = ZOOM_MARGIN * longer_side(box)
    return (
        max(box[0] - margin, 0.0),
        max(box[1] - margin, 0.0),
        min(box[2] + margin, size[0]),
        min(box[3] + margin, size[1]),
    )


def longer_side(box: geometry.Box) -> float:
    return max(box[2] - box[0], box[3] - box[1])


def whole_matrix(view: geometry.Box, reference: tuple[float, float], variant: int) -> np.ndarray:
    """The transform under which a view of the output, turned by ``variant`` (0 to 7), shows the whole reference."""
    size = view[2] - view[0], view[3] - view[1]
    shown = size if variant % 2 == 0 else size[::-1]
    placed = geometry.box_to_box((0, 0, *size), view)
    turned_back = np.linalg.inv(geometry.turn_matrix(variant, size))
    return np.asarray(placed @ turned_back @ geometry.box_to_box((0, 0, *reference), (0, 0, *shown)))


def guessed(look: Look, thumb: Thumb, guess: Guess) -> Alignment:
    """The alignment of a guess."""
    variant, negative = guess.variant % 8, guess.variant >= 8
    matrix = whole_matrix(guess.view, thumb.size, variant)
    matrix, seen = settled(look, thumb, matrix, negative, guess.compared)
    return Alignment(matrix, variant >= 4, negative, guess.compared, 0, "whole", seen)


def settled(
    look: Look, thumb: Thumb, matrix: np.ndarray, negative: bool, compared: Compared
) -> tuple[np.ndarray, pixels.Agreement | None]:
    """A transform that is about right, improved on the pixels where they half agree, and what they say."""
    seen = agreement(look, thumb, matrix, negative, compared)
    if seen is not None and HALF_AGREES[0] < seen.whole < HALF_AGREES[1]:
        better = pixels.improved(*shown(look, thumb, negative, compared), matrix, look.size, thumb.size)
        if better is not None:
            again = agreement(look, thumb, better, negative, compared)
            if again is not None and again.whole > seen.whole:
                return better, again
    return matrix, seen


def judged(look: Look, thumb: Thumb, fitted: match.Fit, orientation: Orientation, source: str) -> Alignment:
    """The alignment of a fit onto the output; by their outlines where the grey values say little. What lines alone
    agree on is no drawing of a picture: frames, windows and pages have the same lines."""
    flip, negative = orientation
    matrix = geometry.turn_matrix(4, look.size) @ fitted.matrix if flip else fitted.matrix
    tried = []
    for compared in COMPARED:
        seen = agreement(look, thumb, matrix, negative, compared)
        tried.append(Alignment(matrix, flip, negative, compared, fitted.places, source, seen))
        if seen is None or seen.share > TONES_SHARE or seen.plain > LINES_PLAIN:
            break
    return max(tried, key=lambda one: one.strength)


def agreement(
    look: Look, thumb: Thumb, matrix: np.ndarray, negative: bool, compared: Compared
) -> pixels.Agreement | None:
    """The pixels under a transform, see `pixels.compare`."""
    mine, theirs = shown(look, thumb, negative, compared)
    return pixels.compare(mine, theirs, matrix, look.size, thumb.size, thumb.grey)


def shown(look: Look, thumb: Thumb, negative: bool, compared: Compared) -> tuple[np.ndarray, np.ndarray]:
    """What of the output and of the reference is compared, uint8 (h, w) each."""
    if compared == "outlines":
        return look.outlines, thumb.outlines
    if compared == "ink":
        return look.negative, thumb.outlines
    return look.negative if negative else look.medium, thumb.grey
