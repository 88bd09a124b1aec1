"""Regression trees that correct the log-odds of a score model's weighted sum.

A sum of terms cannot say "much of it agrees, but on even ground, and the parts do not": each tree asks a few signals
after each other and adds a little to the log-odds (gradient boosting, Friedman 2001). The trees are part of the model's
JSON file, made by ``python -m simcheck.calibration.grow``. A tree is a number, what it adds, or
``[signal, edge, null, up to, above]``: the number of the signal in ``names``, the value up to which the fourth counts
and above which the fifth does, and 1 where null counts as up to the edge.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

Tree = float | Sequence[Any]


@dataclass(frozen=True)
class Trees:
    """``names`` of the signals asked, and the trees."""

    names: Sequence[str]
    trees: Sequence[Tree]

    def log_odds(self, numbers: Mapping[str, float | None]) -> float:
        """What all trees add, natural log-odds. Raises KeyError where a signal is missing."""
        values = [numbers[name] for name in self.names]
        return sum(_added(tree, values) for tree in self.trees)


def _added(tree: Tree, values: Sequence[float | None]) -> float:
    while isinstance(tree, Sequence):
        signal, edge, null, below, above = tree
        value = values[signal]
        tree = below if (null if value is None else value <= edge) else above
    return tree
