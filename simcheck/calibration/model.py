"""The score model: a logistic regression on a kind's evidence, corrected for the size of the index.

The best of N unrelated references grows with N, so the same evidence means less in a larger index: the log-odds fall
by ``size_slope`` for each tenfold of references above the size the model was fitted at. Some models have trees beside
the sum, which correct it where signals must be read together. Models are small JSON files (package data), made by
``python -m simcheck.calibration.fit`` and ``grow``.
"""

from __future__ import annotations

import json
import math
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

from simcheck.calibration.trees import Trees
from simcheck.errors import ModelError

FOLDER = Path(__file__).parent
LIMIT = 30.0
Numbers = Mapping[str, float | None]
NOTHING: Numbers = {}


@dataclass(frozen=True)
class ScoreModel:
    """``weights`` for each term of evidence, ``bias``; ``references``: the size of the index it was fitted at;
    ``trees`` ask the signals as numbers."""

    version: str
    weights: Mapping[str, float]
    bias: float
    references: int
    size_slope: float
    trees: Trees | None = None

    def log_odds(self, evidence: Mapping[str, float], references: int, numbers: Numbers = NOTHING) -> float:
        """Natural log-odds that the match is a copy. ``evidence`` needs every term of ``weights``, ``numbers`` every
        signal that the trees ask."""
        asked = self.trees.names if self.trees else ()
        missing = (self.weights.keys() - evidence.keys()) | (set(asked) - numbers.keys())
        if missing:
            raise ModelError(
                f"The score model {self.version} needs {', '.join(sorted(missing))}; install simcheck again."
            )
        total = self.bias + sum(weight * evidence[name] for name, weight in self.weights.items())
        if self.trees:
            total += self.trees.log_odds(numbers)
        return total - self.size_slope * max(0.0, math.log10(max(references, 1) / self.references))

    def probability(self, evidence: Mapping[str, float], references: int, numbers: Numbers = NOTHING) -> float:
        """0 to 1, for an index of ``references`` works."""
        odds = min(max(self.log_odds(evidence, references, numbers), -LIMIT), LIMIT)
        return 1 / (1 + math.exp(-odds))


@lru_cache(maxsize=8)
def load_model(name: str) -> ScoreModel:
    """A shipped model by name (``image``). Raises ModelError where it is missing or damaged."""
    path = FOLDER / f"{name}.json"
    try:
        data = json.loads(path.read_text("utf-8"))
        return ScoreModel(
            data["version"],
            dict(data["weights"]),
            float(data["bias"]),
            int(data["references"]),
            float(data["size_slope"]),
            Trees(data["trees"]["names"], data["trees"]["trees"]) if "trees" in data else None,
        )
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise ModelError(f"The score model {path.name} cannot be read ({error}); install simcheck again.") from error
