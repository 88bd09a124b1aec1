"""From what the lanes said and the alignment showed to a Finding: hints, signals, regions, type, score."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from itertools import pairwise
from typing import Any, NamedTuple

import numpy as np

from simcheck.calibration import ScoreModel
from simcheck.index.base import StoredReference, StoredSegment
from simcheck.kinds.base import Finding, Nomination
from simcheck.kinds.image import geometry, hashes, tiles
from simcheck.kinds.image.alignment import Alignment, Guess
from simcheck.kinds.image.describe import ENCODER, LOCAL, OUTLINES, PDQ, PHASH
from simcheck.kinds.image.look import Look, Orientation
from simcheck.kinds.image.signals import evidence, numbers
from simcheck.kinds.image.tiles import PixelBox
from simcheck.report import Coverage, MatchType, Place, Region

WHOLE = 0.85
"""Share of a picture's area from which it counts as the whole of it."""
SAME_PIXELS, SAME_SHARE = 0.93, 0.85

GUESSED_FROM = {ENCODER: 0.2, PDQ: 0.63, PHASH: 0.78, OUTLINES: 0.63}
"""Cosine, and shares of equal bits, from which the whole is guessed to be the reference."""
MOST_GUESSES, MOST_ORIENTATIONS, MOST_PAIRS, MOST_TILES = 5, 2, 6, 2
SHARED_SCORE, SHARED_PLACE = 0.3, 0.5
"""Score from which a work is held to show a place of the output, and overlap (IoU) from which two places are one."""


@dataclass(frozen=True)
class View:
    """What a probe was made of: a frame, flipped or not, or a part of it (``box`` in fractions of its longer side)."""

    frame: int
    box: geometry.Box
    orientation: Orientation = (False, False)


@dataclass
class Hint:
    """What the lanes said about a frame of the output and a segment of a reference: ``votes`` of its features by their
    orientation, ``guesses`` of the whole."""

    votes: dict[Orientation, float] = field(default_factory=dict)
    guesses: list[Guess] = field(default_factory=list)

    @property
    def weight(self) -> float:
        """To order the hints of one work."""
        return max(self.votes.values(), default=0.0) + len(self.guesses)

    @property
    def orientations(self) -> list[Orientation]:
        """Orientations whose features are worth asking, those with most votes first: a hash or the encoder can be
        right about the work and wrong about the whole."""
        guessed = {
            (guess.variant % hashes.TURNS >= geometry.MIRRORED, guess.variant >= hashes.TURNS) for guess in self.guesses
        }
        voted = sorted(self.votes, key=lambda one: -self.votes[one])[:MOST_ORIENTATIONS]
        return list(dict.fromkeys([*voted, (False, False), *sorted(guessed)]))


class Pair(NamedTuple):
    """Which frame of the output, and which segment of the reference."""

    frame: int
    ordinal: int


def hints_of(nomination: Nomination, views: Mapping[str, View]) -> dict[Pair, Hint]:
    """Hints by pair, from every hit of the nomination. ``views``: what the names in the probes mean."""
    hints: dict[Pair, Hint] = {}
    for probe, candidate in nomination.hits:
        view = views[probe.view]
        for hit in candidate.hits:
            hint = hints.setdefault(Pair(view.frame, hit.segment), Hint())
            if probe.lane == LOCAL:
                hint.votes[view.orientation] = max(hint.votes.get(view.orientation, 0.0), candidate.score)
            else:
                variant = 0 if probe.lane == ENCODER else hit.probe_row
                guess = Guess(view.box, variant)
                if probe.lane == OUTLINES:
                    guess = Guess(view.box, variant % hashes.TURNS, "outlines" if variant < hashes.TURNS else "ink")
                add_guess(hint, guess, hit.score > GUESSED_FROM[probe.lane])
    return hints


def strongest(hints: Mapping[Pair, Hint], stored: StoredReference) -> tuple[list[tuple[Pair, Hint]], ...]:
    """The pairs worth verifying, best first: of moving pictures not every frame with every frame; and of a large
    picture those with its tiles apart."""
    by_weight = sorted(hints.items(), key=lambda item: -item[1].weight)
    tiled = [item for item in by_weight if tiles.is_tile(stored.segments[item[0].ordinal].place)]
    return [item for item in by_weight if item not in tiled][:MOST_PAIRS], tiled[:MOST_TILES]


def add_guess(hint: Hint, guess: Guess, good: bool) -> None:
    if good and guess not in hint.guesses and len(hint.guesses) < MOST_GUESSES:
        hint.guesses.append(guess)


