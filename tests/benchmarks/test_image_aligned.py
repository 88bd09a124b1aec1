"""What the pair network is trained on: the true geometry, and templates that differ in their contents alone."""

from __future__ import annotations

import numpy as np
import pytest
from skimage import data

from benchmarks.images import aligned
from benchmarks.images.edits import FAMILIES
from benchmarks.images.edits.base import begin
from benchmarks.images.layouts import LAYOUTS
from benchmarks.images.templates import TEMPLATES, Template, before
from simcheck.kinds.image import alignment, geometry
from simcheck.kinds.image.look import Look


@pytest.mark.parametrize("template", [*TEMPLATES, *LAYOUTS.values()], ids=[*(t.__name__ for t in TEMPLATES), *LAYOUTS])
def test_pictures_of_a_template_differ_in_their_contents(template: Template) -> None:
    def draw(style: int, content: int) -> np.ndarray:
        return template(np.random.default_rng(style), np.random.default_rng(content))

    first, again, others = draw(1, 2), draw(1, 2), [draw(1, content) for content in (3, 4, 5)]
    np.testing.assert_array_equal(first, again)
    assert first.dtype == np.uint8
    assert {other.shape for other in others} == {first.shape}
    assert max((np.abs(first.astype(int) - other) > 20).mean() for other in others) > 0.002


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


def test_things_before_one_ground_leave_it_as_it_is() -> None:
    """What is around them is the ground, and they differ."""
    ground, thing = np.ascontiguousarray(data.coffee()), np.ascontiguousarray(data.astronaut())
    rng = np.random.default_rng(2)
    first, second = (before(ground, thing, np.random.default_rng(3), rng) for _ in range(2))
    assert first.shape == ground.shape
    np.testing.assert_array_equal(first[:12, :12], ground[:12, :12])
    assert (np.abs(first.astype(int) - second) > 20).mean() > 0.01


def test_wrong_tiles_are_those_of_another_content(monkeypatch: pytest.MonkeyPatch) -> None:
    """A right tile and a wrong one come in turns: one output, two references that differ; the right one is nearer."""
    photographs = [np.ascontiguousarray(one) for one in (data.astronaut(), data.coffee(), data.chelsea())]
    monkeypatch.setattr(aligned, "pictures", lambda _: list(range(40)))
    monkeypatch.setattr(aligned, "read", lambda number: photographs[number % 3])
    maker = aligned.Maker(np.zeros((3, aligned.NEIGHBOURS), np.int64))
    made = [one for number in range(40) for one in maker.tiles(number)]
    assert len(made) >= 50
    nearer = []
    for (right, notes), (wrong, others) in zip(made[::2], made[1::2], strict=True):
        assert (notes["copy"], others["copy"], notes["by"]) == (True, False, "tile")
        np.testing.assert_array_equal(right[1], wrong[1])
        assert (np.abs(right[0].astype(int) - wrong[0]) > 32).mean() > 0.02
        shown = right[2] > 127
        nearer.append(np.corrcoef(right[0][shown], right[1][shown])[0, 1]
                      > np.corrcoef(wrong[0][shown], wrong[1][shown])[0, 1])  # fmt: skip
    assert np.mean(nearer) > 0.75


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
