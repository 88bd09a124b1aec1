"""From an `ExplainItem` to what the template draws: plain values, everything computed, nothing escaped yet."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from simcheck.explain.differences import Stretch, differences
from simcheck.explain.items import ExplainItem
from simcheck.explain.overlay import Affine, Box, affine, window
from simcheck.explain.pictures import embedded, sides, stored_picture
from simcheck.explain.signals import explained
from simcheck.explain.texts import TextView, text_view
from simcheck.explain.verdict import place_text
from simcheck.files import printable
from simcheck.index.base import StoredReference, StoredSegment
from simcheck.report import Match, Place, Region

OUTPUT_SIDE = 1100
LIST_SIDE = 112
MARKS = {"block": "■", "review": "▲", "pass": "●", "unchecked": "?"}
"""Beside the word and the colour: nobody needs to tell colours apart."""


@dataclass(frozen=True)
class Picture:
    """A picture that is embedded once in a page and drawn wherever it is needed. Sides are those of the full upright
    picture: boxes are in its pixels."""

    id: str
    uri: str
    width: int
    height: int


@dataclass(frozen=True)
class Outline:
    """A numbered box. ``label`` is where its number is written, ``size`` how large, in pixels of the picture."""

    number: int
    box: Box
    label: tuple[float, float]
    size: float


@dataclass(frozen=True)
class Overlay:
    """The reference laid onto the output. ``view``: the part of the output that is shown."""

    id: str
    transform: Affine
    view: Box


@dataclass(frozen=True)
class Passage:
    """A region in words; ``output`` and ``reference`` are passages of text, word by word, where there are any."""

    number: int
    output_place: str
    reference_place: str
    output: Sequence[Stretch]
    reference: Sequence[Stretch]
    type: str | None


@dataclass(frozen=True)
class MatchView:
    """One match, ready to be drawn."""

    number: int
    match: Match
    title: str
    name: str
    details: list[tuple[str, str]]
    here: Picture | None
    there: Picture | None
    here_outlines: list[Outline]
    there_outlines: list[Outline]
    overlay: Overlay | None
    texts: TextView | None
    passages: list[Passage]
    signals: list[tuple[str, str, str]]
    open: bool


@dataclass(frozen=True)
class OutputView:
    """One output, ready to be drawn."""

    id: str
    path: str
    decision: str
    mark: str
    reason: str
    score: float | None
    facts: list[tuple[str, str]]
    notes: list[str]
    pictures: list[Picture]
    whole: Picture | None
    matches: list[MatchView]


def output_view(item: ExplainItem, number: int) -> OutputView:
    """Everything that is drawn for one output. ``number`` makes its element ids unique in the page."""
    report = item.report
    gallery = _Gallery(item, f"o{number}")
    matches = [_match_view(item, match, place, gallery) for place, match in enumerate(report.matches, 1)]
    whole = gallery.output(0) if item.media is not None and not matches else None
    return OutputView(
        id=f"o{number}",
        path=printable(report.output.path),
        decision=report.decision,
        mark=MARKS[report.decision],
        reason=printable(report.reason),
        score=report.score,
        facts=_facts(item),
        notes=[printable(note) for note in report.notes],
        pictures=gallery.pictures,
        whole=whole,
        matches=matches,
    )


def list_picture(item: ExplainItem) -> str | None:
    """A small picture of the output for the list, as data URI; of a reference's bytes, the stored one."""
    frame = item.media.arrays.get("frame/0") if item.media is not None else None
    if frame is not None:
        return embedded(frame, LIST_SIDE, quality=60)
    same = (item.references.get(match.reference.id) for match in item.report.matches if match.type == "exact")
    return next((stored_picture(one.segments[0].evidence) for one in same if one is not None and one.segments), None)


class _Gallery:
    """The pictures of one output's page, each embedded once."""

    def __init__(self, item: ExplainItem, prefix: str) -> None:
        self._item = item
        self._prefix = prefix
        self._known: dict[str, Picture] = {}

    @property
    def pictures(self) -> list[Picture]:
        return list(self._known.values())

    def output(self, frame: int) -> Picture | None:
        media = self._item.media
        pixels = media.arrays.get(f"frame/{frame}") if media is not None else None
        size = sides(media.facts) if media is not None else None
        if pixels is None or size is None:
            return None
        key = f"{self._prefix}-frame{frame}"
        if key not in self._known:
            self._known[key] = Picture(key, embedded(pixels, OUTPUT_SIDE), *size)
        return self._known[key]

    def reference(self, stored: StoredReference, segment: StoredSegment, number: int) -> Picture | None:
        uri, size = stored_picture(segment.evidence), sides(stored.facts)
        if uri is None or size is None:
            return None
        key = f"{self._prefix}-ref{number}-{segment.ordinal}"
        return self._known.setdefault(key, Picture(key, uri, *size))


