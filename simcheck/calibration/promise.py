"""Whether scores are what they say on somebody's own outputs: of which it is known which are copies."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

from simcheck.calibration.thresholds import share_interval

EDGES = (0.1, 0.5)
"""Where a score is neither clearly one thing nor the other; the policy's thresholds are edges too."""


@dataclass(frozen=True)
class Row:
    """The outputs whose best score is at least ``low`` and below ``high``: how many of them are unrelated, how many the
    scores make of them, and between which numbers (95 %) so many outputs can show it."""

    low: float
    high: float
    outputs: int
    unrelated: int
    expected: float
    least: float
    most: float

    @property
    def verdict(self) -> str:
        """``fits``, ``too high`` (more of them are unrelated than the scores say) or ``too low``."""
        if self.expected < self.least:
            return "too high"
        return "too low" if self.expected > self.most else "fits"


def reliability(unrelated: Sequence[float], copies: Sequence[float], thresholds: Sequence[float]) -> list[Row]:
    """The best scores of unrelated outputs and of copies (0: no match), row by row, those without outputs left out.

    A score is the probability where copies and unrelated outputs are equally many; what it makes of a sample in which
    they are not follows from their numbers (Bayes).
    """
    edges = sorted({0.0, *EDGES, *thresholds, 1.0})
    prior = len(unrelated) / max(len(copies), 1)
    rows = []
    for low, high in pairwise(edges):
        wrong = [one for one in unrelated if one > 0 and _inside(one, low, high)]
        every = [*wrong, *(one for one in copies if one > 0 and _inside(one, low, high))]
        if every:
            expected = sum((1 - one) * prior / (one + (1 - one) * prior) for one in every)
            least, most = (share * len(every) for share in share_interval(len(wrong), len(every)))
            rows.append(Row(low, high, len(every), len(wrong), expected, least, most))
    return rows


def _inside(score: float, low: float, high: float) -> bool:
    return low <= score < high or score == high == 1.0
