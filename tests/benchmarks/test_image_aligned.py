"""What the pair network is trained on: the true geometry, and templates that differ in their contents alone."""

from __future__ import annotations

import numpy as np
import pytest
from skimage import data

from benchmarks.images import aligned
from benchmarks.images.edits import FAMILIES
from benchmarks.images.edits.base import begin
from benchmarks.images.templates import TEMPLATES, Template
from simcheck.kinds.image import alignment, geometry
from simcheck.kinds.image.look import Look


@pytest.mark.parametrize("template", TEMPLATES, ids=lambda one: str(one.__name__))
def test_pictures_of_a_template_differ_in_their_contents(template: Template) -> None:
    def draw(style: int, content: int) -> np.ndarray:
        return template(np.random.default_rng(style), np.random.default_rng(content))

    first, again, other = draw(1, 2), draw(1, 2), draw(1, 3)
    np.testing.assert_array_equal(first, again)
    assert first.dtype == np.uint8
    assert first.shape == other.shape
    assert (np.abs(first.astype(int) - other) > 20).mean() > 0.002


@pytest.mark.parametrize("family", ["flip", "rotate-90", "crop-25", "paste-25"])
def test_the_true_transform_lays_the_output_on_its_reference(family: str) -> None:
    """Under it the patches correlate, and verification is right where it says the same, wrong where it is shifted."""
    picture = np.ascontiguousarray(data.astronaut())
    backgrounds = [np.ascontiguousarray(data.coffee())] * 3
    edited = FAMILIES[family](picture, np.random.default_rng(4), backgrounds)
    stored, look = aligned.Stored(picture), Look(edited.picture, aligned.nothing)
    truth = aligned.in_fractions(edited)
    laid = alignment.laid(look, stored.thumb, truth, negative=False)
    assert laid is not None
    shown = laid[2] > 127
    assert np.corrcoef(laid[0][shown], laid[1][shown])[0, 1] > 0.8
    assert laid.shape == (3, 96, 96)
    found = stored.aligned(look)
    assert found is not None
    assert aligned.right(found, truth, look, stored)
    assert not aligned.right(found, np.array([[1, 0, 0.2], [0, 1, 0], [0, 0, 1]]) @ truth, look, stored)


def test_a_shaken_transform_is_a_little_off() -> None:
    square = geometry.corners((1, 1))
    rng = np.random.default_rng(1)
    off = [np.abs(geometry.apply(aligned.jittered(np.eye(3), rng), square) - square).max() for _ in range(100)]
    assert 0.001 < np.median(off) < 0.04
    assert max(off) < 0.15


def test_nothing_is_right_where_the_truth_is_not_known() -> None:
    picture = np.ascontiguousarray(data.coffee())
    stored, look = aligned.Stored(picture), Look(begin(picture).picture, aligned.nothing)
    found = stored.aligned(look)
    assert found is not None
    assert not aligned.right(found, None, look, stored)
