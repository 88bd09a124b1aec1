"""Pieces of a work in another order: what lies in its place is not all that is looked at."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from samples import NAMES, photograph, registered

import simcheck
from simcheck.kinds.image import geometry


@pytest.fixture(scope="module")
def checker(tmp_path_factory: pytest.TempPathFactory) -> simcheck.Checker:
    return registered(tmp_path_factory.mktemp("pieces"), {name: photograph(name) for name in NAMES})


def tiles(picture: np.ndarray, order: list[int]) -> np.ndarray:
    """Two rows of three, in another order; each 0 to 5 once."""
    parts = [part for row in np.vsplit(picture[:, :639], 2) for part in np.hsplit(row, 3)]
    rows = [np.hstack([parts[place] for place in order[start : start + 3]]) for start in (0, 3)]
    return np.vstack(rows)


@pytest.mark.parametrize("name", ["coffee", "astronaut"])
@pytest.mark.parametrize("order", [[0, 2, 1, 5, 3, 4], [5, 1, 3, 2, 0, 4], [5, 4, 3, 2, 1, 0]])
def test_a_work_in_tiles_is_held_and_what_moved_is_shown(
    checker: simcheck.Checker, tmp_path: Path, name: str, order: list[int]
) -> None:
    file = tmp_path / "tiles.jpg"
    Image.fromarray(tiles(photograph(name), order)).save(file, quality=85)
    report = checker.check(file)
    found = report.matches[0]
    assert report.decision != "pass", [(m.reference.name, m.score, m.rule, m.signals) for m in report.matches]
    assert found.reference.name == f"{name}.png"


def test_a_box_in_its_place_has_not_moved() -> None:
    assert geometry.moved((0.1, 0.2, 0.5, 0.4), (1.0, 0.5), (0.2, 0.8, 1.0, 1.6), (2.0, 2.0)) == 0
    assert geometry.moved((0.0, 0.0, 0.5, 0.5), (1.0, 1.0), (0.25, 0.0, 0.75, 0.5), (1.0, 1.0)) == 0.25
