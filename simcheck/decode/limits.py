"""How far decoding may go, and what a decoder hands back. Both cross into the child process: plain values only."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np

MIB = 1024 * 1024


@dataclass(frozen=True)
class Limits:
    """Bounds on one file.

    max_bytes: the file itself. max_pixels: any one picture or frame, taken from its header before it is decoded.
    max_total_pixels: all frames of an animation together, as they must be decoded one after the other.
    max_frames: frames looked at, those that stand for all the others. timeout_s: wall clock for one file.
    memory_bytes: address space of the child. working_side: pixels on the longer side of what is handed back.
    max_array_bytes: everything handed back.
    """

    max_bytes: int = 256 * MIB
    max_pixels: int = 200_000_000
    max_total_pixels: int = 2_000_000_000
    max_frames: int = 24
    timeout_s: float = 20.0
    memory_bytes: int = 2048 * MIB
    working_side: int = 1600
    max_array_bytes: int = 512 * MIB

    def __post_init__(self) -> None:
        for name, value in vars(self).items():
            if value <= 0:
                raise ValueError(f"{name} must be greater than 0, and is {value}")


@dataclass(frozen=True)
class Decoded:
    """What a decoder returns inside the child; the parent checks it and makes a ``simcheck.kinds.base.Media`` of it."""

    facts: Mapping[str, Any]
    arrays: Mapping[str, np.ndarray]
    notes: tuple[str, ...] = field(default=())
