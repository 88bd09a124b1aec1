"""Pairs of local features that stand for the same point, and the transform they agree on."""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np

from simcheck.kinds.image import geometry

UNIT = 640.0
"""OpenCV's estimators are made for coordinates in pixels: fractions are scaled to a longer side of 640."""
THRESHOLD = 5.0
"""How far a point may lie from where the transform puts it, in those pixels."""
TURN_TOLERANCE = 30.0
SCALE_TOLERANCE = 0.8
PLACE_APART = 0.03, 0.35
"""How far from where a proposal puts it a pair may lie, in sides of the reference: any, and for each side between the
two (an angle is some ten degrees off, a size a quarter octave, and copies are stretched)."""
PROPOSALS = 160
"""How many pairs propose, those of the strongest features."""
CELL = 1 / 80
"""Points nearer than this share of the longer side count as one place."""


@dataclass(frozen=True)
class Fit:
    """``matrix`` float64 (3, 3) reference to output, ``inliers`` int64 (n,) numbers of pairs, ``places`` at how many
    distinct places of both pictures they lie."""

    matrix: np.ndarray
    inliers: np.ndarray
    places: int


def pairs(output: np.ndarray, reference: np.ndarray, ratio: float) -> tuple[np.ndarray, np.ndarray]:
    """Mutual nearest neighbours that pass Lowe's ratio test: numbers into both, int64 (n,) each.

    Descriptors are unit-length float32 (n, d), (m, d); ``ratio`` bounds the quotient of squared distances.
    """
    if len(output) < 2 or len(reference) < 2:
        return np.zeros(0, int), np.zeros(0, int)
    near = output @ reference.T
    best, back = near.argmax(1), near.argmax(0)
    rows = np.arange(len(output))
    top = near[rows, best]
    near[rows, best] = -2
    second = near.max(1)
    good = (back[best] == rows) & ((2 - 2 * top) < ratio * (2 - 2 * second) + 1e-9)
    return rows[good], best[good]


def places(output: np.ndarray, reference: np.ndarray, ratio: float) -> tuple[np.ndarray, np.ndarray]:
    """Places (x, y, size, angle) of the features that `pairs` finds, float32 (n, 4) each, paired by row. Features are
    rows of 132, see `features`."""
    mine, theirs = pairs(output[:, :128], reference[:, :128], ratio)
    return output[mine, 128:], reference[theirs, 128:]


def fit(output: np.ndarray, reference: np.ndarray, least: int = 4, threshold: float = THRESHOLD) -> Fit | None:
    """The transform most pairs agree on, or None. Places are float (n, 4) each: x, y, size, angle, paired by row.

    First the pairs that agree with the proposal of one of them, then MAGSAC (Barath et al. 2020, in OpenCV) among those
    for an affine transform: so a few right pairs are found among a hundred wrong ones. Then only pairs count whose own
    turn and scale agree with it, and they count once for each distinct place in both pictures.
    """
    if len(output) < least:
        return None
    likely = agreeing(output, reference)
    if len(likely) < least:
        return None
    target, source = (part[likely, :2].astype(np.float64) * UNIT for part in (output, reference))
    linear, kept = cv2.estimateAffine2D(
        source, target, method=cv2.USAC_MAGSAC, ransacReprojThreshold=threshold, maxIters=2000, confidence=0.999
    )
    if linear is None:  # OpenCV's stubs do not know that it may be
        return None  # type: ignore[unreachable]
    inliers = likely[kept.ravel() > 0]
    matrix = in_fractions(np.vstack([linear, [0, 0, 1]]))
    if len(inliers) < least or not geometry.plausible(matrix):
        return None
    found = consistent(matrix, inliers, output, reference, least)
    return None if found is None else refined(found, output, reference, threshold, least)


