"""Seeds: pairs of words near each other. What a reference stores of itself, and what an output asks for.

A reference stores every word with the one after the next: such a pair survives when every second word is replaced, and
still when one word is dropped or inserted, since an output asks for all pairs up to four words apart, in either order.
Pairs that any text has (both words common) are neither stored nor asked for.
"""

from __future__ import annotations

import numpy as np

from simcheck.kinds.text.background import MULTIPLIER

STORED_APART = 2
ASKED_APART = 4
LEAST_BITS = 18.0
"""Two words together must be this rare (one place in 262,144 for two words that know nothing of each other)."""


def pair_tokens(first: np.ndarray, second: np.ndarray) -> np.ndarray:
    """uint32: a hash of each two words, whichever comes first. ``first``, ``second``: uint32 (n,)."""
    low, high = np.minimum(first, second).astype(np.uint64), np.maximum(first, second).astype(np.uint64)
    mixed = ((low << np.uint64(32)) | high) * MULTIPLIER
    mixed ^= mixed >> np.uint64(31)
    out: np.ndarray = ((mixed * MULTIPLIER) >> np.uint64(32)).astype(np.uint32)
    return out


def pairs(ids: np.ndarray, bits: np.ndarray, apart: int) -> tuple[np.ndarray, np.ndarray]:
    """Tokens and places (of the first word) of the rare pairs ``apart`` words apart. ``bits``: of each word alone."""
    at = np.flatnonzero(bits[:-apart] + bits[apart:] >= LEAST_BITS)
    return pair_tokens(ids[at], ids[at + apart]), at


def stored(ids: np.ndarray, bits: np.ndarray) -> np.ndarray:
    """uint64 (n, 2): a reference's rows for the lane, sorted, each pair once: token and 0, for the segment's place."""
    tokens = np.unique(pairs(ids, bits, STORED_APART)[0])
    return np.stack([tokens.astype(np.uint64), np.zeros(len(tokens), np.uint64)], axis=1)


def asked(ids: np.ndarray, bits: np.ndarray) -> np.ndarray:
    """uint64 (n, 2): an output's questions, token and place among its words."""
    found = [pairs(ids, bits, apart) for apart in range(1, ASKED_APART + 1)]
    tokens = np.concatenate([tokens for tokens, _ in found]).astype(np.uint64)
    places = np.concatenate([at for _, at in found]).astype(np.uint64)
    return np.stack([tokens, places], axis=1)
