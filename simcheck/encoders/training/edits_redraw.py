"""Edits that draw a picture anew: pencil, cartoon, painterly filters, denoising, replaced parts."""

from __future__ import annotations

import cv2
import numpy as np

from simcheck.encoders.training.edits_base import Picture, Random, chance, colour, pick, to_bytes, uniform


def _grey(picture: Picture) -> Picture:
    return cv2.cvtColor(picture, cv2.COLOR_RGB2GRAY)


def _dodge(rng: Random, picture: Picture) -> Picture:
    light = _grey(picture)
    return cv2.divide(light, 255 - cv2.GaussianBlur(255 - light, (0, 0), uniform(rng, 2, 10)), scale=256)


def _laplacian(rng: Random, picture: Picture) -> Picture:
    soft = cv2.GaussianBlur(_grey(picture), (0, 0), uniform(rng, 0.6, 1.6))
    return 255 - cv2.convertScaleAbs(cv2.Laplacian(soft, cv2.CV_16S, ksize=3), alpha=uniform(rng, 1.5, 4))


def _threshold(rng: Random, picture: Picture) -> Picture:
    block = 2 * int(rng.integers(3, 9)) + 1
    return cv2.adaptiveThreshold(
        cv2.medianBlur(_grey(picture), 3),
        255,
        cv2.ADAPTIVE_THRESH_GAUSSIAN_C,
        cv2.THRESH_BINARY,
        block,
        uniform(rng, 2, 7),
    )


def _contours(rng: Random, picture: Picture) -> Picture:
    low = uniform(rng, 30, 90)
    return 255 - cv2.Canny(cv2.GaussianBlur(_grey(picture), (0, 0), uniform(rng, 0.6, 1.5)), low, low * 2.5)


def _two_blurs(rng: Random, picture: Picture) -> Picture:
    """Thresholded difference of two Gaussians (Winnemöller 2011, XDoG)."""
    light = _grey(picture).astype(np.float32)
    s = uniform(rng, 0.6, 1.6)
    sharp = cv2.GaussianBlur(light, (0, 0), s) - uniform(rng, 0.9, 0.98) * cv2.GaussianBlur(light, (0, 0), 1.6 * s)
    return to_bytes(255 * (1 + np.tanh(uniform(rng, 0.15, 0.6) * (sharp - uniform(rng, 0, 6)))) / 1.2)


_LINES = (_dodge, _dodge, _dodge, _laplacian, _laplacian, _threshold, _contours, _two_blurs)


def drawing(rng: Random, picture: Picture) -> Picture:
    """A drawing in one colour on paper: pencil, ink, contours; sometimes with grain or some of the colour left."""
    lines = pick(rng, _LINES)(rng, picture)
    if chance(rng, 0.2):
        lines = cv2.GaussianBlur(lines, (0, 0), uniform(rng, 0.5, 1.2))
    if chance(rng, 0.15):
        lines = 255 - lines
    share = (lines.astype(np.float32) / 255)[..., None]
    if chance(rng, 0.6):
        return to_bytes(share * 255 + np.zeros(3, np.float32))
    if chance(rng, 0.5):
        ink, paper = rng.uniform(0, 110, 3), rng.uniform(190, 255, 3)
        return to_bytes(share * paper + (1 - share) * ink)
    pale = 255 - uniform(rng, 0.2, 0.7) * (255 - picture.astype(np.float32))
    return to_bytes(share * pale)


