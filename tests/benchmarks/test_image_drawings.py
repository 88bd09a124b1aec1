"""The ways of drawing that the score is fitted on, and the order in which the series benchmark shows what it found."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from skimage import data

from benchmarks.images.drawings import DRAWN, Draw, changed, drawing
from benchmarks.images.edits.base import to_bytes
from benchmarks.images.outcome import Answer, Outcome
from benchmarks.images.series import highest


@pytest.mark.parametrize("draw", DRAWN, ids=lambda draw: str(draw.__name__))
def test_a_drawing_has_the_size_of_its_picture_and_shows_something_else(draw: Draw) -> None:
    picture = np.ascontiguousarray(data.coffee())
    drawn = draw(picture, np.random.default_rng(1))
    assert drawn.shape[:2] == picture.shape[:2]
    tones = to_bytes(np.asarray(drawn, np.float32))
    assert tones.std() > 3
    grey = tones if tones.ndim == 2 else tones.mean(2)
    assert abs(np.corrcoef(grey.ravel(), picture.mean(2).ravel())[0, 1]) < 0.97


def test_the_same_number_gives_the_same_drawing(tmp_path: Path) -> None:
    source = tmp_path / "coffee.png"
    Image.fromarray(data.coffee()).save(source)
    first = drawing(source, 4, True, tmp_path)
    bytes_of_it = first.file.read_bytes()
    again = drawing(source, 4, True, tmp_path)
    assert again.file.read_bytes() == bytes_of_it
    assert (first.truth, drawing(source, 4, False, tmp_path).truth) == (("coffee.png",), ())


def test_changes_keep_most_of_the_picture() -> None:
    picture = np.zeros((200, 300, 3), np.uint8)
    sizes = [changed(picture, np.random.default_rng(seed)).shape for seed in range(40)]
    assert len({size[:2] for size in sizes}) > 8
    assert all(0.7 < height * width / 60_000 < 1.6 for height, width, _ in sizes)


def test_what_is_held_comes_first_then_what_scores_highest() -> None:
    def outcome(name: str, score: float, decision: str) -> Outcome:
        return Outcome(name, "stranger", (), (), [Answer("r", score, decision)], decision)

    outcomes = [outcome("a", 0.9, "pass"), outcome("b", 0.8, "review"), outcome("c", 0.99, "pass")]
    assert [one["case"] for one in highest(outcomes)] == ["b", "c", "a"]
    assert highest([Outcome("d", "stranger", (), (), [], "pass")]) == []
