"""The packaged pair network: right pairs above wrong ones, whatever the edit; and what it does with broken files."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import cv2
import numpy as np
import pytest
from skimage import data

from simcheck.encoders import pairs, registry
from simcheck.errors import ModelError

Edit = Callable[[np.ndarray], np.ndarray]
NAMES = ("chelsea", "coffee", "astronaut", "rocket")


def square(name: str) -> np.ndarray:
    picture = cv2.cvtColor(getattr(data, name)()[..., :3], cv2.COLOR_RGB2GRAY)
    return np.asarray(cv2.resize(picture, (pairs.SIDE, pairs.SIDE), interpolation=cv2.INTER_AREA))


def laid(reference: np.ndarray, output: np.ndarray) -> np.ndarray:
    return np.stack([reference, output, np.full_like(reference, 255)])


def pencil(picture: np.ndarray) -> np.ndarray:
    return np.asarray(cv2.divide(picture, cv2.GaussianBlur(picture, (0, 0), 4), scale=255))


def inverted(picture: np.ndarray) -> np.ndarray:
    return np.asarray(255 - picture)


def bent(picture: np.ndarray) -> np.ndarray:
    y, x = np.indices(picture.shape, np.float32)
    return np.asarray(cv2.remap(picture, x + 2 * np.sin(y / 12), y + 2 * np.cos(x / 15), cv2.INTER_LINEAR))


def posterised(picture: np.ndarray) -> np.ndarray:
    return np.asarray(cv2.medianBlur(picture, 5) // 64 * 64 + 32, np.uint8)


@pytest.fixture(scope="module")
def network() -> pairs.PairNetwork:
    return pairs.PairNetwork()


@pytest.mark.parametrize("edit", [np.copy, pencil, inverted, bent, posterised])
def test_copies_are_told_from_other_pictures(network: pairs.PairNetwork, edit: Edit) -> None:
    """Each of four pictures, edited, laid on itself and on the three others."""
    squares = [square(name) for name in NAMES]
    pairs_of = np.stack([laid(reference, edit(output)) for output in squares for reference in squares])
    odds = network.log_odds(pairs_of).reshape(len(NAMES), len(NAMES))
    right, wrong = np.diag(odds), odds[~np.eye(len(NAMES), dtype=bool)]
    assert right.min() > 0.25  # a rocket in four tones
    assert wrong.max() < -1
    assert right.min() - wrong.max() > 2


def test_a_batch_says_what_each_pair_says(network: pairs.PairNetwork) -> None:
    """The order and the size of a batch change nothing; no pair, no answer; no number beyond the limit."""
    batch = np.stack([laid(square(a), square(b)) for a in NAMES for b in NAMES])
    odds = network.log_odds(batch)
    np.testing.assert_allclose(odds, [network.log_odds(one[None])[0] for one in batch], atol=1e-3)
    np.testing.assert_allclose(network.log_odds(batch[::-1]), odds[::-1], atol=1e-3)
    assert network.log_odds(batch[:0]).shape == (0,)
    assert np.abs(odds).max() <= pairs.LIMIT


def test_a_turned_pair_is_the_same_pair(network: pairs.PairNetwork) -> None:
    squares = [square(name) for name in NAMES]
    upright = np.stack([laid(one, pencil(one)) for one in squares])
    odds = network.log_odds(upright)
    assert odds.min() > pairs.DOUBT
    for turns in range(1, pairs.TURNS):
        np.testing.assert_allclose(network.log_odds(np.rot90(upright, turns, (2, 3))), odds, atol=1e-3)


def test_what_is_outside_both_counts_nothing(network: pairs.PairNetwork) -> None:
    """Where the mask is 0 there is black in both patches, as `alignment.patch` makes them; an empty pair is no copy."""
    nothing = np.zeros((1, 3, pairs.SIDE, pairs.SIDE), np.uint8)
    assert network.log_odds(nothing)[0] < 0


@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        (None, "cannot be read"),
        (b"", "damaged or were exchanged"),
        (b"no model at all", "damaged or were exchanged"),
        (registry.WEIGHTS.joinpath("simcheck-image-2.onnx").read_bytes(), "damaged or were exchanged"),
    ],
)
def test_missing_and_exchanged_weights_are_one_sentence(
    content: bytes | None, sentence: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = tmp_path / "net.onnx"
    if content is not None:
        file.write_bytes(content)
    monkeypatch.setattr(pairs, "FILE", file)
    with pytest.raises(ModelError, match=rf"net\.onnx.*{sentence}"):
        pairs.PairNetwork()


def test_the_file_is_small_and_has_its_card() -> None:
    assert pairs.FILE.stat().st_size < 1_000_000
    assert pairs.FILE.with_suffix(".md").read_text("utf-8").startswith(f"# {pairs.NAME}")
