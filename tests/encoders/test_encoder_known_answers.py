"""The kept vectors: they hold here, and a drifting encoder is caught."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pytest

from simcheck.encoders import Picture, Vectors, known_answers, load_image_encoder
from simcheck.encoders.base import unit_length
from simcheck.encoders.known_answers import known_pictures, self_test
from simcheck.errors import ModelError


class _Drifted:
    """The packaged encoder with noise on its vectors."""

    name = "simcheck-image-2"
    dimensions = 256
    identity = "drifted"

    def encode(self, pictures: Sequence[Picture]) -> Vectors:
        vectors = load_image_encoder().encode(pictures)
        return unit_length(vectors + np.random.default_rng(0).normal(0, 0.01, vectors.shape))


def test_the_packaged_encoder_answers_as_it_was_made() -> None:
    """Six digits of the cosine, since the kept vectors are half precision."""
    assert self_test(load_image_encoder()) > 0.99999


def test_a_drifted_encoder_is_caught() -> None:
    """Noise of a hundredth a component is more than another processor makes."""
    with pytest.raises(ModelError, match="answers differently here"):
        self_test(_Drifted())


def test_missing_answers_are_an_error(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """Nothing to hold against is no pass."""
    monkeypatch.setattr(known_answers, "WEIGHTS", tmp_path)
    with pytest.raises(ModelError, match="cannot be read"):
        self_test(load_image_encoder())


def test_the_known_pictures_differ() -> None:
    """Two pictures of different shape, far apart for the encoder."""
    wide, tall = known_pictures()
    assert (wide.shape, tall.shape) == ((120, 200, 3), (200, 120, 3))
    first, second = load_image_encoder().encode([wide, tall])
    assert float(first @ second) < 0.8
