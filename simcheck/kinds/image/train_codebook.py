"""Trains the codebook that the local lane ships with, so that adding a picture never needs training.

Run ``python -m simcheck.kinds.image.train_codebook FOLDER``: takes RootSIFT descriptors of the folder's pictures (and
their mirrored twins), learns a rotation to fewer dimensions (OPQ, Ge et al. 2013), the coarse cells and the product
quantiser of the residuals, and writes ``index/lanes/codebook.npz`` in the precision the lane reads it with. Seeded:
equal pictures give an equal file. A new file is a new version of the lane: indexes made with another one are refused.
"""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

import cv2
import faiss
import numpy as np

from simcheck.index.lanes import codebook
from simcheck.kinds.image import features

PICTURES = 3000
EACH = 100
SEED = 10


def descriptors_of(folder: Path) -> np.ndarray:
    """A sample of RootSIFT descriptors, half of them mirrored: float32 (n, 128)."""
    rng = np.random.default_rng(SEED)
    files = sorted(p for p in folder.iterdir() if p.suffix.lower() in (".jpg", ".png"))
    taken = rng.permutation(len(files))[:PICTURES]
    parts = []
    for number in sorted(taken):
        picture = cv2.imread(str(files[number]), cv2.IMREAD_GRAYSCALE)
        if picture is None:
            raise SystemExit(f"{files[number]} is not a picture that OpenCV reads; remove it from the folder.")
        rows = features.extract(features.scaled(picture, 400), 256)
        rows = rows[rng.permutation(len(rows))[:EACH]]
        half = len(rows) // 2
        parts += [rows[:half, :128], features.mirrored(rows[half:], 1.0)[:, :128]]
    return np.ascontiguousarray(np.concatenate(parts))


def train(sample: np.ndarray) -> dict[str, np.ndarray]:
    """The codebook's arrays from float32 (n, 128): rotation, cells and the residuals' product quantiser."""
    rotation = faiss.OPQMatrix(codebook.DIMENSIONS_IN, codebook.PARTS, codebook.DIMENSIONS)
    rotation.niter = 20
    rotation.train(sample[:65536])
    matrix = faiss.vector_to_array(rotation.A).reshape(codebook.DIMENSIONS, codebook.DIMENSIONS_IN)
    low = sample @ matrix.T
    kmeans = faiss.Kmeans(codebook.DIMENSIONS, codebook.CELLS, niter=25, seed=SEED, max_points_per_centroid=100)
    kmeans.train(low)
    scale = float(np.abs(kmeans.centroids).max() / 127)
    cells = np.round(kmeans.centroids / scale).astype(np.int8)
    used = cells.astype(np.float32) * scale
    flat = faiss.IndexFlatL2(codebook.DIMENSIONS)
    flat.add(used)
    nearest = flat.search(low, 1)[1][:, 0]
    quantiser = faiss.ProductQuantizer(codebook.DIMENSIONS, codebook.PARTS, 8)
    quantiser.train(low - used[nearest])
    parts = faiss.vector_to_array(quantiser.centroids).reshape(codebook.PARTS, 256, -1)
    grouping = faiss.Kmeans(codebook.DIMENSIONS, codebook.GROUPS, niter=25, seed=SEED, min_points_per_centroid=1)
    grouping.train(used)
    return {
        "groups": grouping.centroids.astype(np.float16),
        "rotation": matrix.astype(np.float16),
        "cells": cells,
        "cell_scale": np.array(scale, np.float32),
        "parts": parts.astype(np.float16),
    }


if __name__ == "__main__":
    if len(sys.argv) != 2:
        sys.exit("usage: python -m simcheck.kinds.image.train_codebook FOLDER")
    arrays: dict[str, Any] = dict(train(descriptors_of(Path(sys.argv[1]))))
    np.savez_compressed(codebook.FILE, **arrays)
    print(f"{codebook.FILE}: {codebook.FILE.stat().st_size} bytes, version {codebook.load().version}")
