"""Pictures bent beyond what one plane transform undoes: lenses, whirls, waves, cylinders, curled pages, slits."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import cv2
import numpy as np

from benchmarks.images.edits.base import RGB, Edited, Step
from benchmarks.images.edits.codec import coded
from benchmarks.images.edits.rerender import Field, relit, smooth_field

Bend = Callable[[Field, Field, tuple[float, float], np.random.Generator], tuple[Field, Field]]
"""From where each place takes its pixel: x and y, and the width and height, as shares of the longer side."""


def bent(bend: Bend) -> Step:
    """The bend as an edit; half of them with new light and a JPEG's losses, as nothing is bent alone."""

    def apply(edited: Edited, rng: np.random.Generator, _: Sequence[RGB]) -> Edited:
        width, height = edited.size
        longer = max(width, height)
        y, x = (axis.astype(np.float32) / longer for axis in np.mgrid[0:height, 0:width])
        across, down = (
            np.asarray(longer * axis, np.float32) for axis in bend(x, y, (width / longer, height / longer), rng)
        )
        edge = cv2.BORDER_CONSTANT if rng.random() < 0.5 else cv2.BORDER_REFLECT_101
        picture = np.asarray(cv2.remap(edited.picture, across, down, cv2.INTER_CUBIC, borderMode=edge), np.uint8)
        if rng.random() < 0.5:
            picture = coded(relit(picture, rng), ".jpg", int(rng.integers(30, 80)))
        return edited.scattered(picture)

    return apply


def lens(x: Field, y: Field, size: tuple[float, float], rng: np.random.Generator) -> tuple[Field, Field]:
    """A fisheye (0.25 to 0.45 of the middle enlarged away) or a pincushion."""
    u, v = 2 * x / size[0] - 1, 2 * y / size[1] - 1
    d = np.sqrt(u * u + v * v)
    strength = rng.uniform(0.25, 0.45)
    k = 1 - strength + strength * d ** rng.uniform(1, 2) if rng.random() < 0.7 else 1 + 0.5 * strength * (1 - d)
    return (u * k + 1) * size[0] / 2, (v * k + 1) * size[1] / 2


def middle(size: tuple[float, float], rng: np.random.Generator) -> tuple[float, float]:
    return size[0] * rng.uniform(0.35, 0.65), size[1] * rng.uniform(0.35, 0.65)


def whirl(x: Field, y: Field, size: tuple[float, float], rng: np.random.Generator) -> tuple[Field, Field]:
    """Turned around a place by 35 to 80 degrees there, less further out."""
    cx, cy = middle(size, rng)
    d = np.hypot(x - cx, y - cy)
    turn = np.radians(rng.uniform(35, 80)) * rng.choice([-1, 1]) * np.clip(1 - d / rng.uniform(0.4, 0.7), 0, 1) ** 2
    a = np.arctan2(y - cy, x - cx) + turn
    return cx + d * np.cos(a), cy + d * np.sin(a)


def bulge(x: Field, y: Field, size: tuple[float, float], rng: np.random.Generator) -> tuple[Field, Field]:
    """One to three places swollen or pinched."""
    for _ in range(int(rng.integers(1, 4))):
        cx, cy = size[0] * rng.uniform(0.2, 0.8), size[1] * rng.uniform(0.2, 0.8)
        near = np.clip(1 - np.hypot(x - cx, y - cy) / rng.uniform(0.25, 0.45), 0, 1) ** 2
        k = 1 - rng.uniform(0.35, 0.6) * near if rng.random() < 0.7 else 1 + rng.uniform(0.4, 0.8) * near
        x, y = cx + (x - cx) * k, cy + (y - cy) * k
    return x, y


def wave(x: Field, y: Field, _: tuple[float, float], rng: np.random.Generator) -> tuple[Field, Field]:
    """Sines of 1.5 to 4 % of the side across and down."""
    a, b = rng.uniform(0.015, 0.04, 2)
    p, q = rng.uniform(0.25, 0.7, 2)
    return (
        x + a * np.sin(2 * np.pi * y / p + rng.uniform(0, 6)),
        y + b * np.sin(2 * np.pi * x / q + rng.uniform(0, 6)),
    )


def cylinder(x: Field, y: Field, size: tuple[float, float], rng: np.random.Generator) -> tuple[Field, Field]:
    """Round a can: narrow at the sides, and curved down."""
    reach = rng.uniform(0.7, 0.95)
    u = 2 * x / size[0] - 1
    across = np.arcsin(np.clip(u * reach, -0.999, 0.999)) / np.arcsin(reach)
    return (across + 1) * size[0] / 2, y + rng.uniform(-0.12, 0.12) * (1 - u * u)


def page(x: Field, y: Field, size: tuple[float, float], rng: np.random.Generator) -> tuple[Field, Field]:
    """An open book's page: lines rise and fall towards the spine, and get closer there."""
    u = x / size[0] if rng.random() < 0.5 else 1 - x / size[0]
    lift = rng.uniform(0.05, 0.14) * np.exp(-u * rng.uniform(3, 6))
    squeezed = u ** rng.uniform(0.75, 0.9)
    return size[0] * (squeezed if u[0, 0] < 0.5 else 1 - squeezed), y + lift * (1 - 1.2 * y / size[1])


def crumple(x: Field, y: Field, _: tuple[float, float], rng: np.random.Generator) -> tuple[Field, Field]:
    """Random smooth bends with a standard deviation of 1.5 to 3.5 % of the side."""
    shape, cells, most = (x.shape[1], x.shape[0]), int(rng.integers(2, 5)), rng.uniform(0.015, 0.035)
    return x + most * smooth_field(shape, cells, rng), y + most * smooth_field(shape, cells, rng)


def slits(x: Field, y: Field, size: tuple[float, float], rng: np.random.Generator) -> tuple[Field, Field]:
    """Cut into 8 to 20 strips, each shifted along itself by some 4 %."""
    edges = np.sort(rng.uniform(0, size[1], int(rng.integers(8, 20))))
    shifts = rng.normal(0, 0.04, len(edges) + 1)
    return x + shifts[np.searchsorted(edges, y)].astype(np.float32), y