def _match_view(item: ExplainItem, match: Match, number: int, gallery: _Gallery) -> MatchView:
    first = match.regions[0]
    there = None
    stored = item.references.get(match.reference.id)
    if stored is not None and stored.segments:
        there = gallery.reference(stored, _segment(stored, first.reference), number)
    # The same bytes were not decoded again: the reference's picture shows the output as well.
    here = gallery.output(_frame(item, first.output)) or (there if match.type == "exact" else None)
    reference = match.reference
    details = [("Creator", reference.creator), ("Licence", reference.licence)]
    details += [(f"Tag {printable(name)}", value) for name, value in reference.tags.items()]
    return MatchView(
        number=number,
        match=match,
        title=printable(reference.title or reference.name),
        name=printable(reference.name),
        details=[(label, printable(value)) for label, value in details if value],
        here=here,
        there=there,
        here_outlines=_outlines([region.output for region in match.regions], here),
        there_outlines=_outlines([region.reference for region in match.regions], there),
        overlay=_overlay(match, here, there, f"{gallery.pictures[0].id}-over{number}") if here and there else None,
        texts=text_view(item, match, stored),
        passages=[_passage(place, region) for place, region in enumerate(match.regions, 1)],
        signals=[(printable(name), printable(value), text) for name, value, text in explained(match.signals)],
        open=match.decision != "pass" or len(item.report.matches) == 1,
    )


def _overlay(match: Match, here: Picture, there: Picture, name: str) -> Overlay | None:
    """Laid by the first region, shown around all of them."""
    first = match.regions[0]
    if first.output.box is None or first.reference.box is None:
        return None
    boxes = [region.output.box for region in match.regions if region.output.box is not None]
    left, top = min(box[0] for box in boxes), min(box[1] for box in boxes)
    right, bottom = max(box[0] + box[2] for box in boxes), max(box[1] + box[3] for box in boxes)
    view = window((left, top, right - left, bottom - top), here.width, here.height)
    return Overlay(name, affine(first.reference.box, first.output.box, match.signals), view)


def _outlines(places: Sequence[Place], picture: Picture | None) -> list[Outline]:
    """Boxes with their numbers in the upper left corner, inside the picture."""
    if picture is None:
        return []
    size = max(picture.width, picture.height) * 0.05
    outlines = []
    for number, place in enumerate(places, 1):
        if place.box is not None:
            x, y, width, height = place.box
            label = min(x, picture.width - size), min(y, picture.height - size)
            outlines.append(Outline(number, (x, y, width, height), label, size))
    return outlines


def _passage(number: int, region: Region) -> Passage:
    here, there = region.output, region.reference
    sides = differences(_text(here.text), _text(there.text))
    return Passage(number, place_text(here), place_text(there), *sides, region.type)


def _text(text: str | None) -> str:
    """A passage as it is, but for control characters; its lines stay."""
    return "\n".join(printable(line) for line in (text or "").splitlines())


def _frame(item: ExplainItem, place: Place) -> int:
    """Which decoded frame of a moving output a place is in."""
    times: Any = item.media.facts.get("times") if item.media is not None else None
    if place.start is None or not times:
        return 0
    return min(range(len(times)), key=lambda number: abs(times[number][0] - place.start))


def _segment(stored: StoredReference, place: Place) -> StoredSegment:
    """Which segment of a reference a place is in: the one that begins nearest to it, the first of a still picture."""
    if place.start is None:
        return stored.segments[0]
    start = place.start
    return min(stored.segments, key=lambda segment: abs(segment.place.get("start", 0) - start))


def _facts(item: ExplainItem) -> list[tuple[str, str]]:
    """The small print: what was checked, against what, by what."""
    report = item.report
    output = report.output
    facts = [("Checked", report.checked_at), ("Check", report.id)]
    if output.kind:
        facts.append(("Kind", output.kind))
    if output.width and output.height:
        facts.append(("Size", f"{output.width:,} × {output.height:,} pixels"))
    if output.frames and output.frames > 1:
        facts.append(("Frames", f"{output.frames:,}"))
    if output.bytes is not None:
        facts.append(("Bytes", f"{output.bytes:,}"))
    if output.sha256:
        facts.append(("SHA-256", output.sha256))
    if output.project:
        facts.append(("Project", printable(output.project)))
    facts.append(("Index", f"revision {report.index.revision:,} with {report.index.references:,} references"))
    facts.append(("Policy", f"{printable(report.policy.name)} {report.policy.version}, {report.policy.hash}"))
    facts += [(f"Model {printable(name)}", printable(model)) for name, model in report.models.items()]
    return facts
