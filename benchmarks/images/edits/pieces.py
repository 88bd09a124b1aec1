"""Pieces of the reference: cut out and put elsewhere, in another order, on a page, or one with its mirror image."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise

import cv2
import numpy as np

from benchmarks.images.edits.base import (
    RGB,
    Edited,
    colour,
    cover,
    cropped,
    pick,
    resized,
    scale_to,
    shifting,
    to_bytes,
)


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


def panels(edited: Edited, rng: np.random.Generator, _: Sequence[RGB]) -> Edited:
    """A page of two to four panels, each a part of 15 to 45 % of the area, and one of four mirrored."""
    rows, columns = ((1, 2), (2, 1), (1, 3), (3, 1), (2, 2))[int(rng.integers(5))]
    width, height = int(rng.integers(200, 380)), int(rng.integers(200, 380))
    gap, ink = int(rng.integers(6, 24)), bool(rng.random() < 0.5)
    page = np.full((rows * (height + gap) + gap, columns * (width + gap) + gap, 3), rng.integers(200, 256, 3), np.uint8)
    for top in range(gap, page.shape[0] - gap, height + gap):
        for left in range(gap, page.shape[1] - gap, width + gap):
            part = _part(edited.picture, rng, width / height)
            part = part[:, ::-1] if rng.random() < 0.25 else part
            page[top : top + height, left : left + width] = scale_to(np.ascontiguousarray(part), (width, height))
            if ink:
                cv2.rectangle(page, (left, top), (left + width - 1, top + height - 1), (20, 20, 20), 3)
    return edited.scattered(page)


def strips(edited: Edited, rng: np.random.Generator, _: Sequence[RGB]) -> Edited:
    """Cut into 4 to 9 strips that lie a little apart on a sheet, each shifted along itself by up to 7 %."""
    upright = edited.picture if rng.random() < 0.6 else edited.picture.transpose(1, 0, 2)
    height, width = upright.shape[:2]
    edges = np.linspace(0, width, int(rng.integers(5, 11))).astype(int)
    gap, most = round(width * rng.uniform(0.005, 0.03)), round(height * 0.07)
    sheet = np.full((height + 2 * most, width + gap * len(edges), 3), colour(rng), np.uint8)
    for number, (left, right) in enumerate(pairwise(edges)):
        x, y = left + gap * (number + 1), most + int(rng.integers(-most, most + 1))
        sheet[y : y + height, x : x + right - left] = upright[:, left:right]
    return edited.scattered(sheet if upright is edited.picture else sheet.transpose(1, 0, 2))


def _part(picture: RGB, rng: np.random.Generator, shape: float) -> RGB:
    """A rectangle of 15 to 45 % of the area, as near as it can be to a quotient of width and height."""
    high, wide = picture.shape[:2]
    area = rng.uniform(0.15, 0.45) * high * wide
    width = min(round((area * shape) ** 0.5), wide)
    height = min(round(area / width), high)
    x, y = int(rng.integers(wide - width + 1)), int(rng.integers(high - height + 1))
    return picture[y : y + height, x : x + width]


def mirrored(edited: Edited, rng: np.random.Generator, _: Sequence[RGB]) -> Edited:
    """One half, left, right, upper or lower, and its mirror image in place of the other."""
    upright = edited.picture if rng.random() < 0.6 else edited.picture.transpose(1, 0, 2)
    half = upright[:, : upright.shape[1] // 2] if rng.random() < 0.5 else upright[:, upright.shape[1] // 2 :]
    first = bool(rng.random() < 0.5)
    whole = np.hstack([half, half[:, ::-1]] if first else [half[:, ::-1], half])
    return edited.scattered(whole if upright is edited.picture else whole.transpose(1, 0, 2))
