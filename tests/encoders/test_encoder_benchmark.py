"""The benchmark's scorer counts right, and its edits work on odd pictures."""

from __future__ import annotations

import random

import numpy as np
import pytest
from encoder_pictures import made_up_picture
from PIL import Image

pytest.importorskip("pdqhash")

from benchmarks.encoder_cases import Cases, Query
from benchmarks.encoder_edits import FAMILIES
from benchmarks.encoder_scores import by_hash, outcome


def _cases() -> Cases:
    pictures = [Image.fromarray(made_up_picture(seed, 100, 130)) for seed in range(5)]
    queries = [
        Query(pictures[0], 0, "same", "0"),
        Query(pictures[1], 1, "same", "1"),
        Query(pictures[1], 0, "wrong", "1"),
        Query(pictures[3], -1, "unrelated", "3"),
        Query(pictures[4], -1, "unrelated", "4"),
    ]
    return Cases(pictures[:3], ["a", "b", "c"], queries)


def test_the_scorer_counts_by_family() -> None:
    """Right on top but under the best stranger is found on top only; families weigh the same."""
    scores = np.float32([[0.9, 0, 0], [0, 0.4, 0], [0, 0.9, 0], [0.1, 0.5, 0], [0, 0, 0.2]])
    result = outcome(scores, _cases())
    assert result.families["same"]["on_top"] == 1
    assert result.families["same"]["found_at_zero"] == 0.5
    assert result.families["wrong"]["on_top"] == 0
    assert result.on_top == 0.5
    assert result.highest_unrelated == 0.5
    assert result.mean_unrelated == pytest.approx(0.35)
    assert result.nearest_strangers[0] == {"query": "3", "family": "unrelated", "reference": "b", "score": 0.5}


def test_hashes_find_the_same_picture() -> None:
    """Identical pictures score 1."""
    for name in ("pHash", "PDQ"):
        scores = by_hash(name, _cases())
        assert scores.shape == (5, 3)
        assert scores[0, 0] == pytest.approx(1)


@pytest.mark.parametrize("family", sorted(FAMILIES))
def test_every_family_gives_a_picture_twice_the_same(family: str) -> None:
    """Same seed, same edit; a tall picture and a wide one."""
    picture, other = (Image.fromarray(made_up_picture(seed, *size)) for seed, size in ((1, (210, 90)), (2, (80, 200))))
    first, again = (FAMILIES[family](random.Random(5), picture.copy(), other).convert("RGB") for _ in range(2))
    assert min(first.size) >= 16
    np.testing.assert_array_equal(np.asarray(first), np.asarray(again))
