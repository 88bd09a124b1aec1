"""Whether what differs in an aligned pair lies over the output: emojis, panels, words or a scribble on a copy.

What was laid over a copy has its outline in the output alone: the work's picture runs on beneath it. Of two designs of
one template each has its own words and pictures in the same places, and as many of the outlines of what differs are
the reference's. So the places are found that differ, and along their outlines the edges of both pictures are counted.
"""

from __future__ import annotations

import cv2
import numpy as np

from simcheck.kinds.image import fine, pixels

BLUR = 0.8
"""Standard deviation, in pixels of the patch, by which both pictures are blurred first."""
DIFFERENT, NEAR, CLOSED, PLACE = 15.0, 5, 9, 40
"""Grey values by which a place must differ from all that the other picture has so near (side of a square in pixels);
differing places that are joined across so many pixels; and the pixels of one that counts."""
MARGIN = 9
"""Side of the square by which the edges of what both show are left out, in pixels."""
EDGE, MORE, REACH = 10.0, 2.0, 5
"""Grey values a pixel, across an outline, from which a picture has an edge there; how many times the other's it is
where that is its alone; and how near the outline it must lie (side of a square in pixels)."""
SMOOTH = 2.0
"""Standard deviation, in pixels, of the blur by which an outline's direction is known."""
LEAST = 200
"""Pixels of outlines below which nothing is said."""
AROUND, ALIKE, TEXTURE, LOST, FEW = 17, 0.9, 3.0, 1.0, 50
"""Both agree where, around a pixel (side of a square), they correlate by so much and have texture: standard deviations
of the reference's grey values and of the output's; and the pixels that must."""
TONES, AS_IT_IS = (0.3, 3.3), (1.0, 0.0)
"""Contrasts of the output to the reference that a copy may have; contrast and brightness that change nothing."""


def share(overlap: pixels.Overlap) -> float | None:
    """How far what differs lies over the output, −1 to 1: near 1 where it does, −1 where the reference has what the
    output has not. None where little differs, or too little is shown.

    Along the outline of each place that differs, the edges that are the output's alone and those that are the
    reference's alone are added up, each by how much stronger it is than the other picture's. What one place says is the
    first less the second, as a share of both; places count by the root of both: next to an emoji the words of another
    design are small.

    ``overlap`` of both pictures at `fine.CHANGED_SIDE`, without its bends, see `fine.straight`.
    """
    mine, theirs, mask = overlap[:3]
    shown = cv2.erode(mask.astype(np.uint8), np.ones((MARGIN, MARGIN), np.uint8)) > 0
    reference, output = (cv2.GaussianBlur(one, (0, 0), BLUR) for one in (mine, toned(mine, theirs, shown)))
    places = different_places(reference, output, shown)
    square = np.ones((3, 3), np.uint8)
    outline = (cv2.morphologyEx(places, cv2.MORPH_GRADIENT, square) > 0) & shown
    if outline.sum() < LEAST:
        return None
    soft = cv2.GaussianBlur(places.astype(np.float32), (0, 0), SMOOTH)
    ours, other = (across(one, soft)[outline] for one in (reference, output))
    of_place = cv2.connectedComponents(cv2.dilate(places, square), connectivity=8)[1][outline]
    laid, lost = (np.bincount(of_place, alone(*both)) for both in ((other, ours), (ours, other)))
    weight = np.sqrt(laid + lost)
    said = (laid - lost) / np.maximum(laid + lost, 1e-6)
    return float((weight * said).sum() / weight.sum()) if weight.any() else None


def alone(edges: np.ndarray, others: np.ndarray) -> np.ndarray:
    """What one picture's edges have more than the other's, (n,) each, where they are its alone; else 0."""
    return np.where((edges > EDGE) & (edges > MORE * others), edges - others, 0)


def different_places(reference: np.ndarray, output: np.ndarray, shown: np.ndarray) -> np.ndarray:
    """Where two patches of the same tones differ, uint8 (h, w), 0 or 1: by more than a small shift explains."""
    near = np.ones((NEAR, NEAR), np.uint8)
    off = [np.maximum(one - cv2.dilate(other, near), cv2.erode(other, near) - one)
           for one, other in ((reference, output), (output, reference))]  # fmt: skip
    found = ((np.maximum(*off) > DIFFERENT) & shown).astype(np.uint8)
    found = cv2.morphologyEx(found, cv2.MORPH_CLOSE, np.ones((CLOSED, CLOSED), np.uint8))
    _, labels, parts, _ = cv2.connectedComponentsWithStats(found, connectivity=8)
    large = 1 + np.flatnonzero(parts[1:, cv2.CC_STAT_AREA] >= PLACE)
    return np.isin(labels, large).astype(np.uint8)


def across(patch: np.ndarray, soft: np.ndarray) -> np.ndarray:
    """How much a patch changes across outlines, the most that is near, in grey values a pixel; ``soft``: the outlined
    places, blurred."""
    x, y = (cv2.Sobel(soft, cv2.CV_32F, *way) for way in ((1, 0), (0, 1)))
    length = np.sqrt(x * x + y * y) + 1e-6
    change = (cv2.Sobel(patch, cv2.CV_32F, 1, 0) * x + cv2.Sobel(patch, cv2.CV_32F, 0, 1) * y) / (4 * length)
    return np.asarray(cv2.dilate(np.abs(change), np.ones((REACH, REACH), np.uint8)))


def toned(mine: np.ndarray, theirs: np.ndarray, shown: np.ndarray) -> np.ndarray:
    """The output's patch in the tones of the reference's, as far as brightness and contrast tell them apart: as it is,
    or by the change that most pixels, most of those that are the same already, or most where both agree ask for;
    whichever gives most of these last the same tones. Of a design most is one even tone, and of a covered picture much
    is not the work's."""
    agree = shown & agreeing(mine, theirs)
    if agree.sum() < FEW:
        agree = shown
    same = np.abs(theirs - mine) <= pixels.TONE
    starts = shown, shown & same, agree
    changes = [fine.change_of_tones(mine[shown], theirs[shown], start[shown]) for start in starts]

    def alike(change: tuple[float, float]) -> float:
        off = np.abs(change[0] * theirs[agree] + change[1] - mine[agree])
        return float((off <= pixels.TONE).sum())

    contrast, brightness = max([AS_IT_IS, *(one for one in changes if TONES[0] < one[0] < TONES[1])], key=alike)
    return np.asarray(contrast * theirs + brightness, np.float32)


def agreeing(mine: np.ndarray, theirs: np.ndarray) -> np.ndarray:
    """Where what is around a pixel correlates in both patches, bool (h, w)."""

    def around(values: np.ndarray) -> np.ndarray:
        return np.asarray(cv2.blur(values, (AROUND, AROUND)))

    ours, other = mine - around(mine), theirs - around(theirs)
    spread, their_spread, common = around(ours * ours), around(other * other), around(ours * other)
    textured = (spread > TEXTURE**2) & (their_spread > LOST**2)
    return np.asarray(textured & (common > ALIKE * np.sqrt(np.maximum(spread * their_spread, 0))))
