"""A library of any size: the real texts, grown with text from a Markov model of them, so that words and phrases keep
their natural frequencies."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

import numpy as np

from benchmarks.text.data import Work, random

WORDS = 10_000
"""Words of a grown text."""
RESTART = 0.15
"""How often the next word is drawn from all words, not from those that follow the last one: keeps the model from
reciting its sources."""
AT_ONCE = 100


def grown(works: Sequence[Work], texts: int, *names: object) -> Iterator[Work]:
    """``texts`` texts of WORDS words by a first-order Markov model of the works' words, punctuation included."""
    rng = random("library", *names)
    words = [word for work in works for word in work.text.split()]
    vocabulary, chain = np.unique(words, return_inverse=True)
    order = np.argsort(chain[:-1], kind="stable")
    following = chain[1:][order]
    first = np.searchsorted(chain[:-1][order], np.arange(len(vocabulary) + 1))
    made = 0
    while made < texts:
        count = min(AT_ONCE, texts - made)
        state = chain[rng.integers(len(chain) - 1, size=count)]
        out = np.empty((WORDS, count), np.int64)
        for at in range(WORDS):
            out[at] = state
            options = first[state + 1] - first[state]
            drawn = following[
                np.minimum(first[state] + (rng.random(count) * options).astype(np.int64), len(following) - 1)
            ]
            fresh = chain[rng.integers(len(chain), size=count)]
            state = np.where((options == 0) | (rng.random(count) < RESTART), fresh, drawn)
        for column in out.T:
            lines = [" ".join(vocabulary[column[at : at + 12]]) for at in range(0, WORDS, 12)]
            yield Work(f"grown-{'-'.join(map(str, names))}-{made}.txt", "Markov", works[0].language, "\n".join(lines))
            made += 1


def library(real: Mapping[str, Sequence[Work]], words: int, *names: object) -> Iterator[Work]:
    """The real works by language, and grown ones to about so many words in all, as many in each language."""
    known = sum(len(work.text.split()) for group in real.values() for work in group)
    more = max(0, -(-(words - known) // WORDS // len(real)))
    for language, group in real.items():
        yield from group
        yield from grown(group, more, *names, language)
