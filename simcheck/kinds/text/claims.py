"""Which passages explain themselves better otherwise: a few words that two texts share are nothing beside a long copy.

A copied passage holds phrases that stand in other works too, and a work that is copied from may share a phrase with
the output elsewhere. Such a short passage is told only where it stands alone, or tells enough by itself.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from simcheck.kinds.text.passages import Passage
from simcheck.kinds.text.verify import LEAST_PASSAGE

SHORT_BITS = 140.0
"""A passage that tells this (about 12 to 20 words in a row) is told beside stronger ones of its work."""
INSIDE_BITS = 250.0
"""One that tells this (about 20 to 30 words) is told although it stands inside a stronger one of another work."""
STRONGER = 3.0
"""How many times more the better explanation tells."""


class Claims:
    """What the works that were looked at so far explain of one output, the strongest first."""

    def __init__(self, words: int) -> None:
        self._bits = np.zeros(words)

    def told(self, passages: Sequence[Passage]) -> list[Passage]:
        """Those of one work's passages that nothing explains better; they explain from now on. ``passages``: numbers of
        words of the output and of the work."""
        best = max((one.bits for one in passages), default=0.0)
        out = [one for one in passages if not self._explained(one, best)]
        for one in out:
            first, last = int(one.pairs[:, 0].min()), int(one.pairs[:, 0].max())
            self._bits[first : last + 1] = np.maximum(self._bits[first : last + 1], one.bits)
        return out

    def _explained(self, one: Passage, best: float) -> bool:
        """Whether the same work is copied in a far stronger passage, or what other works do not explain of this one
        would not be told by itself."""
        elsewhere = float((self._bits[one.pairs[:, 0]] >= STRONGER * one.bits).mean())
        beside = one.bits < SHORT_BITS and best >= STRONGER * one.bits
        inside = one.bits < INSIDE_BITS and (1 - elsewhere) * one.bits < LEAST_PASSAGE
        return beside or inside
