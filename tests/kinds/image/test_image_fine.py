"""The finest details of aligned pictures: copies keep them, or lose them to blur; other pictures never had them."""

from __future__ import annotations

from collections.abc import Callable

import cv2
import numpy as np
import pytest
from samples import straight
from skimage import data

from simcheck.kinds.image import fine, geometry, pixels

Edit = Callable[[np.ndarray], np.ndarray]


def grey(name: str) -> np.ndarray:
    picture = cv2.cvtColor(getattr(data, name)()[..., :3], cv2.COLOR_RGB2GRAY)
    return np.asarray(cv2.resize(picture, (400, 300), interpolation=cv2.INTER_AREA))


def recompressed(picture: np.ndarray) -> np.ndarray:
    coded = cv2.imencode(".jpg", picture, [cv2.IMWRITE_JPEG_QUALITY, 30])[1]
    return np.asarray(cv2.imdecode(coded, cv2.IMREAD_GRAYSCALE))


def bent(picture: np.ndarray) -> np.ndarray:
    y, x = np.indices(picture.shape, np.float32)
    return np.asarray(cv2.remap(picture, x + 3 * np.sin(y / 30), y + 3 * np.cos(x / 40), cv2.INTER_LINEAR))


def repainted(picture: np.ndarray) -> np.ndarray:
    """What is coarse kept, what is fine somebody else's."""
    grain = np.random.default_rng(3).normal(0, 12, picture.shape)
    coarse = cv2.GaussianBlur(picture.astype(np.float32), (0, 0), 4)
    return np.clip(coarse + cv2.GaussianBlur(grain, (0, 0), 0.8) * 2, 0, 255).astype(np.uint8)


def agreeing(output: np.ndarray, reference: np.ndarray) -> pixels.Overlap:
    """What agrees of both, laid on each other as they are."""
    size = geometry.extent(400, 300)
    seen = pixels.compare(output, reference, np.eye(3), size, size)
    assert seen is not None
    side = fine.side(output, reference, seen)
    shared = pixels.patches(output, reference, np.eye(3), size, size, side, seen.reference)
    assert shared is not None
    flat = fine.straight(shared)
    assert flat is not None
    return flat


def agreement(output: np.ndarray, reference: np.ndarray) -> float | None:
    return fine.agreement(agreeing(output, reference))


@pytest.mark.parametrize("edit", [recompressed, bent])
@pytest.mark.parametrize("name", ["chelsea", "coffee", "astronaut"])
def test_a_copy_keeps_what_is_fine(name: str, edit: Edit) -> None:
    found = agreement(edit(grey(name)), grey(name))
    assert found is not None
    assert found > 0.8


@pytest.mark.parametrize("name", ["chelsea", "coffee", "astronaut"])
def test_where_only_what_is_coarse_agrees_it_does_not(name: str) -> None:
    found = agreement(repainted(grey(name)), grey(name))
    assert found is not None
    assert found < 0.6


def test_of_plain_pictures_nothing_is_said() -> None:
    plain = np.tile(np.linspace(40, 220, 400).astype(np.uint8), (300, 1))
    plain[100:130, 100:130] = 0
    assert agreement(plain, plain) is None


def regraded(picture: np.ndarray) -> np.ndarray:
    """Darker, with half of the contrast."""
    return (0.5 * picture + 20).astype(np.uint8)


@pytest.mark.parametrize("edit", [recompressed, bent, regraded])
@pytest.mark.parametrize("name", ["chelsea", "coffee", "astronaut"])
def test_a_copy_has_the_same_tones(name: str, edit: Edit) -> None:
    assert fine.same_tones(agreeing(edit(grey(name)), grey(name))) > 0.8


def captioned(name: str) -> np.ndarray:
    """A meme's words, white with a dark outline, over a picture."""
    picture = grey(name).copy()
    for thick, tone in ((24, 0), (10, 255)):
        cv2.putText(picture, "WAIT FOR", (14, 80), cv2.FONT_HERSHEY_SIMPLEX, 2.4, tone, thick, cv2.LINE_AA)
    return picture


