"""Two tables of one template, for tests: the same lines, other numbers."""

from __future__ import annotations

import cv2
import numpy as np


def table(seed: int) -> np.ndarray:
    """Rows of numbers between thick lines, uint8 RGB (480, 640, 3)."""
    rng = np.random.default_rng(seed)
    picture = np.full((480, 640, 3), 255, np.uint8)
    for row in range(9):
        cv2.line(picture, (10, 20 + 55 * row), (630, 20 + 55 * row), (0, 0, 0), 3)
        for column in range(4 if row < 8 else 0):
            place = 20 + 155 * column, 62 + 55 * row
            cv2.putText(picture, f"{rng.integers(10_000, 99_999)}", place, cv2.FONT_HERSHEY_SIMPLEX, 1.2, (0, 0, 0), 3)
    return picture
