"""The fixed codebook of the local lane: how a local feature becomes a short code, and back.

A row of the lane is 22 bytes: FAISS' own code of an ``IVF4096,PQ16x8`` on descriptors rotated to 64 dimensions (2 bytes
of cell, 16 of residual), then 31 bits of place packed in 4 bytes: x and y (10 bits each, 1/1024 of the longer side),
size (5 bits, quarter octaves), angle (6 bits, 5.6 degrees). The codebook ships with the package (trained by
``simcheck.kinds.image.train_codebook``), so rows are deterministic and adding needs no training.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

import faiss
import numpy as np

from simcheck.errors import ModelError, UsageError
from simcheck.index.lanes.threads import at_most

FILE = Path(__file__).with_name("codebook.npz")
DIMENSIONS_IN, DIMENSIONS, PARTS, CELLS = 128, 64, 16, 4096
GROUPS, GROUPS_VISITED = 64, 8
CODE = 2 + PARTS
ROW = CODE + 4
SIZE_FLOOR = -8.5
"""log2 of the smallest size (of the longer side) that is told apart; 32 quarter octaves upward from there."""


@dataclass(frozen=True)
class Codebook:
    """``rotation`` float32 (64, 128), ``cells`` float32 (4096, 64), ``groups`` float32 (64, 64): centres of groups of
    cells, ``parts`` float32 (16, 256, 4)."""

    rotation: np.ndarray
    cells: np.ndarray
    groups: np.ndarray
    parts: np.ndarray
    version: str

    def empty_index(self, lists: int | np.ndarray = 1) -> faiss.IndexIVFPQ:
        """A trained FAISS index without rows, with so many lists for each cell, one after the other. Its codes are of
        what is left after the nearest cell; they are compared by inner product (descriptors have unit length), as one
        table then serves all cells of a query."""
        coarse = faiss.IndexFlatL2(DIMENSIONS)
        coarse.add(np.repeat(self.cells, lists, axis=0))
        index = faiss.IndexIVFPQ(coarse, DIMENSIONS, coarse.ntotal, PARTS, 8, faiss.METRIC_INNER_PRODUCT)
        index.by_residual = True
        faiss.copy_array_to_vector(self.parts.ravel(), index.pq.centroids)
        index.is_trained = True
        coarse.this.disown()
        index.own_fields = True
        return index

    def finder(self) -> faiss.IndexIVFFlat:
        """The cells themselves in a small inverted file: the nearest of 4096 at a seventh of the cost."""
        coarse = faiss.IndexFlatL2(DIMENSIONS)
        coarse.add(self.groups)
        index = faiss.IndexIVFFlat(coarse, DIMENSIONS, GROUPS)
        index.is_trained = True
        coarse.this.disown()
        index.own_fields = True
        index.add(self.cells)
        index.nprobe = GROUPS_VISITED
        return index

    def rotate(self, descriptors: np.ndarray) -> np.ndarray:
        return np.ascontiguousarray(descriptors @ self.rotation.T)


@lru_cache(maxsize=1)
def load() -> Codebook:
    """The shipped codebook. Raises ModelError where the file is missing or damaged."""
    try:
        data = FILE.read_bytes()
        with np.load(FILE) as arrays:
            cells = arrays["cells"].astype(np.float32) * arrays["cell_scale"]
            groups = arrays["groups"].astype(np.float32)
            rotation, parts = arrays["rotation"].astype(np.float32), arrays["parts"].astype(np.float32)
    except (OSError, ValueError, KeyError) as error:
        raise ModelError(
            f"The local lane's codebook {FILE.name} cannot be read ({error}); install simcheck again."
        ) from error
    version = f"rootsift-opq64-ivf4096-pq16/{hashlib.sha256(data).hexdigest()[:12]}"
    return Codebook(rotation, cells, groups, parts, version)


@lru_cache(maxsize=1)
def _coder() -> tuple[faiss.IndexIVFFlat, faiss.ProductQuantizer]:
    quantizer = faiss.ProductQuantizer(DIMENSIONS, PARTS, 8)
    faiss.copy_array_to_vector(load().parts.ravel(), quantizer.centroids)
    return load().finder(), quantizer


def encode(features: np.ndarray) -> np.ndarray:
    """Rows for the lane, uint8 (n, 22), from float32 (n, 132): descriptor (unit length), x, y, size (fractions of the
    longer side), angle (degrees)."""
    if features.ndim != 2 or features.shape[1] != DIMENSIONS_IN + 4:
        raise UsageError(f"Local features have {DIMENSIONS_IN + 4} numbers each, not shape {features.shape}.")
    rows = np.empty((len(features), ROW), np.uint8)
    if len(features):
        rotated = load().rotate(features[:, :DIMENSIONS_IN].astype(np.float32))
        finder, quantizer = _coder()
        # The nearest cell but for one feature in a hundred, at a quarter of the cost of asking all 4096.
        with at_most(1):  # registering runs on all cores already: teams of threads would wait for each other
            cell = finder.search(rotated, 1)[1][:, 0]
            rows[:, 2:CODE] = quantizer.compute_codes(np.ascontiguousarray(rotated - load().cells[cell]))
        rows[:, :2] = cell.astype("<u2").view(np.uint8).reshape(-1, 2)
        rows[:, CODE:] = pack(features[:, DIMENSIONS_IN:]).astype("<u4").view(np.uint8).reshape(-1, 4)
    return rows


def decode(rows: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Approximate descriptors float32 (n, 64), rotated, and places float32 (n, 4) from uint8 (n, 22)."""
    if not len(rows):
        return np.zeros((0, DIMENSIONS), np.float32), np.zeros((0, 4), np.float32)
    book = load()
    cell = rows[:, 0].astype(np.int64) | rows[:, 1].astype(np.int64) << 8
    codes = rows[:, 2:CODE].astype(np.int64)
    residual = book.parts[np.arange(PARTS), codes].reshape(len(rows), DIMENSIONS)
    return book.cells[cell] + residual, unpack(places_of(rows))


def places_of(rows: np.ndarray) -> np.ndarray:
    """The packed place of each row, uint32 (n,), from uint8 (n, 22)."""
    return np.ascontiguousarray(rows[:, CODE:]).view("<u4").ravel()


def pack(places: np.ndarray) -> np.ndarray:
    """31 bits, uint32 (n,), from float32 (n, 4): x, y, size (fractions of the longer side), angle (degrees)."""
    x = np.clip(places[:, 0] * 1024, 0, 1023).astype(np.uint32)
    y = np.clip(places[:, 1] * 1024, 0, 1023).astype(np.uint32)
    octave = np.log2(np.maximum(places[:, 2], 1e-6)) - SIZE_FLOOR
    size = np.clip(octave * 4, 0, 31).astype(np.uint32)
    angle = (places[:, 3] % 360 * (64 / 360)).astype(np.uint32) & 63
    return np.asarray(x | y << 10 | size << 20 | angle << 25)


def unpack(packed: np.ndarray) -> np.ndarray:
    """The middle of each packed place: float32 (n, 4), from uint32 or int64 (n,)."""
    packed = packed.astype(np.int64)
    out = np.empty((len(packed), 4), np.float32)
    out[:, 0] = ((packed & 1023) + 0.5) / 1024
    out[:, 1] = ((packed >> 10 & 1023) + 0.5) / 1024
    out[:, 2] = 2 ** (SIZE_FLOOR + ((packed >> 20 & 31) + 0.5) / 4)
    out[:, 3] = ((packed >> 25 & 63) + 0.5) * (360 / 64)
    return out
