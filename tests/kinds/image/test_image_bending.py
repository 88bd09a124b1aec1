"""Known bends: pairs on them are found among wrong ones, undone they give the picture, and the gate sees through."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import cv2
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from samples import NAMES, blocked_thrice, grey, photograph, registered

import simcheck
from simcheck.kinds.image import bending, geometry, pixels

SIZE = (1.0, 0.75)
Field = Callable[[np.ndarray], np.ndarray]


def waves(strength: float, phase: float) -> Field:
    def field(points: np.ndarray) -> np.ndarray:
        x, y = points.T
        return points + strength * np.stack([np.sin(9 * y + phase), np.cos(8 * x - phase)], 1)

    return field


def pairs(field: Field, right: int, wrong: int, seed: int) -> tuple[np.ndarray, np.ndarray]:
    """Places of the output and of the reference, float (n, 4): those on the bend first, then others anywhere."""
    rng = np.random.default_rng(seed)
    count = right + wrong
    reference = np.c_[rng.uniform((0, 0), SIZE, (count, 2)), np.full(count, 0.02), rng.uniform(0, 360, count)]
    output = reference.copy()
    step = 1e-4
    here, beside = field(reference[:, :2]), field(reference[:, :2] + (step, 0))
    output[:, :2] = here
    output[:, 3] += np.degrees(np.arctan2(*(beside - here).T[::-1]))
    output[right:, :2] = rng.uniform((0, 0), SIZE, (wrong, 2))
    output[right:, 3] = rng.uniform(0, 360, wrong)
    return output, reference


@given(st.floats(0.01, 0.03), st.floats(0, 6), st.booleans(), st.integers(0, 99))
def test_a_bend_is_found_among_as_many_wrong_pairs(strength: float, phase: float, flip: bool, seed: int) -> None:
    field = waves(strength, phase)
    output, reference = pairs(field, 120, 120, seed)
    mirror = geometry.turn_matrix(4, SIZE)
    found = bending.found(output, reference, mirror if flip else np.eye(3), flip, SIZE)
    assert found is not None
    assert found.places > 100
    inside = np.random.default_rng(seed + 1).uniform((0.15, 0.15), (0.85, 0.6), (50, 2))
    there = geometry.apply(mirror, field(inside)) if flip else field(inside)
    assert np.median(np.hypot(*(found.apply(inside) - there).T)) < 0.005


@given(st.integers(0, 99))
def test_pairs_at_random_agree_on_no_bend(seed: int) -> None:
    output, reference = pairs(waves(0, 0), 0, 200, seed)
    found = bending.found(output, reference, np.eye(3), False, SIZE)
    assert found is None or found.places < 30


def test_few_pairs_are_no_bend() -> None:
    output, reference = pairs(waves(0.02, 0), 7, 0, 1)
    assert bending.found(output, reference, np.eye(3), False, SIZE) is None


def bent(picture: np.ndarray, field: Field) -> np.ndarray:
    """``field`` takes places of the result to those of the picture, in fractions of the longer side."""
    height, width = picture.shape[:2]
    y, x = np.mgrid[0:height, 0:width] / width
    moved = (field(np.c_[x.ravel(), y.ravel()]) * width).astype(np.float32).reshape(height, width, 2)
    return cv2.remap(picture, moved, None, cv2.INTER_CUBIC, borderMode=cv2.BORDER_REFLECT_101)


def lens(points: np.ndarray) -> np.ndarray:
    middle = np.array(SIZE) / 2
    away = (points - middle) / middle
    return middle + middle * away * (0.6 + 0.4 * np.hypot(*away.T) ** 1.5)[:, None]


def whirl(degrees: float) -> Field:
    """Turned around a place by so much there, less further out."""

    def moved(points: np.ndarray) -> np.ndarray:
        x, y = (points - (0.45, 0.4)).T
        turn = np.radians(degrees) * np.clip(1 - np.hypot(x, y) / 0.5, 0, 1) ** 2
        return np.stack([0.45 + x * np.cos(turn) - y * np.sin(turn), 0.4 + x * np.sin(turn) + y * np.cos(turn)], 1)

    return moved


def test_undone_a_bend_gives_the_picture() -> None:
    picture = grey("coffee")
    field = waves(0.02, 1)
    output = bent(picture, field)
    # The output's place p shows the picture's at field(p): the bend from the picture to the output is its inverse.
    reference = np.random.default_rng(3).uniform((0, 0), SIZE, (400, 2))
    target = reference.copy()
    for _ in range(30):
        target += reference - field(target)
    rows = [np.c_[part, np.full(400, 0.02), np.zeros(400)] for part in (target, reference)]
    found = bending.found(*rows, np.eye(3), False, SIZE)
    assert found is not None
    inner = slice(40, -40)
    straight = bending.straightened(output, found)
    assert pixels.correlation(*(part[inner, inner].astype(float) for part in (output, picture))) < 0.9
    assert pixels.correlation(*(part[inner, inner].astype(float) for part in (straight, picture))) > 0.98


BENDS: dict[str, Field] = {"lens": lens, "whirl": whirl(60), "vortex": whirl(120), "waves": waves(0.03, 1)}


@pytest.fixture(scope="module")
def checker(tmp_path_factory: pytest.TempPathFactory) -> simcheck.Checker:
    return registered(tmp_path_factory.mktemp("bends"), {name: photograph(name) for name in NAMES})


@pytest.mark.parametrize("bend", BENDS)
@pytest.mark.parametrize("name", ["coffee", "astronaut"])
def test_bent_copies_are_blocked_mirrored_and_inverted_too(
    checker: simcheck.Checker, tmp_path: Path, name: str, bend: str
) -> None:
    copy = bent(photograph(name), BENDS[bend])
    assert all(found.signals["bent"] for found in blocked_thrice(checker, tmp_path, copy, name, 80))
