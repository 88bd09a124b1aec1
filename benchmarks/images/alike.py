"""``python -m benchmarks.images.alike``: what the pair network adds to the score.

The score model is fitted on pairs of the tuning half twice, with the network's terms and without, and both are asked
about pairs of the reporting half: families of edits that are hard to align or to compare, and unrelated outputs.
*Found* is the share of copies that score above all unrelated outputs but a share of them (each counts with its best
wrong pair); copies that no lane nominates count as lost.
"""

from __future__ import annotations

import argparse
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from benchmarks.common import results
from benchmarks.images.command import called
from benchmarks.images.data import ROOT, SEED, HalfName
from benchmarks.images.pairs import Pair, Run, collected, write
from simcheck.calibration import fit
from simcheck.kinds.image.signals import evidence

HARD = (
    *("sketch", "outline", "stylise", "cartoon", "mix-4", "crop-10", "paste-5", "screenshot", "filmed", "inset"),
    *("rerender-elastic", "rerender-painterly", "rerender-mesh", "rerender-remap"),
)
EACH = 10
EVERY = {"A": 2, "B": 1}
"""Of the unrelated outputs of a half: each second one, or all."""
SHARES = (0.0, 0.002, 0.01)
NETWORK = "alike"
"""What the names of the network's terms have in them."""

Terms = Mapping[str, float]


def main(arguments: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.images.alike", description=__doc__)
    parser.add_argument("--seed", type=int, default=SEED, help="another one makes other edits (default %(default)s)")
    return called(parser, run, arguments)


def run(chosen: argparse.Namespace) -> None:
    halves: tuple[HalfName, HalfName] = ("A", "B")
    known, asked = (collected(Run(half, HARD, EACH, EVERY[half], chosen.seed), chosen.processes)[0] for half in halves)
    for half, of_it in zip(halves, (known, asked), strict=True):
        write(ROOT / "build" / f"pairs-alike-{half}.jsonl", of_it)
    result: dict[str, Any] = {**results.heading("what the pair network adds"), "seed": chosen.seed}
    result |= {"copies_fitted": sum(pair.copy for pair in known), "families": list(HARD), "each": EACH}
    for name, network in (("with", True), ("without", False)):
        odds = fitted_odds(known, asked, network)
        result[name] = {f"found_above_all_but_{share}": found(asked, odds, share) for share in SHARES}
        result[name]["families"] = by_family(asked, odds)
    print(results.write("images-alike", result))
    for name in ("with", "without"):
        print(name, {key: value for key, value in result[name].items() if key != "families"})


def fitted_odds(known: Sequence[Pair], asked: Sequence[Pair], network: bool) -> np.ndarray:
    """Log-odds of the asked pairs by a model fitted on the known ones: float64 (n,)."""
    weights, bias = fit.fit([terms(pair, network) for pair in known], np.array([pair.copy for pair in known]))
    values = [terms(pair, network) for pair in asked]
    return np.array([bias + sum(weight * one[name] for name, weight in weights.items()) for one in values])


def terms(pair: Pair, network: bool) -> Terms:
    return {name: value for name, value in evidence(pair.signals).items() if network or NETWORK not in name}


def found(asked: Sequence[Pair], odds: np.ndarray, share: float) -> float:
    """Share of the copies above the unrelated outputs, see the module."""
    bound = threshold(asked, odds, share)
    copies = [value for pair, value in zip(asked, odds, strict=True) if pair.copy]
    return round(sum(value > bound for value in copies) / (EACH * len(HARD)), 4)


def threshold(asked: Sequence[Pair], odds: np.ndarray, share: float) -> float:
    """What all unrelated outputs but a share of them stay below."""
    best: dict[str, float] = {}
    for pair, value in zip(asked, odds, strict=True):
        if pair.family not in HARD:
            best[pair.output] = max(best.get(pair.output, -np.inf), float(value))
    return float(np.quantile(list(best.values()), 1 - share))


def by_family(asked: Sequence[Pair], odds: np.ndarray) -> dict[str, float]:
    """Found above all unrelated outputs, family by family."""
    bound = threshold(asked, odds, 0.0)
    return {
        family: sum(v > bound for p, v in zip(asked, odds, strict=True) if p.copy and p.family == family) / EACH
        for family in HARD
    }


if __name__ == "__main__":
    raise SystemExit(main())
