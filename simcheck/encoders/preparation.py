"""How pictures become a network's input. Part of an encoder's identity: another preparation, another encoder.

A preparation is a small TOML file beside the ONNX file, here for the published SSCD (Pizzi et al. 2022) exported
to ONNX as ``sscd_disc_mixup.onnx``, with ``sscd_disc_mixup.toml``::

    name = "sscd-disc-mixup"          # optional; the file's name otherwise
    size = 288                        # pixels: the side of the square, or the shorter side before the crop
    resize = "squash"                 # the whole picture, aspect ignored; or "crop": the middle square
    channels = "rgb"                  # or "bgr"
    input = "float32-nchw"            # or "uint8-nhwc" where normalisation is inside the graph
    scale = 255.0                     # pixels are divided by it ...
    mean = [0.485, 0.456, 0.406]      # ... then this is taken off (in the order of the channels) ...
    std = [0.229, 0.224, 0.225]       # ... then it is divided by this
    output = "embeddings"             # optional; the network's first output otherwise
    sha256 = "…"                      # optional; then the weights are refused when they differ
"""

from __future__ import annotations

import hashlib
import json
import tomllib
from collections.abc import Sequence
from dataclasses import asdict, dataclass, fields
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import numpy.typing as npt

from simcheck.encoders.base import Picture
from simcheck.errors import ModelError

_CHOICES = {
    "resize": ("squash", "crop"),
    "channels": ("rgb", "bgr"),
    "input": ("float32-nchw", "uint8-nhwc"),
}


@dataclass(frozen=True)
class Preparation:
    """See the module's docstring for what each field means."""

    size: int
    resize: str = "squash"
    channels: str = "rgb"
    input: str = "float32-nchw"
    scale: float = 255.0
    mean: tuple[float, ...] = (0.0, 0.0, 0.0)
    std: tuple[float, ...] = (1.0, 1.0, 1.0)

    def __post_init__(self) -> None:
        for field, allowed in _CHOICES.items():
            if getattr(self, field) not in allowed:
                raise ValueError(f"{field} is {getattr(self, field)!r}, allowed are {' and '.join(allowed)}")
        if not isinstance(self.size, int) or not 16 <= self.size <= 1024:
            raise ValueError(f"size is {self.size!r}, allowed are 16 to 1024 pixels")
        if len(self.mean) != 3 or len(self.std) != 3 or not all(v > 0 for v in (*self.std, self.scale)):
            raise ValueError("mean and std need three numbers each, std and scale above 0")

    @property
    def checksum(self) -> str:
        """SHA-256 of the fields, hexadecimal."""
        return hashlib.sha256(json.dumps(asdict(self), sort_keys=True).encode()).hexdigest()

    def apply(self, pictures: Sequence[Picture]) -> npt.NDArray[Any]:
        """The network's input: uint8 (n, size, size, 3) or float32 (n, 3, size, size)."""
        batch = np.stack([self._square(picture) for picture in pictures])
        if self.channels == "bgr":
            batch = batch[..., ::-1]
        if self.input == "uint8-nhwc":
            return np.ascontiguousarray(batch)
        mean, std = np.array(self.mean, np.float32), np.array(self.std, np.float32)
        values = (batch.astype(np.float32) / np.float32(self.scale) - mean) / std
        return np.ascontiguousarray(values.transpose(0, 3, 1, 2))

    def _square(self, picture: Picture) -> npt.NDArray[Any]:
        if picture.dtype != np.uint8 or picture.ndim != 3 or picture.shape[2] != 3 or 0 in picture.shape:
            raise ValueError(f"a picture is uint8, (h, w, 3); this one is {picture.dtype}, {picture.shape}")
        if self.resize == "crop":
            h, w = picture.shape[:2]
            side = min(h, w)
            y, x = (h - side) // 2, (w - side) // 2
            picture = np.ascontiguousarray(picture[y : y + side, x : x + side])
        shrinks = picture.shape[0] * picture.shape[1] > self.size * self.size
        how = cv2.INTER_AREA if shrinks else cv2.INTER_LINEAR
        return cv2.resize(picture, (self.size, self.size), interpolation=how)


@dataclass(frozen=True)
class ModelFile:
    """What the TOML file beside an ONNX file says."""

    preparation: Preparation
    name: str
    output: str | None
    sha256: str | None


def read_model_file(path: Path) -> ModelFile:
    """Read the TOML file; a fault is one :class:`ModelError` that names the file and the field."""
    try:
        values = tomllib.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        raise ModelError(
            f"The encoder's preparation {path} is missing: write one (size, resize, mean, std), "
            "see simcheck/encoders/preparation.py for an example."
        ) from None
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as fault:
        raise ModelError(f"The encoder's preparation {path} cannot be read: {fault}.") from fault
    known = {field.name for field in fields(Preparation)}
    facts = {key: values.pop(key, None) for key in ("name", "output", "sha256")}
    unknown = sorted(set(values) - known)
    if unknown:
        raise ModelError(f"The encoder's preparation {path} has unknown fields: {', '.join(unknown)}.")
    try:
        values = {key: tuple(value) if key in ("mean", "std") else value for key, value in values.items()}
        preparation = Preparation(**values)
    except (TypeError, ValueError) as fault:
        raise ModelError(f"The encoder's preparation {path} is wrong: {fault}.") from fault
    return ModelFile(preparation, str(facts["name"] or path.stem), facts["output"], facts["sha256"])
