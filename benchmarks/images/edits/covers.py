"""What lies over a whole picture and lets parts of it through: fences and bars, shadows of blinds and leaves."""

from __future__ import annotations

from collections.abc import Sequence

import cv2
import numpy as np
import numpy.typing as npt

from benchmarks.images.edits.base import RGB, Edited, Size, colour, to_bytes

Mask = npt.NDArray[np.float32]
"""What is covered: 0 to 1, (h, w)."""


def lines(size: Size, step: float, share: float, angle: float) -> Mask:
    """Parallel bands ``step`` pixels apart that take ``share`` of the area, turned by an angle in radians."""
    y, x = np.mgrid[0 : size[1], 0 : size[0]].astype(np.float32)
    along = (x * np.cos(angle) + y * np.sin(angle)) % step
    return np.asarray(along < share * step, np.float32)


def holes(size: Size, step: float, share: float, angle: float) -> Mask:
    """All but round holes in rows, which leave ``1 - share`` of the area."""
    y, x = np.mgrid[0 : size[1], 0 : size[0]].astype(np.float32)
    u, v = x * np.cos(angle) + y * np.sin(angle), y * np.cos(angle) - x * np.sin(angle)
    radius = step * np.sqrt((1 - share) / np.pi)
    return np.asarray(np.hypot(u % step - step / 2, v % step - step / 2) > radius, np.float32)


def fence(edited: Edited, rng: np.random.Generator, _: Sequence[RGB]) -> Edited:
    """Bars one way, two ways or a sheet with holes, over 15 to 40 % of the area; one of four lets a little through."""
    step, share, angle = max(edited.size) * rng.uniform(0.05, 0.16), rng.uniform(0.15, 0.4), rng.uniform(0, np.pi)
    way = rng.random()
    if way < 0.4:
        covered = lines(edited.size, step, share, angle)
    elif way < 0.8:
        half, across = 1 - np.sqrt(1 - share), angle + rng.uniform(1.0, 2.1)
        covered = np.maximum(lines(edited.size, step, half, angle), lines(edited.size, step, half, across))
    else:
        covered = holes(edited.size, step, min(share + 0.1, 0.45), angle)
    covered = cv2.GaussianBlur(covered, (0, 0), 0.7)[..., None] * (1.0 if rng.random() < 0.75 else rng.uniform(0.6, 1))
    return edited.recoloured(to_bytes(edited.picture * (1 - covered) + np.array(colour(rng), np.float32) * covered))


def shadows(edited: Edited, rng: np.random.Generator, _: Sequence[RGB]) -> Edited:
    """Light that falls through blinds, a lattice or leaves: 25 to 60 % of the area lies 35 to 75 % darker."""
    size, longer, way = edited.size, max(edited.size), rng.random()
    step, share, angle = longer * rng.uniform(0.06, 0.2), rng.uniform(0.25, 0.6), rng.uniform(0, np.pi)
    if way < 0.5:
        dark = lines(size, step, share, angle)
    elif way < 0.7:
        dark = np.maximum(lines(size, step, share / 2, angle), lines(size, step, share / 2, angle + np.pi / 2))
    else:
        spots = cv2.GaussianBlur(rng.random(size[::-1]).astype(np.float32), (0, 0), longer * rng.uniform(0.01, 0.04))
        dark = np.asarray(spots < np.quantile(spots, share), np.float32)
    dark = cv2.GaussianBlur(dark, (0, 0), longer * rng.uniform(0.001, 0.012))[..., None]
    tint = np.array([1, 1, 1]) - rng.uniform(0, 0.15, 3)
    return edited.recoloured(to_bytes(edited.picture * (1 - dark * rng.uniform(0.35, 0.75) * tint)))
