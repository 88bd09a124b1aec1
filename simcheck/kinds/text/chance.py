"""How far chance explains that two sentences have near vectors.

Some sentences are like everything ("He said nothing.") and some encoders find all sentences of a language alike, so a
cosine alone says little. Each vector is held against sentences of other authors; the cosines of the nearest of them
have an exponential tail, and how probable a cosine is by chance follows (peaks over threshold: Pickands 1975, with
the shape taken as 0). Measured on novels of half A, 1,500 sentences against 10,000 of other authors: the nearest
neighbour lies where that says, to half a bit at the median and to a bit at the 99th percentile, in English and French.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from importlib import resources

import numpy as np

from simcheck.errors import ModelError

NEAREST = 60
"""So many of the 1,500 background sentences make the tail."""
LEAST_KNOWN = 240
"""Sentences to compare with, fewer of which make no tail."""
FLATTEST = 0.01
UNKNOWN = (0.5, 0.05, 0.04)
"""Threshold, scale and share of the tail for short texts and an encoder that no background was made with: more
likeness by chance than the default encoder gives English sentences (0.27, 0.05), about what it gives French ones (0.49,
0.03)."""


@dataclass(frozen=True)
class Tail:
    """For each vector: the cosine that ``share`` of unrelated sentences exceed, and the mean excess of those."""

    threshold: np.ndarray
    scale: np.ndarray
    share: float

    def bits(self, rows: np.ndarray, cosines: np.ndarray) -> np.ndarray:
        """float64 (n,): −log2 of the probability that an unrelated sentence comes as near to vector ``rows[i]`` as
        ``cosines[i]``."""
        over = (cosines - self.threshold[rows]) / self.scale[rows]
        out: np.ndarray = np.maximum(over - np.log(self.share), 0.0) / np.log(2.0)
        return out


def tail(vectors: np.ndarray, background: np.ndarray, among: np.ndarray | None = None) -> Tail:
    """``vectors`` float32 (n, d) and ``background`` (m, d) of one encoder, unit length.

    ``among`` float32 (k, d): sentences of the two texts that are compared, the vectors' own included. Where an encoder
    finds all sentences of a text alike (a language it does not know, verse, one topic), the tail is made of these; a
    vector itself and the nearest of the others, which may be what it repeats, are not counted.
    """
    known = background if among is None else np.concatenate([background, among])
    own = 0 if among is None else 2
    if len(known) < LEAST_KNOWN:
        threshold, scale, share = UNKNOWN
        return Tail(np.full(len(vectors), threshold), np.full(len(vectors), scale), share)
    thresholds, scales = [np.empty(0)], [np.empty(0)]
    for first in range(0, len(vectors), 4_096):
        near = vectors[first : first + 4_096] @ known.T
        top = np.sort(np.partition(near, -(NEAREST + own + 1), axis=1)[:, -(NEAREST + own + 1) :], axis=1)
        lowest = top[:, 0].astype(np.float64)
        thresholds.append(lowest)
        scales.append((top[:, 1 : NEAREST + 1] - lowest[:, None]).sum(axis=1) / NEAREST)
    return Tail(np.concatenate(thresholds), np.maximum(np.concatenate(scales), FLATTEST), NEAREST / len(known))


@lru_cache(maxsize=2)
def load(identity: str, dimensions: int) -> np.ndarray:
    """float32 (1500, d), unit length, for the encoder of this identity; (0, d) for one without. Made by
    ``python -m benchmarks.text.likeness``. Raises ModelError where the shipped file is damaged."""
    try:
        with resources.files("simcheck.kinds.text").joinpath("sentences.npz").open("rb") as file:
            held = np.load(file)
            if str(held["identity"]) != identity:
                return np.empty((0, dimensions), np.float32)
            vectors = held["vectors"].astype(np.float32)
    except (OSError, ValueError, KeyError) as error:
        raise ModelError(f"The background of sentences cannot be read ({error}); install simcheck again.") from error
    out: np.ndarray = vectors / np.linalg.norm(vectors, axis=1, keepdims=True)
    return out
