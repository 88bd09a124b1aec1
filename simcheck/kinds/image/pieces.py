"""Pieces of a work that were cut out and put elsewhere: on another picture, or in another order.

All around such a piece is something else, so of all that overlaps the pair network says that it is not one picture; it
is asked about that alone which agrees. Two pictures of one template (a meme's text, a news banner) share a piece, too,
but in its place. So where a piece lies in its place, another one is looked for among the features that it leaves.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from simcheck.kinds.image import geometry, match
from simcheck.kinds.image.alignment import Alignment, Odds, Thumb, agreement, finely, laid, of_parts, tiled
from simcheck.kinds.image.look import Look, Orientation
from simcheck.kinds.image.signals import MOVED

PLACES, FINE, PARTS = 6, 0.88, 1.5
"""Places on which features must agree, and how far the finest details of what agrees, for a look at that alone; and the
log-odds of all parts from which there is no need for it."""
OTHERS, RATIO = 12, 0.85
"""The places on which features must agree for another piece, and how strict they are matched for it."""
LEFT = 3 * match.THRESHOLD / match.UNIT
"""How far from where the transform puts it a feature must lie not to belong to the piece, in fractions of the longer
side."""
LIKELY = 2.0
"""Log-odds of another piece from which it is one."""


def known(look: Look, thumb: Thumb, found: Alignment, odds: Odds) -> Alignment:
    """The alignment with what the pair network says of what agrees alone, where that is the same pixels and the rest
    is another picture; or that of another piece, where the first lies where the work has it."""
    found = alone(look, thumb, found, odds)
    seen = found.agreement
    if found.piece is None or seen is None:
        return found
    if geometry.moved(seen.output, look.size, seen.reference, thumb.size) >= MOVED:
        return found
    for orientation in ((found.flip, found.negative), (not found.flip, found.negative)):
        other = elsewhere(look, thumb, found, orientation, odds)
        if other is not None:
            return other
    return found


def alone(look: Look, thumb: Thumb, found: Alignment, odds: Odds) -> Alignment:
    """The alignment with what the pair network says of what agrees alone, and of its parts."""
    seen = found.agreement
    if seen is None or found.outlined or found.inliers < PLACES or (found.fine or 0.0) < FINE:
        return found
    if found.parts is not None and found.parts >= PARTS:
        return found
    patch = laid(look, thumb, found.matrix, found.negative, seen.reference)
    if patch is None:
        return found
    tiles = tiled(look, thumb, found.matrix, found.negative, seen.reference)
    return replace(found, piece=float(odds(patch[None])[0]), piece_parts=of_parts(tiles, odds))


def elsewhere(look: Look, thumb: Thumb, found: Alignment, orientation: Orientation, odds: Odds) -> Alignment | None:
    """The alignment of another piece that moved, by the features that do not belong to the one that was found."""
    flip, negative = orientation
    target, source = match.places(look.oriented(orientation), thumb.features, RATIO)
    known_here = geometry.mirrored(found.matrix, look.size) if flip else found.matrix
    left = np.hypot(*(geometry.apply(known_here, source[:, :2]) - target[:, :2]).T) > LEFT
    fitted = match.fit(target[left], source[left])
    if fitted is None or fitted.places < OTHERS:
        return None
    matrix = geometry.mirrored(fitted.matrix, look.size) if flip else fitted.matrix
    seen, whole = agreement(look, thumb, matrix, negative, "tones"), laid(look, thumb, matrix, negative)
    if seen is None or whole is None:
        return None
    alike = float(odds(whole[None])[0])
    other = Alignment(matrix, flip, negative, "tones", fitted.places, "features", seen, slid=found.slid, alike=alike)
    other = alone(look, thumb, finely(look, thumb, other), odds)
    moved = geometry.moved(seen.output, look.size, seen.reference, thumb.size) >= MOVED
    return other if moved and other.piece is not None and other.piece >= LIKELY else None
