"""Pictures drawn anew, as a generator would repeat them: bent, repainted, partly replaced, carved.

The bends stay within a few per cent of the sides, so that the boxes of the matrix without the bend hold.
"""

from __future__ import annotations

from collections.abc import Sequence

import cv2
import numpy as np
import numpy.typing as npt

from benchmarks.images.edits.base import RGB, Edited, cover, pick, resized, to_bytes

Field = npt.NDArray[np.float32]


def smooth_field(size: tuple[int, int], cells: int, rng: np.random.Generator) -> Field:
    """Random values with standard deviation near 1, float32 (h, w), that change over 1 / ``cells`` of the sides."""
    coarse = rng.normal(0, 1, (cells + 3, cells + 3)).astype(np.float32)
    return np.asarray(cv2.resize(coarse, size, interpolation=cv2.INTER_CUBIC), np.float32)


def bent(picture: RGB, dx: Field, dy: Field) -> RGB:
    """Take every pixel from ``dx``, ``dy`` pixels away."""
    y, x = np.mgrid[0 : picture.shape[0], 0 : picture.shape[1]].astype(np.float32)
    return np.asarray(cv2.remap(picture, x + dx, y + dy, cv2.INTER_CUBIC, borderMode=cv2.BORDER_REFLECT_101), np.uint8)


def relit(picture: RGB, rng: np.random.Generator) -> RGB:
    """New light: a smooth field multiplies lightness, another shifts colour."""
    size = picture.shape[1], picture.shape[0]
    light = np.exp(rng.uniform(0.12, 0.35) * smooth_field(size, int(rng.integers(1, 4)), rng))[..., None]
    tint = np.stack([smooth_field(size, 2, rng) for _ in range(3)], 2) * rng.uniform(3, 14)
    return to_bytes(picture * light + tint)


def elastic(edited: Edited, rng: np.random.Generator, _: Sequence[RGB]) -> Edited:
    """Bent like rubber by 0.6 to 1.8 % of the side, slightly softened, new light."""
    side = max(edited.size) * rng.uniform(0.006, 0.018)
    cells = int(rng.integers(4, 9))
    picture = bent(
        edited.picture, side * smooth_field(edited.size, cells, rng), side * smooth_field(edited.size, cells, rng)
    )
    picture = np.asarray(cv2.GaussianBlur(picture, (0, 0), rng.uniform(0.4, 1.2)), np.uint8)
    return edited.recoloured(relit(picture, rng))


def kuwahara(picture: RGB, radius: int) -> RGB:
    """Kuwahara filter (1976): each pixel takes the mean of the calmest of four quadrants. Looks like gouache."""
    values = picture.astype(np.float32)
    lightness = values.mean(2)
    size = (radius + 1, radius + 1)
    mean = cv2.blur(values, size)
    deviation = cv2.blur(lightness**2, size) - cv2.blur(lightness, size) ** 2
    shift = radius // 2 + 1
    best_mean, best_deviation = values, np.full(lightness.shape, np.inf, np.float32)
    for down in (-shift, shift):
        for right in (-shift, shift):
            moved_deviation = np.roll(deviation, (down, right), (0, 1))
            calmer = moved_deviation < best_deviation
            best_deviation = np.where(calmer, moved_deviation, best_deviation)
            best_mean = np.where(calmer[..., None], np.roll(mean, (down, right), (0, 1)), best_mean)
    return to_bytes(best_mean)