def signals_of(
    aligned: Alignment, look: Look, segment: StoredSegment, hint: Hint, chance: Callable[[Look], float]
) -> dict[str, Any]:
    """The signals of a pair, see ``simcheck.kinds.image.signals``, without the coverages. ``chance``: the cosine that a
    view of the output has with pictures that are surely unrelated."""
    agreement = aligned.agreement
    if agreement is None:
        return {}
    parts = look.parts
    # What is sure without the encoder need not wait for it.
    asked = [] if aligned.sure else parts
    cosines = [float(part.vector @ segment.entries[ENCODER][0]) for part in asked]
    above = [cosine - chance(part) for cosine, part in zip(cosines, asked, strict=True)]
    outlines = [int(hashes.distance(part.outline_hash, segment.entries[OUTLINES][0]).min()) for part in asked]
    turn, scale = geometry.turn_and_scale(aligned.matrix @ np.diag([-1, 1, 1]) if aligned.flip else aligned.matrix)
    return {
        "cosine": round(max(cosines), 4) if cosines else None,
        "cosine_above": round(max(above), 4) if above else None,
        "pdq_distance": min(int(hashes.distance(part.pdq[0], segment.entries[PDQ][0]).min()) for part in parts),
        "phash_distance": min(int(hashes.distance(part.phash, segment.entries[PHASH][0]).min()) for part in parts),
        "outline_distance": min(outlines, default=None),
        "votes": round(float(max(hint.votes.values(), default=0.0)), 4),
        "inliers": int(aligned.inliers),
        "correlation": round(agreement.correlation, 4),
        "detail": round(agreement.detail, 4),
        "agreement": round(agreement.share, 4),
        "blocks": int(agreement.blocks),
        "inside": round(agreement.inside, 4),
        "disputed": round(agreement.disputed, 4),
        "kept": round(agreement.kept, 4),
        "explained": round(agreement.explained, 4),
        "fit": round(agreement.fit, 2),
        "fine": None if aligned.fine is None else round(aligned.fine, 4),
        "same_tones": None if aligned.same_tones is None else round(aligned.same_tones, 4),
        "side": None if aligned.side is None else round(aligned.side),
        "alike": None if aligned.alike is None else round(aligned.alike, 2),
        "alike_parts": None if aligned.parts is None else round(aligned.parts, 2),
        "alike_piece": None if aligned.piece is None else round(aligned.piece, 2),
        "alike_piece_parts": None if aligned.piece_parts is None else round(aligned.piece_parts, 2),
        "pieces": aligned.pieces,
        "changed": None if aligned.changed is None else aligned.changed.places,
        "replaced": None if aligned.changed is None else round(aligned.changed.replaced, 4),
        "overlaid": None if aligned.overlaid is None else round(aligned.overlaid, 4),
        "plain": round(agreement.plain, 4),
        "one_tone": round(aligned.one_tone, 4),
        "paper": round(look.paper, 4),
        "two_tones": round(aligned.two_tones, 4),
        "slid": None if aligned.slid is None else round(aligned.slid, 2),
        "mirrored": aligned.flip,
        "bent": aligned.bent,
        "covered": round(aligned.covered, 4),
        "negative": aligned.negative,
        "outlined": aligned.outlined,
        "outlines": None if aligned.outlines is None else round(aligned.outlines, 4),
        "turn": round(turn, 1),
        "scale": round(2.0**scale, 4),
        "aligned_by": aligned.source,
    }


def make(
    aligned: Alignment,
    signals: Mapping[str, Any],
    facts: Mapping[str, Any],
    when: Mapping[str, float],
    stored: StoredReference,
    ordinal: int,
    model: ScoreModel,
    references: int,
) -> Finding | None:
    """The finding of an alignment whose pixels were compared; None where no box is left. ``facts`` of the output,
    ``when``: start and end of its frame, in seconds, where it moves."""
    agreement = aligned.agreement
    if agreement is None:
        return None
    segment = stored.segments[ordinal].place
    x, y, width, height = tiles.box_of(segment, stored.facts)
    shown = {"width": width, "height": height}
    boxes = [(pixel_box(one.output, facts), moved_by(pixel_box(one.reference, shown), (x, y)))
             for one in (agreement, *aligned.rest)]  # fmt: skip
    here, there = boxes[0]
    coverage = Coverage(
        output=share_of([mine for mine, _ in boxes], facts),
        reference=share_of([other for _, other in boxes], stored.facts),
    )
    complete = {
        **signals,
        "coverage_output": round(coverage.output, 4),
        "coverage_reference": round(coverage.reference, 4),
        "scale": round(signals["scale"] * longer_side(stored.facts) / longer_side(shown), 4),
        "shifted": round(geometry.moved(corners(here), sides(facts), corners(there), sides(stored.facts)), 4),
        "transform": pixel_transform(aligned.matrix, agreement.reference, facts, shown, (x, y)),
    }
    score = model.probability(evidence(complete), references, numbers(complete))
    regions = tuple(
        Region(
            output=Place(box=mine, start=when.get("start"), end=when.get("end")),
            reference=Place(box=other, start=segment.get("start"), end=segment.get("end")),
        )
        for mine, other in boxes
    )
    return Finding(score, kind_of_match(complete), coverage, regions, complete)


