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
KNOWN_BY = 10
"""Words in a row that stand twice in a text only where a whole passage does."""


@dataclass(frozen=True)
class Case:
    """``text`` with one passage spliced in: ``truth``."""

    name: str
    edit: str
    length: int
    language: str
    text: str
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


def _once(words: Sequence[str], length: int, rng: np.random.Generator) -> int:
    """Where a passage of this length begins that does not stand twice in its work (one of the texts has a chapter
    twice, and no answer could be right)."""
    text = " ".join(words)
    while True:
        first = int(rng.integers(len(words) - length))
        middle = first + length // 2
        if text.count(" ".join(words[middle : middle + KNOWN_BY])) == 1:
            return first


def cases(
    held: Sequence[Work],
    others: Sequence[Work],
    edits: Sequence[str],
    lengths: Sequence[int],
    each: int,
    *names: object,
    host_words: int = HOST_WORDS,
) -> Iterator[Case]:
    """``each`` cases of every edit and length, in one language: the passage from a work that the library holds, the
    host and the words that replace others from works of other authors, which it does not hold."""
    split = {work.name: _words(work.text) for work in [*held, *others]}
    for edit in edits:
        for length in lengths:
            rng = random("splices", edit, length, *names)
            for number in range(each):
                source = held[int(rng.integers(len(held)))]
                host, other = (others[at] for at in rng.choice(len(others), 2, replace=False))
                words, starts = split[source.name]
                first = _once(words, length, rng)
                passage = EDITS[edit](words[first : first + length], split[other.name][0], rng)
                around = split[host.name][0]
                begin = int(rng.integers(len(around) - host_words))
                cut = begin + int(rng.integers(host_words))
                before = " ".join(around[begin:cut]) + "\n\n"
                after = "\n\n" + " ".join(around[cut : begin + host_words])
                name = f"{source.language}-{edit}-{length}-{number}"
                end = starts[first + length - 1] + len(words[first + length - 1])
                truth = Passage(name, len(before), len(before) + len(passage), source.name, starts[first], end)
                yield Case(name, edit, length, source.language, before + passage + after, truth)


def unrelated(works: Sequence[Work], count: int) -> Iterator[tuple[str, str]]:
    """(name of the work, text): stretches of 1,500 words, spread evenly over the works."""
    each = -(-count // len(works))
    stretches = []
    for work in works:
        words = work.text.split()
        places = np.linspace(0, max(len(words) - HOST_WORDS, 0), each).astype(int)
        stretches += [(work.name, " ".join(words[at : at + HOST_WORDS])) for at in places.tolist()]
    yield from stretches[:count]
