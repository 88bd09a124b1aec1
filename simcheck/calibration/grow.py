"""Grows a score model's trees on judged matches: what its weighted sum gets wrong.

Run ``python -m simcheck.calibration.grow image MATCHES.jsonl[.gz]`` after ``fit``. A line of the file is a pair as
``fit`` reads it, with the ``set`` that it is of (outputs that somebody made together) and ``count``, for how many pairs
it stands. The trees begin where the sum ends and follow Newton's steps of the logistic loss (Friedman 2001); a signal
whose direction is known never works against it. Every set is judged by trees grown on all others, for that is what a
model meets: pictures and edits of somebody else. The share that is right, by tenths of that score, is stored.
"""

from __future__ import annotations

import argparse
import dataclasses
import gzip
import json
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from importlib import import_module
from pathlib import Path
from typing import Any

import numpy as np

from simcheck.calibration.fit import reliability
from simcheck.calibration.model import FOLDER, load_model
from simcheck.calibration.trees import Tree, Trees

ROUNDS, RATE, LEAVES, LEAST, FEATURES = 120, 0.1, 8, 60, 0.3
"""Trees, the share of each step that is taken, leaves of a tree, pairs in a leaf at least, and the share of the signals
that each split may choose from. Twice as many or half as many of either differ by less than another set does."""
STEP = 8.0
"""No pair asks for a larger step: what the sum has wholly wrong would outweigh a thousand others."""
EDGE = 1e6
"""Above all numbers of signals."""
SEED = 10


@dataclass(frozen=True)
class Learned:
    """What the trees are grown on: ``numbers`` float32 (n, s) with NaN for null, ``copies`` bool (n,), log-odds by the
    weighted sum ``sums`` (n,), ``counts`` (n,), and the signals by name with their ``directions``."""

    numbers: np.ndarray
    copies: np.ndarray
    sums: np.ndarray
    counts: np.ndarray
    directions: Mapping[str, int]

    @classmethod
    def of(cls, pairs: Sequence[Mapping[str, Any]], kind: str) -> Learned:
        """From the lines of a file. Raises KeyError where a signal is missing."""
        terms = import_module(f"simcheck.kinds.{kind}.signals")
        plain = dataclasses.replace(load_model(kind), trees=None)
        rows = [terms.numbers(pair["signals"]) for pair in pairs]
        return cls(
            np.array([[_number(row[name]) for name in terms.DIRECTIONS] for row in rows], np.float32),
            np.array([pair["copy"] for pair in pairs]),
            np.array([plain.log_odds(terms.evidence(pair["signals"]), pair["references"]) for pair in pairs]),
            np.array([float(pair["count"]) for pair in pairs]),
            terms.DIRECTIONS,
        )

    def those(self, which: np.ndarray) -> Learned:
        """Some of the pairs, bool (n,)."""
        numbers, copies, sums, counts = (part[which] for part in (self.numbers, self.copies, self.sums, self.counts))
        return Learned(numbers, copies, sums, counts, self.directions)


def grow(learned: Learned) -> list[Any]:
    """Fitted sklearn trees."""
    from sklearn.tree import DecisionTreeRegressor

    odds, trees = learned.sums.copy(), []
    for number in range(ROUNDS):
        likely = 1 / (1 + np.exp(-odds))
        curve = np.maximum(likely * (1 - likely), 1e-4)
        tree = DecisionTreeRegressor(
            max_leaf_nodes=LEAVES,
            min_samples_leaf=LEAST,
            max_features=FEATURES,
            monotonic_cst=list(learned.directions.values()),
            random_state=SEED + number,
        )
        tree.fit(
            learned.numbers,
            np.clip((learned.copies - likely) / curve, -STEP, STEP),
            sample_weight=learned.counts * curve,
        )
        odds += RATE * tree.predict(learned.numbers)
        trees.append(tree)
    return trees


def nested(tree: Any, node: int = 0) -> Tree:
    """A fitted tree in the form of `simcheck.calibration.trees`, what it adds multiplied by the rate."""
    inner = tree.tree_
    if inner.children_left[node] < 0:
        return round(RATE * float(inner.value[node, 0, 0]), 5)
    sides = (nested(tree, int(side[node])) for side in (inner.children_left, inner.children_right))
    null = int(inner.missing_go_to_left[node])
    # Where a split only parts null from all else its threshold is infinite, which JSON does not know.
    edge = round(float(np.clip(inner.threshold[node], -EDGE, EDGE)), 6)
    return [int(inner.feature[node]), edge, null, *sides]


def apart(sets: Sequence[str], learned: Learned) -> np.ndarray:
    """Log-odds of every pair by trees grown without its set, float64 (n,); ``sets``: of each pair."""
    names, odds = np.array(sets), learned.sums.copy()
    for one in sorted(set(sets)):
        left = names == one
        trees = grow(learned.those(~left))
        odds[left] += RATE * np.sum([tree.predict(learned.numbers[left]) for tree in trees], axis=0)
    return odds


def main(arguments: Sequence[str] | None = None) -> None:
    parser = argparse.ArgumentParser(prog="python -m simcheck.calibration.grow", description="See the module.")
    parser.add_argument("kind", choices=["image"])
    parser.add_argument("matches", type=Path)
    chosen = parser.parse_args(arguments)
    pairs = read(chosen.matches)
    learned = Learned.of(pairs, chosen.kind)
    judged = 1 / (1 + np.exp(-apart([pair["set"] for pair in pairs], learned)))
    target = FOLDER / f"{chosen.kind}.json"
    model = json.loads(target.read_text("utf-8"))
    number = int(model.pop("version").rsplit("-", 1)[1]) + 1
    grown = Trees(list(learned.directions), [nested(tree) for tree in grow(learned)])
    model |= {
        "grown_on": {
            "pairs": len(pairs),
            "copies": int(learned.copies.sum()),
            "sets": len({pair["set"] for pair in pairs}),
        },
        "reliability": reliability(judged, learned.copies),
        "trees": dataclasses.asdict(grown),
    }
    target.write_text(written({"version": f"{chosen.kind}-{number}", **model}), "utf-8")
    print(f"{target}: {len(grown.trees)} trees from {len(pairs)} pairs")


def read(file: Path) -> list[dict[str, Any]]:
    """The judged pairs of a file, packed or not."""
    content = gzip.decompress(file.read_bytes()) if file.suffix == ".gz" else file.read_bytes()
    return [json.loads(line) for line in content.splitlines()]


def written(model: Mapping[str, Any]) -> str:
    """The model's JSON, one tree a line."""
    trees = model["trees"]
    lines = ",\n    ".join(json.dumps(tree, separators=(",", ":")) for tree in trees["trees"])
    head = json.dumps({**model, "trees": {"names": trees["names"], "trees": []}}, indent=2)
    return head.replace('"trees": []', f'"trees": [\n    {lines}\n  ]') + "\n"


def _number(value: float | None) -> float:
    return np.nan if value is None else value


if __name__ == "__main__":
    main(sys.argv[1:])
