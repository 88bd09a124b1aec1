"""Large references are stored in tiles too: a small part of one is found, at its place in the whole."""

from __future__ import annotations

import io
from itertools import product
from pathlib import Path

import cv2
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image
from skimage import data

import simcheck
from simcheck.kinds.image import tiles

WORKS = ("astronaut", "chelsea", "coffee", "hubble_deep_field", "immunohistochemistry")
CELL = 520
SHEET = 5, 4
"""Cells across and down: 2,600 by 2,080 pixels."""


def sheet() -> Image.Image:
    """A page of small pictures, all different: the quarters of five works."""
    page = np.full((SHEET[1] * CELL, SHEET[0] * CELL, 3), 240, np.uint8)
    for row, column in product(range(SHEET[1]), range(SHEET[0])):
        picture = getattr(data, WORKS[(row + column) % len(WORKS)])()[..., :3]
        high, wide = picture.shape[0] // 2, picture.shape[1] // 2
        part = picture[row // 2 * high :, row % 2 * wide :][:high, :wide]
        cell = page[row * CELL + 20 :, column * CELL + 20 :]
        cell[:480, :480] = cv2.resize(part, (480, 480), interpolation=cv2.INTER_AREA)
    return Image.fromarray(page)


@pytest.fixture(scope="module")
def page() -> Image.Image:
    return sheet()


@pytest.fixture(scope="module")
def checker(tmp_path_factory: pytest.TempPathFactory, page: Image.Image) -> simcheck.Checker:
    folder = tmp_path_factory.mktemp("tiles")
    page.save(folder / "page.jpg", quality=90)
    opened = simcheck.open(folder / "index")
    opened.add(folder / "page.jpg")
    return opened


def check(checker: simcheck.Checker, picture: Image.Image) -> simcheck.Report:
    stream = io.BytesIO()
    picture.save(stream, "JPEG", quality=75)
    return checker.check(stream.getvalue(), name="output.jpg")


@given(st.integers(100, 20_000), st.integers(100, 20_000), st.data())
def test_what_is_no_larger_than_a_third_of_a_tile_lies_whole_in_one(
    width: int, height: int, draw: st.DataObject
) -> None:
    found = tiles.boxes(width, height)
    assert bool(found) == (width * height >= tiles.LEAST_PIXELS)
    assert len(found) <= tiles.MOST_IN_LINE
    if not found:
        return
    assert all(x >= 0 and y >= 0 and x + w <= width and y + h <= height for x, y, w, h in found)
    side = max(min(found[0][2], found[0][3]) // 3 - 1, 1)
    x = draw.draw(st.integers(0, width - side))
    y = draw.draw(st.integers(0, height - side))
    assert any(a <= x and b <= y and x + side <= a + w and y + side <= b + h for a, b, w, h in found)


def test_a_small_part_is_found_at_its_place(checker: simcheck.Checker, page: Image.Image) -> None:
    left, top, right, bottom = 1580, 540, 2060, 1020  # one cell of twenty
    report = check(checker, page.crop((left, top, right, bottom)))
    (match,) = report.matches
    assert report.decision == "block"
    assert match.type == "partial"
    box = match.regions[0].reference.box
    assert box is not None
    assert np.allclose(box, (left, top, right - left, bottom - top), atol=50)
    a, b, c, d, e, f = match.signals["transform"]
    for x, y in ((left, top), (right, bottom)):
        assert np.allclose((a * x + c * y + e, b * x + d * y + f), (x - left, y - top), atol=12)
    assert match.signals["scale"] == pytest.approx(page.width / (right - left), rel=0.05)


def test_of_a_copy_of_the_whole_the_whole_is_shown(checker: simcheck.Checker, page: Image.Image) -> None:
    (match,) = check(checker, page.resize((1300, 1040))).matches
    assert match.type == "near-exact"
    assert match.coverage.reference > 0.9


def test_blank_tiles_are_not_stored(tmp_path: Path) -> None:
    page = np.full((2400, 2400, 3), 255, np.uint8)
    page[60:1100, 60:1100] = cv2.resize(data.astronaut(), (1040, 1040))
    Image.fromarray(page).save(tmp_path / "corner.png")
    checker = simcheck.open(tmp_path / "index")
    checker.add(tmp_path / "corner.png")
    assert check(checker, Image.fromarray(np.full((600, 600, 3), 255, np.uint8))).decision == "pass"
    assert check(checker, Image.fromarray(data.astronaut())).decision == "block"
