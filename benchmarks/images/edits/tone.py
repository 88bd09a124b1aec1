"""Other colours and light, every pixel in its place."""

from __future__ import annotations

from collections.abc import Sequence

import cv2
import numpy as np

from benchmarks.images.edits.base import RGB, Edited, to_bytes


def grey(edited: Edited, rng: np.random.Generator, _: Sequence[RGB]) -> Edited:
    """Grey, by any weighting of the channels, or sepia."""
    weights = rng.dirichlet([3, 5, 2])
    values = edited.picture.astype(np.float32) @ weights.astype(np.float32)
    tint = np.array([1.08, 0.98, 0.8], np.float32) if rng.random() < 0.3 else np.ones(3, np.float32)
    return edited.recoloured(to_bytes(values[..., None] * tint))


def grade(edited: Edited, rng: np.random.Generator, _: Sequence[RGB]) -> Edited:
    """Colour grading: contrast, gamma, saturation, temperature, a turn of the hue, faded blacks."""
    values = edited.picture.astype(np.float32) / 255
    values = values ** float(np.exp(rng.uniform(-0.6, 0.6)))
    values = (values - 0.5) * rng.uniform(0.6, 1.6) + 0.5 + rng.uniform(-0.1, 0.1)
    mean = values.mean(2, keepdims=True)
    values = mean + (values - mean) * rng.uniform(0.2, 2.0)
    values = values * rng.uniform(0.75, 1.25, (1, 1, 3)).astype(np.float32)
    if rng.random() < 0.4:
        low = rng.uniform(0.05, 0.2)
        values = low + values * (1 - low)
    picture = to_bytes(values * 255)
    if rng.random() < 0.5:
        hsv = cv2.cvtColor(picture, cv2.COLOR_RGB2HSV)
        hsv[..., 0] = (hsv[..., 0].astype(int) + int(rng.integers(8, 172))) % 180
        picture = np.asarray(cv2.cvtColor(hsv, cv2.COLOR_HSV2RGB), np.uint8)
    return edited.recoloured(picture)


def exposure(edited: Edited, rng: np.random.Generator, _: Sequence[RGB]) -> Edited:
    """Much too dark or too light, with clipping, or lit from one side."""
    values = edited.picture.astype(np.float32)
    height, width = values.shape[:2]
    draw = rng.random()
    if draw < 0.35:
        values = values * rng.uniform(0.2, 0.45)
    elif draw < 0.65:
        values = values * rng.uniform(1.5, 2.4) + rng.uniform(0, 40)
    else:
        angle = rng.uniform(0, 2 * np.pi)
        y, x = np.mgrid[-1 : 1 : height * 1j, -1 : 1 : width * 1j]
        ramp = (x * np.cos(angle) + y * np.sin(angle)) * rng.uniform(0.35, 0.7) + 1
        values = values * ramp[..., None]
    return edited.recoloured(to_bytes(values))


def negative(edited: Edited, rng: np.random.Generator, _: Sequence[RGB]) -> Edited:
    """Negative-like colours: inverted, only in one or two channels, only in lightness, or channels exchanged."""
    picture = edited.picture
    draw = rng.random()
    if draw < 0.4:
        changed = 255 - picture
    elif draw < 0.6:
        changed = picture.copy()
        for channel in rng.permutation(3)[: int(rng.integers(1, 3))]:
            changed[..., channel] = 255 - changed[..., channel]
    elif draw < 0.8:
        lab = cv2.cvtColor(picture, cv2.COLOR_RGB2LAB)
        lab[..., 0] = 255 - lab[..., 0]
        changed = np.asarray(cv2.cvtColor(lab, cv2.COLOR_LAB2RGB), np.uint8)
    else:
        changed = picture[..., [[1, 2, 0], [2, 0, 1], [2, 1, 0], [1, 0, 2]][int(rng.integers(4))]]
    return edited.recoloured(changed)


def posterise(edited: Edited, rng: np.random.Generator, _: Sequence[RGB]) -> Edited:
    """Three to six levels a channel, or a palette of 6 to 16 colours."""
    if rng.random() < 0.5:
        step = 256 / int(rng.integers(3, 7))
        return edited.recoloured(to_bytes(np.floor(edited.picture / step) * step + step / 2))
    small = cv2.resize(edited.picture, (64, 64), interpolation=cv2.INTER_AREA).reshape(-1, 3).astype(np.float32)
    count = int(rng.integers(6, 17))
    centres = small[rng.permutation(len(small))[:count]]
    for _round in range(6):
        near = ((small[:, None] - centres[None]) ** 2).sum(2).argmin(1)
        centres = np.stack([small[near == k].mean(0) if (near == k).any() else centres[k] for k in range(count)])
    flat = edited.picture.reshape(-1, 3).astype(np.float32)
    distance = (centres**2).sum(1) - 2 * flat @ centres.T
    return edited.recoloured(to_bytes(centres[distance.argmin(1)]).reshape(edited.picture.shape))


def duotone(edited: Edited, rng: np.random.Generator, _: Sequence[RGB]) -> Edited:
    """Two inks, as posters have them."""
    values = cv2.cvtColor(edited.picture, cv2.COLOR_RGB2GRAY).astype(np.float32)[..., None] / 255
    dark, light = rng.uniform(0, 110, 3), rng.uniform(140, 255, 3)
    return edited.recoloured(to_bytes(dark + values * (light - dark)))
