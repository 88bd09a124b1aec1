"""Coded again, scaled, squeezed: what every upload does."""

from __future__ import annotations

from collections.abc import Sequence

import cv2
import numpy as np

from benchmarks.images.edits.base import RGB, Edited, resized


def coded(picture: RGB, extension: str, quality: int) -> RGB:
    """Through a lossy file and back; ``extension`` is ``.jpg`` or ``.webp``."""
    flag = cv2.IMWRITE_JPEG_QUALITY if extension == ".jpg" else cv2.IMWRITE_WEBP_QUALITY
    _, data = cv2.imencode(extension, picture[..., ::-1], [flag, quality])
    return np.asarray(cv2.imdecode(data, cv2.IMREAD_COLOR), np.uint8)[..., ::-1]


def jpeg(edited: Edited, rng: np.random.Generator, _: Sequence[RGB]) -> Edited:
    """JPEG at quality 10 to 50."""
    return edited.recoloured(coded(edited.picture, ".jpg", int(rng.integers(10, 51))))


def resize(edited: Edited, rng: np.random.Generator, _: Sequence[RGB]) -> Edited:
    """A quarter to double the size."""
    factor = float(np.exp(rng.uniform(np.log(0.25), np.log(2.0))))
    width, height = edited.size
    return resized(edited, (max(64, round(width * factor)), max(64, round(height * factor))))


def squeeze(edited: Edited, rng: np.random.Generator, _: Sequence[RGB]) -> Edited:
    """One side 0.55 to 0.85 of what it was, or 1.2 to 1.7."""
    factor = rng.uniform(0.55, 0.85) if rng.random() < 0.6 else rng.uniform(1.2, 1.7)
    width, height = edited.size
    if rng.random() < 0.5:
        return resized(edited, (round(width * factor), height))
    return resized(edited, (width, round(height * factor)))


def reupload(edited: Edited, rng: np.random.Generator, _: Sequence[RGB]) -> Edited:
    """Two to four rounds of scaling and JPEG or WebP, as a picture that goes from service to service."""
    for _round in range(int(rng.integers(2, 5))):
        factor = rng.uniform(0.7, 1.15)
        width, height = edited.size
        edited = resized(edited, (max(120, round(width * factor)), max(120, round(height * factor))))
        extension = ".webp" if rng.random() < 0.4 else ".jpg"
        edited = edited.recoloured(coded(edited.picture, extension, int(rng.integers(20, 70))))
    return edited
