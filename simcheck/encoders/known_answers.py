"""Does the packaged encoder answer here as it did where it was made?

Run by the tests and by ``simcheck doctor``: another processor or another onnxruntime must not move the vectors.
The pictures are made from whole numbers, so that they are the same everywhere.
"""

from __future__ import annotations

from pathlib import Path

import numpy as np

from simcheck.encoders.base import ImageEncoder, Picture
from simcheck.encoders.registry import WEIGHTS
from simcheck.errors import ModelError

_LEAST = 0.999
"""Cosine between the vector here and the kept one; other processors differ in the sixth digit."""


def known_pictures() -> list[Picture]:
    """Two pictures: bent colour ramps, wide and tall."""
    y, x = np.mgrid[0:120, 0:200]
    wide = np.stack([x * x // 60 % 256, y * 5 % 256, x * y // 50 % 256], axis=2).astype(np.uint8)
    tall = np.stack([x.T * 3 % 256, (x.T + y.T) // 2 % 256, (x.T // 16 + y.T // 16) % 2 * 255], axis=2).astype(np.uint8)
    return [wide, tall]


def answers_file(name: str) -> Path:
    """Where the kept vectors of a packaged encoder are: float16, (2, d)."""
    return WEIGHTS / f"{name}.answers.npy"


def self_test(encoder: ImageEncoder) -> float:
    """The lowest cosine between vectors made now and those kept; below 0.999 it is a :class:`ModelError`."""
    file = answers_file(encoder.name)
    try:
        kept = np.load(file).astype(np.float32)
    except (OSError, ValueError) as fault:
        raise ModelError(
            f"The known answers {file} of {encoder.name} cannot be read: install simcheck again."
        ) from fault
    now = encoder.encode(known_pictures())
    if kept.shape != now.shape:
        raise ModelError(f"{encoder.name} has {now.shape[1]} dimensions, its known answers have {kept.shape[-1]}.")
    cosine = float(((kept * now).sum(1) / np.linalg.norm(kept, axis=1)).min())
    if cosine < _LEAST:
        raise ModelError(
            f"{encoder.name} answers differently here than where it was made (cosine {cosine:.4f} of at least "
            f"{_LEAST}): check the version of onnxruntime."
        )
    return cosine
