"""Two texts side by side: the output and a reference, with the passages that they share and what lies around these."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from simcheck.explain.differences import Stretch, differences
from simcheck.explain.items import ExplainItem
from simcheck.index.base import StoredReference
from simcheck.kinds.text import origin
from simcheck.kinds.text.describe import StoredText, Visible
from simcheck.report import Match, Region

AROUND = 600
"""Characters shown before and after a passage."""
LONGEST = 20_000
"""Characters of a passage that are shown."""


@dataclass(frozen=True)
class Block:
    """A part of a text. ``number``: the passage that it is, 0 for what lies between; ``type`` of the passage;
    ``left_out``: characters that follow and are not shown."""

    stretches: Sequence[Stretch]
    number: int = 0
    type: str = ""
    left_out: int = 0


@dataclass(frozen=True)
class TextView:
    """``here``: the output, ``there``: the reference; both name the same passages. ``types``: those that occur."""

    here: Sequence[Block]
    there: Sequence[Block]
    types: Sequence[str]
    count: int


def text_view(item: ExplainItem, match: Match, stored: StoredReference | None) -> TextView | None:
    """None where one of the texts is not at hand: a picture, equal bytes (not decoded again), a work removed since."""
    if item.media is None or item.media.kind != "text" or stored is None or match.reference.kind != "text":
        return None
    if not stored.segments:
        return None
    output, reference = Visible.of(item.media), StoredText(stored.segments)
    ours = [_span(output.pieces, region) for region in match.regions]
    theirs = [
        (reference.visible(region.reference.start or 0), reference.visible(region.reference.end or 0))
        for region in match.regions
    ]
    last = stored.segments[-1]
    end = reference.first_visible(last.ordinal) + len(reference.part(last.ordinal)[0])
    text = " " * reference.first_visible(0) + reference.passage(0, end, end)  # it is stored from its first word on
    shown = [
        differences(_clean(output.text[a : min(b, a + LONGEST)]), _clean(text[c : min(d, c + LONGEST)]))
        for (a, b), (c, d) in zip(ours, theirs, strict=True)
    ]
    types = [region.type or "" for region in match.regions]
    return TextView(
        here=_blocks(output.text, ours, [one[0] for one in shown], types),
        there=_blocks(text, theirs, [one[1] for one in shown], types),
        types=sorted(set(types) - {""}),
        count=len(match.regions),
    )


def _span(pieces: np.ndarray, region: Region) -> tuple[int, int]:
    start, end = region.output.start or 0, region.output.end or 0
    return origin.visible(pieces, start), origin.visible(pieces, end)


def _blocks(
    text: str, spans: Sequence[tuple[int, int]], shown: Sequence[Sequence[Stretch]], types: Sequence[str]
) -> list[Block]:
    """The passages in the order of this text, with what lies around them. Of passages that overlap the later one is
    shown from where the other ends."""
    blocks: list[Block] = []
    done = 0
    order = sorted(range(len(spans)), key=lambda at: spans[at])
    for place, at in enumerate(order):
        start, end = max(spans[at][0], done), spans[at][1]
        before = _word(text, max(done, start - AROUND), start) if start - AROUND > done else done
        blocks += _between(text, done, before, start)
        stretches = shown[at] if start == spans[at][0] else _rest(shown[at], start - spans[at][0])
        blocks.append(Block(stretches, at + 1, types[at]))
        done = max(end, start)
        following = spans[order[place + 1]][0] if place + 1 < len(order) else len(text)
        after = max(following, done)
        if after > done + AROUND:
            after = text.rfind(" ", done, done + AROUND) + 1 or done + AROUND
        if text[done:after]:
            blocks.append(Block([Stretch(_clean(text[done:after]), True)]))
        done = max(after, done)
    if done < len(text) and blocks:
        blocks.append(Block([], left_out=len(text) - done))
    return blocks


def _between(text: str, done: int, before: int, start: int) -> list[Block]:
    """What is left out before the words that lead to a passage, and those words."""
    out = []
    if before > done:
        out.append(Block([], left_out=before - done))
    if text[before:start]:
        out.append(Block([Stretch(_clean(text[before:start]), True)]))
    return out


def _word(text: str, place: int, end: int) -> int:
    """Where the next word begins, so that no excerpt begins inside one."""
    space = text.find(" ", place, end)
    return place if space < 0 else space + 1


def _rest(stretches: Sequence[Stretch], skipped: int) -> list[Stretch]:
    """The stretches without their first characters."""
    out = []
    for one in stretches:
        if skipped < len(one.text):
            out.append(Stretch(one.text[max(skipped, 0) :], one.same))
        skipped -= len(one.text)
    return out


def _clean(text: str) -> str:
    """As it is, but for control characters; its lines stay, and so does its length."""
    return "".join(
        character if character.isprintable() or character in "\n\t" else " " if character == "\r" else "\ufffd"
        for character in text
    )
