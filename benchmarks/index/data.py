"""Vectors as they really are: embeddings of real pictures, and of real edits of some of them.

More than there are pictures are made by perturbation: a stored vector is turned by a random angle towards another real
one and a little at random, so that copies cluster as real data does and fill the directions that real data fills.
"""

from __future__ import annotations

import io
from collections.abc import Iterator
from pathlib import Path

import numpy as np
from PIL import Image, ImageEnhance, ImageFilter

from simcheck.encoders.registry import load_image_encoder

ROOT = Path(__file__).resolve().parents[2]
PICTURES = ROOT.parent / "shared" / "data" / "images" / "train"
CACHE = ROOT / "build" / "index-benchmark"
EDITED = 400


def real(count: int = 4000) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Embeddings (n, 256), embeddings of edits (m, 256), and the row that each edit was made from (m,). Cached."""
    file = CACHE / f"embeddings-{count}.npz"
    if not file.exists():
        paths = sorted(PICTURES.iterdir())[:count]
        if not paths:
            raise SystemExit(f"{PICTURES} is missing: these figures need its pictures")
        encoder = load_image_encoder(threads=0)
        plain, edited, owners = [], [], []
        for number, path in enumerate(paths):
            with Image.open(path) as opened:
                picture = opened.convert("RGB")
            picture.thumbnail((320, 320))
            plain.append(encoder.encode([np.asarray(picture)])[0])
            if number < EDITED:
                for edit in edits(picture):
                    edited.append(encoder.encode([np.asarray(edit)])[0])
                    owners.append(number)
        CACHE.mkdir(parents=True, exist_ok=True)
        np.savez(file, plain=np.stack(plain), edited=np.stack(edited), owners=np.array(owners))
    with np.load(file) as kept:
        return kept["plain"], kept["edited"], kept["owners"]


def edits(picture: Image.Image) -> Iterator[Image.Image]:
    """Recompressed, cropped, turned a little, mirrored, graded, blurred, small, with a stripe of text's height."""
    wide, high = picture.size
    coded = io.BytesIO()
    picture.save(coded, "JPEG", quality=20)
    yield Image.open(coded).convert("RGB")
    yield picture.crop((wide // 8, high // 8, wide * 7 // 8, high * 7 // 8))
    yield picture.crop((wide // 4, high // 5, wide, high))
    yield picture.rotate(8, expand=False)
    yield picture.transpose(Image.Transpose.FLIP_LEFT_RIGHT)
    yield ImageEnhance.Brightness(ImageEnhance.Color(picture).enhance(1.8)).enhance(0.75)
    yield picture.filter(ImageFilter.GaussianBlur(3))
    yield picture.resize((96, 96))
    striped = picture.copy()
    striped.paste((250, 250, 250), (0, high * 4 // 5, wide, high * 19 // 20))
    yield striped


def grown(plain: np.ndarray, count: int, seed: int = 0) -> Iterator[np.ndarray]:
    """Blocks of unit vectors, ``count`` in all: the real ones first, then perturbed copies of them."""
    rng = np.random.default_rng(seed)
    yield plain[:count]
    left = count - len(plain)
    while left > 0:
        size = min(left, 20_000)
        one, other = plain[rng.integers(0, len(plain), (2, size))]
        share = rng.uniform(0.2, 1.2, (size, 1)).astype(np.float32)
        noise = rng.standard_normal((size, plain.shape[1])).astype(np.float32) * 0.02
        rows = one + share * other + noise
        yield (rows / np.linalg.norm(rows, axis=1, keepdims=True)).astype(np.float32)
        left -= size
