"""Compares an output with one reference: a cascade from what is cheap to what is certain.

1. The whole picture as hashes and encoder see it (one of eight turns and flips): pixels compared at once.
2. The geometry of the stored codes, without the thumbnail's features; pixels compared under it.
3. Where that found little: one picture slid over the other (see `sliding`), and the output as a drawing of the whole.
4. Only where that is plausible and not yet sure: the thumbnail's features, matched both ways.
5. Where the shared part is small in either picture: features of that part anew, enlarged.
6. Where features agree in a part only: the bend that more of them agree on, undone (see `undoing`).
7. The pair network looks at what is strongest, and where few places agree at the whole laid on the whole; and at its
   parts where it takes the whole for alike.
8. Where it does not take every part for one: what agrees alone (see `pieces`); or what lies over the work taken away,
   or the parts that moved by themselves put back (see `undoing`).

Each step gives an `Alignment`; the strongest is kept. Later steps run only where earlier ones left doubt. Last, the
finest details of what agrees are compared, of designs the places are counted that differ (see `fine`), and where these
details are the same it is asked whether what differs lies over the output (see `overlay`).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from simcheck.index.base import StoredSegment
from simcheck.kinds.image import features, geometry, match, pieces, pixels, sliding, undoing
from simcheck.kinds.image.alignment import (
    COMPARED,
    FINE_SURE,
    Alignment,
    Guess,
    Odds,
    Thumb,
    agreement,
    differing,
    finely,
    guessed,
    in_parts,
    judged,
    laid,
    settled,
    shown,
    whole_matrix,
)
from simcheck.kinds.image.look import Look, Orientation

CODES_RATIO, STRICT_RATIO, LOOSE_RATIO = 0.92, 0.80, 0.95
CODES_FEW, CODES_MANY, CODES_BLOCKS, HALF = 5, 10, 6, 0.5
"""Places on which the stored codes must agree for a look at the thumbnail's features: few, if so many blocks of pixels
agree too, or many; the least, if half of the texture agrees."""
ZOOM_SHARE = 0.45
"""A part with less than this share of a picture's longer side is looked at again, enlarged."""
ZOOM_SIDE, ZOOM_COUNT, ZOOM_MARGIN = 320, 400, 0.15
INK = 0.3
"""Correlation of an output's ink with a reference's outlines from which it may be a drawing of it: nine of ten pencil
sketches have more, one of thirty unrelated pairs does."""
WHOLE_ODDS, WHOLE_MORE, SHAPE = 1.5, 1.0, 1.2
"""Log-odds of the pair network from which the whole is laid on the reference, and so much above those of what was
found; and how far the sides' quotients may differ then."""
GLANCE_ODDS = -1.0
"""Log-odds at first sight from which a work that was only glanced at is verified."""
DESIGN_PLAIN, DESIGN_TONE, DESIGN_BLOCKS = 0.12, 0.5, 24
"""Share of even ground between what agrees, or of one tone in the reference, and blocks that agree, from which a pair
may be two designs of one template, whose changed places are counted."""
PIECES_SHOWN = 3
"""Pieces from which each is shown by itself, and nothing is undone."""
SLIDE_PLACES, SLIDE_FIT, CLOSER_FIT = 12, 9.0, 11.0
"""Places on which features agree from which sliding cannot tell more; the fits from which its place is worth a look at
the pixels, and the pair one at the thumbnail's features. Nine of ten unrelated pairs have less."""


def align(
    look: Look, segment: StoredSegment, orientations: Sequence[Orientation], guesses: Sequence[Guess], odds: Odds
) -> Alignment | None:
    """The best alignment of the output with a segment, or None where nothing is shared.

    ``orientations``: those whose features the lanes nominated; ``guesses``: what hashes or encoder propose; ``odds``:
    what the pair network says.
    """
    thumb = Thumb(segment)
    given, best = look, strongest(look, thumb, orientations, guesses)
    if best is not None:
        look, best = undoing.straight(look, thumb, best)
    best = asked(look, thumb, best, odds)
    if best is None or best.agreement is None:
        return best
    first = in_parts(look, thumb, in_detail(look, thumb, best), odds)
    best = pieces.known(look, thumb, first, odds)
    theirs = thumb
    if (best.pieces or 0) < PIECES_SHOWN:
        undone = undoing.uncovered(look, thumb, first, odds) or undoing.joined(given, thumb, first, odds)
        if undone is not None:
            look, theirs, best = undone
    seen = best.agreement
    assert seen is not None
    tones = pixels.one_tone(thumb.grey), pixels.two_tones(thumb.grey, seen.reference)
    best = replace(best, one_tone=tones[0], two_tones=tones[1])
    drawn = seen.plain >= DESIGN_PLAIN or best.one_tone >= DESIGN_TONE
    best = differing(look, theirs, best, design=drawn and seen.blocks >= DESIGN_BLOCKS)
    if best.sure:
        return best
    outlines = max(
        pixels.overall(*shown(look, theirs, False, compared), best.matrix, look.size, thumb.size)
        for compared in (("outlines", "ink") if best.compared == "ink" else ("outlines",))
    )
    return replace(best, outlines=outlines)