@pytest.mark.parametrize(("name", "other"), [("chelsea", "coffee"), ("coffee", "astronaut"), ("astronaut", "chelsea")])
def test_of_the_same_words_on_two_pictures_what_is_finest_is_the_same_and_the_ground_is_not(
    name: str, other: str
) -> None:
    shared = agreeing(captioned(other), captioned(name))
    found = fine.agreement(shared)
    assert found is not None
    assert found > 0.85
    assert fine.same_tones(shared) < 0.56


def test_where_nothing_is_shown_no_tone_is_the_same() -> None:
    mine, theirs, mask, to_patch, frame = agreeing(grey("coffee"), grey("coffee"))
    assert fine.same_tones((mine, theirs, np.zeros_like(mask), to_patch, frame)) == 0
    even = np.full_like(mine, 90)
    assert fine.same_tones((even, even, mask, to_patch, frame)) == 1


def test_what_is_too_small_has_no_details() -> None:
    size = geometry.extent(20, 20)
    overlap = pixels.patches(grey("coffee")[:20, :20], grey("coffee")[:20, :20], np.eye(3), size, size, 20)
    assert overlap is not None
    assert fine.straight(overlap) is None


def sheet(words: list[str]) -> np.ndarray:
    """Words in a grid of boxes."""
    picture = np.full((320, 480), 245, np.uint8)
    for number, word in enumerate(words):
        x, y = 20 + number % 3 * 155, 20 + number // 3 * 75
        cv2.rectangle(picture, (x, y), (x + 140, y + 60), 40, 2)
        cv2.putText(picture, word, (x + 10, y + 42), cv2.FONT_HERSHEY_SIMPLEX, 1.0, 20, 2)
    return picture


WORDS = ["north", "candle", "seven", "plum", "orbit", "wheel", "grass", "index", "quartz", "lamp", "joker", "vivid"]


def changes(output: np.ndarray, reference: np.ndarray) -> fine.Changes | None:
    return fine.changes(straight(output, reference))


OTHERS = ["yellow", "madam", "train", "cloud", "harbor", "mouse"]


def instead(count: int, words: list[str]) -> np.ndarray:
    """The sheet with so many other words, no two of them side by side."""
    return sheet([words[number // 2] if number % 2 == 0 and number < 2 * count else word
                  for number, word in enumerate(WORDS)])  # fmt: skip


@pytest.mark.parametrize("count", [0, 1, 3, 6])
def test_every_word_that_differs_is_a_changed_and_replaced_place(count: int) -> None:
    found = changes(instead(count, OTHERS), sheet(WORDS))
    assert found is not None
    assert count <= found.places <= 2 * count  # a long word may fall in two
    assert found.replaced >= (0.75 if count else 0.0)


@pytest.mark.parametrize("count", [3, 6])
def test_words_that_are_gone_or_new_are_not_replaced(count: int) -> None:
    gone = instead(count, [""] * 6)
    for output, reference in ((gone, sheet(WORDS)), (sheet(WORDS), gone)):
        found = changes(output, reference)
        assert found is not None
        assert found.places >= count
        assert found.replaced < 0.6  # the edges of a word's box stay


@pytest.mark.parametrize("edit", [recompressed, lambda picture: cv2.GaussianBlur(picture, (0, 0), 0.8)])
def test_a_soft_copy_has_no_changed_place(edit: Edit) -> None:
    assert changes(edit(sheet(WORDS)), sheet(WORDS)) == fine.Changes(0, 0.0)


def test_where_hardly_anything_is_the_same_nothing_is_changed() -> None:
    """Another photograph is no design with other words; of even ground nothing is said."""
    assert changes(grey("coffee"), grey("chelsea")) == fine.Changes(0, 0.0)
    assert changes(np.full((300, 400), 90, np.uint8), np.full((300, 400), 80, np.uint8)) is None
