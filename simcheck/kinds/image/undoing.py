"""Undoes what features can tell of an output before its pixels are compared: a bend, a cover, parts that moved.

Each gives the pictures as they are then and the alignment on them, and only where more of the pixels agree so.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from simcheck.kinds.image import bending, covering, geometry, match, shifting
from simcheck.kinds.image.alignment import PARTS_FROM, Alignment, Odds, Thumb, agreement, finely, in_parts, laid
from simcheck.kinds.image.look import Look

FEW, RATIO = 6, 0.85
"""Places on which features must agree for a look whether something can be undone, and how strict they are matched."""
SHARE, FIT = 1.12, 2.0
"""So many times the share of agreeing texture, and so much more fit, undoing must give."""
BENT = (0.85, SHARE, FIT), (0.95, 1.02, 0.5), (0.95, 1.02, 0.5)
"""Of each round of a bend: the share of agreeing texture up to which an output may be bent, and the same two."""
BENT_PLACES, BENT_MOST, BENT_FINE = 30, 0.55, 0.88
"""The places that must agree on a bend; and the share of agreeing texture below which the finest details must be the
same too: the spline bends one face towards the other of two photographs."""
DESIGN, DESIGN_PLACES = 0.18, 40
"""Share of even ground between what agrees from which it is a design, and the places that must agree then on parts that
moved: the bars and boxes of another of its template are moved parts too, on up to 35 places."""
DOUBTED, KEPT = 2.0, 0.7
"""Log-odds of all parts up to which parts may have moved by themselves or be covered; or, of a cover, the share of the
reference's texture that agrees."""
WHOLE, PARTS, FINE = 1.5, 1.0, 0.55
"""Log-odds of the whole and of all parts that undoing must give, and how well the finest details must agree then: of 67
copies two have less, and so has a caption in two lines of which one lies higher on another picture."""
COVERED = 3.0
"""Log-odds of the whole that taking away a cover must give: of twenty copies nineteen have 4, wrong pairs up to 2."""

Undone = tuple[Look, Thumb, Alignment]
"""The output and the reference as they are compared, and the alignment on these."""


def straight(look: Look, thumb: Thumb, found: Alignment) -> tuple[Look, Alignment]:
    """The output with its bend undone and the alignment on that, where more features agree so and more of the pixels;
    else both as they are. Of what was bent much more features agree once it is straighter: it is looked at again."""
    flat, known, bends = look, found, list[bending.Bend]()
    for enough, share, fit in BENT:
        seen = known.agreement
        if seen is None or seen.share > enough or known.inliers < FEW:
            break
        places = match.places(flat.oriented((found.flip, found.negative)), thumb.features, RATIO)
        bend = bending.found(*places, found.matrix, found.flip, look.size)
        if bend is None or bend.places < BENT_PLACES:
            break
        straighter = flat.undone(bending.straightened(flat.medium, bend))
        again = agreement(straighter, thumb, found.matrix, found.negative, "tones")
        if again is None or again.share < share * seen.share or again.fit < seen.fit + fit:
            break
        closer = replace(known, compared="tones", source="features", inliers=bend.places, agreement=again, bent=True)
        if not bends and again.share < BENT_MOST and (finely(straighter, thumb, closer).fine or 0.0) < BENT_FINE:
            break
        flat, known = straighter, closer
        bends.append(bend)
    if not bends:
        return look, found
    assert known.agreement is not None
    outline, back = geometry.outline(known.agreement.reference), np.linalg.inv(found.matrix)
    for bend in reversed(bends[1:]):
        outline = geometry.apply(back, bend.apply(outline))
    output = geometry.bounds(bends[0].apply(outline), look.size)
    return flat, replace(known, agreement=replace(known.agreement, output=output))


def uncovered(look: Look, thumb: Thumb, found: Alignment, odds: Odds) -> Undone | None:
    """Both without what lies over the work in one tone; None where nothing does, or what is left is not one."""
    seen = found.agreement
    if seen is None or (found.inliers < FEW and (found.alike is None or found.alike < PARTS_FROM)):
        return None
    if found.parts is not None and found.parts >= DOUBTED and seen.kept >= KEPT:
        return None
    clear = covering.cleared(look.negative if found.negative else look.medium, thumb.grey, found.matrix)
    if clear is None:
        return None
    output = look.undone(np.asarray(255 - clear.output) if found.negative else clear.output)
    return surely(output, thumb.showing(clear.reference), found, replace(found, covered=clear.share), odds)


def joined(look: Look, thumb: Thumb, found: Alignment, odds: Odds) -> Undone | None:
    """The output with its parts put back where some have moved by themselves, and without the gaps between them where
    these are all that is in the way; else None."""
    if found.agreement is None or found.inliers < FEW or (found.parts is not None and found.parts >= DOUBTED):
        return None
    places = match.places(look.oriented((found.flip, found.negative)), thumb.features, RATIO)
    shifts = shifting.found(*places, found.matrix, found.flip, look.size)
    if shifts is None:
        return None
    back = shifting.put_back(look.medium, thumb.grey, shifts, found.negative)
    if back is None:
        return None
    whole = look.undone(back.picture)
    moved = replace(found, source="features", inliers=max(shifts.places, found.inliers), bent=True)
    undone = surely(whole, thumb, found, moved, odds) or uncovered(whole, thumb, moved, odds)
    if undone is None:
        return None
    whole, thumb, known = undone
    assert known.agreement is not None
    if known.agreement.plain >= DESIGN and known.inliers < DESIGN_PLACES:
        return None
    return whole, thumb, replace(known, agreement=replace(known.agreement, output=back.box(known.agreement.output)))


def surely(look: Look, thumb: Thumb, before: Alignment, known: Alignment, odds: Odds) -> Undone | None:
    """The pictures of which something was undone, and ``known`` with what they say now, where more of the pixels agree
    than before and the pair network takes every part for one; else None."""
    seen, again = before.agreement, agreement(look, thumb, known.matrix, known.negative, "tones")
    patch = laid(look, thumb, known.matrix, known.negative)
    if seen is None or again is None or patch is None or again.share < SHARE * seen.share or again.fit < seen.fit + FIT:
        return None
    alike = float(odds(patch[None])[0])
    if alike < (COVERED if known.covered else WHOLE):
        return None
    known = replace(known, compared="tones", agreement=again, alike=alike)
    known = in_parts(look, thumb, finely(look, thumb, known), odds)
    sure = (known.parts or 0.0) >= PARTS and (known.fine or 0.0) >= FINE
    return (look, thumb, known) if sure else None