def cartoon(rng: Random, picture: Picture) -> Picture:
    """Flat colours with dark lines."""
    flat = cv2.bilateralFilter(picture, 7, uniform(rng, 40, 120), 7)
    if chance(rng, 0.5):
        step = pick(rng, (24, 32, 48))
        flat = to_bytes((flat // step).astype(np.float32) * step + step / 2)
    lines = _threshold(rng, picture)
    return cv2.bitwise_and(flat, cv2.cvtColor(lines, cv2.COLOR_GRAY2RGB))


def smooth(rng: Random, picture: Picture) -> Picture:
    """Strong denoising or painting that keeps edges: bilateral, median, domain transform (Gastal, Oliveira 2011)."""
    kind = rng.random()
    if kind < 0.35:
        return cv2.bilateralFilter(picture, 9, uniform(rng, 40, 150), uniform(rng, 4, 10))
    if kind < 0.65:
        return cv2.medianBlur(picture, pick(rng, (3, 5, 7, 9)))
    if kind < 0.9:
        return cv2.edgePreservingFilter(picture, None, 1, uniform(rng, 10, 60), uniform(rng, 0.2, 0.7))
    return cv2.stylization(picture, None, uniform(rng, 20, 80), uniform(rng, 0.2, 0.6))


def strokes(rng: Random, picture: Picture) -> Picture:
    """Painted anew with some hundred short strokes in the picture's colours, coarse first (after Hertzmann 1998)."""
    h, w = picture.shape[:2]
    canvas = cv2.GaussianBlur(picture, (0, 0), uniform(rng, 4, 9))
    side = min(h, w)
    for cell in (side / uniform(rng, 9, 14), side / uniform(rng, 18, 32)):
        count = int(0.8 * h * w / (cell * cell))
        places = rng.random((count, 2)) * (w, h)
        angles = uniform(rng, 0, 3.14) + rng.normal(0, uniform(rng, 0.1, 1.5), count)
        ends = places + np.stack([np.cos(angles), np.sin(angles)], 1) * cell
        shift = rng.normal(0, 10, (count, 3))
        for (x, y), (x2, y2), change in zip(places.astype(int), ends.astype(int), shift, strict=True):
            shade = to_bytes(picture[y, x] + change)
            tint = (int(shade[0]), int(shade[1]), int(shade[2]))
            cv2.line(canvas, (int(x), int(y)), (int(x2), int(y2)), tint, max(1, int(cell * 0.6)), cv2.LINE_AA)
    return canvas


def mosaic(rng: Random, picture: Picture) -> Picture:
    """Flat cells about random points (stained glass, low polygons)."""
    h, w = picture.shape[:2]
    count = int(rng.integers(150, 700))
    points = (rng.random((count, 2)) * (h, w)).astype(int)
    seeds = np.full((h, w), 255, np.uint8)
    seeds[points[:, 0], points[:, 1]] = 0
    _, labels = cv2.distanceTransformWithLabels(seeds, cv2.DIST_L2, 5, labelType=cv2.DIST_LABEL_PIXEL)
    flat = labels.ravel()
    number = np.maximum(np.bincount(flat), 1)
    means = np.stack([np.bincount(flat, picture[..., c].ravel()) / number for c in range(3)], 1)
    return to_bytes(means[flat].reshape(h, w, 3))


def detail(rng: Random, picture: Picture) -> Picture:
    """Texture exaggerated, as over-processed photographs and some upscalers do."""
    return cv2.detailEnhance(picture, None, uniform(rng, 5, 20), uniform(rng, 0.1, 0.3))


def replace_part(rng: Random, picture: Picture, other: Picture) -> Picture:
    """Up to a third replaced, softly: by another picture, one colour, or what a painter would fill in."""
    h, w = picture.shape[:2]
    mask = np.zeros((h, w), np.uint8)
    for _ in range(int(rng.integers(1, 4))):
        centre = (int(rng.integers(0, w)), int(rng.integers(0, h)))
        axes = (int(uniform(rng, 0.06, 0.3) * w) + 1, int(uniform(rng, 0.06, 0.3) * h) + 1)
        cv2.ellipse(mask, centre, axes, uniform(rng, 0, 180), 0, 360, 255, -1)
    kind = rng.random()
    if kind < 0.25:
        return cv2.inpaint(picture, mask, 3, cv2.INPAINT_TELEA)
    if kind < 0.7:
        fill = cv2.resize(other, (w, h), interpolation=cv2.INTER_AREA)
    elif kind < 0.85:
        fill = cv2.GaussianBlur(picture, (0, 0), uniform(rng, 5, 12))
    else:
        fill = np.full_like(picture, colour(rng))
    soft = cv2.GaussianBlur(mask, (0, 0), uniform(rng, 0.5, 5)).astype(np.float32)[..., None] / 255
    return to_bytes(soft * fill + (1 - soft) * picture)
