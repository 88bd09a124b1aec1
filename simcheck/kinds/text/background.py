"""How surprising words are in ordinary text, and which passages are nobody's: the measure of what chance explains.

The table is package data, made by ``python -m benchmarks.text.background`` from English and French texts of many
authors and from public licences. It holds hashes only, no text.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from importlib import resources

import numpy as np

from simcheck.errors import ModelError

UNKNOWN_BITS = 16.0
"""What a word tells that the background does not know: it stands about once in 65,000 words."""
LEAST_BITS = 0.3
STEP = 8.0
"""The table keeps eighths of a bit."""
GRAM = 8
"""Words in a row by which a passage of the boilerplate is known."""
SAMPLED = 4
"""One in so many of the boilerplate's runs is kept."""
REACH = 24
"""Two known runs at most this many words apart belong to one passage of boilerplate."""
MULTIPLIER = np.uint64(0x9E3779B97F4A7C15)


def chain(ids: np.ndarray, length: int) -> np.ndarray:
    """uint32 (n - length + 1,): a hash of every ``length`` words in a row. ``ids``: uint32 (n,)."""
    if len(ids) < length:
        return np.empty(0, np.uint32)
    out = np.zeros(len(ids) - length + 1, np.uint64)
    for at in range(length):
        out = (out ^ ids[at : at + len(out)]) * MULTIPLIER
        out ^= out >> np.uint64(29)
    return (out >> np.uint64(32)).astype(np.uint32)


@dataclass(frozen=True)
class Background:
    """``words``, ``pairs``, ``triples``: sorted uint32 hashes of one, two and three words in a row that are common,
    each with −log2 of its share of all text in eighths of a bit (uint8). ``boilerplate``: sorted uint32 hashes of GRAM
    words in a row from licences."""

    version: str
    words: np.ndarray
    word_bits: np.ndarray
    pairs: np.ndarray
    pair_bits: np.ndarray
    triples: np.ndarray
    triple_bits: np.ndarray
    boilerplate: np.ndarray

    def alone(self, ids: np.ndarray) -> np.ndarray:
        """float32 (n,): bits of each word, taken by itself."""
        found, bits = _look_up(self.words, self.word_bits, ids)
        return np.where(found, bits, np.float32(UNKNOWN_BITS))

    def known(self, ids: np.ndarray) -> np.ndarray:
        """bool (n,): words that the table has."""
        return _look_up(self.words, self.word_bits, ids)[0]

    def following(self, ids: np.ndarray) -> np.ndarray:
        """float32 (n,): bits of each word after the two before it: fewer where these are a common phrase."""
        single = self.alone(ids)
        out = single.copy()
        if len(ids) > 1:
            two, two_bits = _look_up(self.pairs, self.pair_bits, chain(ids, 2))
            out[1:] = np.where(two, np.minimum(two_bits - single[:-1], single[1:]), out[1:])
            if len(ids) > 2:
                three, three_bits = _look_up(self.triples, self.triple_bits, chain(ids, 3))
                both = three & two[:-1]
                out[2:] = np.where(both, np.minimum(three_bits - two_bits[:-1], out[2:]), out[2:])
        least: np.ndarray = np.maximum(out, np.float32(LEAST_BITS))
        return least

    def nobodys(self, ids: np.ndarray) -> np.ndarray:
        """bool (n,): words that stand in a passage of the boilerplate: between at least two known runs near each other,
        and as many words before and after as a run has (not every run is kept)."""
        mask = np.zeros(len(ids), bool)
        at = np.flatnonzero(_look_up(self.boilerplate, self.boilerplate, chain(ids, GRAM))[0])
        for group in np.split(at, np.flatnonzero(np.diff(at) > REACH) + 1):
            if len(group) > 1:
                mask[max(int(group[0]) - GRAM, 0) : int(group[-1]) + 2 * GRAM] = True
        return mask


def _look_up(keys: np.ndarray, values: np.ndarray, wanted: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Which are there, and their values as bits (0 where not)."""
    at = np.minimum(np.searchsorted(keys, wanted), len(keys) - 1)
    found = keys[at] == wanted
    return found, np.where(found, values[at] / np.float32(STEP), np.float32(0)).astype(np.float32)


@lru_cache(maxsize=1)
def load() -> Background:
    """The shipped table. Raises ModelError where it is missing or damaged."""
    try:
        with resources.files("simcheck.kinds.text").joinpath("background.npz").open("rb") as file:
            held = np.load(file)
            return Background(version=str(held["version"]), **{n: held[n] for n in held.files if n != "version"})
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise ModelError(f"The table of common words cannot be read ({error}); install simcheck again.") from error
