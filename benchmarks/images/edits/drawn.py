"""Filters that make a drawing or a painting of a photograph."""

from __future__ import annotations

from collections.abc import Sequence

import cv2
import numpy as np

from benchmarks.images.edits.base import RGB, Edited, to_bytes


def stylise(edited: Edited, rng: np.random.Generator, _: Sequence[RGB]) -> Edited:
    """OpenCV's stylization (Gastal and Oliveira 2011), weak to strong."""
    picture = cv2.stylization(
        edited.picture, sigma_s=float(rng.uniform(30, 120)), sigma_r=float(rng.uniform(0.25, 0.6))
    )
    return edited.recoloured(np.asarray(picture, np.uint8))


def cartoon(edited: Edited, rng: np.random.Generator, _: Sequence[RGB]) -> Edited:
    """Flat colours inside dark outlines: bilateral filter, few levels, edges of an adaptive threshold."""
    smooth = edited.picture
    for _round in range(int(rng.integers(2, 5))):
        smooth = np.asarray(cv2.bilateralFilter(smooth, 7, 40, 9), np.uint8)
    levels = int(rng.integers(5, 12))
    step = 256 / levels
    flat = np.floor(smooth / step) * step + step / 2
    lightness = cv2.medianBlur(cv2.cvtColor(edited.picture, cv2.COLOR_RGB2GRAY), 5)
    block = int(rng.choice([7, 9, 13]))
    edges = cv2.adaptiveThreshold(
        lightness, 255, cv2.ADAPTIVE_THRESH_MEAN_C, cv2.THRESH_BINARY, block, rng.uniform(2, 5)
    )
    hsv = cv2.cvtColor(to_bytes(flat), cv2.COLOR_RGB2HSV)
    hsv[..., 1] = np.clip(hsv[..., 1] * rng.uniform(1.0, 1.6), 0, 255)
    colours = cv2.cvtColor(hsv, cv2.COLOR_HSV2RGB)
    return edited.recoloured(np.asarray(np.where(edges[..., None] > 0, colours, colours // 5), np.uint8))


def sketch(edited: Edited, rng: np.random.Generator, _: Sequence[RGB]) -> Edited:
    """Pencil: grey divided by its blurred negative, or OpenCV's pencil sketch in grey or colour."""
    if rng.random() < 0.6:
        lightness = cv2.cvtColor(edited.picture, cv2.COLOR_RGB2GRAY)
        blurred = cv2.GaussianBlur(255 - lightness, (0, 0), rng.uniform(3, 12))
        lines = cv2.divide(lightness, 255 - blurred, scale=256).astype(np.float32)
        darker = 255 * (lines / 255) ** rng.uniform(1.0, 2.5)
        return edited.recoloured(to_bytes(np.repeat(darker[..., None], 3, 2)))
    greys, colours = cv2.pencilSketch(
        edited.picture,
        sigma_s=float(rng.uniform(30, 80)),
        sigma_r=float(rng.uniform(0.05, 0.12)),
        shade_factor=float(rng.uniform(0.03, 0.08)),
    )
    picture = colours if rng.random() < 0.5 else np.repeat(greys[..., None], 3, 2)
    return edited.recoloured(np.asarray(picture, np.uint8))


def outline(edited: Edited, rng: np.random.Generator, _: Sequence[RGB]) -> Edited:
    """Ink lines only: difference of Gaussians with a soft threshold (XDoG, Winnemöller 2012)."""
    lightness = cv2.cvtColor(edited.picture, cv2.COLOR_RGB2GRAY).astype(np.float32) / 255
    sigma = rng.uniform(0.9, 2.0)
    near = cv2.GaussianBlur(lightness, (0, 0), sigma)
    far = cv2.GaussianBlur(lightness, (0, 0), sigma * 1.6)
    sharpened = near + rng.uniform(12, 22) * (near - far)
    level = rng.uniform(0.35, 0.6)
    ink = np.where(sharpened > level, 1.0, 1 + np.tanh(rng.uniform(4, 12) * (sharpened - level)))
    return edited.recoloured(to_bytes(np.repeat(ink[..., None] * 255, 3, 2)))
