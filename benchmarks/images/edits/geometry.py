"""Turned, mirrored, cut out, seen from the side."""

from __future__ import annotations

from collections.abc import Sequence

import cv2
import numpy as np

from benchmarks.images.edits.base import RGB, Edited, Matrix, Step, colour, cropped, shifting, transform


def flip(edited: Edited, rng: np.random.Generator, _: Sequence[RGB]) -> Edited:
    """Mirrored left to right, sometimes top to bottom."""
    width, height = edited.size
    if rng.random() < 0.75:
        return edited.moved(edited.picture[:, ::-1], np.array([[-1.0, 0, width], [0, 1, 0], [0, 0, 1]]))
    return edited.moved(edited.picture[::-1], np.array([[1.0, 0, 0], [0, -1, height], [0, 0, 1]]))


def quarter_turn(edited: Edited, rng: np.random.Generator, _: Sequence[RGB]) -> Edited:
    """By 90, 180 or 270 degrees."""
    for _turn in range(int(rng.choice([1, 1, 2, 3]))):
        width = edited.size[0]
        edited = edited.moved(np.rot90(edited.picture), np.array([[0.0, 1, 0], [-1, 0, width], [0, 0, 1]]))
    return edited


def turn(low: float, high: float) -> Step:
    """A step that turns by ``low`` to ``high`` degrees: on a larger canvas, with cut corners, or cut inside."""

    def step(edited: Edited, rng: np.random.Generator, _: Sequence[RGB]) -> Edited:
        degrees = rng.uniform(low, high) * (1 if rng.random() < 0.5 else -1)
        width, height = edited.size
        matrix: Matrix = np.vstack([cv2.getRotationMatrix2D((width / 2, height / 2), degrees, 1.0), [0, 0, 1]])
        canvas = width, height
        draw = rng.random()
        if draw < 0.4:
            corners = transform(matrix, np.array([[0.0, 0], [width, 0], [width, height], [0, height]]))
            low_corner, high_corner = corners.min(0), corners.max(0)
            matrix = shifting(-low_corner[0], -low_corner[1]) @ matrix
            canvas = round(high_corner[0] - low_corner[0]), round(high_corner[1] - low_corner[1])
        elif draw < 0.7:
            angle = np.radians(abs(degrees))
            inside = 1 / (np.cos(angle) + np.sin(angle) * max(width, height) / min(width, height))
            canvas = round(width * inside), round(height * inside)
            matrix = shifting((canvas[0] - width) / 2, (canvas[1] - height) / 2) @ matrix
        picture = cv2.warpPerspective(
            edited.picture,
            matrix,
            canvas,
            flags=cv2.INTER_CUBIC,
            borderMode=cv2.BORDER_CONSTANT,
            borderValue=colour(rng),
        )
        return edited.moved(np.asarray(picture, np.uint8), matrix)

    return step


def crop(low: float, high: float) -> Step:
    """A step that keeps a rectangle of ``low`` to ``high`` of the area, of any shape between 2:3 and 3:2."""

    def step(edited: Edited, rng: np.random.Generator, _: Sequence[RGB]) -> Edited:
        width, height = edited.size
        area = rng.uniform(low, high) * width * height
        shape = width / height * np.exp(rng.uniform(-0.4, 0.4))
        wide = min(width, max(24, round(float(np.sqrt(area * shape)))))
        high_side = min(height, max(24, round(area / wide)))
        x, y = int(rng.integers(width - wide + 1)), int(rng.integers(height - high_side + 1))
        return cropped(edited, (x, y, wide, high_side))

    return step


def perspective(edited: Edited, rng: np.random.Generator, _: Sequence[RGB]) -> Edited:
    """Seen from the side: each corner drawn in by up to 22 % of the sides."""
    width, height = edited.size
    start = np.array([[0, 0], [width, 0], [width, height], [0, height]], np.float32)
    inward = np.array([[1, 1], [-1, 1], [-1, -1], [1, -1]], np.float32) * np.array([width, height], np.float32)
    end = start + inward * rng.uniform(0, 0.22, (4, 2)).astype(np.float32)
    matrix: Matrix = np.asarray(cv2.getPerspectiveTransform(start, end.astype(np.float32)), np.float64)
    picture = cv2.warpPerspective(
        edited.picture,
        matrix,
        (width, height),
        flags=cv2.INTER_CUBIC,
        borderMode=cv2.BORDER_CONSTANT,
        borderValue=colour(rng),
    )
    return edited.moved(np.asarray(picture, np.uint8), matrix)
