"""One picture under inspection: what is computed of it, each thing once and only when it is needed."""

from __future__ import annotations

from collections.abc import Callable
from functools import cached_property

import cv2
import numpy as np

from simcheck.index.lanes import codebook
from simcheck.kinds.image import features, geometry, hashes, pixels, sliding, views

OUTPUT_SIDE, OUTPUT_COUNT = 640, 1600
"""Where the output's features are taken, and how many at most."""
COMPARE_COUNT = 900
"""How many of them are held against a reference's."""

Encode = Callable[[list[np.ndarray]], np.ndarray]
Orientation = tuple[bool, bool]
"""Whether features are those of the picture flipped left to right, and with inverted tones."""


class Look:
    """``picture``: uint8 RGB (h, w, 3). Sizes and places are fractions of the longer side, see `geometry`. ``encode``
    turns uint8 RGB pictures into unit vectors (n, d)."""

    def __init__(self, picture: np.ndarray, encode: Encode) -> None:
        self.picture = picture
        self._encode = encode
        self.size: tuple[float, float] = geometry.extent(picture.shape[1], picture.shape[0])
        self.box: geometry.Box = (0.0, 0.0, *self.size)
        """Where this view lies in the picture that was cut, in fractions of that one's longer side."""
        self.name = ""
        """Which part of that picture it is; empty for the whole."""

    @cached_property
    def vector(self) -> np.ndarray:
        """The encoder's unit vector, float32 (d,)."""
        return np.asarray(self._encode([self.picture])[0])

    @cached_property
    def small(self) -> np.ndarray:
        return hashes.shrunk(self.picture)

    @cached_property
    def grey(self) -> np.ndarray:
        """uint8 (h, w) in the resolution that was handed over: small parts are looked at again in it."""
        return np.asarray(cv2.cvtColor(self.picture, cv2.COLOR_RGB2GRAY))

    @cached_property
    def medium(self) -> np.ndarray:
        """Grey with its longer side at 640 pixels: where features are taken and pixels compared."""
        return features.scaled(self.grey, OUTPUT_SIDE)

    @cached_property
    def flat(self) -> bool:
        """True where the picture is of one colour: nothing to compare."""
        small = cv2.resize(self.small, (64, 64), interpolation=cv2.INTER_AREA).astype(np.float32)
        return bool(np.ptp(small.reshape(-1, 3), axis=0).max() < 12)

    @cached_property
    def paper(self) -> float:
        """Share of the picture within one tone: high in drawings on paper, low in photographs."""
        return pixels.one_tone(self.medium)

    @cached_property
    def phash(self) -> np.ndarray:
        return hashes.phash_variants(self.small)

    @cached_property
    def pdq(self) -> tuple[np.ndarray, int]:
        return hashes.pdq_variants(self.small)

    @cached_property
    def outline_hash(self) -> np.ndarray:
        """What asks for the outlines of a reference, uint8 (16, 32): the hash of one's own outlines in eight turns and
        flips, then that of the inverted tones: the ink of a drawing lies where the picture changed."""
        return np.concatenate([hashes.outline_variants(self.small), self.pdq[0][hashes.TURNS :]])

    @cached_property
    def outlines(self) -> np.ndarray:
        """uint8 like ``medium``, see `hashes.outlines`."""
        return hashes.outlines(self.medium)

    @cached_property
    def _ranked(self) -> np.ndarray:
        """float32 (n, 132): those that are compared first, well spread, then the rest of a larger choice likewise."""
        rows = features.extract(self.medium, OUTPUT_COUNT)
        place = np.c_[rows[:, features.X : features.ANGLE + 1], -np.arange(len(rows))]
        first = np.sort(features.spread(place, (self.size[1], self.size[0]), COMPARE_COUNT))
        return np.concatenate([rows[first], np.delete(rows, first, axis=0)])

    @property
    def features(self) -> np.ndarray:
        """float32 (n, 132), strongest first, see `features`: those that are compared with a reference's."""
        return self._ranked[:COMPARE_COUNT]

    @cached_property
    def trimmed(self) -> Look | None:
        """The picture without borders or letterbox, where it has some."""
        box = views.trimmed(self.medium)
        return None if box is None else self._part("trimmed", box)

    @cached_property
    def panels(self) -> list[Look]:
        """What straight seams cut it into, where they do, and the pictures on a page; what is the trimmed picture is no
        panel."""
        known = [self.box] if self.trimmed is None else [self.box, self.trimmed.box]
        boxes: list[geometry.Box] = []
        for found in (*views.panels(self.medium), *views.insets(self.medium)):
            box = views.without_border(self.medium, found)
            if all(views.apart(box, one) for one in (*known, *boxes)):
                boxes.append(box)
        panels = [self._part(f"panel-{number}", box) for number, box in enumerate(boxes[: views.PANELS_MOST])]
        return [panel for panel in panels if panel is not None]

    def _part(self, name: str, box: geometry.Box) -> Look | None:
        """A part of the picture as a view of its own; None where it is of one colour."""
        part = Look(views.cut(self.picture, box), self._encode)
        part.box, part.name = box, name
        return None if part.flat else part

    def undone(self, medium: np.ndarray) -> Look:
        """The picture with a bend or shifts undone, uint8 like ``medium``, in the resolution and tones compared."""
        look = Look(cv2.cvtColor(medium, cv2.COLOR_GRAY2RGB), self._encode)
        look.size = self.size
        return look

    @property
    def wholes(self) -> list[Look]:
        """The picture, and what is left of it without borders."""
        return [self] if self.trimmed is None else [self, self.trimmed]

    @cached_property
    def parts(self) -> list[Look]:
        """The views that hashes and encoder see: the whole, what is left without borders, and the panels."""
        if self.flat:
            return []
        return [*self.wholes, *self.panels]

    @cached_property
    def pyramid(self) -> sliding.Pyramid:
        return sliding.Pyramid(self.medium)

    @cached_property
    def mirrored_pyramid(self) -> sliding.Pyramid:
        return self.pyramid.mirrored

    @cached_property
    def negative(self) -> np.ndarray:
        return np.asarray(255 - self.medium)

    @cached_property
    def ink(self) -> np.ndarray:
        """The negative, see `hashes.squared`."""
        return hashes.squared(self.negative)

    @cached_property
    def _oriented(self) -> dict[Orientation, np.ndarray]:
        return {}

    def oriented(self, orientation: Orientation) -> np.ndarray:
        """float32 (n, 132): the features, as those of the flipped or inverted picture where ``orientation`` says so."""
        if orientation not in self._oriented:
            self._oriented[orientation] = self._turned_over(self.features, orientation)
        return self._oriented[orientation]

    def _turned_over(self, rows: np.ndarray, orientation: Orientation) -> np.ndarray:
        flip, negative = orientation
        rows = features.mirrored(rows, self.size[0]) if flip else rows
        return features.negated(rows) if negative else rows

    def rest(self, orientation: Orientation) -> np.ndarray:
        """The features that are not compared, float32 (n, 132): they can still say which work to look at."""
        return self._turned_over(self._ranked[COMPARE_COUNT:], orientation)

    @cached_property
    def _rotated(self) -> dict[Orientation, np.ndarray]:
        return {}

    def rotated(self, orientation: Orientation) -> np.ndarray:
        """The descriptors as the local lane's codebook rotates them: float32 (n, 64)."""
        if orientation not in self._rotated:
            self._rotated[orientation] = codebook.load().rotate(self.oriented(orientation)[:, :128])
        return self._rotated[orientation]
