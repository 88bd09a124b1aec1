"""Pieces of a work that were cut out and put elsewhere: on another picture, or in another order.

All around such a piece is something else, so of all that overlaps the pair network says that it is not one picture; it
is asked about that alone which agrees. Then the features of the output that lie outside are fitted anew, upright and
mirrored, and so on: of a work in tiles, in panels or of a half with its mirror image several pieces are found. Two
pictures of one template share several pieces, too, but under one transform, so only those count that moved apart.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from simcheck.kinds.image import features, geometry, match, pixels
from simcheck.kinds.image.alignment import Alignment, Odds, Thumb, agreement, finely, laid, of_parts, tiled
from simcheck.kinds.image.look import Look
from simcheck.kinds.image.signals import MOVED, PIECE_FINE

PLACES, PARTS, KEPT = 6, 1.5, 0.8
"""Places on which features must agree for a look at what agrees alone; and the log-odds of all parts, and the share of
the reference's texture, from which there is no need for it."""
MOST, TRIES = 6, 8
"""How many pieces are looked for, and how many transforms are tried for them."""
OTHERS, RATIO = 8, 0.85
"""The places on which features must agree for another piece, and how strict they are matched for it."""
DISSENT = 1.5
"""What a block that differs weighs against one that agrees: two tiles that moved alike with a stranger between them are
two pieces."""
OVERLAP = 0.5
"""Share of the smaller of two places in the output from which they are one piece."""
ONE, ONE_PARTS, ONE_PLAIN, ONE_SHARE = 1.0, -0.5, 0.3, 0.03
"""Log-odds of a piece and of its parts from which it is one of the work's, even ground in it up to which, and the share
of both pictures that it must take: a stamp and a caption at other places are none. Of a thousand wrong pairs in which
features agree none has two pieces that moved apart."""
LIKELY = 2.0
"""Log-odds of another piece from which it is shown instead of one that lies where the work has it."""
NEAR, DRIFT = 0.02, 0.05
"""How far apart two transforms must put the middle of a piece, in the output's longer side: any, and for each longer
side of the reference between the pieces, since a small piece's transform is imprecise far from it."""


def known(look: Look, thumb: Thumb, found: Alignment, odds: Odds) -> Alignment:
    """The alignment with what the pair network says of what agrees alone, where the rest is another picture, and with
    the other pieces; or that of another piece, the same pixels, where the first is none or lies where the work has it.
    """
    seen = found.agreement
    if seen is None or found.inliers < PLACES:
        return found
    if found.parts is not None and found.parts >= PARTS and seen.kept >= KEPT:
        return found
    first = alone(look, thumb, found, odds)
    if first is None:
        return found
    others = [] if found.bent else further(look, thumb, first, odds)
    ours = [piece for piece in (first, *others) if belongs(look, thumb, piece)]
    count = len(moved_apart(ours))
    elsewhere = [piece for piece in ours if moved(look, thumb, piece)]
    agreed = first.agreement if count > 1 else seen
    shown = replace(found, agreement=agreed, piece=first.piece, piece_parts=first.piece_parts)
    if all(piece is not first for piece in elsewhere):
        likely = [piece for piece in elsewhere if (piece.piece or 0.0) >= LIKELY]
        best = finely(look, thumb, max(likely, key=lambda piece: piece.inliers)) if likely else None
        if best is not None and (count > 1 or (best.fine or 0.0) >= PIECE_FINE):
            whole = laid(look, thumb, best.matrix, best.negative)
            shown = replace(best, slid=found.slid, alike=None if whole is None else float(odds(whole[None])[0]))
    rest = [place(one) for one in ours if one.matrix is not shown.matrix]
    return replace(shown, pieces=count, rest=tuple(rest) if count > 1 else ())


def alone(look: Look, thumb: Thumb, found: Alignment, odds: Odds) -> Alignment | None:
    """The alignment with only what agrees for sure, and what the pair network says of that and of its parts; None where
    there is nothing."""
    seen = agreement(look, thumb, found.matrix, found.negative, "tones", DISSENT)
    patch = None if seen is None else laid(look, thumb, found.matrix, found.negative, seen.reference)
    if seen is None or patch is None:
        return None
    tiles = tiled(look, thumb, found.matrix, found.negative, seen.reference)
    return replace(found, agreement=seen, piece=float(odds(patch[None])[0]), piece_parts=of_parts(tiles, odds))


