"""Passages of one text spliced into another: the cases, and how the gate answers them."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from benchmarks.text.data import Work, random
from benchmarks.text.edits import EDITS
from benchmarks.text.metrics import Passage

HOST_WORDS = 1_500
LENGTHS = (40, 80, 200, 400, 800)


@dataclass(frozen=True)
class Case:
    """``text`` with one passage spliced in: ``truth``. ``host``: the work around it, whose own match is not counted (it
    is in the library too)."""

    name: str
    edit: str
    length: int
    language: str
    text: str
    host: str
    truth: Passage


def _words(text: str) -> tuple[list[str], list[int]]:
    """The words of a text, split at white space, and where each begins."""
    words, starts, at = [], [], 0
    for word in text.split():
        at = text.index(word, at)
        words.append(word)
        starts.append(at)
        at += len(word)
    return words, starts


def cases(
    works: Sequence[Work], edits: Sequence[str], lengths: Sequence[int], each: int, *names: object
) -> Iterator[Case]:
    """``each`` cases of every edit and length, the source and the host drawn from works of one language."""
    split = {work.name: _words(work.text) for work in works}
    for edit in edits:
        for length in lengths:
            rng = random("splices", edit, length, *names)
            for number in range(each):
                source, host, other = (works[at] for at in rng.choice(len(works), 3, replace=False))
                words, starts = split[source.name]
                first = int(rng.integers(len(words) - length))
                passage = EDITS[edit](words[first : first + length], split[other.name][0], rng)
                around = split[host.name][0]
                begin = int(rng.integers(len(around) - HOST_WORDS))
                cut = begin + int(rng.integers(HOST_WORDS))
                before = " ".join(around[begin:cut]) + "\n\n"
                after = "\n\n" + " ".join(around[cut : begin + HOST_WORDS])
                name = f"{works[0].language}-{edit}-{length}-{number}"
                end = starts[first + length - 1] + len(words[first + length - 1])
                truth = Passage(name, len(before), len(before) + len(passage), source.name, starts[first], end)
                yield Case(name, edit, length, works[0].language, before + passage + after, host.name, truth)


def unrelated(works: Sequence[Work], count: int) -> Iterator[tuple[str, str]]:
    """(name of the work, text): stretches of 1,500 words, spread evenly over the works."""
    each = -(-count // len(works))
    stretches = []
    for work in works:
        words = work.text.split()
        places = np.linspace(0, max(len(words) - HOST_WORDS, 0), each).astype(int)
        stretches += [(work.name, " ".join(words[at : at + HOST_WORDS])) for at in places.tolist()]
    yield from stretches[:count]
