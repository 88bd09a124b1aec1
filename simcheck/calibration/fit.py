"""Fits a kind's score model on judged matches, and says how reliable it is.

Run ``python -m simcheck.calibration.fit image MATCHES.jsonl [OUT.json]``. A line of the file is one verified pair:
``{"output": id, "reference": id, "copy": true, "references": 290, "signals": {…}}``. The model is a logistic
regression with weights of at least 0 (more evidence never lowers a score) and a small penalty; right and wrong pairs
weigh the same in sum. The slope for the size of the index is measured: how much the best wrong pair of an unrelated
output gains when the index grows tenfold. Where the file has pairs of the same outputs at several sizes of an index
(``python -m benchmarks.images.sizes``), these are compared and the weights are fitted at the smallest; else random
parts of the references stand for smaller indexes, which overstates the slope: of a part only those works count that
were verified in the whole.
"""

from __future__ import annotations

import json
import math
import sys
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from importlib import import_module
from pathlib import Path
from typing import Any

import numpy as np

from simcheck.calibration.model import FOLDER, ScoreModel

PENALTY = 2e-4
SEED = 10
SHARES = (0.125, 0.25, 0.5, 1.0)
TOP = 0.9
"""The slope is that of the ninth decile of the outputs' best wrong pairs: the tail is what causes false alarms."""
LEAST_OUTPUTS = 10
LEAST_SLOPE = 0.5
"""Where the data show less growth than this they are too few to show it."""


@dataclass(frozen=True)
class Judged:
    """A verified pair and the truth about it."""

    output: str
    reference: str
    copy: bool
    references: int
    signals: Mapping[str, Any]


def read(lines: Sequence[str]) -> list[Judged]:
    """Judged pairs from JSON lines. A pair that stands twice at one size (files were joined) counts once."""
    names = ("output", "reference", "copy", "references", "signals")
    found = [Judged(**{name: record[name] for name in names}) for record in map(json.loads, lines)]
    return list({(pair.output, pair.reference, pair.references): pair for pair in found}.values())


def fit(evidence: Sequence[Mapping[str, float]], copies: np.ndarray) -> tuple[dict[str, float], float]:
    """Weights (none below 0) and bias from the pairs' evidence and whether they are copies (bool (n,))."""
    from scipy.optimize import minimize

    names = list(evidence[0])
    terms = np.array([[one[name] for name in names] for one in evidence])
    truth = copies.astype(float)
    weight = np.where(copies, 0.5 / max(copies.sum(), 1), 0.5 / max((~copies).sum(), 1))

    def loss(values: np.ndarray) -> tuple[float, np.ndarray]:
        odds = terms @ values[:-1] + values[-1]
        cost = np.logaddexp(0, -odds) * truth + np.logaddexp(0, odds) * (1 - truth)
        slope = weight * (1 / (1 + np.exp(-odds)) - truth)
        gradient = np.r_[terms.T @ slope + PENALTY * values[:-1], slope.sum()]
        return float((weight * cost).sum() + PENALTY / 2 * (values[:-1] ** 2).sum()), gradient

    bounds = [(0.0, None)] * len(names) + [(None, None)]
    found = minimize(loss, np.zeros(len(names) + 1), jac=True, bounds=bounds, method="L-BFGS-B").x
    return {name: round(float(w), 4) for name, w in zip(names, found, strict=False) if w > 1e-4}, round(
        float(found[-1]), 4
    )


def slope(pairs: Sequence[Judged], odds: np.ndarray) -> float:
    """How much log-odds the best wrong pair of an unrelated output gains when the index grows tenfold."""
    sizes = sorted({pair.references for pair in pairs})
    # Where a copy is found the search ends early. An output of one size only was not checked at the others.
    outputs = {pair.output for pair in pairs if pair.references == sizes[-1]} - {p.output for p in pairs if p.copy}
    wrong = [(p, float(v)) for p, v in zip(pairs, odds, strict=True) if p.output in outputs]
    points = between(wrong, sizes, len(outputs)) if len(sizes) > 1 else within(wrong, sizes[0])
    if len({size for size, _ in points}) < 2:
        return LEAST_SLOPE
    grown, tops = zip(*points, strict=True)
    return round(max(float(np.polyfit(grown, tops, 1)[0]), LEAST_SLOPE), 3)


