"""What every search structure of an index offers. A lane knows rows, keys and works; nothing of kinds or media."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

import numpy as np

from simcheck.index.base import LaneSpec, Rows


@dataclass(frozen=True)
class Found:
    """A work that a lane found. ``hits``: (key of the segment, row of the probe, score), best first."""

    work: int
    score: float
    hits: tuple[tuple[int, int, float], ...]


class Lane(Protocol):
    """A search structure in memory (or memory-mapped), derived from the catalogue.

    ``keys`` are int64 numbers of segments, several rows may have the same key; ``works`` are the int64 numbers of the
    works that own them. Searching is thread-safe; the owner serialises changes and swaps structures when it rebuilds.
    """

    spec: LaneSpec

    def __init__(self, spec: LaneSpec) -> None:
        """An empty lane."""

    def add(self, keys: np.ndarray, works: np.ndarray, rows: Rows) -> None:
        """Add rows: searchable when this returns. ``keys`` and ``works`` are int64 (n,), ``rows`` (n, size)."""

    def discard(self, works: Collection[int]) -> None:
        """These works are in no answer from now on; their rows leave at the next rebuild."""

    def search(self, probe: np.ndarray, k: int) -> list[Found]:
        """The ``k`` best works, best first: never the ``k`` best rows, although one work may own thousands."""

    def __len__(self) -> int:
        """Rows that can be found."""

    def save(self, folder: Path) -> None:
        """Write the structure as files into an empty folder."""

    @classmethod
    def load(cls, spec: LaneSpec, folder: Path) -> Lane:
        """Read what `save` wrote, memory-mapped where FAISS can. The owner has checked the files' checksums."""