def agreeing(output: np.ndarray, reference: np.ndarray) -> np.ndarray:
    """Numbers of the pairs that agree with the proposal most of them agree with: int64 (n,), rising.

    Each pair proposes a turn, a scale and a shift by itself (Lowe 2004, section 7.4). Another agrees where its own turn
    and scale are near, and its place is near where the proposal puts it.
    """
    first = slice(0, PROPOSALS)
    turn = np.radians(output[:, 3] - reference[:, 3])
    grown = output[:, 2] / reference[:, 2]
    apart = np.abs((turn[None] - turn[first, None] + np.pi) % (2 * np.pi) - np.pi)
    scaled = np.abs(np.log2(grown[None] / grown[first, None]))
    away = reference[None, :, :2] - reference[first, None, :2]
    cos, sin = (wave(turn[first, None]) * grown[first, None] for wave in (np.cos, np.sin))
    x = output[first, None, 0] + cos * away[..., 0] - sin * away[..., 1] - output[None, :, 0]
    y = output[first, None, 1] + sin * away[..., 0] + cos * away[..., 1] - output[None, :, 1]
    allowed = PLACE_APART[0] + PLACE_APART[1] * np.hypot(away[..., 0], away[..., 1])
    near = np.hypot(x, y) < allowed * grown[first, None]
    agree = (apart < np.radians(TURN_TOLERANCE)) & (scaled < SCALE_TOLERANCE) & near
    return np.flatnonzero(agree[int(agree.sum(1).argmax())])


def in_fractions(matrix: np.ndarray) -> np.ndarray:
    """A transform between coordinates of 640 to the longer side as one between fractions."""
    scale = np.diag([UNIT, UNIT, 1.0])
    return np.asarray(np.linalg.inv(scale) @ (matrix / matrix[2, 2]) @ scale)


def refined(found: Fit, output: np.ndarray, reference: np.ndarray, threshold: float, least: int) -> Fit:
    """Least squares over the inliers, then the inliers anew, twice: RANSAC's transform hangs on three pairs."""
    for _ in range(2):
        source = np.c_[reference[found.inliers, :2], np.ones(len(found.inliers))].astype(np.float64)
        solution, _, rank, _ = np.linalg.lstsq(source, output[found.inliers, :2].astype(np.float64), rcond=None)
        matrix = np.vstack([solution.T, [0, 0, 1]])
        if rank < 3 or not geometry.plausible(matrix):
            break
        off = np.linalg.norm(geometry.apply(matrix, reference[:, :2]) - output[:, :2], axis=1)
        better = consistent(matrix, np.flatnonzero(off < threshold / UNIT), output, reference, least)
        if better is None or better.places < found.places:
            break
        found = better
    return found


def consistent(
    matrix: np.ndarray, inliers: np.ndarray, output: np.ndarray, reference: np.ndarray, least: int
) -> Fit | None:
    """Keep the inliers whose own turn and scale agree with the transform."""
    turn, scale = geometry.turn_and_scale(matrix)
    off = np.abs((output[inliers, 3] - reference[inliers, 3] - turn + 180) % 360 - 180)
    grown = np.abs(np.log2(output[inliers, 2] / reference[inliers, 2]) - scale)
    good = inliers[(off < TURN_TOLERANCE) & (grown < SCALE_TOLERANCE)]
    places = min(distinct(reference[good, :2]), distinct(output[good, :2]))
    return Fit(matrix, good, places) if places >= least else None


def distinct(points: np.ndarray) -> int:
    """How many cells of 1/80 of the longer side hold a point."""
    cells = np.floor(points / CELL).astype(np.int64)
    return len(np.unique(cells[:, 0] * 100_003 + cells[:, 1]))


def homography(fitted: Fit, output: np.ndarray, reference: np.ndarray, threshold: float = THRESHOLD) -> Fit:
    """The same with perspective, where enough pairs hold it and it explains clearly more of them; else unchanged."""
    if len(output) < 12:
        return fitted
    matrix, kept = cv2.findHomography(
        reference[:, :2].astype(np.float64) * UNIT,
        output[:, :2].astype(np.float64) * UNIT,
        cv2.USAC_MAGSAC,
        threshold,
        None,
        2000,
        0.999,
    )
    if matrix is None or abs(matrix[2, 2]) < 1e-9 or not geometry.plausible(in_fractions(matrix)):
        return fitted
    better = consistent(in_fractions(matrix), np.flatnonzero(kept.ravel()), output, reference, 4)
    return better if better is not None and better.places > 1.15 * fitted.places + 2 else fitted