def between(wrong: Sequence[tuple[Judged, float]], sizes: Sequence[int], outputs: int) -> list[tuple[float, float]]:
    """log10 of each size, and the `TOP` quantile of the outputs' best wrong pairs; an output without any is lowest."""
    points = []
    for size in sizes:
        best = best_by_output((pair.output, value) for pair, value in wrong if pair.references == size)
        every = np.full(outputs, -np.inf)
        every[: len(best)] = best
        top = float(np.quantile(every, TOP, method="lower"))
        if len(best) >= LEAST_OUTPUTS and math.isfinite(top):
            points.append((math.log10(size), top))
    return points


def within(wrong: Sequence[tuple[Judged, float]], size: int) -> list[tuple[float, float]]:
    """The same of random parts of the references of one size, for the outputs that have a pair with one of the part."""
    rng = np.random.default_rng(SEED)
    references = sorted({pair.reference for pair, _ in wrong})
    points = []
    for share in SHARES:
        for _ in range(20):
            kept = set(rng.permutation(references)[: max(1, round(share * len(references)))])
            best = best_by_output((pair.output, value) for pair, value in wrong if pair.reference in kept)
            if len(best) >= LEAST_OUTPUTS:
                points.append((math.log10(share * size), float(np.quantile(best, TOP))))
    return points


def best_by_output(values: Iterable[tuple[str, float]]) -> list[float]:
    """The highest value of each output that has one."""
    best: dict[str, float] = {}
    for output, value in values:
        best[output] = max(best.get(output, -math.inf), value)
    return list(best.values())


def reliability(scores: np.ndarray, copies: np.ndarray) -> list[dict[str, float]]:
    """Of the pairs in each tenth of the scores: how many, their mean score, and the share that are copies."""
    tenth = np.minimum((scores * 10).astype(int), 9)
    rows = [(number, tenth == number) for number in range(10)]
    return [
        {"from": number / 10, "pairs": int(m.sum()), "score": float(scores[m].mean()), "right": float(copies[m].mean())}
        for number, m in rows
        if m.any()
    ]


def main(arguments: Sequence[str]) -> None:
    if len(arguments) not in (2, 3):
        raise SystemExit("usage: python -m simcheck.calibration.fit KIND MATCHES.jsonl [OUT.json]")
    kind, source = arguments[0], Path(arguments[1])
    target = Path(arguments[2]) if len(arguments) == 3 else FOLDER / f"{kind}.json"
    terms = import_module(f"simcheck.kinds.{kind}.signals")
    pairs = read(source.read_text("utf-8").splitlines())
    every = [terms.evidence(pair.signals) for pair in pairs]
    references = min(pair.references for pair in pairs)
    first = np.array([pair.references == references for pair in pairs])
    copies = np.array([pair.copy for pair in pairs])[first]
    weights, bias = fit([one for one, of_it in zip(every, first, strict=True) if of_it], copies)
    plain = ScoreModel("unsized", weights, bias, references, 0.0)
    odds = np.array([plain.log_odds(one, references) for one in every])
    scores = 1 / (1 + np.exp(-odds[first]))
    number = json.loads(target.read_text("utf-8"))["version"].rsplit("-", 1)[1] if target.exists() else "0"
    model = {
        "version": f"{kind}-{int(number) + 1}",
        "weights": weights,
        "bias": bias,
        "references": references,
        "size_slope": slope(pairs, odds),
        "fitted_on": {
            "pairs": int(first.sum()),
            "copies": int(copies.sum()),
            "sizes": sorted({pair.references for pair in pairs}),
        },
        "reliability": reliability(scores, copies),
    }
    target.write_text(json.dumps(model, indent=2) + "\n", "utf-8")
    print(f"{target}: {model['version']}, {len(pairs)} pairs, slope {model['size_slope']} a tenfold")


if __name__ == "__main__":
    main(sys.argv[1:])
