"""Parts of an output that may be a whole reference by themselves: what is left without borders and letterboxes, the
panels of collages and strips, and the pictures on a page or screen."""

from __future__ import annotations

from itertools import pairwise

import cv2
import numpy as np

from simcheck.kinds.image import pixels
from simcheck.kinds.image.geometry import Box

SIDE = 256
EVEN = 10.0
"""How far the grey values of a border's line may lie from its colour, on average."""
LEAST, KEEP = 0.03, 0.2
"""A trimmed view is smaller than the picture by this share of its longer side at least, and keeps a fifth of each."""

SEAM, SEAM_SHARE, SEAM_ABOVE = 10.0, 0.72, 0.3
"""A straight seam between panels: from one line to the next so many of its pixels change by so many grey values at
least, and so much more of them than from line to line in the picture at large."""
PANEL_LEAST, PANELS_MOST = 0.15, 9
"""Shortest side of a panel as a share of the picture's longer side; how many panels are looked at."""
GROUND_REACH, GROUND_LEAST = 4, 0.25
"""Grey values on either side by which the ground's tone is looked for, and the share of a picture that the ground
takes at least where pictures lie on it."""
INSET_LEAST, INSET_FULL, GAP, EDGE = 0.12, 0.8, 5, 2
"""Shortest side of a picture on a ground as a share of the longer side; how much of its box is not ground; the width of
what is too thin to be a part of it, and of its edge, which is half ground, at `SIDE` pixels."""


def panels(grey: np.ndarray) -> list[Box]:
    """The panels of a picture that straight seams cut from edge to edge, then again within each (a collage of two by
    two, a strip, a page around a photograph), in fractions of its longer side; largest first, none without a seam.

    ``grey``: uint8 (h, w).
    """
    small = at_side(grey).astype(np.float32)
    height, width = small.shape
    found: list[tuple[int, int, int, int]] = []
    waiting = [(0, 0, width, height)]
    while waiting and len(waiting) + len(found) < 4 * PANELS_MOST:
        left, top, right, bottom = waiting.pop(0)
        cut = small[top:bottom, left:right]
        rows, columns = seams(cut), seams(cut.T)
        if len(rows) > 2 or len(columns) > 2:
            ys, xs = (rows, [0, right - left]) if len(rows) > 2 else ([0, bottom - top], columns)
            waiting += [
                (left + x0, top + y0, left + x1, top + y1)
                for y0, y1 in pairwise(ys)
                for x0, x1 in pairwise(xs)
                if min(y1 - y0, x1 - x0) >= PANEL_LEAST * SIDE
            ]
        elif cut.shape != small.shape and cut.std() > EVEN:
            found.append((left, top, right, bottom))
    return largest(found, max(small.shape))


def insets(grey: np.ndarray) -> list[Box]:
    """The pictures that lie on a page or screen, apart from its edges: full rectangles on a ground of one tone, in
    fractions of the longer side; largest first.

    ``grey``: uint8 (h, w).
    """
    small = at_side(grey)
    ground = int(pixels.near_tones(small, GROUND_REACH).argmax())
    on_it = np.abs(small.astype(np.int16) - ground) > EVEN
    if on_it.mean() > 1 - GROUND_LEAST:
        return []
    solid = cv2.morphologyEx(on_it.astype(np.uint8), cv2.MORPH_OPEN, np.ones((GAP, GAP), np.uint8))
    found = [
        (int(x) + EDGE, int(y) + EDGE, int(x + width) - EDGE, int(y + height) - EDGE)
        for x, y, width, height, area in cv2.connectedComponentsWithStats(solid)[2][1:]
        if min(width, height) >= INSET_LEAST * SIDE and area >= INSET_FULL * width * height
    ]
    return largest(found, max(small.shape))


def at_side(grey: np.ndarray) -> np.ndarray:
    """A picture with its longer side at `SIDE` pixels."""
    height, width = grey.shape
    factor = SIDE / max(height, width)
    size = (max(8, round(width * factor)), max(8, round(height * factor)))
    return np.asarray(cv2.resize(grey, size, interpolation=cv2.INTER_AREA))


def largest(boxes: list[tuple[int, int, int, int]], longer: int) -> list[Box]:
    """The largest boxes, not more than are looked at, in fractions of the longer side instead of pixels."""
    boxes = sorted(boxes, key=lambda box: -(box[2] - box[0]) * (box[3] - box[1]))[:PANELS_MOST]
    return [(x0 / longer, y0 / longer, x1 / longer, y1 / longer) for x0, y0, x1, y1 in boxes]


def without_border(grey: np.ndarray, box: Box) -> Box:
    """A part of a picture, trimmed where it has a border or a letterbox of its own."""
    inner = trimmed(cut(grey, box))
    if inner is None:
        return box
    longer = max(box[2] - box[0], box[3] - box[1])
    left, top, right, bottom = (value * longer for value in inner)
    return box[0] + left, box[1] + top, box[0] + right, box[1] + bottom


def apart(one: Box, other: Box) -> bool:
    """Whether two boxes are different parts: one of the sides lies further apart than a border is wide."""
    return max(abs(a - b) for a, b in zip(one, other, strict=True)) > LEAST


def seams(lines: np.ndarray) -> list[int]:
    """Where straight seams cut between lines, float32 (n, m): 0, the positions, n."""
    if len(lines) < 3 or lines.shape[1] < 8:
        return [0, len(lines)]
    share = (np.abs(np.diff(lines, axis=0)) > SEAM).mean(1)
    least = max(SEAM_SHARE, float(np.median(share)) + SEAM_ABOVE)
    return [0, *(int(place) + 1 for place in np.flatnonzero(share > least)), len(lines)]


def trimmed(grey: np.ndarray) -> Box | None:
    """The picture without lines of one colour at its edges, in fractions of its longer side; None where there are none.

    ``grey``: uint8 (h, w). A line at an edge belongs to the border while most of it has the colour of the outermost
    line, so that a caption in a letterbox does not end it.
    """
    small = at_side(grey).astype(np.float32)
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
