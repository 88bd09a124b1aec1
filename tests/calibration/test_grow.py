"""The trees of a score model: what they find, that they keep directions, and that the shipped ones keep their word."""

from __future__ import annotations

import gzip
import json
from pathlib import Path

import numpy as np
import pytest
from sklearn.metrics import roc_auc_score

from simcheck.calibration import grow
from simcheck.calibration.trees import Trees

KEPT = Path(__file__).parents[2] / "benchmarks" / "images" / "judged-pairs.jsonl.gz"


def learned(numbers: np.ndarray, copies: np.ndarray, direction: int = 0) -> grow.Learned:
    """Of which the sum says nothing."""
    return grow.Learned(numbers, copies, np.zeros(len(copies)), np.ones(len(copies)), dict.fromkeys("ab", direction))


def planted(seed: int, number: int = 4000) -> tuple[np.ndarray, np.ndarray]:
    """Numbers of two signals, the first with nulls, and whether a pair is a copy: where one of both is high, but not
    both (no sum can say it)."""
    rng = np.random.default_rng(seed)
    numbers = rng.random((number, 2)).astype(np.float32)
    copies = (numbers[:, 0] > 0.5) != (numbers[:, 1] > 0.5)
    numbers[::11, 0] = np.nan
    return numbers, copies


def values(trees: Trees, numbers: np.ndarray) -> np.ndarray:
    rows = [{name: None if np.isnan(v) else float(v) for name, v in zip("ab", row, strict=True)} for row in numbers]
    return np.array([trees.log_odds(row) for row in rows])


def test_trees_find_what_no_sum_can_say_and_are_written_as_they_were_grown() -> None:
    numbers, copies = planted(1)
    grown = grow.grow(learned(numbers, copies))
    nested = Trees(["a", "b"], json.loads(json.dumps([grow.nested(tree) for tree in grown], allow_nan=False)))
    fresh, truth = planted(2)
    added = values(nested, fresh)
    assert roc_auc_score(truth[1::11], added[1::11]) > 0.97
    np.testing.assert_allclose(added, grow.RATE * sum(tree.predict(fresh) for tree in grown), atol=0.01)


def test_a_signal_with_a_direction_never_works_against_it() -> None:
    """Its values up to a half speak for a copy in these pairs, all others against it: it may say neither."""
    rng = np.random.default_rng(3)
    numbers = rng.random((3000, 2)).astype(np.float32)
    copies = (numbers[:, 0] < 0.5) & (numbers[:, 1] > 0.3)
    grown = grow.grow(learned(numbers, copies, 1))
    nested = Trees(["a", "b"], [grow.nested(tree) for tree in grown])
    for other in (0.1, 0.9):
        line = values(nested, np.c_[np.linspace(0, 1, 50), np.full(50, other)])
        assert (np.diff(line) >= -1e-9).all()


def test_every_set_is_judged_by_trees_that_have_not_seen_it() -> None:
    """A set whose truth is the opposite of all others is judged wrongly, for nothing else knows."""
    numbers, copies = planted(4, 3000)
    sets = np.array(["x", "y", "z"])[np.arange(3000) % 3]
    odd = sets == "z"
    odds = grow.apart(sets.tolist(), learned(numbers, copies ^ odd))
    assert roc_auc_score((copies ^ odd)[odd], odds[odd]) < 0.1


def test_growing_writes_a_model_that_loads(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    pairs = [json.loads(line) for line in gzip.decompress(KEPT.read_bytes()).splitlines()[::40]]
    file = tmp_path / "pairs.jsonl"
    file.write_text("".join(json.dumps(one) + "\n" for one in pairs))
    shipped = json.loads((grow.FOLDER / "image.json").read_text())
    (tmp_path / "image.json").write_text(json.dumps(shipped))
    monkeypatch.setattr(grow, "FOLDER", tmp_path)
    grow.main(["image", str(file)])
    written = json.loads((tmp_path / "image.json").read_text())
    assert written["version"] == f"image-{int(shipped['version'].split('-')[1]) + 1}"
    assert written["weights"] == shipped["weights"]
    assert len(written["trees"]["trees"]) == grow.ROUNDS
    assert written["grown_on"]["pairs"] == len(pairs)
