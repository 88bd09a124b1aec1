"""Takes away what lies over a work in one tone: bars, grids, scribbles, the gaps between strips.

Under it the output has one tone and the reference has many. Where that is so all over what both show, the places are
filled from around them in both pictures alike, coarser where nothing is near (push and pull, Gortler et al. 1996):
what is left can be compared, and nothing is made alike.
"""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np

from simcheck.kinds.image import pixels

TONE, PEAK, TRIED = 10, 3, 6
"""How far grey values may lie from a cover's tone; how near most of them do; and how many tones are tried, the most
frequent first."""
SHARE = 0.05, 0.65
"""Share of what both show that a cover takes."""
VARIED, ONE_TONE = 0.6, 0.6
"""The reference's standard deviation under a cover, as a share of that of all it shows, from which it is as varied
there as elsewhere; and the share of it that may have one tone: beside other letters on paper both have the paper's."""
CELLS, CELL, SPREAD = 8, (0.02, 0.9), 0.6
"""A cover is spread over the picture and lets some of it through: of so many cells a side at least so many have some of
it and something else. The paper of a map in a window leaves only the window."""
EDGE = 7
"""Side of the square by which a cover is widened, in pixels of the output: its edges have other tones."""
NEAR = 0.3
"""Share of a place's surroundings that must be known to fill it from them."""


@dataclass(frozen=True)
class Cleared:
    """``output`` and ``reference``, uint8 like what was given, with what is covered filled in both; ``share`` of what
    both show was."""

    output: np.ndarray
    reference: np.ndarray
    share: float


def cleared(output: np.ndarray, reference: np.ndarray, matrix: np.ndarray) -> Cleared | None:
    """Both pictures without what covers the output; None where nothing does. Both are uint8 grey; ``matrix`` takes
    fractions of the reference's longer side to those of the output's."""
    height, width = output.shape
    longer = max(height, width)
    expected, shown = pixels.warp(reference, np.diag([longer, longer, 1.0]) @ matrix, (width, height))
    cover = found(output, expected, shown)
    if cover is None:
        return None
    back = np.diag([max(reference.shape)] * 2 + [1.0]) @ np.linalg.inv(matrix)
    there = pixels.warp(cover.astype(np.uint8) * 255, back, reference.shape[::-1])[0] > 0
    return Cleared(filled(output, cover), filled(reference, there), float(cover[shown].mean()))


def found(output: np.ndarray, expected: np.ndarray, shown: np.ndarray) -> np.ndarray | None:
    """Where the output (uint8) is covered, bool; None where it is not. ``expected``: the reference laid on it, float32,
    and ``shown``, bool, where it lies, (h, w) each."""
    there = expected[shown]
    for tone in tones(output[shown]):
        near = (cv2.inRange(output, max(tone - TONE, 0), min(tone + TONE, 255)) > 0) & shown
        cover = near & (cv2.morphologyEx(near.astype(np.uint8), cv2.MORPH_OPEN, np.ones((2, 2), np.uint8)) > 0)
        under = expected[cover]
        if not SHARE[0] <= len(under) / len(there) <= SHARE[1] or under.std() < VARIED * there.std():
            continue
        wide = np.asarray(cv2.dilate(cover.astype(np.uint8), np.ones((EDGE, EDGE), np.uint8)) > 0)
        if pixels.one_tone(np.clip(under, 0, 255).astype(np.uint8)) <= ONE_TONE and spread(wide, shown):
            return wide
    return None


def tones(values: np.ndarray) -> list[int]:
    """The most frequent tones of some grey values (uint8), well apart: where most values are, the peak of those."""
    chosen: list[int] = []
    counts = np.bincount(values, minlength=256)
    while len(chosen) < TRIED and counts.any():
        near = pixels.near(counts, TONE)
        if near.max() < SHARE[0] * counts.sum():
            break
        first = max(0, int(near.argmax()) - TONE)
        peaks = pixels.near(counts, PEAK)[first : first + 2 * TONE + 1]
        chosen.append(first + int(np.flatnonzero(peaks == peaks.max()).mean()))
        counts[max(0, chosen[-1] - TONE) : chosen[-1] + TONE + 1] = 0
    return chosen


def spread(cover: np.ndarray, shown: np.ndarray) -> bool:
    """Whether a cover lies all over what is shown, bool (h, w) each."""
    inside, of_it = (
        cv2.resize(mask.astype(np.float32), (CELLS, CELLS), interpolation=cv2.INTER_AREA) for mask in (shown, cover)
    )
    shares = of_it[inside > 0.5] / inside[inside > 0.5]
    return bool(len(shares) and ((shares > CELL[0]) & (shares < CELL[1])).mean() >= SPREAD)


def filled(picture: np.ndarray, cover: np.ndarray) -> np.ndarray:
    """The picture, uint8, with what is covered (bool) filled from around."""
    known = (~cover).astype(np.float32)
    result, left, halved = picture.astype(np.float32), cover.copy(), 1
    while left.any() and halved < max(picture.shape):
        halved *= 2
        small = [max(1, side // halved) for side in picture.shape[::-1]]
        weight, values = (
            cv2.resize(cv2.resize(part, small, interpolation=cv2.INTER_AREA), picture.shape[::-1])
            for part in (known, picture * known)
        )
        here = left & (weight > NEAR)
        result[here] = values[here] / weight[here]
        left &= ~here
    if left.any() and known.any():
        result[left] = picture[~cover].mean()
    return np.clip(result, 0, 255).astype(np.uint8)
