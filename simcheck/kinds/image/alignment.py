"""One transform of a reference onto an output, tried: what of both it explains, and how far it can be trusted."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Literal, get_args

import cv2
import numpy as np

from simcheck.encoders import pairs
from simcheck.errors import IndexDamagedError
from simcheck.index.base import StoredSegment
from simcheck.index.lanes import codebook
from simcheck.kinds.image import features, fine, geometry, hashes, match, overlay, pixels, sliding
from simcheck.kinds.image.describe import LOCAL
from simcheck.kinds.image.fine import Changes
from simcheck.kinds.image.look import Look, Orientation

THUMB_SIDE, THUMB_COUNT = 400, 600
SURE_PLACES, SURE_CORRELATION, SURE_SHARE = 25, 0.85, 0.6
SAME_CORRELATION, SAME_DETAIL = 0.97, 0.85
HALF_AGREES = 0.2, 0.93
"""Correlations of the whole between which a guessed transform is improved on the pixels."""
FIT_CHANCE, FIT_SURE = 3.0, 12.0
"""Fits of the details that chance gives, and so much above it that two alignments need not be told apart by it."""
TONES_SHARE = 0.7
"""Share of the texture that agrees up to which outlines are compared too."""
LINES_PLAIN = 0.2
"""Share of even ground between what agrees from which it is made of lines."""
FINE_BLOCKS, FINE_FEW, FINE_PLACES = 24, 12, 20
"""Blocks that must agree for a look at the finest details: of unrelated works hardly one in ten has so many; or so few
where features agree on so many places: a tile of sixteen."""
FINE_SURE = 0.9
"""Agreement of the finest details from which two pictures are the same pixels; below, the transform of the codes is
improved by features."""
TILED = 240
"""Longer side, in pixels, of the overlap that is cut into tiles for the pair network."""
PARTS_FROM = -1.0
"""Log-odds of the whole from which its parts are looked at: nine of ten wrong pairs have less."""
PARTS_SHARE = 0.25
"""The quantile of what the pair network says of the parts that counts."""
TILE_SHOWN, TILE_FLAT = 0.25, 6.0
"""Share of a tile that both must show, and the standard deviation of grey values that one must have."""


Odds = Callable[[np.ndarray], np.ndarray]
"""What the pair network says of patches, see `simcheck.encoders.pairs.PairNetwork.log_odds`."""
Compared = Literal["tones", "outlines", "ink"]
"""What of the two pictures is held against each other: grey values; the outlines of both; or the output's inverted
tones and the reference's outlines, since a pencil drawing is dark where the picture changes."""


