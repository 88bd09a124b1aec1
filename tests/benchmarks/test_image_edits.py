"""The truth about an edit is measured in its pixels: a reference that carries its own coordinates in its colours shows
where it went, and matrix and window must say the same."""

import cv2
import numpy as np
import pytest

from benchmarks.images import augly_families, negatives
from benchmarks.images.data import random
from benchmarks.images.edits import FAMILIES, geometry, layout
from benchmarks.images.edits.base import begin, clip, cropped, frame, shifting, transform
from benchmarks.images.held_out import HELD_OUT

WIDTH, HEIGHT = 240, 180
RED = [np.full((200, 260, 3), (200, 10, 10), np.uint8) for _ in range(9)]
EVERY = {**FAMILIES, **HELD_OUT, **(augly_families.AUGLY if augly_families.available() else {})}
PURE_GEOMETRY = [
    name
    for name in EVERY
    if name.startswith(("crop-", "paste-", "collage-", "rotate-"))
    or name in ("resize", "squeeze", "flip", "perspective", "border", "letterbox", "held-polaroid")
]


def chart() -> np.ndarray:
    """Red is x, green is y (20 to 200), blue is full: no background looks like it."""
    y, x = np.mgrid[0:HEIGHT, 0:WIDTH]
    red, green = 20 + 180 * (x + 0.5) / WIDTH, 20 + 180 * (y + 0.5) / HEIGHT
    return np.dstack([red, green, np.full(x.shape, 255.0)]).astype(np.uint8)


def photograph(number: int = 0) -> np.ndarray:
    """Something with detail at every scale."""
    rng = random("photograph", number)
    layers = [np.kron(rng.uniform(0, 255, (HEIGHT // k, WIDTH // k, 3)), np.ones((k, k, 1))) for k in (60, 20, 6, 2)]
    return np.mean(layers, 0).astype(np.uint8)


@pytest.mark.parametrize("seed", range(4))
@pytest.mark.parametrize("family", PURE_GEOMETRY)
def test_matrix_and_window_say_where_the_pixels_went(family, seed, monkeypatch):
    for module in (layout, geometry):
        monkeypatch.setattr(module, "colour", lambda _rng: (0, 0, 0))
    edited = EVERY[family](chart(), random(family, seed), RED)
    picture = edited.picture.astype(int)
    low, high = picture[..., :2].min(2), picture[..., :2].max(2)
    mine = (picture[..., 2] > 240) & (low > 18) & (high < 203)
    # Pixels at its edge are mixed with what is around it, and say nothing of where they are from.
    mine = cv2.erode(mine.astype(np.uint8), np.ones((5, 5), np.uint8)) > 0
    rows, columns = np.nonzero(mine)
    where = np.c_[columns, rows] + 0.5
    origin = (picture[rows, columns, :2] - 20) / 180 * np.array([WIDTH, HEIGHT])
    error = np.linalg.norm(transform(edited.matrix, origin) - where, axis=1)
    # Eight bits a colour say where a pixel is from to 1.3 pixels of the reference.
    assert np.quantile(error, 0.99) < 3 * max(1.0, np.abs(np.diag(edited.matrix)[:2]).max())
    outline = np.zeros(mine.shape, np.uint8)
    cv2.fillConvexPoly(outline, np.round(edited.window).astype(np.int32), 1)
    assert (outline > 0)[mine].mean() > 0.99
    assert (mine & (outline > 0)).sum() > 0.93 * outline.sum() - 2 * (outline.shape[0] + outline.shape[1])


def test_boxes_surround_the_window_on_both_sides():
    edited = cropped(begin(chart()), (40, 30, 100, 60)).moved(chart(), shifting(20, 10))
    assert edited.boxes == ((20, 10, 100, 60), (40, 30, 100, 60))


@pytest.mark.parametrize("family", EVERY)
def test_every_family_is_seeded_changes_the_picture_and_leaves_its_input_alone(family):
    reference = photograph()
    before = reference.copy()
    backgrounds = [photograph(number) for number in range(1, 10)]
    first = EVERY[family](reference, random(family), backgrounds)
    again = EVERY[family](reference, random(family), backgrounds)
    assert (reference == before).all()
    assert first.picture.dtype == np.uint8
    assert first.picture.shape[2] == 3
    assert first.picture.shape == again.picture.shape
    assert (first.picture == again.picture).all()
    assert first.picture.shape != reference.shape or (first.picture != reference).mean() > 0.005
    if first.boxes is not None:
        (x, y, width, height), (u, v, wide, high) = first.boxes
        assert x > -0.5
        assert y > -0.5
        assert x + width < first.size[0] + 0.5
        assert y + height < first.size[1] + 0.5
        assert u > -0.5
        assert v > -0.5
        assert u + wide < WIDTH + 0.5
        assert v + high < HEIGHT + 0.5


@pytest.mark.parametrize(("family", "mirrored"), [("rotate-90", False), ("crop-50", False), ("flip", True)])
def test_mirrored_is_known(family, mirrored):
    assert EVERY[family](chart(), random(family), RED).mirrored is mirrored


def test_a_look_that_changes_the_size_is_refused():
    with pytest.raises(ValueError, match="keeps the geometry"):
        begin(chart()).recoloured(chart()[:-1])


def test_nothing_left_of_the_reference_is_refused():
    with pytest.raises(ValueError, match="nothing of the reference"):
        clip(frame((10, 10)) + 20, (10, 10))
    with pytest.raises(ValueError, match="nothing of the reference"):
        begin(chart()).moved(chart(), shifting(WIDTH + 1, 0))


@pytest.mark.parametrize("family", negatives.DRESSES)
def test_a_dress_is_the_same_on_every_picture_of_its_variant(family):
    """On one canvas, pictures of the same variant share pixels, and those of different pictures differ elsewhere."""
    first, second = (negatives.dressed(family, 1, photograph(number)) for number in (1, 2))
    other = negatives.dressed(family, 2, photograph(1))
    assert first.shape == second.shape
    equal = (first == second).all(2).mean()
    # A watermark is half transparent: it shifts colours rather than setting them.
    assert equal < 0.95
    if family != "same-watermark":
        assert equal > 0.02
    assert other.shape != first.shape or (other != first).mean() > 0.005


def test_halves_share_no_pixel():
    picture = chart()
    left, right = negatives.half_of(picture, True), negatives.half_of(picture, False)
    assert left[..., 0].max() < right[..., 0].min()
    tall = np.ascontiguousarray(picture.transpose(1, 0, 2))
    assert negatives.half_of(tall, True)[..., 0].max() < negatives.half_of(tall, False)[..., 0].min()


def test_siblings_are_known_by_name():
    assert negatives.in_series("00020_houses-houses-dataset-383-frontal.jpg")
    assert not negatives.in_series("00000_imagenet-n02277742-ringlet.jpg")