def asked(look: Look, thumb: Thumb, best: Alignment | None, odds: Odds) -> Alignment | None:
    """The best alignment with what the pair network says of it; or the whole picture laid on the reference, upright or
    mirrored, where that says much more: of a pale or coarse drawing nothing else may see the place."""
    first = best if best is not None and best.agreement is not None else None
    known: list[tuple[Guess | None, np.ndarray]] = []
    found = None if first is None else laid(look, thumb, first.matrix, first.negative)
    if found is not None:
        known.append((None, found))
    if first is None or (not first.sure and first.inliers < SLIDE_PLACES):
        known += laid_whole(look, thumb)
    if not known:
        return best
    said = [float(value) for value in odds(np.stack([patch for _, patch in known]))]
    top, most = known[int(np.argmax(said))][0], max(said)
    if top is None or most < (WHOLE_ODDS if first is None else max(WHOLE_ODDS, said[0] + WHOLE_MORE)):
        return best if first is None else replace(first, alike=said[0])
    tried = [guessed(look, thumb, replace(top, compared=way)) for way in COMPARED]
    return replace(max(tried, key=lambda one: one.strength), alike=most)


def glanced(look: Look, segment: StoredSegment, odds: Odds) -> bool:
    """Whether the whole picture, laid on the reference as it is, may be one with it by what the pair network says:
    whether a work that nothing else names deserves to be verified."""
    patches = [patch for _, patch in laid_whole(look, Thumb(segment))]
    return bool(patches) and float(odds(np.stack(patches)).max()) > GLANCE_ODDS


def wholes(look: Look, thumb: Thumb) -> list[Guess]:
    """That the picture, or what is left of it without borders, is the reference, upright or mirrored, where its shape
    is the reference's."""
    shape = thumb.size[0] / thumb.size[1]
    views = [view.box for view in look.wholes if 1 / SHAPE < view.size[0] / view.size[1] / shape < SHAPE]
    return [Guess(box, variant) for box in views for variant in (0, geometry.MIRRORED)]


def laid_whole(look: Look, thumb: Thumb) -> list[tuple[Guess, np.ndarray]]:
    """What the pair network sees of each of `wholes`, as `alignment.laid` gives it, where enough overlaps."""
    seen = [
        (guess, laid(look, thumb, whole_matrix(guess.view, thumb.size, guess.variant), False))
        for guess in wholes(look, thumb)
    ]
    return [(guess, patch) for guess, patch in seen if patch is not None]


def in_detail(look: Look, thumb: Thumb, found: Alignment) -> Alignment:
    """The alignment with its `fine`; where the codes' places are too coarse for that, with the features' transform.
    Where what is finest agrees, nothing is drawn: grey values are compared."""
    if found.outlined and not found.inliers:
        return found
    found = finely(look, thumb, found)
    if found.outlined and (found.fine or 0.0) >= FINE_SURE:
        seen = agreement(look, thumb, found.matrix, found.negative, "tones")
        return replace(found, compared="tones", agreement=seen or found.agreement)
    if found.source != "codes" or found.fine is None or found.fine >= FINE_SURE:
        return found
    orientation = found.flip, found.negative
    fitted = by_features(look.oriented(orientation), thumb.features)
    if fitted is None:
        return found
    closer = judged(look, thumb, fitted, orientation, "features")
    closer = replace(finely(look, thumb, closer), slid=found.slid, alike=found.alike)
    return closer if closer.strength > found.strength and (closer.fine or 0.0) > found.fine else found


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
        tried += found + inked(look, thumb, guesses)
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
    matrix = geometry.mirrored(matrix, look.size) if flip else matrix
    matrix, seen = settled(look, thumb, matrix, False, "tones")
    return [Alignment(matrix, bool(flip), False, "tones", 0, "slid", seen)], fit


def inked(look: Look, thumb: Thumb, guesses: Sequence[Guess]) -> list[Alignment]:
    """What a drawing of the whole picture, upright or mirrored, shows where no hash guessed so: many are too pale."""
    found = []
    for view in look.wholes:
        for variant, ink in ((0, view.ink), (geometry.MIRRORED, view.ink[:, ::-1])):
            guess = Guess(view.box, variant, "ink")
            if guess not in guesses and pixels.correlation(ink, thumb.ink) > INK:
                found.append(guessed(look, thumb, guess))
    return found


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
        target, source = match.places(output, reference, ratio)
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
