"""Perceptual hashes of a picture: pHash (64 bits) and PDQ (256 bits), in eight turns and flips and as negatives.

Both see the whole picture at low resolution: they find what blur, mosaic and filters leave of it, nothing of a part.
Hashes are packed bits, uint8 (8,) and (32,). Variant order: the picture turned by 0, 90, 180, 270 degrees (clockwise),
then the picture flipped left to right and turned likewise (`turned`); variants 8 to 15 are the negatives of those.
"""

from __future__ import annotations

import cv2
import numpy as np

from simcheck.kinds.image.geometry import turned

TURNS = 8
PDQ_SIDE = 512
PDQ_QUALITY = 50
"""PDQ's own measure of how much there is to hash, 0 to 100; Meta advises to leave hashes below 50 alone."""


def shrunk(picture: np.ndarray, side: int = PDQ_SIDE) -> np.ndarray:
    """uint8 RGB with its longer side at most ``side``."""
    height, width = picture.shape[:2]
    factor = side / max(height, width)
    if factor >= 1:
        return np.ascontiguousarray(picture)
    size = (max(1, round(width * factor)), max(1, round(height * factor)))
    return np.asarray(cv2.resize(picture, size, interpolation=cv2.INTER_AREA))


def phash_variants(picture: np.ndarray) -> np.ndarray:
    """pHash of the sixteen variants: uint8 (16, 8).

    The bits of ``imagehash.phash`` (hash_size 8), which a test holds against it: grey, 32 x 32, DCT, the 8 x 8 lowest
    frequencies against their median. Written here because importing imagehash's DCT (scipy) takes half a second.
    """
    from PIL import Image

    grey = Image.fromarray(picture).convert("L").resize((32, 32), Image.Resampling.LANCZOS)
    small = np.asarray(grey, np.float64)
    out = np.empty((TURNS, 8), np.uint8)
    for number in range(TURNS):
        low = cv2.dct(np.ascontiguousarray(turned(small, number)))[:8, :8]
        # OpenCV's transform is orthonormal, imagehash's is not: undo the weights, since the median sees them.
        low = low.copy()
        low[0] *= np.sqrt(2)
        low[:, 0] *= np.sqrt(2)
        out[number] = np.packbits(low > np.median(low))
    return np.concatenate([out, ~out])


def pdq_variants(picture: np.ndarray) -> tuple[np.ndarray, int]:
    """PDQ of the sixteen variants, uint8 (16, 32), and the quality, 0 to 100. ``picture``: uint8 RGB, see `shrunk`."""
    import pdqhash

    hashes, quality = pdqhash.compute_dihedral(picture)
    upright = np.packbits(np.asarray(hashes, np.uint8)[_PDQ_ORDER], axis=1)
    return np.concatenate([upright, ~upright]), int(quality)


_PDQ_ORDER = np.array([0, 3, 2, 1, 5, 7, 4, 6])
"""Where pdqhash puts our variants; a test holds it."""


def distance(a: np.ndarray, b: np.ndarray) -> np.ndarray:
    """Bits that differ between packed hashes, broadcast over leading axes."""
    return np.asarray(np.bitwise_count(a ^ b).sum(-1, dtype=np.int64))
