"""Parts of an output that may be a whole reference by themselves: what is left without borders and letterboxes."""

from __future__ import annotations

import cv2
import numpy as np

from simcheck.kinds.image.geometry import Box

SIDE = 256
EVEN = 10.0
"""How far the grey values of a border's line may lie from its colour, on average."""
LEAST, KEEP = 0.03, 0.2
"""A trimmed view is smaller than the picture by this share of its longer side at least, and keeps a fifth of each."""


def trimmed(grey: np.ndarray) -> Box | None:
    """The picture without lines of one colour at its edges, in fractions of its longer side; None where there are none.

    ``grey``: uint8 (h, w). A line at an edge belongs to the border while most of it has the colour of the outermost
    line, so that a caption in a letterbox does not end it.
    """
    height, width = grey.shape
    factor = SIDE / max(height, width)
    size = (max(8, round(width * factor)), max(8, round(height * factor)))
    small = cv2.resize(grey, size, interpolation=cv2.INTER_AREA).astype(np.float32)
    top, bottom = (border(side) for side in (small, small[::-1]))
    left, right = (border(side) for side in (small.T, small.T[::-1]))
    rows, columns = small.shape
    kept_rows, kept_columns = rows - top - bottom, columns - left - right
    if top + bottom + left + right < LEAST * SIDE or kept_rows < KEEP * rows or kept_columns < KEEP * columns:
        return None
    longer = max(rows, columns)
    return left / longer, top / longer, (columns - right) / longer, (rows - bottom) / longer


def border(lines: np.ndarray) -> int:
    """How many of the first lines are of the first line's colour: float32 (n, m)."""
    colour = float(np.median(lines[0]))
    far = np.abs(lines - colour)
    plain = (far > EVEN).mean(1) < 0.04
    if not plain[0]:
        return 0
    return int(plain.argmin()) if not plain.all() else len(lines)


def cut(picture: np.ndarray, box: Box) -> np.ndarray:
    """The part of a picture (h, w, ...) under a box in fractions of its longer side."""
    longer = max(picture.shape[:2])
    x0, y0, x1, y1 = (round(v * longer) for v in box)
    return np.ascontiguousarray(picture[y0 : max(y1, y0 + 1), x0 : max(x1, x0 + 1)])
