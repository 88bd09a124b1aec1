"""Likeness to pictures that are surely unrelated: what to take off a cosine before it is trusted.

Score normalisation of the SSCD paper (Pizzi et al. 2022, section 4.4): a query that is like everything (a flat
drawing, a page of text) has a high cosine with strangers too. The background ships as vectors, never as pictures,
of freely licensed ones: ``python -m simcheck.encoders.background PICTURES OUT.npz`` makes it.
"""

from __future__ import annotations

import argparse
from pathlib import Path

import numpy as np
import numpy.typing as npt
from PIL import Image

from simcheck.encoders.base import ImageEncoder, Vectors
from simcheck.encoders.registry import WEIGHTS, load_image_encoder
from simcheck.errors import ModelError

NEAREST = 10
"""How many of the nearest background vectors are averaged."""


def load_background(encoder: ImageEncoder) -> Vectors | None:
    """float32, (n, d), unit length; None for an encoder without one. Vectors of another encoder are refused."""
    file = WEIGHTS / f"{encoder.name}.background.npz"
    if not file.exists():
        return None
    try:
        with np.load(file) as data:
            identity, vectors = str(data["identity"]), data["vectors"].astype(np.float32)
    except (OSError, ValueError, KeyError) as fault:
        raise ModelError(f"The background {file} cannot be read: install simcheck again.") from fault
    if identity != encoder.identity:
        raise ModelError(f"The background {file} was made by {identity}, not by {encoder.identity}: make it anew.")
    result: Vectors = vectors / np.linalg.norm(vectors, axis=1, keepdims=True)
    return result


def likeness(vectors: Vectors, background: Vectors) -> npt.NDArray[np.float32]:
    """float32, (n,): mean cosine of each vector with its ten nearest of the background."""
    nearest = np.partition(vectors @ background.T, -NEAREST, axis=1)[:, -NEAREST:]
    result: npt.NDArray[np.float32] = nearest.mean(axis=1, dtype=np.float32)
    return result


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("pictures", type=Path)
    parser.add_argument("out", type=Path)
    parser.add_argument("--named", default="", help="only files with one of these words in their name, by commas")
    parser.add_argument("--most", type=int, default=1000)
    options = parser.parse_args()
    words = options.named.split(",")
    files = [f for f in sorted(options.pictures.glob("*.jpg")) if any(word in f.name for word in words)]
    files = files[:: max(1, len(files) // options.most)][: options.most]
    encoder = load_image_encoder()
    pictures = [np.asarray(Image.open(file).convert("RGB"), np.uint8) for file in files]
    vectors = encoder.encode(pictures).astype(np.float16)
    np.savez_compressed(options.out, identity=encoder.identity, vectors=vectors)


if __name__ == "__main__":
    main()