def sharing(findings: Sequence[Finding]) -> list[Finding]:
    """The findings with ``shared_by`` among their signals: in how many other works the same place of the output
    reappears, as far as these were verified."""
    places = [one.regions[0].output for one in findings]
    likely = [number for number, one in enumerate(findings) if one.score >= SHARED_SCORE]
    revised = []
    for number, (one, here) in enumerate(zip(findings, places, strict=True)):
        others = (places[other] for other in likely if other != number)
        count = sum(there.start == here.start and overlap(here.box, there.box) > SHARED_PLACE for there in others)
        revised.append(replace(one, signals={**one.signals, "shared_by": count}))
    return revised


def overlap(one: PixelBox | None, other: PixelBox | None) -> float:
    """Intersection over union of two boxes (x, y, width, height), 0 to 1."""
    if one is None or other is None:
        return 0.0
    wide, high = (
        min(one[axis] + one[axis + 2], other[axis] + other[axis + 2]) - max(one[axis], other[axis]) for axis in (0, 1)
    )
    common = max(wide, 0) * max(high, 0)
    return common / (one[2] * one[3] + other[2] * other[3] - common)


def pixel_transform(
    matrix: np.ndarray,
    box: geometry.Box,
    output: Mapping[str, Any],
    reference: Mapping[str, Any],
    corner: tuple[int, int] = (0, 0),
) -> list[float]:
    """a, b, c, d, e, f with x' = a x + c y + e and y' = b x + d y + f, from pixels of the upright reference to those of
    the upright output; of a transform with perspective, what it is in the middle of the matched box. ``reference`` is
    what ``matrix`` was found on, and may be a tile of the whole, whose upper left is at ``corner``."""
    longer_output, longer_reference = longer_side(output), longer_side(reference)
    middle = np.array([(box[0] + box[2]) / 2, (box[1] + box[3]) / 2])
    step = 0.01 * np.array([[0, 0], [1, 0], [0, 1.0]])
    here, right, below = geometry.apply(matrix, middle + step)
    across, down = (right - here) / 0.01, (below - here) / 0.01
    linear = np.stack([across, down], 1) * (longer_output / longer_reference)
    shift = here * longer_output - linear @ (middle * longer_reference + corner)
    return [round(float(value), 4) for value in (*linear[:, 0], *linear[:, 1], *shift)]


def sides(facts: Mapping[str, Any]) -> tuple[float, float]:
    """Width and height in pixels."""
    return float(facts["width"]), float(facts["height"])


def corners(box: PixelBox) -> geometry.Box:
    """Left, top, right, bottom of x, y, width, height."""
    return box[0], box[1], box[0] + box[2], box[1] + box[3]


def longer_side(facts: Mapping[str, Any]) -> int:
    return max(int(facts["width"]), int(facts["height"]))


def pixel_box(box: geometry.Box, facts: Mapping[str, Any]) -> PixelBox:
    """x, y, width, height in pixels of the upright picture, inside it and at least one pixel, from fractions."""
    width, height = int(facts["width"]), int(facts["height"])
    longer = longer_side(facts)
    left = min(max(round(box[0] * longer), 0), width - 1)
    top = min(max(round(box[1] * longer), 0), height - 1)
    right = min(max(round(box[2] * longer), left + 1), width)
    bottom = min(max(round(box[3] * longer), top + 1), height)
    return left, top, right - left, bottom - top


def moved_by(box: PixelBox, corner: tuple[int, int]) -> PixelBox:
    """A box of a part whose upper left is at ``corner``, as one of the whole."""
    return box[0] + corner[0], box[1] + corner[1], box[2], box[3]


def share_of(boxes: Sequence[PixelBox], facts: Mapping[str, Any]) -> float:
    """Which share of a picture some boxes cover together, 0 to 1."""
    edges = [sorted({side for box in boxes for side in (box[axis], box[axis] + box[axis + 2])}) for axis in (0, 1)]
    covered = 0
    for left, right in pairwise(edges[0]):
        for top, bottom in pairwise(edges[1]):
            if any(x <= left and right <= x + w and y <= top and bottom <= y + h for x, y, w, h in boxes):
                covered += (right - left) * (bottom - top)
    return min(1.0, covered / (int(facts["width"]) * int(facts["height"])))


def kind_of_match(signals: Mapping[str, Any]) -> MatchType:
    """``partial`` where a part of either picture is not in the other, ``near-exact`` where pixels are nearly the same,
    else ``altered``."""
    if min(signals["coverage_output"], signals["coverage_reference"]) < WHOLE:
        return "partial"
    upright = not signals["mirrored"] and abs(signals["turn"]) < 3
    if upright and signals["correlation"] > SAME_PIXELS and signals["agreement"] > SAME_SHARE:
        return "near-exact"
    return "altered"
