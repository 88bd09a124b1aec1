"""The training's edits: any picture, any size, never a crash, always the same for a seed."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest
from encoder_pictures import made_up_picture
from hypothesis import given, settings
from hypothesis import strategies as st

from simcheck.encoders.training import edits, edits_colour, edits_geometry, edits_overlay, edits_redraw

ALONE = [
    *(edits_colour.jitter, edits_colour.grey, edits_colour.hue, edits_colour.grade, edits_colour.duotone),
    *(edits_colour.invert, edits_colour.posterise, edits_colour.solarise, edits_colour.equalise),
    *(edits_colour.relight, edits_colour.jpeg, edits_colour.blur, edits_colour.pixelate, edits_colour.noise),
    *(edits_colour.sharpen, edits_colour.screen, edits_geometry.mirror, edits_geometry.quarter_turn),
    *(edits_geometry.turn, edits_geometry.perspective, edits_geometry.elastic, edits_geometry.squeeze_parts),
    *(edits_geometry.wave, edits_redraw.drawing, edits_redraw.cartoon, edits_redraw.smooth, edits_redraw.strokes),
    *(edits_redraw.mosaic, edits_redraw.detail, edits_overlay.text, edits_overlay.shapes, edits_overlay.border),
    *(edits_overlay.meme, edits_overlay.screenshot),
]
WITH_ANOTHER = [
    *(edits_colour.borrow_colours, edits_redraw.replace_part, edits_overlay.paste_onto),
    *(edits_overlay.paste_over, edits_overlay.ghost),
]
Edit = Callable[..., np.ndarray]


def _is_picture(picture: np.ndarray, size: int) -> bool:
    return picture.dtype == np.uint8 and picture.shape == (size, size, 3)


@pytest.mark.parametrize("edit", ALONE, ids=lambda f: f.__name__)
@pytest.mark.parametrize("size", [32, 97])
def test_each_edit_alone(edit: Edit, size: int) -> None:
    """Ten draws: same size, same type, input untouched, same seed same result."""
    picture = made_up_picture(1, size, size)
    kept = picture.copy()
    for seed in range(10):
        first = edit(np.random.default_rng(seed), picture)
        assert _is_picture(first, size)
        np.testing.assert_array_equal(picture, kept)
        np.testing.assert_array_equal(first, edit(np.random.default_rng(seed), picture))


@pytest.mark.parametrize("edit", WITH_ANOTHER, ids=lambda f: f.__name__)
def test_each_edit_with_another_picture(edit: Edit) -> None:
    """The other picture has its own size and stays as it is."""
    picture, other = made_up_picture(1, 64, 64), made_up_picture(2, 40, 90)
    kept = other.copy()
    for seed in range(10):
        assert _is_picture(edit(np.random.default_rng(seed), picture, other), 64)
    np.testing.assert_array_equal(other, kept)


@settings(max_examples=60, deadline=None)
@given(
    height=st.integers(8, 200),
    width=st.integers(8, 200),
    other=st.integers(8, 120),
    size=st.integers(32, 128),
    seed=st.integers(0, 2**32),
)
def test_views_never_crash(height: int, width: int, other: int, size: int, seed: int) -> None:
    """Every mix of edits on every size gives a whole view."""
    rng = np.random.default_rng(seed)
    picture, beside = made_up_picture(3, height, width), made_up_picture(4, other, 60)
    view, _ = edits.query(rng, picture, [beside, beside], size)
    assert _is_picture(view, size)


def test_flat_pictures_are_edited_too() -> None:
    """One colour: no division by nothing."""
    flat = np.full((50, 60, 3), 255, np.uint8)
    rng = np.random.default_rng(0)
    with np.errstate(all="raise"):
        for _ in range(200):
            assert _is_picture(edits.query(rng, flat, [flat], 48)[0], 48)
