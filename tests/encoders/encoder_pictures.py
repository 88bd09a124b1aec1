"""Made-up pictures: smooth enough to survive resizing, different enough to be told apart."""

from __future__ import annotations

import cv2
import numpy as np
import numpy.typing as npt


def made_up_picture(seed: int, height: int = 90, width: int = 120) -> npt.NDArray[np.uint8]:
    """uint8, (height, width, 3): coloured blobs and a few lines."""
    rng = np.random.default_rng(seed)
    coarse = rng.integers(0, 256, (6, 8, 3), dtype=np.uint8)
    picture = cv2.resize(coarse, (width, height), interpolation=cv2.INTER_CUBIC)
    for _ in range(4):
        ends = rng.integers(0, min(height, width), 4)
        tint = tuple(int(c) for c in rng.integers(0, 256, 3))
        cv2.line(picture, (int(ends[0]), int(ends[1])), (int(ends[2]), int(ends[3])), tint, 2)
    return picture
