"""Turns, boxes and planted transforms."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from simcheck.kinds.image import geometry, match

sizes = st.tuples(st.integers(20, 60), st.integers(20, 60))


@given(st.integers(0, 7), sizes)
@settings(max_examples=40, deadline=None)
def test_turn_matrix_says_where_turned_puts_each_pixel(variant: int, size: tuple[int, int]) -> None:
    width, height = size
    picture = np.arange(width * height).reshape(height, width)
    turned = geometry.turned(picture, variant)
    matrix = geometry.turn_matrix(variant, (float(width), float(height)))
    for x, y in ((0, 0), (width - 1, 0), (width // 2, height // 3), (width - 1, height - 1)):
        there = geometry.apply(matrix, np.array([[x + 0.5, y + 0.5]]))[0]
        assert turned[int(there[1]), int(there[0])] == picture[y, x]


@given(st.lists(st.floats(0.1, 5), min_size=4, max_size=4))
@settings(max_examples=30, deadline=None)
def test_box_to_box_takes_corners_to_corners(numbers: list[float]) -> None:
    source = (0.5, 0.25, 0.5 + numbers[0], 0.25 + numbers[1])
    target = (-1.0, 2.0, -1.0 + numbers[2], 2.0 + numbers[3])
    mapped = geometry.apply(geometry.box_to_box(source, target), np.array([source[:2], source[2:]]))
    np.testing.assert_allclose(mapped, [target[:2], target[2:]], atol=1e-9)


@given(st.floats(-180, 180), st.floats(-2.0, 1.5), st.floats(0.8, 1.25), st.floats(-0.3, 0.3), st.integers(0, 10_000))
@settings(max_examples=30, deadline=None)
def test_planted_transforms_are_recovered_among_wrong_pairs(
    turn: float, octaves: float, squeeze: float, shift: float, seed: int
) -> None:
    """60 right pairs with noise among 60 wrong ones: every corner lands within two pixels of 640, scaled."""
    rng = np.random.default_rng(seed)
    angle, scale = np.radians(turn), 2.0**octaves
    linear = scale * np.array([[np.cos(angle), -np.sin(angle)], [np.sin(angle), np.cos(angle)]]) @ np.diag([1, squeeze])
    matrix = np.eye(3)
    matrix[:2, :2], matrix[:2, 2] = linear, shift
    reference = np.c_[rng.random((120, 2)), np.exp2(rng.uniform(-7, -4, 120)), rng.uniform(0, 360, 120)]
    output = reference.copy()
    output[:, :2] = geometry.apply(matrix, reference[:, :2]) + rng.normal(0, 0.3 / 640, (120, 2))
    output[:, 2] *= scale
    output[:, 3] = (output[:, 3] + turn) % 360
    output[60:, :2] = rng.random((60, 2)) * 2 * scale - scale
    found = match.fit(output, reference)
    assert found is not None
    assert found.places >= 40
    corners = geometry.corners((1.0, 1.0))
    away = np.linalg.norm(geometry.apply(found.matrix, corners) - geometry.apply(matrix, corners), axis=1)
    assert away.max() * 640 < 4


@pytest.mark.parametrize("seed", range(8))
def test_few_right_pairs_are_found_among_many_wrong_ones(seed: int) -> None:
    """Eight right pairs of 120, with the errors in place, size and angle that stored codes have."""
    rng = np.random.default_rng(seed)
    reference = np.c_[rng.random((120, 2)), np.exp2(rng.uniform(-7, -4, 120)), rng.uniform(0, 360, 120)]
    output = np.c_[rng.random((120, 2)), np.exp2(rng.uniform(-7, -4, 120)), rng.uniform(0, 360, 120)]
    right = rng.permutation(120)[:8]
    output[right, :2] = reference[right, :2] * 0.5 + 0.2 + rng.normal(0, 0.5 / 1024, (8, 2))
    output[right, 2] = reference[right, 2] * 0.5 * np.exp2(rng.normal(0, 0.15, 8))
    output[right, 3] = (reference[right, 3] + rng.normal(0, 5, 8)) % 360
    assert set(right) <= set(match.agreeing(output, reference)) or len(match.agreeing(output, reference)) >= 8
    found = match.fit(output, reference)
    assert found is not None
    assert len(set(right) & set(found.inliers)) >= 6
    np.testing.assert_allclose(found.matrix[:2, :2], 0.5 * np.eye(2), atol=0.08)


def test_a_mirrored_arrangement_is_no_fit() -> None:
    """Flips are searched with mirrored descriptors; a transform that flips is never taken."""
    rng = np.random.default_rng(1)
    reference = np.c_[rng.random((60, 2)), np.full(60, 0.02), rng.uniform(0, 360, 60)]
    output = reference.copy()
    output[:, 0] = 1 - output[:, 0]
    assert match.fit(output, reference) is None


def test_pairs_whose_own_turn_disagrees_do_not_count() -> None:
    rng = np.random.default_rng(2)
    reference = np.c_[rng.random((60, 2)), np.full(60, 0.02), rng.uniform(0, 360, 60)]
    output = reference.copy()
    output[:30, 3] = (output[:30, 3] + 90) % 360
    found = match.fit(output, reference)
    assert found is not None
    assert set(found.inliers) <= set(range(30, 60))


def test_mutual_pairs_are_those_of_brute_force() -> None:
    rng = np.random.default_rng(3)
    a = rng.normal(size=(40, 16)).astype(np.float32)
    b = np.concatenate([a[:20] + 0.1 * rng.normal(size=(20, 16)), rng.normal(size=(30, 16))]).astype(np.float32)
    a, b = (m / np.linalg.norm(m, axis=1, keepdims=True) for m in (a, b))
    expected = set()
    for i in range(len(a)):
        away = ((a[i] - b) ** 2).sum(1)
        j = int(away.argmin())
        back = int(((a - b[j]) ** 2).sum(1).argmin())
        if back == i and away[j] < 0.8 * np.partition(away, 1)[1]:
            expected.add((i, j))
    mine, theirs = match.pairs(a, b, 0.8)
    assert set(zip(mine.tolist(), theirs.tolist(), strict=True)) == expected
    assert len(expected) >= 15


@pytest.mark.parametrize("count", [0, 1])
def test_too_few_features_pair_with_nothing(count: int) -> None:
    one = np.ones((count, 8), np.float32)
    assert len(match.pairs(one, np.ones((5, 8), np.float32), 0.9)[0]) == 0
    assert match.fit(np.zeros((count, 4)), np.zeros((count, 4))) is None
