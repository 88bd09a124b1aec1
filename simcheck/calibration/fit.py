"""Fits a kind's score model on judged matches, and says how reliable it is.

Run ``python -m simcheck.calibration.fit image MATCHES.jsonl [OUT.json] [--terms NAME]``. A line of the file is one
verified pair:
``{"output": id, "reference": id, "copy": true, "references": 290, "signals": {…}}``. The model is a logistic
regression with weights of at least 0 (more evidence never lowers a score) and a small penalty; right and wrong pairs
weigh the same in sum. The slope for the size of the index is measured: how much the best wrong pair of an unrelated
output gains when the index grows tenfold. Where the file has pairs of the same outputs at several sizes of an index
(``python -m benchmarks.images.sizes``), these are compared and the weights are fitted at the smallest; else random
parts of the references stand for smaller indexes, which overstates the slope: of a part only those works count that
were verified in the whole. ``--terms drawn`` fits only the terms whose name begins so, on the pairs that have any of
them, and leaves the others of the model as they are; the term of that name itself (1 wherever the others count) takes
what their bias differs. Trees that a model has beside its sum are for the sum that they were grown on: after a fit they
must be grown anew (``grow``).
"""

from __future__ import annotations

import argparse
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

Terms = Sequence[Mapping[str, float]]
PENALTY = 2e-4
SEED = 10
SHARES = (0.125, 0.25, 0.5, 1.0)
TOP = 0.9
"""The slope is that of the ninth decile of the outputs' best wrong pairs: the tail is what causes false alarms."""
LEAST_OUTPUTS = 10
MANY_BLOCKS, MANY_WEIGHT = 25, 11.0
"""Most wrong pairs share next to nothing. Those that agree in more than so many blocks count for so many, where a part
of the terms is fitted: they are what could cause an alarm."""
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


def fit(
    evidence: Sequence[Mapping[str, float]], copies: np.ndarray, counts: np.ndarray | None = None
) -> tuple[dict[str, float], float]:
    """Weights (none below 0) and bias from the pairs' evidence and whether they are copies (bool (n,)); ``counts``: for
    how many each pair stands."""
    from scipy.optimize import minimize

    names = list(evidence[0])
    terms = np.array([[one[name] for name in names] for one in evidence])
    truth = copies.astype(float)
    counts = np.ones(len(copies)) if counts is None else counts
    sums = [max(counts[side].sum(), 1.0) for side in (copies, ~copies)]
    weight = 0.5 * counts / np.where(copies, *sums)

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


def fit_terms(model: Mapping[str, Any], prefix: str, pairs: Sequence[Judged], every: Terms) -> dict[str, Any]:
    """The model with the terms of this prefix fitted anew, see above. Raises ValueError where they cannot be."""
    of_it = [number for number, one in enumerate(every) if one.get(prefix)]
    copies = np.array([pairs[number].copy for number in of_it])
    if not of_it or copies.all() or not copies.any():
        raise ValueError(f"No right or no wrong pair has the term {prefix}.")
    counts = [
        MANY_WEIGHT if not pairs[number].copy and pairs[number].signals["blocks"] > MANY_BLOCKS else 1.0
        for number in of_it
    ]
    names = [name for name in every[of_it[0]] if name.startswith(prefix) and name != prefix]
    evidence = [{name: every[number][name] for name in names} for number in of_it]
    weights, bias = fit(evidence, copies, np.array(counts))
    if bias < model["bias"]:
        raise ValueError(f"The bias of these pairs, {bias}, is below that of the others, {model['bias']}.")
    others = {name: weight for name, weight in model["weights"].items() if not name.startswith(prefix)}
    found = {prefix: round(bias - model["bias"], 4), **weights}
    about = {f"{prefix}_pairs": len(of_it), f"{prefix}_copies": int(copies.sum())}
    return {**model, "weights": {**others, **found}, "fitted_on": {**model["fitted_on"], **about}}


def fit_all(pairs: Sequence[Judged], every: Terms) -> dict[str, Any]:
    """A whole model, without its version."""
    references = min(pair.references for pair in pairs)
    first = np.array([pair.references == references for pair in pairs])
    copies = np.array([pair.copy for pair in pairs])[first]
    weights, bias = fit([one for one, of_it in zip(every, first, strict=True) if of_it], copies)
    plain = ScoreModel("unsized", weights, bias, references, 0.0)
    odds = np.array([plain.log_odds(one, references) for one in every])
    scores = 1 / (1 + np.exp(-odds[first]))
    return {
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


def main(arguments: Sequence[str]) -> None:
    parser = argparse.ArgumentParser(prog="python -m simcheck.calibration.fit", description="See the module.")
    parser.add_argument("kind", choices=["image", "text"])
    parser.add_argument("matches", type=Path)
    parser.add_argument("out", type=Path, nargs="?")
    parser.add_argument("--terms", metavar="NAME")
    chosen = parser.parse_args(arguments)
    target: Path = chosen.out or FOLDER / f"{chosen.kind}.json"
    terms = import_module(f"simcheck.kinds.{chosen.kind}.signals")
    pairs = read(chosen.matches.read_text("utf-8").splitlines())
    every = [terms.evidence(pair.signals) for pair in pairs]
    before = json.loads(target.read_text("utf-8")) if target.exists() else {"version": f"{chosen.kind}-0"}
    model = fit_terms(before, chosen.terms, pairs, every) if chosen.terms else fit_all(pairs, every)
    model = {**model, "version": f"{chosen.kind}-{int(before['version'].rsplit('-', 1)[1]) + 1}"}
    target.write_text(json.dumps({"version": model.pop("version"), **model}, indent=2) + "\n", "utf-8")
    print(f"{target}: {len(pairs)} pairs, slope {model['size_slope']} a tenfold")


if __name__ == "__main__":
    main(sys.argv[1:])
