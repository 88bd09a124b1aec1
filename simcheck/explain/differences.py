"""Two passages side by side: which words of each stand in the other too, in the same order."""

from __future__ import annotations

import difflib
from collections.abc import Sequence
from dataclasses import dataclass

from simcheck.kinds.text.words import words_of


@dataclass(frozen=True)
class Stretch:
    """A part of a passage; ``same``: the other side has these words too, as the gate reads words."""

    text: str
    same: bool


def differences(output: str, reference: str) -> tuple[list[Stretch], list[Stretch]]:
    """Both passages cut into stretches that together are the whole of each."""
    ours, theirs = words_of(output), words_of(reference)
    matcher = difflib.SequenceMatcher(None, ours.ids.tolist(), theirs.ids.tolist(), autojunk=False)
    mine, other = [False] * len(ours), [False] * len(theirs)
    for first, second, size in matcher.get_matching_blocks():
        mine[first : first + size] = [True] * size
        other[second : second + size] = [True] * size
    return (
        _stretches(output, ours.starts.tolist(), ours.ends.tolist(), mine),
        _stretches(reference, theirs.starts.tolist(), theirs.ends.tolist(), other),
    )


def _stretches(text: str, starts: Sequence[int], ends: Sequence[int], same: Sequence[bool]) -> list[Stretch]:
    """Words of one sort together; what stands between two words is marked only between two
    words that are."""
    out: list[Stretch] = []

    def add(part: str, sort: bool) -> None:
        if not part:
            return
        if out and out[-1].same == sort:
            out[-1] = Stretch(out[-1].text + part, sort)
        else:
            out.append(Stretch(part, sort))

    at = 0
    for number, (start, end) in enumerate(zip(starts, ends, strict=True)):
        inside = number > 0 and not same[number - 1] and not same[number]
        add(text[at:start], not inside)
        add(text[start:end], same[number])
        at = end
    add(text[at:], True)
    return out