@dataclass(frozen=True)
class Alignment:
    """A transform (reference to output, fractions of longer sides) that was tried and what it explains.

    ``flip``: the copy is mirrored (already in ``matrix``); ``negative``: tones are inverted; ``bent``: it holds for the
    output with a bend undone, see `bending`.
    ``inliers`` counts distinct places. ``source`` says what proposed it. ``agreement`` is None where the pixels have
    too little to compare. ``outlines``: correlation of the outlines over the whole overlap; None where nobody asked.
    ``one_tone``: share of the reference that has one tone; ``two_tones``: of its part that agrees, two. ``slid``: how
    well one picture fits somewhere on the other, see `sliding.Slid`; None where nobody tried. ``fine``: how well the
    finest details agree, see `fine`, ``side``, at how many pixels, and ``same_tones``, the share of these that have the
    same tones; None where nobody asked or they are too few.
    ``covered``: the share of what both show that lay under something of one tone, which was taken away, see `covering`.
    ``alike``: what the pair network says of the pair, see `simcheck.encoders.pairs`, and ``parts``: of its parts in
    detail; None where it was not asked; ``piece`` and ``piece_parts``: the same of what agrees alone. ``changed``: in
    which places a drawing has other details, see `fine.changes`; None where nobody asked or too little is drawn.
    ``overlaid``: how far what differs lies over the output, see `overlay.share`; None where the finest details are not
    the same or little differs.
    ``pieces``: how many pieces of the work lie apart, see `simcheck.kinds.image.pieces`, None where nobody looked; and
    ``rest``: what the pixels of the others say, where there are several.
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
    fine: float | None = None
    same_tones: float | None = None
    side: float | None = None
    alike: float | None = None
    parts: float | None = None
    piece: float | None = None
    piece_parts: float | None = None
    changed: Changes | None = None
    overlaid: float | None = None
    bent: bool = False
    covered: float = 0.0
    pieces: int | None = None
    rest: tuple[pixels.Agreement, ...] = ()

    @property
    def outlined(self) -> bool:
        """Whether outlines took the place of grey values, in one picture at least."""
        return self.compared != "tones"

    @property
    def strength(self) -> float:
        """Only to choose among alignments of one pair; never a score."""
        if self.agreement is None:
            return 0.0
        fits = 0.5 + min(max(self.agreement.fit - FIT_CHANCE, 0.0) / FIT_SURE, 1.0)
        return (self.inliers + 3) * max(self.agreement.correlation, 0.02) * (0.2 + self.agreement.share) * fits

    @property
    def sure(self) -> bool:
        """True where looking on could not change anything."""
        seen = self.agreement
        if seen is None or self.outlined:
            return False
        if seen.whole > SAME_CORRELATION and seen.detail > SAME_DETAIL and seen.share > 0.9 and seen.blocks > 40:
            return True
        if self.fine is not None and self.fine < FINE_SURE:
            return False
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

    def showing(self, grey: np.ndarray) -> Thumb:
        """The same reference with another thumbnail, uint8 (h, w), and with nothing computed yet."""
        other = Thumb.__new__(Thumb)
        other._segment, other.grey, other.size = self._segment, grey, self.size
        return other

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
    def ink(self) -> np.ndarray:
        """Where a drawing of it would have its ink, see `hashes.squared`."""
        return hashes.squared(self.outlines)

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


def guessed(look: Look, thumb: Thumb, guess: Guess) -> Alignment:
    """The alignment of a guess."""
    variant, negative = guess.variant % hashes.TURNS, guess.variant >= hashes.TURNS
    matrix = whole_matrix(guess.view, thumb.size, variant)
    matrix, seen = settled(look, thumb, matrix, negative, guess.compared)
    return Alignment(matrix, variant >= geometry.MIRRORED, negative, guess.compared, 0, "whole", seen)


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
    matrix = geometry.mirrored(fitted.matrix, look.size) if flip else fitted.matrix
    tried = []
    for compared in COMPARED:
        seen = agreement(look, thumb, matrix, negative, compared)
        tried.append(Alignment(matrix, flip, negative, compared, fitted.places, source, seen))
        if seen is None or seen.share > TONES_SHARE or seen.plain > LINES_PLAIN:
            break
    return max(tried, key=lambda one: one.strength)


def finely(look: Look, thumb: Thumb, found: Alignment) -> Alignment:
    """The alignment with how well its finest details agree, at how many pixels, and how many of these have the same
    tones; as it is where little agrees."""
    least = FINE_FEW if found.inliers >= FINE_PLACES else FINE_BLOCKS
    if found.agreement is None or found.agreement.blocks < least:
        return found
    mine, theirs = shown(look, thumb, found.negative, "tones")
    side = fine.side(mine, theirs, found.agreement)
    shared = overlap(look, thumb, found.matrix, found.negative, side, found.agreement.reference)
    flat = None if shared is None else fine.straight(shared)
    if flat is None:
        return replace(found, fine=None, same_tones=None, side=side)
    return replace(found, fine=fine.agreement(flat), same_tones=fine.same_tones(flat), side=side)


def differing(look: Look, thumb: Thumb, found: Alignment, design: bool) -> Alignment:
    """The alignment with what is known of what differs: whether it lies over the output, where the finest details are
    the same elsewhere, and the changed places of a ``design``."""
    same = found.fine is not None and found.fine >= FINE_SURE
    if found.outlined or not (design or same):
        return found
    shared = overlap(look, thumb, found.matrix, found.negative, fine.CHANGED_SIDE)
    flat = None if shared is None else fine.straight(shared)
    if flat is None:
        return found
    return replace(
        found, changed=fine.changes(flat) if design else None, overlaid=overlay.share(flat) if same else None
    )


def agreement(
    look: Look,
    thumb: Thumb,
    matrix: np.ndarray,
    negative: bool,
    compared: Compared,
    dissent: float = pixels.DISSENT,
) -> pixels.Agreement | None:
    """The pixels under a transform, see `pixels.compare`."""
    mine, theirs = shown(look, thumb, negative, compared)
    return pixels.compare(mine, theirs, matrix, look.size, thumb.size, thumb.grey, dissent)


def laid(
    look: Look, thumb: Thumb, matrix: np.ndarray, negative: bool, within: geometry.Box | None = None
) -> np.ndarray | None:
    """What the pair network sees of a transform: the reference's part that the output can show, or of it the box
    ``within``, the output laid on it, and where both are (255), uint8 (3, `pairs.SIDE`, `pairs.SIDE`); None where they
    overlap too little."""
    shared = overlap(look, thumb, matrix, negative, pairs.SIDE, within)
    return None if shared is None else centred(planes(shared))


def tiled(
    look: Look, thumb: Thumb, matrix: np.ndarray, negative: bool, within: geometry.Box | None = None
) -> np.ndarray:
    """The same at `TILED` pixels, cut into squares that have something to compare: uint8 (n, 3, `pairs.SIDE`,
    `pairs.SIDE`)."""
    shared = overlap(look, thumb, matrix, negative, TILED, within)
    if shared is None:
        return np.zeros((0, 3, pairs.SIDE, pairs.SIDE), np.uint8)
    whole = planes(shared)
    tops, lefts = (steps(length) for length in whole.shape[1:])
    tiles = np.stack([centred(whole[:, y : y + pairs.SIDE, x : x + pairs.SIDE]) for y in tops for x in lefts])
    return np.asarray(tiles[textured(tiles)])


def of_parts(tiles: np.ndarray, odds: Odds) -> float | None:
    """The lower quartile of what the pair network says of parts; None where there are none."""
    return float(np.quantile(odds(tiles), PARTS_SHARE)) if len(tiles) else None


def in_parts(look: Look, thumb: Thumb, found: Alignment, odds: Odds) -> Alignment:
    """The alignment with the lower quartile of what the pair network says of its parts, where it takes the whole for
    alike at all: of two tables of one template nearly all is one, and every part has other words."""
    if found.alike is None or found.alike < PARTS_FROM:
        return found
    return replace(found, parts=of_parts(tiled(look, thumb, found.matrix, found.negative), odds))


def steps(length: int) -> list[int]:
    """Where tiles of `pairs.SIDE` pixels begin, so that they cover so many."""
    return [int(at) for at in np.linspace(0, max(length - pairs.SIDE, 0), -(-length // pairs.SIDE))]


def textured(tiles: np.ndarray) -> np.ndarray:
    """Which tiles have something to compare, bool (n,)."""
    shown = tiles[:, 2] > 127
    spread = [max(tile[0][where].std(), tile[1][where].std()) if where.any() else 0.0
              for tile, where in zip(tiles, shown, strict=True)]  # fmt: skip
    return np.asarray((shown.mean((1, 2)) > TILE_SHOWN) & (np.asarray(spread) > TILE_FLAT), bool)


def overlap(
    look: Look, thumb: Thumb, matrix: np.ndarray, negative: bool, side: float, within: geometry.Box | None = None
) -> pixels.Overlap | None:
    """The grey values of what both show under a transform, with its longer side at ``side`` pixels, see
    `pixels.patches`."""
    return pixels.patches(*shown(look, thumb, negative, "tones"), matrix, look.size, thumb.size, side, within)


def planes(shared: pixels.Overlap) -> np.ndarray:
    """The reference's part, the output laid on it, and where both are (255): uint8 (3, h, w)."""
    mine, theirs, mask = shared[:3]
    return np.asarray(np.clip(np.stack([mine, theirs, mask * np.float32(255)]), 0, 255), np.uint8)


