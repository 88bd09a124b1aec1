"""Sliding one picture over the other, the panels that seams cut, and the pictures on a page: against pictures whose
geometry is known."""

from __future__ import annotations

import cv2
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from skimage import data

from simcheck.kinds.image import geometry, sliding, views
from simcheck.kinds.image.look import Look

NAMES = ("chelsea", "coffee", "astronaut", "rocket")


def grey(name: str) -> np.ndarray:
    picture = cv2.cvtColor(getattr(data, name)()[..., :3], cv2.COLOR_RGB2GRAY)
    factor = 480 / max(picture.shape)
    return np.asarray(cv2.resize(picture, None, fx=factor, fy=factor, interpolation=cv2.INTER_AREA))


def blurred(picture: np.ndarray, share: float) -> np.ndarray:
    return np.asarray(cv2.GaussianBlur(picture, (0, 0), share * max(picture.shape)))


@pytest.mark.parametrize("name", NAMES)
def test_a_soft_crop_is_found_at_its_place(name: str) -> None:
    """A tenth of the picture, so blurred that no corner is left."""
    picture = grey(name)
    height, width = picture.shape
    x, y, wide, high = width // 3, height // 4, round(0.33 * width), round(0.33 * height)
    crop = blurred(picture[y : y + high, x : x + wide], 0.015)
    found = sliding.best(sliding.Pyramid(crop), sliding.Pyramid(picture))
    assert found is not None
    assert found.fit > 12
    size = geometry.extent(wide, high)
    there = geometry.apply(np.linalg.inv(found.matrix), geometry.corners(size)) * max(picture.shape)
    truth = np.array([[x, y], [x + wide, y], [x + wide, y + high], [x, y + high]])
    assert np.abs(there - truth).max() < 0.03 * width


@pytest.mark.parametrize("mirrored", [False, True])
def test_a_small_paste_is_found_at_its_place(mirrored: bool) -> None:
    picture, canvas = grey("coffee"), blurred(grey("rocket"), 0.004)
    small = cv2.resize(picture, None, fx=0.25, fy=0.25, interpolation=cv2.INTER_AREA)
    high, wide = small.shape
    canvas[100 : 100 + high, 60 : 60 + wide] = small[:, ::-1] if mirrored else small
    output = sliding.Pyramid(canvas)
    found = sliding.best(output.mirrored if mirrored else output, sliding.Pyramid(picture))
    assert found is not None
    assert found.fit > 11
    here = geometry.apply(found.matrix, geometry.corners(geometry.extent(wide, high))) * max(canvas.shape)
    left = canvas.shape[1] - 60 - wide if mirrored else 60
    assert np.abs(here[0] - (left, 100)).max() < 8
    assert np.abs(here[2] - (left + wide, 100 + high)).max() < 12


def test_unrelated_pictures_fit_less_than_copies() -> None:
    pyramids = {name: sliding.Pyramid(grey(name)) for name in NAMES}
    strangers = [sliding.best(pyramids[a], pyramids[b]) for a in NAMES for b in NAMES if a != b]
    assert max(one.fit for one in strangers if one is not None) < 14
    for name in NAMES:
        again = sliding.best(sliding.Pyramid(blurred(grey(name), 0.01)), pyramids[name])
        assert again is not None
        assert again.fit > 20


@given(st.integers(1, 60), st.integers(1, 600), st.integers(0, 255))
@settings(max_examples=30, deadline=None)
def test_whatever_the_shape_sliding_gives_an_answer_or_none(height: int, width: int, tone: int) -> None:
    """Slivers and plain pictures have no place."""
    plain = sliding.Pyramid(np.full((height, width), tone, np.uint8))
    assert plain.parts == []
    found = sliding.best(plain, sliding.Pyramid(grey("coffee")))
    assert found is None or found.fit < 12


def collage(columns: int, rows: int, gutter: int) -> tuple[np.ndarray, list[tuple[int, int, int, int]]]:
    cell_wide, cell_high = 200, 160
    canvas = np.full((rows * (cell_high + gutter), columns * (cell_wide + gutter)), 255, np.uint8)
    boxes = []
    for number in range(columns * rows):
        x, y = number % columns * (cell_wide + gutter), number // columns * (cell_high + gutter)
        canvas[y : y + cell_high, x : x + cell_wide] = cv2.resize(grey(NAMES[number % 4]), (cell_wide, cell_high))
        boxes.append((x, y, x + cell_wide, y + cell_high))
    return canvas, boxes


@pytest.mark.parametrize("gutter", [0, 14])
@pytest.mark.parametrize(("columns", "rows"), [(2, 2), (3, 1), (3, 3)])
def test_panels_of_a_collage_are_its_pictures(columns: int, rows: int, gutter: int) -> None:
    canvas, boxes = collage(columns, rows, gutter)
    found = [tuple(side * max(canvas.shape) for side in box) for box in views.panels(canvas)]
    right = sum(any(np.abs(np.subtract(one, box)).max() < 8 for one in found) for box in boxes)
    assert right >= 2 / 3 * len(boxes)
    assert len(found) <= views.PANELS_MOST


@pytest.mark.parametrize("name", NAMES)
def test_a_photograph_has_no_panels(name: str) -> None:
    assert views.panels(grey(name)) == []


def page(letterbox: int) -> tuple[np.ndarray, tuple[int, int, int, int]]:
    """A page of lines with one picture on it, between bars of black on both of its sides."""
    canvas = np.full((600, 1000), 255, np.uint8)
    for row in range(20, 590, 22):
        cv2.line(canvas, (30, row), (30 + 11 * row % 170 + 100, row), 90, 3)
    picture = cv2.resize(grey("coffee"), (240, 200))
    canvas[220:420, 420 - letterbox : 660 + letterbox] = 0
    canvas[220:420, 420:660] = picture
    return canvas, (420, 220, 660, 420)


@pytest.mark.parametrize("letterbox", [0, 90])
def test_a_picture_on_a_page_is_a_view_without_its_bars(letterbox: int) -> None:
    """No seam runs from edge to edge, as on the page of a social network."""
    canvas, truth = page(letterbox)
    assert views.panels(canvas) == []
    look = Look(np.repeat(canvas[..., None], 3, axis=2), lambda pictures: np.zeros((len(pictures), 2)))
    found = [tuple(side * 1000 for side in part.box) for part in look.panels]
    assert any(np.abs(np.subtract(one, truth)).max() < 14 for one in found)


@pytest.mark.parametrize("name", NAMES)
def test_no_picture_lies_on_a_photograph(name: str) -> None:
    assert views.insets(grey(name)) == []


@given(st.integers(1, 300), st.integers(1, 300), st.integers(0, 2**16))
@settings(max_examples=40, deadline=None)
def test_whatever_is_handed_over_boxes_lie_inside(height: int, width: int, seed: int) -> None:
    picture = (np.random.default_rng(seed).random((height, width)) * 256).astype(np.uint8)
    picture[: height // 2] = 200
    for box in (*views.panels(picture), *views.insets(picture)):
        x0, y0, x1, y1 = views.without_border(picture, box)
        assert 0 <= x0 < x1 <= 1 + 1e-9
        assert 0 <= y0 < y1 <= 1 + 1e-9
