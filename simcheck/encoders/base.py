"""What an encoder is to the rest of simcheck: one method, a few facts."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol, runtime_checkable

import numpy as np
import numpy.typing as npt

Picture = npt.NDArray[np.uint8]
"""uint8, (h, w, 3), red-green-blue, upright, any size from 1 pixel."""
Vectors = npt.NDArray[np.float32]
"""float32, (n, d), unit length: the inner product of two rows is their cosine."""


@runtime_checkable
class ImageEncoder(Protocol):
    """Turns pictures into vectors whose cosine says how much two pictures show the same.

    Preparing the input (size, colours) is part of the encoder. Equal pictures give equal vectors.
    """

    @property
    def name(self) -> str:
        """What a report names, ``simcheck-image-2``."""

    @property
    def dimensions(self) -> int:
        """Length of a vector."""

    @property
    def identity(self) -> str:
        """Name, checksum of the weights and preparation. Vectors of different identities cannot be compared."""

    def encode(self, pictures: Sequence[Picture]) -> Vectors:
        """float32, (n, d), unit length, one row for each picture; (0, d) for none."""


@runtime_checkable
class TextEncoder(Protocol):
    """Turns sentences into vectors whose cosine says how much two sentences mean the same.

    Safe to call from several threads. Equal texts give equal vectors, but for the last digits, which depend on what
    they are encoded together with.
    """

    @property
    def name(self) -> str:
        """What a report names, ``all-MiniLM-L6-v2``."""

    @property
    def dimensions(self) -> int:
        """Length of a vector."""

    @property
    def identity(self) -> str:
        """Name, checksum of the weights and pooling. Vectors of different identities cannot be compared."""

    @property
    def multilingual(self) -> bool:
        """Whether a sentence and its translation have near vectors."""

    def encode(self, texts: Sequence[str]) -> Vectors:
        """float32, (n, d), unit length, one row for each text; (0, d) for none."""


def unit_length(vectors: npt.NDArray[np.floating]) -> Vectors:
    """Scale each row to length 1; a row of zeros becomes the first axis, so that every row has a direction."""
    rows = np.array(vectors, dtype=np.float32)
    length = np.linalg.norm(rows, axis=1, keepdims=True)
    rows[length[:, 0] == 0, 0] = 1.0
    length[length == 0] = 1.0
    result: Vectors = rows / length
    return result
