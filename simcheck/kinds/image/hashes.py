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
"""How many turns and flips there are, see `geometry.turned`."""
PDQ_SIDE = 512
SQUARE = 96
EDGE_SIDE, EDGE_BLUR, EDGE_WHITE = 256, 2.0, 99.5
"""Outlines are taken at this side, after this blur (pixels); the strongest half percent of them is white."""


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


def outlines(grey: np.ndarray) -> np.ndarray:
    """Where a picture changes: square root of the gradient's length, uint8 like ``grey`` (h, w).

    A drawing after a picture keeps its edges and little else; the root keeps weak edges beside strong ones.
    """
    soft = cv2.GaussianBlur(grey.astype(np.float32), (0, 0), EDGE_BLUR * max(grey.shape) / EDGE_SIDE)
    across, down = (cv2.Sobel(soft, cv2.CV_32F, x, 1 - x) for x in (1, 0))
    length = cv2.sqrt(cv2.magnitude(across, down))
    strong = float(np.percentile(length, EDGE_WHITE))
    return np.asarray(np.clip(length * (255 / max(strong, 1e-3)), 0, 255), np.uint8)


def squared(grey: np.ndarray) -> np.ndarray:
    """float32 (`SQUARE`, `SQUARE`): a whole picture squeezed small, to see at once whether two are worth a look."""
    return np.asarray(cv2.resize(grey, (SQUARE, SQUARE), interpolation=cv2.INTER_AREA), np.float32)


def outline_variants(picture: np.ndarray) -> np.ndarray:
    """PDQ of the outlines in the eight turns and flips: uint8 (8, 32). ``picture``: uint8 RGB."""
    small = cv2.cvtColor(shrunk(picture, EDGE_SIDE), cv2.COLOR_RGB2GRAY)
    return pdq_variants(cv2.merge([outlines(small)] * 3))[0][:TURNS]


_PDQ_ORDER = np.array([0, 3, 2, 1, 5, 7, 4, 6])
"""Where pdqhash puts our variants; a test holds it."""


def distance(a: np.ndarray, b: np.ndarray) -> np.ndarray:
    """Bits that differ between packed hashes, broadcast over leading axes."""
    return np.asarray(np.bitwise_count(a ^ b).sum(-1, dtype=np.int64))