def brushed(picture: RGB, rng: np.random.Generator) -> RGB:
    """Brush strokes along the edges' direction, coarse ones first (after Haeberli 1990)."""
    height, width = picture.shape[:2]
    lightness = cv2.GaussianBlur(cv2.cvtColor(picture, cv2.COLOR_RGB2GRAY).astype(np.float32), (0, 0), 3)
    gx, gy = cv2.Sobel(lightness, cv2.CV_32F, 1, 0), cv2.Sobel(lightness, cv2.CV_32F, 0, 1)
    canvas = np.asarray(cv2.GaussianBlur(picture, (0, 0), 8), np.uint8)
    for share in (0.02, 0.011, 0.006):
        length = max(3, round(max(width, height) * share))
        count = round(1.6 * width * height / length**2)
        xs, ys = rng.integers(0, width, count), rng.integers(0, height, count)
        angles = np.degrees(np.arctan2(gy[ys, xs], gx[ys, xs])) + 90 + rng.normal(0, 10, count)
        colours = picture[ys, xs].astype(int) + rng.integers(-10, 11, (count, 3))
        for x, y, angle, tint in zip(xs, ys, angles, np.clip(colours, 0, 255), strict=True):
            cv2.ellipse(
                canvas, (int(x), int(y)), (length, max(1, length // 3)), float(angle), 0, 360, tint.tolist(), -1
            )
    return canvas


def painterly(edited: Edited, rng: np.random.Generator, _: Sequence[RGB]) -> Edited:
    """Repainted: brush strokes or Kuwahara patches, with new light."""
    picture = brushed(edited.picture, rng) if rng.random() < 0.5 else kuwahara(edited.picture, int(rng.integers(4, 9)))
    return edited.recoloured(relit(picture, rng))


def mesh(edited: Edited, rng: np.random.Generator, backgrounds: Sequence[RGB]) -> Edited:
    """A mesh pulled by up to 4 % of the side, and one to three parts replaced: inpainted, or from another picture."""
    side = max(edited.size) * rng.uniform(0.01, 0.02)
    cells = int(rng.integers(2, 5))
    dx, dy = (side * np.clip(smooth_field(edited.size, cells, rng), -2, 2) for _ in range(2))
    picture = bent(edited.picture, dx, dy)
    width, height = edited.size
    other = cover(pick(rng, backgrounds), edited.size)
    for _part in range(int(rng.integers(1, 4))):
        mask = np.zeros((height, width), np.uint8)
        axes = round(width * rng.uniform(0.07, 0.17)), round(height * rng.uniform(0.07, 0.17))
        cv2.ellipse(
            mask, (int(rng.integers(width)), int(rng.integers(height))), axes, rng.uniform(0, 180), 0, 360, 255, -1
        )
        if rng.random() < 0.5:
            picture = np.asarray(cv2.inpaint(picture, mask, 5, cv2.INPAINT_TELEA), np.uint8)
        else:
            soft = cv2.GaussianBlur(mask, (0, 0), 6).astype(np.float32)[..., None] / 255
            picture = to_bytes(picture * (1 - soft) + other * soft)
    return edited.recoloured(relit(picture, rng))


def carve(picture: RGB, count: int) -> RGB:
    """Remove ``count`` vertical seams of least energy (Avidan and Shamir 2007)."""
    values = picture
    for _seam in range(count):
        lightness = cv2.cvtColor(values, cv2.COLOR_RGB2GRAY)
        energy = np.abs(cv2.Sobel(lightness, cv2.CV_32F, 1, 0)) + np.abs(cv2.Sobel(lightness, cv2.CV_32F, 0, 1))
        height, width = energy.shape
        cost = energy.copy()
        for row in range(1, height):
            above = cost[row - 1]
            left, right = np.r_[np.inf, above[:-1]], np.r_[above[1:], np.inf]
            cost[row] += np.minimum(np.minimum(left, above), right)
        seam = np.empty(height, int)
        seam[-1] = int(cost[-1].argmin())
        for row in range(height - 2, -1, -1):
            low = max(0, seam[row + 1] - 1)
            seam[row] = low + int(cost[row, low : seam[row + 1] + 2].argmin())
        keep = np.ones((height, width), bool)
        keep[np.arange(height), seam] = False
        values = values[keep].reshape(height, width - 1, 3)
    return values


def remap(edited: Edited, rng: np.random.Generator, _: Sequence[RGB]) -> Edited:
    """Strong denoising with its colours mapped anew, and in half of the cases 8 to 16 % of the columns carved out."""
    if rng.random() < 0.5:
        width, height = edited.size
        count = round(width * rng.uniform(0.08, 0.16))
        carved = carve(edited.picture, count)
        edited = resized(edited, (width - count, height)).recoloured(carved)
    strength = float(rng.uniform(10, 22))
    picture = np.asarray(cv2.fastNlMeansDenoisingColored(edited.picture, None, strength, strength, 5, 13), np.uint8)
    knots = np.linspace(0, 255, 6)
    changed = np.empty(picture.shape, np.float32)
    for channel in range(3):
        curve = np.sort(np.clip(knots + rng.normal(0, 28, 6), 0, 255))
        changed[..., channel] = np.interp(picture[..., channel], knots, curve)
    return edited.recoloured(to_bytes(changed))
