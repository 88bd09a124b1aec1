"""Does a packaged encoder answer here as it did where it was made?

Run by the tests and by ``simcheck doctor``: another processor or another onnxruntime must not move the vectors.
The pictures are made from whole numbers, so that they are the same everywhere.
"""

from __future__ import annotations

from pathlib import Path

import numpy as np

from simcheck.encoders.base import ImageEncoder, Picture, TextEncoder, Vectors
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


def known_sentences() -> list[str]:
    """Short, long, accented, and in a script that the model hardly knows."""
    return [
        "The harbour lay still.",
        "L’été dernier, nous avons traversé la forêt à pied.",
        "Дождь шёл всю ночь.",
        " ".join(["Every ship that left the island in those years carried letters nobody would answer."] * 12),
    ]


def self_test(encoder: ImageEncoder) -> float:
    """The lowest cosine between vectors made now and those kept; below 0.999 it is a :class:`ModelError`."""
    return _compared(encoder.name, encoder.encode(known_pictures()))


def text_self_test(encoder: TextEncoder) -> float:
    """The same for the packaged sentence encoder; what is kept was made by sentence-transformers."""
    return _compared(encoder.name, encoder.encode(known_sentences()))


def _compared(name: str, now: Vectors) -> float:
    file = answers_file(name)
    try:
        kept = np.load(file).astype(np.float32)
    except (OSError, ValueError) as fault:
        raise ModelError(f"The known answers {file} of {name} cannot be read: install simcheck again.") from fault
    if kept.shape != now.shape:
        raise ModelError(f"{name} has {now.shape[1]} dimensions, its known answers have {kept.shape[-1]}.")
    cosine = float(((kept * now).sum(1) / np.linalg.norm(kept, axis=1)).min())
    if cosine < _LEAST:
        raise ModelError(
            f"{name} answers differently here than where it was made (cosine {cosine:.4f} of at least {_LEAST}): "
            "check the version of onnxruntime."
        )
    return cosine