def centred(part: np.ndarray) -> np.ndarray:
    """A part (3, h, w) in the middle of a patch, uint8 (3, `pairs.SIDE`, `pairs.SIDE`)."""
    found = np.zeros((3, pairs.SIDE, pairs.SIDE), np.uint8)
    height, width = part.shape[1:]
    top, left = (pairs.SIDE - height) // 2, (pairs.SIDE - width) // 2
    found[:, top : top + height, left : left + width] = part
    return found


def shown(look: Look, thumb: Thumb, negative: bool, compared: Compared) -> tuple[np.ndarray, np.ndarray]:
    """What of the output and of the reference is compared, uint8 (h, w) each."""
    if compared == "outlines":
        return look.outlines, thumb.outlines
    if compared == "ink":
        return look.negative, thumb.outlines
    return look.negative if negative else look.medium, thumb.grey


def whole_matrix(view: geometry.Box, reference: tuple[float, float], variant: int) -> np.ndarray:
    """The transform under which a view of the output, turned by ``variant`` (0 to 7), shows the whole reference."""
    size = view[2] - view[0], view[3] - view[1]
    shown = size if variant % 2 == 0 else size[::-1]
    placed = geometry.box_to_box((0, 0, *size), view)
    turned_back = np.linalg.inv(geometry.turn_matrix(variant, size))
    return np.asarray(placed @ turned_back @ geometry.box_to_box((0, 0, *reference), (0, 0, *shown)))
