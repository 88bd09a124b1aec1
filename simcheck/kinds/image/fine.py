"""How well the finest details of an aligned pair agree: what tells a copy from another picture of the same thing.

Two photographs of one face, building or statue agree under a transform in nearly all that is coarse; the same pixels,
recompressed, warped, pasted or filmed off a screen, agree in what is fine too. So the part that agrees is taken as
large as both pictures allow, small bends are undone, and of its blocks that agree coarsely the fine details are
compared, each where it fits best within a few pixels. (A copy that is blurred or painted has lost what is fine: there
the hashes, which see only what is coarse, are near.)
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import cv2
import numpy as np

from simcheck.kinds.image import pixels

Part = tuple[slice, slice]
SIDE = 240
"""The patch has its longer side at so many pixels at most."""
BLOCK, REACH = 16, 4
"""Side of a block, and how far off it may lie, in pixels of the patch."""
NOISE, COARSE = 0.7, 2.0
"""Fine is what lies between these two blurs (standard deviations in pixels): neither noise nor shading; coarse is what
is left after the second."""
ALIKE = 0.5
"""Correlation of what is coarse from which a block agrees."""
TEXTURE, FADED = 2.0, 0.7
"""Standard deviations of fine grey values: from which the reference's block has something to compare, and below which
the output's has lost it."""
LEAST = 8
"""So many blocks at least, or nothing is said."""
TONE_ROUNDS, TONE_LEAST = 4, 0.4
"""How often brightness and contrast are fitted to the pixels that have one tone, and the share of all that counts for
these at least."""
CHANGED_SIDE, CHANGED_COARSE = 320, 3.0
"""Longer side of the overlap in which changed places are looked for, in pixels; there the coarse begins later."""
CHANGED, UNCHANGED, DRAWN, DRAWN_TOO = 0.5, 0.93, 4.0, 2.8
"""Correlation of what is fine below which a block is changed; that of the upper quartile from which the rest is the
same drawing; standard deviation of fine grey values from which a block has something to compare there, and from which
the other picture has something instead."""


def agreement(overlap: pixels.Overlap) -> float | None:
    """The median over the blocks of their best correlation, 0 to 1; None where too few have fine details.

    ``overlap``: of what agrees alone, at as many pixels as `side` says, without its bends, see `straight`.
    """
    mine, theirs, mask = overlap[:3]
    (fine, coarse), (their_fine, their_coarse) = _split(mine), _split(theirs)
    found = []
    for _, here, around in _blocks(mine.shape, BLOCK):
        if fine[here].std() < TEXTURE or not mask[around].all():
            continue
        if pixels.correlation(coarse[here], their_coarse[here]) < ALIKE:
            continue
        lost = their_fine[around].std() < FADED
        found.append(0.0 if lost else _best(fine[here], their_fine[around]))
    return float(np.clip(np.median(found), 0, 1)) if len(found) >= LEAST else None


def straight(overlap: pixels.Overlap) -> pixels.Overlap | None:
    """The overlap with small bends of the output undone; None where it is too small to have details."""
    mine, theirs, mask, to_patch, frame = overlap
    if min(mine.shape) < BLOCK + 2 * REACH:
        return None
    return mine, pixels.unbent(mine, theirs), mask, to_patch, frame


def same_tones(overlap: pixels.Overlap) -> float:
    """Share of the pixels that have the same tones, too, after the change of brightness and contrast that most of them
    agree on, 0 to 1; ``overlap`` as for `agreement`.

    Letters over two pictures agree in what is finest wherever both have them, and the ground between does not.
    """
    mine, theirs, mask = overlap[:3]
    ours, other = mine[mask].astype(np.float64), theirs[mask].astype(np.float64)
    if not len(ours):
        return 0.0
    contrast, brightness = change_of_tones(ours, other, np.ones(len(ours), bool))
    return float((np.abs(contrast * other + brightness - ours) <= pixels.TONE).mean())


def change_of_tones(ours: np.ndarray, other: np.ndarray, used: np.ndarray) -> tuple[float, float]:
    """Contrast and brightness by which most of the output's grey values become the reference's, (n,) each: fitted to
    those that are ``used``, bool (n,), and then to all that have one tone so. 1 and 0 where what is used is even."""
    contrast, brightness = 1.0, 0.0
    for _ in range(TONE_ROUNDS):
        x, y = other[used], ours[used]
        if len(x) < 2 or x.std() < 1:
            break
        contrast = float(((x - x.mean()) * (y - y.mean())).mean() / x.var())
        brightness = float(y.mean() - contrast * x.mean())
        off = np.abs(contrast * other + brightness - ours)
        used = off <= max(pixels.TONE, float(np.quantile(off, TONE_LEAST)))
    return contrast, brightness


