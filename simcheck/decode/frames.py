"""Which frames of an animation stand for all of them."""

from __future__ import annotations

import numpy as np


def representatives(signatures: np.ndarray, most: int, near: float) -> tuple[list[int], int]:
    """Choose frames so that every other frame looks like one of them.

    Farthest-first traversal (Gonzalez 1985): begin with the first frame, then take the frame that is least like those
    taken, until all are near or ``most`` are taken. A single odd frame among a thousand is the second one taken, where
    evenly spread samples would miss it.

    ``signatures``: float32 (n, d), n at least 1, one row a frame (grey levels 0 to 255). ``near``: root mean square
    difference in grey levels up to which two frames look alike. Returns the chosen numbers, ascending, and how many
    frames look like none of them.
    """
    chosen = [0]
    distance = _distance(signatures, signatures[0])
    while len(chosen) < most and distance.max() > near:
        farthest = int(distance.argmax())
        chosen.append(farthest)
        distance = np.minimum(distance, _distance(signatures, signatures[farthest]))
    return sorted(chosen), int((distance > near).sum())


def _distance(signatures: np.ndarray, one: np.ndarray) -> np.ndarray:
    difference = signatures - one
    distance: np.ndarray = np.sqrt(np.einsum("nd,nd->n", difference, difference) / signatures.shape[1])
    return distance
