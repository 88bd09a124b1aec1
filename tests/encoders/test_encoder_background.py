"""Score normalisation: the packaged background belongs to the packaged encoder and means what it says."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from encoder_pictures import made_up_picture

from simcheck.encoders import background, load_image_encoder
from simcheck.encoders.background import likeness, load_background
from simcheck.errors import ModelError


def test_the_packaged_background_is_the_packaged_encoders() -> None:
    """Unit vectors of the right width, some hundred at least."""
    vectors = load_background(load_image_encoder())
    assert vectors is not None
    assert vectors.shape[0] >= 500
    assert vectors.shape[1] == 256
    np.testing.assert_allclose(np.linalg.norm(vectors, axis=1), 1, atol=1e-5)


def test_likeness_is_the_mean_of_the_ten_nearest() -> None:
    """Ten of twenty vectors are the query itself: 1; none is like the other query: 0."""
    vectors = np.zeros((20, 3), np.float32)
    vectors[:10, 0] = vectors[10:, 1] = 1
    queries = np.float32([[1, 0, 0], [0, 0, 1]])
    np.testing.assert_allclose(likeness(queries, vectors), [1, 0])


def test_another_encoders_background_is_refused(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """Vectors of different encoders never meet; without a file there is no background; a broken one is an error."""
    encoder = load_image_encoder()
    monkeypatch.setattr(background, "WEIGHTS", tmp_path)
    assert load_background(encoder) is None
    file = tmp_path / "simcheck-image-2.background.npz"
    np.savez(file, identity="another", vectors=encoder.encode([made_up_picture(1)]))
    with pytest.raises(ModelError, match="was made by another"):
        load_background(encoder)
    file.write_bytes(b"broken")
    with pytest.raises(ModelError, match="cannot be read"):
        load_background(encoder)