def further(look: Look, thumb: Thumb, first: Alignment, odds: Odds) -> list[Alignment]:
    """The alignments of other pieces, in the order in which they are found: those with most features first."""
    rows = {flip: look.oriented((flip, first.negative)) for flip in (False, True)}
    places = look.features[:, features.X : features.Y + 1]
    seen = [first]
    left = ~inside(places, first)
    for _ in range(TRIES):
        fits = [(flip, *fitted(rows[flip], thumb.features, np.flatnonzero(left))) for flip in rows]
        flip, best, used = max(fits, key=lambda one: -1 if one[1] is None else one[1].places)
        if best is None or best.places < OTHERS or len(seen) == MOST:
            break
        left[used] = False
        matrix = geometry.mirrored(best.matrix, look.size) if flip else best.matrix
        guess = Alignment(matrix, flip, first.negative, "tones", best.places, "features", None)
        tried = alone(look, thumb, guess, odds)
        if tried is None or any(shared(tried, other) > OVERLAP for other in seen):
            continue
        left &= ~inside(places, tried)
        seen.append(tried)
    return seen[1:]


def fitted(output: np.ndarray, reference: np.ndarray, left: np.ndarray) -> tuple[match.Fit | None, np.ndarray]:
    """The transform that most of the output's features ``left`` (int64 (n,)) agree on, and the numbers of these."""
    mine, theirs = match.pairs(output[left, :128], reference[:, :128], RATIO)
    found = match.fit(output[left[mine], 128:], reference[theirs, 128:])
    return found, left[mine[found.inliers]] if found is not None else left[:0]


def place(piece: Alignment) -> pixels.Agreement:
    """What the pixels of a piece say, which were compared."""
    assert piece.agreement is not None
    return piece.agreement


def belongs(look: Look, thumb: Thumb, piece: Alignment) -> bool:
    """Whether the pair network takes a piece for one of the work's, and it is large enough to be one."""
    if piece.piece is None or piece.piece_parts is None:
        return False
    seen = place(piece)
    share = min(covered(seen.output, look.size), covered(seen.reference, thumb.size))
    alike = piece.piece >= ONE and piece.piece_parts >= ONE_PARTS
    return alike and seen.plain < ONE_PLAIN and share >= ONE_SHARE


def covered(box: geometry.Box, size: tuple[float, float]) -> float:
    """Share of a picture that a box takes, 0 to 1."""
    return (box[2] - box[0]) * (box[3] - box[1]) / (size[0] * size[1])


def moved(look: Look, thumb: Thumb, piece: Alignment) -> bool:
    """Whether a piece is at another place than in the work."""
    return geometry.moved(place(piece).output, look.size, place(piece).reference, thumb.size) >= MOVED


def moved_apart(pieces: Sequence[Alignment]) -> list[Alignment]:
    """Those of the pieces no two of which lie under one transform."""
    found: list[Alignment] = []
    for piece in pieces:
        if all(apart(piece, other) for other in found):
            found.append(piece)
    return found


def apart(piece: Alignment, other: Alignment) -> bool:
    """Whether two pieces lie under different transforms: each puts the other's middle elsewhere, or one is mirrored."""
    if piece.flip != other.flip:
        return True
    middles = np.array([middle(place(one).reference) for one in (piece, other)])
    off = np.hypot(*(geometry.apply(piece.matrix, middles) - geometry.apply(other.matrix, middles)).T)
    return bool(off.min() > NEAR + DRIFT * np.hypot(*(middles[0] - middles[1])))


def middle(box: geometry.Box) -> tuple[float, float]:
    left, top, right, bottom = box
    return (left + right) / 2, (top + bottom) / 2


def inside(points: np.ndarray, piece: Alignment) -> np.ndarray:
    """Which points (n, 2) lie in a piece's place in the output, bool (n,)."""
    left, top, right, bottom = place(piece).output
    x, y = points.T
    return np.asarray((x > left) & (x < right) & (y > top) & (y < bottom))


def shared(piece: Alignment, other: Alignment) -> float:
    """What two pieces' places in the output have in common, as a share of the smaller, 0 to 1."""
    boxes = np.array([place(one).output for one in (piece, other)])
    common = np.prod(np.maximum(boxes[:, 2:].min(0) - boxes[:, :2].max(0), 0))
    return float(common / max(np.prod(boxes[:, 2:] - boxes[:, :2], axis=1).min(), 1e-9))
