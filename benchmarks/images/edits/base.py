"""What an edit gives back: the picture, and where in it the reference can be seen."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

import cv2
import numpy as np
import numpy.typing as npt

RGB = npt.NDArray[np.uint8]
"""uint8 (h, w, 3), red first."""
Matrix = npt.NDArray[np.float64]
"""(3, 3), homogeneous: pixels of the reference to pixels of the picture (edges at 0 and the width, not centres)."""
Polygon = npt.NDArray[np.float64]
"""(n, 2) corners x, y of a convex polygon, pixels."""
Box = tuple[float, float, float, float]
"""x, y, width, height in pixels."""
Size = tuple[int, int]
"""Width, height in pixels."""


@dataclass(frozen=True)
class Edited:
    """An edited reference and the truth about it.

    ``matrix`` is None where one matrix cannot say it (two halves swapped); where an edit bends the picture (elastic,
    mesh) it is the matrix without the bend, good for boxes to a few pixels. ``window`` is the polygon in ``picture``
    in which the reference is seen; what small overlays hide still belongs to it.
    """

    picture: RGB
    matrix: Matrix | None
    window: Polygon
    reference_size: Size

    @property
    def size(self) -> Size:
        return self.picture.shape[1], self.picture.shape[0]

    @property
    def mirrored(self) -> bool:
        """Whether left and right are swapped (whatever the turn)."""
        return self.matrix is not None and bool(np.linalg.det(self.matrix[:2, :2]) < 0)

    @property
    def boxes(self) -> tuple[Box, Box] | None:
        """Box in the picture and box in the reference of what both share; None where the geometry is not known."""
        if self.matrix is None:
            return None
        return bounding_box(self.window), bounding_box(
            transform(np.asarray(np.linalg.inv(self.matrix), np.float64), self.window)
        )

    def recoloured(self, picture: RGB) -> Edited:
        """Another look, every pixel in its place."""
        if picture.shape != self.picture.shape:
            raise ValueError(f"an edit that keeps the geometry changed {self.picture.shape} into {picture.shape}")
        return replace(self, picture=np.ascontiguousarray(picture, dtype=np.uint8))

    def moved(self, picture: RGB, matrix: Matrix) -> Edited:
        """Another geometry: ``matrix`` takes pixels of the picture before to pixels of ``picture``."""
        height, width = picture.shape[:2]
        window = clip(transform(matrix, self.window), (width, height))
        whole = None if self.matrix is None else matrix @ self.matrix
        return replace(self, picture=np.ascontiguousarray(picture, dtype=np.uint8), matrix=whole, window=window)

    def scattered(self, picture: RGB) -> Edited:
        """Another geometry that no matrix gives."""
        height, width = picture.shape[:2]
        picture = np.ascontiguousarray(picture, dtype=np.uint8)
        return replace(self, picture=picture, matrix=None, window=frame((width, height)))


Step = Callable[[Edited, np.random.Generator, Sequence[RGB]], Edited]
"""One edit on top of what was edited before. The pictures are backgrounds: none of them is the reference."""
Edit = Callable[[RGB, np.random.Generator, Sequence[RGB]], Edited]
"""A family of edits: the reference's picture, random numbers that choose the strength, backgrounds."""


def begin(picture: RGB) -> Edited:
    """The unedited reference."""
    size = picture.shape[1], picture.shape[0]
    return Edited(np.ascontiguousarray(picture), np.eye(3), frame(size), size)


def edit(*steps: Step) -> Edit:
    """A family made of steps, one after the other."""

    def apply(picture: RGB, rng: np.random.Generator, backgrounds: Sequence[RGB]) -> Edited:
        edited = begin(picture)
        for step in steps:
            edited = step(edited, rng, backgrounds)
        return edited

    return apply


def frame(size: Size) -> Polygon:
    width, height = size
    return np.array([[0, 0], [width, 0], [width, height], [0, height]], dtype=np.float64)


def transform(matrix: Matrix, points: Polygon) -> Polygon:
    """Points (n, 2) through a homogeneous matrix."""
    moved = np.c_[points, np.ones(len(points))] @ matrix.T
    return np.asarray(moved[:, :2] / moved[:, 2:], np.float64)


def clip(polygon: Polygon, size: Size) -> Polygon:
    """The part of a convex polygon inside a picture; a polygon outside of it raises ValueError."""
    area, inside = cv2.intersectConvexConvex(polygon.astype(np.float32), frame(size).astype(np.float32))
    if area <= 0:
        raise ValueError("an edit left nothing of the reference in the picture")
    return np.asarray(inside, dtype=np.float64).reshape(-1, 2)


def bounding_box(polygon: Polygon) -> Box:
    low, high = polygon.min(0), polygon.max(0)
    return float(low[0]), float(low[1]), float(high[0] - low[0]), float(high[1] - low[1])


def scaling(x: float, y: float) -> Matrix:
    return np.diag([x, y, 1.0])


def shifting(x: float, y: float) -> Matrix:
    return np.array([[1, 0, x], [0, 1, y], [0, 0, 1]], dtype=np.float64)


def resized(edited: Edited, size: Size) -> Edited:
    """Scale to a size: area filter downwards, cubic upwards."""
    width, height = edited.size
    picture = scale_to(edited.picture, size)
    return edited.moved(picture, scaling(size[0] / width, size[1] / height))


def cropped(edited: Edited, box: tuple[int, int, int, int]) -> Edited:
    x, y, width, height = box
    return edited.moved(edited.picture[y : y + height, x : x + width], shifting(-x, -y))


def scale_to(picture: RGB, size: Size) -> RGB:
    smaller = size[0] * size[1] < picture.shape[0] * picture.shape[1]
    result = cv2.resize(picture, size, interpolation=cv2.INTER_AREA if smaller else cv2.INTER_CUBIC)
    return np.asarray(result, dtype=np.uint8)


def cover(picture: RGB, size: Size) -> RGB:
    """Fill a size without squeezing: scaled, then the middle is cut out."""
    width, height = size
    factor = max(width / picture.shape[1], height / picture.shape[0])
    large = scale_to(
        picture, (max(width, round(picture.shape[1] * factor)), max(height, round(picture.shape[0] * factor)))
    )
    x, y = (large.shape[1] - width) // 2, (large.shape[0] - height) // 2
    return np.asarray(large[y : y + height, x : x + width], np.uint8)


def pick(rng: np.random.Generator, pictures: Sequence[RGB]) -> RGB:
    return pictures[int(rng.integers(len(pictures)))]


def colour(rng: np.random.Generator) -> tuple[int, int, int]:
    """Any colour, black and white more often than by chance."""
    draw = rng.random()
    if draw < 0.25:
        return (0, 0, 0)
    if draw < 0.5:
        return (255, 255, 255)
    red, green, blue = (int(value) for value in rng.integers(0, 256, 3))
    return red, green, blue


def to_bytes(values: npt.NDArray[np.floating]) -> RGB:
    """Float values 0 to 255 as uint8, clipped."""
    return np.asarray(np.clip(values + 0.5, 0, 255), dtype=np.uint8)
