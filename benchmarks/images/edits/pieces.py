"""Pieces of the reference: cut out and put elsewhere, or all of them in another order."""

from __future__ import annotations

from collections.abc import Sequence

import cv2
import numpy as np

from benchmarks.images.edits.base import RGB, Edited, cover, cropped, pick, resized, shifting, to_bytes


def piece(edited: Edited, rng: np.random.Generator) -> Edited:
    """A rectangle of 20 to 45 % of the area, upright or lying."""
    width, height = edited.size
    share, stretch = rng.uniform(0.2, 0.45), np.exp(rng.uniform(-0.3, 0.3))
    wide, high = (round(side * min(share**0.5 * way, 1.0)) for side, way in ((width, stretch), (height, 1 / stretch)))
    return cropped(edited, (int(rng.integers(width - wide + 1)), int(rng.integers(height - high + 1)), wide, high))


def pasted(edited: Edited, rng: np.random.Generator, backgrounds: Sequence[RGB]) -> Edited:
    """A piece on another picture, of which it takes 8 to 30 %; half of them with round and soft edges."""
    edited = piece(edited, rng)
    width, height = edited.size
    background = cover(pick(rng, backgrounds), (int(rng.integers(600, 1000)), int(rng.integers(450, 800))))
    factor = np.sqrt(rng.uniform(0.08, 0.3) * background.shape[0] * background.shape[1] / (width * height))
    factor = min(factor, 0.95 * background.shape[1] / width, 0.95 * background.shape[0] / height)
    edited = resized(edited, (round(width * factor), round(height * factor)))
    width, height = edited.size
    x, y = (int(rng.integers(room + 1)) for room in (background.shape[1] - width, background.shape[0] - height))
    mask = np.ones((height, width, 1), np.float32)
    if rng.random() < 0.5:
        drawn = np.zeros((height, width), np.float32)
        cv2.ellipse(drawn, (width // 2, height // 2), (round(width * 0.48), round(height * 0.48)), 0, 0, 360, 1.0, -1)
        mask = np.asarray(cv2.GaussianBlur(drawn, (0, 0), rng.uniform(1, 5)), np.float32)[..., None]
    canvas = background.copy()
    under = canvas[y : y + height, x : x + width].astype(np.float32)
    canvas[y : y + height, x : x + width] = to_bytes(edited.picture * mask + under * (1 - mask))
    return edited.moved(canvas, shifting(x, y))


def shuffled(edited: Edited, rng: np.random.Generator, _: Sequence[RGB]) -> Edited:
    """Cut into three by three or four by four tiles, in another order."""
    many = int(rng.integers(3, 5))
    width, height = (side // many * many for side in edited.size)
    rows = [part for line in np.vsplit(edited.picture[:height, :width], many) for part in np.hsplit(line, many)]
    order = [rows[int(place)] for place in rng.permutation(many * many)]
    return edited.scattered(np.vstack([np.hstack(order[many * row : many * (row + 1)]) for row in range(many)]))
