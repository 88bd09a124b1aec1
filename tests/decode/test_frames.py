"""Which frames of an animation are looked at: an odd one among many is never missed, what was left out is told."""

from __future__ import annotations

import io
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from simcheck.decode.frames import representatives
from simcheck.decode.limits import Limits
from simcheck.decode.worker import GuardPool


@given(st.integers(0, 2**32 - 1), st.integers(1, 40), st.integers(1, 8))
def test_every_frame_is_near_a_chosen_one_or_counted(seed: int, count: int, most: int) -> None:
    rng = np.random.default_rng(seed)
    scenes = rng.uniform(0, 255, (rng.integers(1, 12), 16)).astype(np.float32)
    frames = scenes[rng.integers(0, len(scenes), count)] + rng.normal(0, 1, (count, 16)).astype(np.float32)
    chosen, unlike = representatives(frames, most, 8.0)
    assert chosen[0] == 0
    assert len(set(chosen)) == len(chosen) <= most
    away = np.array([min(np.sqrt(((f - frames[c]) ** 2).mean()) for c in chosen) for f in frames])
    assert unlike == (away > 8.0).sum()
    if unlike:
        assert len(chosen) == most


def moving(pictures: dict[str, Path], frames: int, odd: int, form: str) -> bytes:
    """A slowly panning picture with another picture in one frame."""
    pan = np.asarray(Image.open(pictures["coffee"]).convert("RGB"))[100:200, 200:350]
    made = [Image.fromarray(np.roll(pan, number, axis=1)) for number in range(frames)]
    made[odd] = Image.open(pictures["chelsea"]).convert("RGB").resize((150, 100))
    data = io.BytesIO()
    made[0].save(data, form, save_all=True, append_images=made[1:], duration=40)
    return data.getvalue()


@pytest.mark.parametrize("form", ["GIF", "WEBP", "PNG", "TIFF"])
def test_one_odd_frame_among_many_is_looked_at(pictures: dict[str, Path], form: str) -> None:
    with GuardPool(1) as pool:
        media = pool.decode(moving(pictures, 40, 23, form), Limits())
    assert media.facts["frames"] == 40
    assert media.facts["frames_unchecked"] == 0
    assert len(media.arrays) < 24
    assert "stand for those that look alike" in media.notes[0]
    cat = np.asarray(Image.open(pictures["chelsea"]).convert("RGB").resize((150, 100))).astype(float)
    away = [float(np.abs(frame - cat).mean()) for frame in media.arrays.values()]
    assert min(away) < 12
    if form != "TIFF":
        times = media.facts["times"][int(np.argmin(away))]
        assert times[0] <= 23 * 0.04 + 1e-6 <= times[1]


def test_frames_beyond_the_limit_are_counted(pictures: dict[str, Path]) -> None:
    with GuardPool(1) as pool:
        media = pool.decode(moving(pictures, 40, 23, "GIF"), Limits(max_frames=2))
    assert len(media.arrays) == 2
    assert media.facts["frames_unchecked"] > 0
    assert "limits.max_frames" in media.notes[-1]
