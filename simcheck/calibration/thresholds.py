"""Thresholds for a rate of false alarms, from the scores of outputs that are known to repeat nothing.

What is asked for (one false alarm in 10,000) is mostly rarer than the outputs at hand can show, so the tail is
extrapolated: above a high value the excess of the log-odds is taken as exponential (peaks over threshold, Pickands
1975, with the shape of light tails). A bootstrap gives the interval; what is proposed is its upper end. The same tail,
read the other way, says how many unrelated outputs reach a score.
"""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

LEAST_NEGATIVES = 50
TAIL_SHARE, LEAST_TAIL = 0.1, 10
"""The tail is the highest tenth of the scores, but at least so many: from fewer nothing can be extrapolated."""
RESAMPLES = 400
HALVINGS = 40
AT_ONCE = 2_000_000
"""Scores in memory at a time while outputs are drawn anew (16 MB)."""
INTERVAL = (0.025, 0.975)
SEED = 12
EDGE = 1e-6
"""Scores nearer than this to 0 or 1 are one: a policy has no use for more digits."""
BLOCK_SHARE = 0.1
"""A false `block` may be a tenth as frequent as a false alarm of any kind."""
NAMES = ("review", "block")
SCORE = re.compile(r"(score\s*(?:>=|<)\s*)([\d.]+(?:[eE][-+]?\d+)?)")


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
    found = _bootstrapped(best, outputs, lambda odds, tail: _at(odds, tail, rate))
    if found is None:
        return None
    middle, low, high = (score_of(odds) for odds in found)
    return Threshold(max(high, middle), min(low, middle), max(high, middle))


@dataclass(frozen=True)
class Rate:
    """A share of unrelated outputs, and the interval (95 %) in which it lies."""

    share: float
    low: float
    high: float


def rate(best: Sequence[float], outputs: int, score: float) -> Rate | None:
    """The share of unrelated outputs that reach ``score``, also where none of these does; else as `threshold`."""
    found = _bootstrapped(best, outputs, lambda odds, tail: _share(odds, tail, float(log_odds([score])[0])))
    if found is None:
        return None
    middle, low, high = found
    return Rate(middle, min(low, middle), max(high, middle))


def _bootstrapped(
    best: Sequence[float], outputs: int, measure: Callable[[np.ndarray, int], np.ndarray]
) -> tuple[float, float, float] | None:
    """A measure of the log-odds of all outputs and its interval over samples of them; None without a tail."""
    if len(best) <= LEAST_TAIL:
        return None
    odds = np.full(outputs, -np.inf)
    odds[: len(best)] = log_odds(best)
    tail = max(LEAST_TAIL, math.ceil(TAIL_SHARE * len(best)))
    # An output without a match may be drawn as any other: how many have one is uncertain too.
    drawn = np.concatenate([measure(rows, tail) for rows in _resampled(odds)])
    low, high = (float(np.quantile(drawn, q)) for q in INTERVAL)
    return float(measure(odds[None], tail)[0]), low, high


def _resampled(odds: np.ndarray) -> Iterator[np.ndarray]:
    """`RESAMPLES` samples of (n,) values with replacement, float64 (m, n) each, a few at a time."""
    rng = np.random.default_rng(SEED)
    rows = max(1, AT_ONCE // len(odds))
    for start in range(0, RESAMPLES, rows):
        yield rng.choice(odds, (min(rows, RESAMPLES - start), len(odds)))


def _tail(odds: np.ndarray, tail: int) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Of each row of (m, n) log-odds: all from the highest down, the value above which the ``tail`` highest lie, and
    their mean excess over it."""
    ordered = np.maximum(np.sort(odds, axis=1)[:, ::-1], log_odds([0.0])[0])
    base = ordered[:, tail]
    return ordered, base, ordered[:, :tail].mean(axis=1) - base


def _at(odds: np.ndarray, tail: int, rate: float) -> np.ndarray:
    """Of each row of (m, n) log-odds the value that a share ``rate`` reaches, float64 (m,): counted where there are
    enough, else extrapolated."""
    number = odds.shape[1]
    ordered, base, excess = _tail(odds, tail)
    if rate >= tail / number:
        return np.asarray(ordered[:, min(int(rate * number), number - 1)])
    return np.asarray(base + excess * math.log(tail / number / rate))


def _share(odds: np.ndarray, tail: int, value: float) -> np.ndarray:
    """Of each row of (m, n) log-odds the share that reaches ``value``, float64 (m,): counted up to the tail, in it and
    above it by its exponential."""
    number = odds.shape[1]
    ordered, base, excess = _tail(odds, tail)
    counted = (ordered >= value).mean(axis=1)
    beyond = tail / number * np.exp(-(value - base) / np.maximum(excess, 1e-12))
    return np.asarray(np.where(value > base, beyond, counted))


def share_interval(hits: int, of: int) -> tuple[float, float]:
    """The 95 % interval of a share (Clopper and Pearson 1934): exact, also for the one false alarm among hundreds."""
    number = np.arange(of + 1)
    # log of n over k, by the ratio of neighbours
    ways = np.concatenate([[0.0], np.cumsum(np.log((of - number[:-1]) / number[1:]))])

    def at_least(share: float, hits: int) -> float:
        chances = ways[hits:] + number[hits:] * math.log(share) + (of - number[hits:]) * math.log1p(-share)
        return float(np.exp(chances).sum())

    low = _where(lambda share: at_least(share, hits), INTERVAL[0]) if hits else 0.0
    high = _where(lambda share: at_least(share, hits + 1), INTERVAL[1]) if hits < of else 1.0
    return low, high


def _where(rising: Callable[[float], float], value: float) -> float:
    """The share at which a rising function has a value, by halving."""
    low, high = 0.0, 1.0
    for _ in range(HALVINGS):
        middle = (low + high) / 2
        low, high = (middle, high) if rising(middle) < value else (low, middle)
    return (low + high) / 2


def current(policy: str, kind: str) -> dict[str, float]:
    """The scores that a policy's rules KIND.review and KIND.block ask for. Raises ValueError where it has none."""
    found = {}
    for name, part in _rules(policy, kind):
        score = SCORE.search(part)
        if score is not None and name in NAMES:
            found[name] = float(score[2])
    if found.keys() < set(NAMES):
        raise ValueError(f"the policy has no rules {kind}.review and {kind}.block with a `score >=`")
    return {name: found[name] for name in NAMES}


def rewritten(policy: str, kind: str, scores: Mapping[str, float]) -> str:
    """The text of a policy with other thresholds: ``scores`` has ``review`` and ``block``. Comments and other rules
    stay, the version grows by one. Raises ValueError as `current`."""
    current(policy, kind)
    text = policy
    for name, part in _rules(policy, kind):
        score = scores["block" if name == "block" else "review"]
        text = text.replace(part, SCORE.sub(rf"\g<1>{score:.6g}", part))
    return re.sub(r"(?m)^(version\s*=\s*)(\d+)", lambda m: f"{m[1]}{int(m[2]) + 1}", text, count=1)


def _rules(policy: str, kind: str) -> Iterator[tuple[str, str]]:
    """Name without the kind, and text, of each rule of a policy that compares the score of this kind."""
    names = "block|review|unlike|taken-again|other-shot|changed-places|bent-design|overlaid-sure"
    for part in re.split(r"(?m)^(?=\[\[)", policy):
        named = re.search(rf"""^rule\s*=\s*["']{kind}\.({names})["']""", part, re.MULTILINE)
        if named is not None:
            yield named[1], part
