"""The finest details of aligned pictures: copies keep them, or lose them to blur; other pictures never had them."""

from __future__ import annotations

from collections.abc import Callable

import cv2
import numpy as np
import pytest
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


def agreement(output: np.ndarray, reference: np.ndarray) -> float | None:
    size = geometry.extent(400, 300)
    seen = pixels.compare(output, reference, np.eye(3), size, size)
    assert seen is not None
    return fine.agreement(output, reference, np.eye(3), seen)


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
