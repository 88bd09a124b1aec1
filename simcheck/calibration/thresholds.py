"""Thresholds for a rate of false alarms, from the scores of outputs that are known to repeat nothing.

What is asked for (one false alarm in 10,000) is mostly rarer than the outputs at hand can show, so the tail is
extrapolated: above a high value the excess of the log-odds is taken as exponential (peaks over threshold, Pickands
1975, with the shape of light tails). A bootstrap gives the interval; what is proposed is its upper end.
"""

from __future__ import annotations

import math
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

LEAST_NEGATIVES = 50
TAIL_SHARE, LEAST_TAIL = 0.1, 10
"""The tail is the highest tenth of the scores, but at least so many: from fewer nothing can be extrapolated."""
RESAMPLES = 400
INTERVAL = (0.025, 0.975)
SEED = 12
EDGE = 1e-6
"""Scores nearer than this to 0 or 1 are one: a policy has no use for more digits."""
BLOCK_SHARE = 0.1
"""A false `block` may be a tenth as frequent as a false alarm of any kind."""


@dataclass(frozen=True)
class Threshold:
    """A score, and the interval (95 %) in which the score for exactly that rate lies."""

    score: float
    low: float
    high: float


def log_odds(scores: Sequence[float]) -> np.ndarray:
    """Natural log-odds of scores, float64 (n,), with the scores kept ``EDGE`` away from 0 and 1."""
    kept = np.clip(np.asarray(scores, np.float64), EDGE, 1 - EDGE)
    return np.asarray(np.log(kept / (1 - kept)))


def score_of(odds: float) -> float:
    """The score with these log-odds."""
    return min(max(1 / (1 + math.exp(-odds)), EDGE), 1 - EDGE)


def threshold(best: Sequence[float], outputs: int, rate: float) -> Threshold | None:
    """The score that a share ``rate`` of unrelated outputs reaches.

    ``best``: the best score of every output that has a match; ``outputs`` counts those without one too. None where so
    few have a match that there is no tail to extrapolate.
    """
    if len(best) <= LEAST_TAIL:
        return None
    odds = np.full(outputs, -np.inf)
    odds[: len(best)] = log_odds(best)
    tail = max(LEAST_TAIL, math.ceil(TAIL_SHARE * len(best)))
    # An output without a match may be drawn as any other: how many have one is uncertain too.
    drawn = _at(np.random.default_rng(SEED).choice(odds, (RESAMPLES, outputs)), tail, rate)
    middle = float(_at(odds[None], tail, rate)[0])
    low, high = (float(np.quantile(drawn, q)) for q in INTERVAL)
    return Threshold(score_of(max(high, middle)), score_of(min(low, middle)), score_of(max(high, middle)))


def _at(odds: np.ndarray, tail: int, rate: float) -> np.ndarray:
    """Of each row of (m, n) log-odds the value that a share ``rate`` reaches, float64 (m,): counted where there are
    enough, else extrapolated."""
    number = odds.shape[1]
    ordered = np.maximum(np.sort(odds, axis=1)[:, ::-1], log_odds([0.0])[0])
    if rate >= tail / number:
        return np.asarray(ordered[:, min(int(rate * number), number - 1)])
    base = ordered[:, tail]
    return np.asarray(base + (ordered[:, :tail].mean(axis=1) - base) * math.log(tail / number / rate))


def share_interval(hits: int, of: int) -> tuple[float, float]:
    """The 95 % interval of a share (Wilson 1927)."""
    z = 1.96
    middle = (hits + z * z / 2) / (of + z * z)
    half = z * math.sqrt(hits * (of - hits) / of + z * z / 4) / (of + z * z)
    return max(middle - half, 0.0), min(middle + half, 1.0)


def rewritten(policy: str, kind: str, scores: Mapping[str, float]) -> str:
    """The text of a policy with other thresholds: ``scores`` has ``review`` and ``block``. Comments and other rules
    stay, the version grows by one. Raises ValueError where the policy has no rules KIND.review and KIND.block."""
    parts = re.split(r"(?m)^(?=\[\[)", policy)
    found = set()
    for number, part in enumerate(parts):
        named = re.search(rf"""^rule\s*=\s*["']{kind}\.(block|review|unlike)["']""", part, re.MULTILINE)
        if named is None:
            continue
        score = scores["block" if named[1] == "block" else "review"]
        parts[number], changed = re.subn(r"(score\s*(?:>=|<)\s*)[\d.]+", rf"\g<1>{score:.6g}", part)
        found.add(named[1]) if changed else None
    if not {"block", "review"} <= found:
        raise ValueError(f"the policy has no rules {kind}.review and {kind}.block with a `score >=`")
    text = "".join(parts)
    return re.sub(r"(?m)^(version\s*=\s*)(\d+)", lambda m: f"{m[1]}{int(m[2]) + 1}", text, count=1)
