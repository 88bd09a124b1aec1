"""One picture under inspection: what is computed of it, each thing once and only when it is needed."""

from __future__ import annotations

from collections.abc import Callable
from functools import cached_property

import cv2
import numpy as np

from simcheck.index.lanes import codebook
from simcheck.kinds.image import features, geometry, hashes, views

OUTPUT_SIDE, OUTPUT_COUNT = 640, 900
"""Where the output's features are taken, and how many verification uses."""
PROBE_COUNT = 600
"""How many of them ask the index."""

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
    def phash(self) -> np.ndarray:
        return hashes.phash_variants(self.small)

    @cached_property
    def pdq(self) -> tuple[np.ndarray, int]:
        return hashes.pdq_variants(self.small)

    @cached_property
    def outline_hash(self) -> np.ndarray:
        return hashes.outline_variants(self.small)

    @cached_property
    def outlines(self) -> np.ndarray:
        """uint8 like ``medium``, see `hashes.outlines`."""
        return hashes.outlines(self.medium)

    @cached_property
    def features(self) -> np.ndarray:
        """float32 (n, 132), strongest first, see `features`."""
        return features.extract(self.medium, OUTPUT_COUNT)

    @cached_property
    def trimmed(self) -> Look | None:
        """The picture without borders or letterbox, where it has some."""
        box = views.trimmed(self.medium)
        if box is None:
            return None
        inner = Look(views.cut(self.picture, box), self._encode)
        inner.box = box
        return None if inner.flat else inner

    @property
    def parts(self) -> list[Look]:
        """The views that hashes and encoder see: the whole, and what is left without borders."""
        if self.flat:
            return []
        return [self] if self.trimmed is None else [self, self.trimmed]

    @cached_property
    def negative(self) -> np.ndarray:
        return np.asarray(255 - self.medium)

    @cached_property
    def _oriented(self) -> dict[Orientation, np.ndarray]:
        return {(False, False): self.features}

    def oriented(self, orientation: Orientation) -> np.ndarray:
        """float32 (n, 132): the features, as those of the flipped or inverted picture where ``orientation`` says so."""
        if orientation not in self._oriented:
            flip, negative = orientation
            rows = features.mirrored(self.features, self.size[0]) if flip else self.features
            self._oriented[orientation] = features.negated(rows) if negative else rows
        return self._oriented[orientation]

    def probe(self, orientation: Orientation) -> np.ndarray:
        """The features that ask the index: float32 (n, 132)."""
        return np.asarray(self.oriented(orientation)[self._asking])

    @cached_property
    def _asking(self) -> np.ndarray:
        rows = self.features
        place = np.c_[rows[:, features.X : features.ANGLE + 1], -np.arange(len(rows))]
        return np.sort(features.spread(place, (self.size[1], self.size[0]), PROBE_COUNT))

    @cached_property
    def _rotated(self) -> dict[Orientation, np.ndarray]:
        return {}

    def rotated(self, orientation: Orientation) -> np.ndarray:
        """The descriptors as the local lane's codebook rotates them: float32 (n, 64)."""
        if orientation not in self._rotated:
            self._rotated[orientation] = codebook.load().rotate(self.oriented(orientation)[:, :128])
        return self._rotated[orientation]