@dataclass(frozen=True)
class Changes:
    """``places``: in how many separate places the finest details differ; ``replaced``: share of these, 0 to 1, that
    have other details instead of theirs: what lies over a copy, or is lost of it, has less or more of them."""

    places: int
    replaced: float


def changes(overlap: pixels.Overlap) -> Changes | None:
    """What differs where elsewhere the finest details agree as only one drawing does: the words in tables, tickets and
    pages of one template. No place where the rest agrees less; None where too little is drawn.

    ``overlap`` of both pictures at `CHANGED_SIDE`, without its bends, see `straight`. A text or a sticker on a
    copy changes few places.
    """
    mine, theirs, mask = overlap[:3]
    (fine, _), (their_fine, _) = _split(mine, CHANGED_COARSE), _split(theirs, CHANGED_COARSE)
    found = np.full([len(_starts(length, BLOCK // 2)) for length in mine.shape], np.nan)
    lost, drawn = np.zeros(found.shape, bool), np.zeros(found.shape, bool)
    for place, here, around in _blocks(mine.shape, BLOCK // 2):
        spread, their_spread = fine[here].std(), their_fine[here].std()
        if max(spread, their_spread) < DRAWN or not mask[around].all():
            continue
        lost[place] = min(spread / TEXTURE, their_spread / FADED) < 1  # or gained
        drawn[place] = min(spread, their_spread) >= DRAWN_TOO
        found[place] = 0.0 if lost[place] else _best(fine[here], their_fine[around])
    known = found[~np.isnan(found)]
    if len(known) < LEAST:
        return None
    if np.quantile(known, 0.75) < UNCHANGED:
        return Changes(0, 0.0)
    marked = np.nan_to_num(found, nan=1.0) < CHANGED
    others, less = _places(marked & drawn), _places(marked & lost)
    return Changes(_places(marked), others / max(others + less, 1))


def _places(marked: np.ndarray) -> int:
    """How many connected places of more than one block are marked, bool (rows, columns)."""
    _, _, parts, _ = cv2.connectedComponentsWithStats(marked.astype(np.uint8), connectivity=8)
    return int((parts[1:, cv2.CC_STAT_AREA] > 1).sum())


def side(output: np.ndarray, reference: np.ndarray, seen: pixels.Agreement) -> float:
    """The longer side of what agrees, in pixels, as far as both pictures show them, at most `SIDE`: of small pictures
    nothing is as fine as to tell two photographs apart."""
    there, here = seen.reference, seen.output
    of_reference = max(there[2] - there[0], there[3] - there[1]) * max(reference.shape)
    of_output = max(here[2] - here[0], here[3] - here[1]) * max(output.shape)
    return float(min(SIDE, of_reference, of_output))


def _starts(length: int, step: int) -> range:
    """Where blocks ``step`` pixels apart begin, with room for what is around them."""
    return range(REACH, length - BLOCK - REACH + 1, step)


def _blocks(shape: tuple[int, ...], step: int) -> Iterator[tuple[tuple[int, int], Part, Part]]:
    """Row and column of each block of a patch, the block itself, and with what is around it."""
    for row, top in enumerate(_starts(shape[0], step)):
        for column, left in enumerate(_starts(shape[1], step)):
            here = slice(top, top + BLOCK), slice(left, left + BLOCK)
            around = slice(top - REACH, top + BLOCK + REACH), slice(left - REACH, left + BLOCK + REACH)
            yield (row, column), here, around


def _best(block: np.ndarray, around: np.ndarray) -> float:
    """The correlation of a block where it fits best."""
    return float(cv2.matchTemplate(around, block, cv2.TM_CCOEFF_NORMED).max())


def _split(patch: np.ndarray, coarse_from: float = COARSE) -> tuple[np.ndarray, np.ndarray]:
    """What is fine and what is coarse of a patch, float32 like it."""
    coarse = cv2.GaussianBlur(patch, (0, 0), coarse_from)
    return np.asarray(cv2.GaussianBlur(patch, (0, 0), NOISE) - coarse, np.float32), np.asarray(coarse)
