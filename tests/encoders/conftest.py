"""Fixtures of the encoder's tests."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import pytest
from encoder_pictures import made_up_picture


@pytest.fixture
def pictures() -> list[npt.NDArray[np.uint8]]:
    """Five pictures of several sizes, one a single pixel high."""
    sizes = ((90, 120), (300, 200), (160, 160), (1, 40), (700, 500))
    return [made_up_picture(seed, *size) for seed, size in enumerate(sizes)]
