"""Blurred, in blocks, noisy, shining through another picture."""

from __future__ import annotations

from collections.abc import Sequence

import cv2
import numpy as np

from benchmarks.images.edits.base import RGB, Edited, cover, pick, to_bytes


def blur(edited: Edited, rng: np.random.Generator, _: Sequence[RGB]) -> Edited:
    """Gaussian or motion blur, 0.3 to 1 % of the longer side."""
    side = max(edited.size)
    if rng.random() < 0.65:
        sigma = side * rng.uniform(0.003, 0.01)
        return edited.recoloured(np.asarray(cv2.GaussianBlur(edited.picture, (0, 0), sigma), np.uint8))
    length = max(3, round(side * rng.uniform(0.012, 0.035))) | 1
    kernel = np.zeros((length, length), np.float32)
    kernel[length // 2] = 1
    turn = cv2.getRotationMatrix2D(((length - 1) / 2, (length - 1) / 2), rng.uniform(0, 180), 1)
    slanted = np.asarray(cv2.warpAffine(kernel, turn, (length, length)), np.float32)
    return edited.recoloured(np.asarray(cv2.filter2D(edited.picture, -1, slanted / slanted.sum()), np.uint8))


def pixelate(edited: Edited, rng: np.random.Generator, _: Sequence[RGB]) -> Edited:
    """Blocks, 40 to 100 of them on the longer side."""
    width, height = edited.size
    factor = rng.uniform(40, 100) / max(width, height)
    size = max(2, round(width * factor)), max(2, round(height * factor))
    small = cv2.resize(edited.picture, size, interpolation=cv2.INTER_AREA)
    blocks = cv2.resize(small, (width, height), interpolation=cv2.INTER_NEAREST)
    return edited.recoloured(np.asarray(blocks, np.uint8))


def noise(edited: Edited, rng: np.random.Generator, _: Sequence[RGB]) -> Edited:
    """Gaussian, coarse-grained, multiplied, or salt and pepper."""
    values = edited.picture.astype(np.float32)
    height, width = values.shape[:2]
    draw = rng.random()
    if draw < 0.4:
        values += rng.normal(0, rng.uniform(12, 50), values.shape)
    elif draw < 0.6:
        grain = rng.normal(0, rng.uniform(25, 60), (height // 2 + 1, width // 2 + 1)).astype(np.float32)
        values += cv2.resize(grain, (width, height), interpolation=cv2.INTER_CUBIC)[..., None]
    elif draw < 0.8:
        values *= 1 + rng.normal(0, rng.uniform(0.15, 0.45), values.shape)
    else:
        hit = rng.random((height, width)) < rng.uniform(0.02, 0.12)
        values[hit] = (rng.random(int(hit.sum())) < 0.5)[:, None] * 255.0
    return edited.recoloured(to_bytes(values))


def blend(edited: Edited, rng: np.random.Generator, backgrounds: Sequence[RGB]) -> Edited:
    """Half-transparent over or under another picture: 50 to 75 % of the reference stays."""
    share = rng.uniform(0.5, 0.75)
    other = cover(pick(rng, backgrounds), edited.size).astype(np.float32)
    return edited.recoloured(to_bytes(edited.picture * share + other * (1 - share)))
