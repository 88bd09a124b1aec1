"""Pieces of a work in another order: each of them is found, and shown."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image
from samples import NAMES, photograph, registered

import simcheck
from simcheck.kinds.image import finding, geometry, pieces
from simcheck.kinds.image.alignment import Alignment
from simcheck.kinds.image.pixels import Agreement


@pytest.fixture(scope="module")
def checker(tmp_path_factory: pytest.TempPathFactory) -> simcheck.Checker:
    return registered(tmp_path_factory.mktemp("pieces"), {name: photograph(name) for name in NAMES})


def tiles(picture: np.ndarray, order: list[int]) -> np.ndarray:
    """Two rows of three, in another order; each 0 to 5 once."""
    parts = [part for row in np.vsplit(picture[:, :639], 2) for part in np.hsplit(row, 3)]
    rows = [np.hstack([parts[place] for place in order[start : start + 3]]) for start in (0, 3)]
    return np.vstack(rows)


ORDERS = ([0, 2, 1, 5, 3, 4], [5, 1, 3, 2, 0, 4], [5, 4, 3, 2, 1, 0])


@pytest.mark.parametrize("name", ["coffee", "astronaut"])
@pytest.mark.parametrize("order", ORDERS)
def test_a_work_in_tiles_is_blocked_and_each_tile_is_shown(
    checker: simcheck.Checker, tmp_path: Path, name: str, order: list[int]
) -> None:
    file = tmp_path / "tiles.jpg"
    Image.fromarray(tiles(photograph(name), order)).save(file, quality=85)
    report = checker.check(file)
    found = report.matches[0]
    assert report.decision == "block", [(m.reference.name, m.score, m.rule, m.signals) for m in report.matches]
    assert found.reference.name == f"{name}.png"
    assert found.signals["pieces"] >= 3
    assert len(found.regions) >= found.signals["pieces"]
    right = 0
    for region in found.regions:
        here, there = (middle(place.box) for place in (region.output, region.reference))
        tile, origin = (
            (row * 3 + column) for column, row in (np.floor(p / (213, 240)).astype(int) for p in (here, there))
        )
        right += order[tile] == origin and bool(np.abs(here % (213, 240) - there % (213, 240)).max() < 12)
    assert right == len(found.regions), found.regions


def middle(box: tuple[int, int, int, int] | None) -> np.ndarray:
    assert box is not None
    return np.array([box[0] + box[2] / 2, box[1] + box[3] / 2])


@pytest.mark.parametrize("name", ["chelsea", "astronaut"])
def test_a_half_with_its_mirror_image_is_two_pieces(checker: simcheck.Checker, tmp_path: Path, name: str) -> None:
    half = photograph(name)[:, :320]
    file = tmp_path / "mirrored.jpg"
    Image.fromarray(np.hstack([half, half[:, ::-1]])).save(file, quality=90)
    report = checker.check(file)
    found = report.matches[0]
    assert report.decision != "pass"
    assert found.signals["pieces"] == 2
    # Both show the left half of the work.
    columns = sorted(float(middle(region.output.box)[0]) // 320 for region in found.regions)
    assert columns == [0, 1]
    assert all(middle(region.reference.box)[0] < 330 for region in found.regions)


def test_what_two_pictures_share_in_place_is_one_piece(tmp_path: Path) -> None:
    """Two strips of one picture around others: a template's, under one transform."""
    strips, one, other = (photograph(name) for name in ("astronaut", "coffee", "rocket"))
    framed = [np.vstack([strips[:140], inner[140:340], strips[340:]]) for inner in (one, other)]
    gate = registered(tmp_path, {"framed": framed[0]})
    file = tmp_path / "other.png"
    Image.fromarray(framed[1]).save(file)
    found = gate.check(file, top=10).matches
    assert found
    assert all((match.signals["pieces"] or 0) <= 1 for match in found)
    assert all(len(match.regions) == 1 for match in found)


PLACE = st.tuples(st.integers(0, 30), st.integers(0, 20), st.integers(1, 30), st.integers(1, 20))


@given(st.lists(PLACE, min_size=1, max_size=6))
def test_boxes_cover_together_what_a_raster_says(boxes: list[tuple[int, int, int, int]]) -> None:
    raster = np.zeros((40, 60), bool)
    for x, y, width, height in boxes:
        raster[y : y + height, x : x + width] = True
    assert finding.share_of(boxes, {"width": 60, "height": 40}) == pytest.approx(raster.mean())


def piece(box: geometry.Box, matrix: np.ndarray, flip: bool = False) -> Alignment:
    seen = Agreement(1, 1, 1, 1, 99, box, box, 1, 0, 0, 1, 1, 30)
    return Alignment(matrix, flip, False, "tones", 20, "features", seen, piece=4.0, piece_parts=4.0)


def test_pieces_under_nearly_one_transform_lie_together() -> None:
    """A small piece's transform is imprecise far from it."""
    turned = np.array([[1.0, 0.015, 0.002], [-0.015, 1.0, 0.001], [0, 0, 1]])
    first, last = piece((0.0, 0.0, 0.3, 0.3), np.eye(3)), piece((0.7, 0.7, 1.0, 1.0), turned)
    assert not pieces.apart(first, last)
    moved = piece((0.7, 0.7, 1.0, 1.0), geometry.box_to_box((0.7, 0.7, 1, 1), (0.6, 0.7, 0.9, 1)))
    assert pieces.apart(first, moved)
    assert pieces.apart(moved, first)
    assert pieces.apart(first, piece((0.0, 0.0, 0.3, 0.3), np.eye(3), flip=True))
    assert pieces.moved_apart([first, last, moved]) == [first, moved]


def test_a_box_in_its_place_has_not_moved() -> None:
    assert geometry.moved((0.1, 0.2, 0.5, 0.4), (1.0, 0.5), (0.2, 0.8, 1.0, 1.6), (2.0, 2.0)) == 0
    assert geometry.moved((0.0, 0.0, 0.5, 0.5), (1.0, 1.0), (0.25, 0.0, 0.75, 0.5), (1.0, 1.0)) == 0.25
