"""Rows of a lane with their keys and works: a block that was loaded (mapped, never changed) and a tail that grows."""

from __future__ import annotations

import os
import weakref
from collections.abc import Collection
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from simcheck.index.lanes.files import reserved

WRITE_AT_ONCE = 65_536
"""Rows copied at a time when a store is saved: bounds the memory that saving takes."""


class RowFile:
    """Some rows of a file, read one by one: a mapped page that was touched stays in the process's memory, with those
    around it, until all of a million rows are there."""

    def __init__(self, path: Path, mapped: np.memmap[Any, Any]) -> None:
        self._handle = os.open(path, os.O_RDONLY | os.O_CLOEXEC)
        weakref.finalize(self, os.close, self._handle)
        self._first, self._shape, self._dtype = mapped.offset, mapped.shape, mapped.dtype

    def rows(self, at: np.ndarray) -> np.ndarray:
        out = np.empty((len(at), self._shape[1]), self._dtype)
        step = out.dtype.itemsize * self._shape[1]
        bytes_ = out.reshape(-1).view(np.uint8).data
        for number, place in enumerate(at.tolist()):
            if (
                os.preadv(self._handle, [bytes_[number * step : (number + 1) * step]], self._first + place * step)
                != step
            ):
                raise OSError(f"the row {place} of a snapshot cannot be read")
        return out


@dataclass(frozen=True)
class View:
    """One state of a store. ``blocks`` together hold the rows; ``keys``, ``works`` (int64) and ``alive`` (bool) run
    over all of them in order. ``file`` is where the first block is mapped from."""

    blocks: tuple[np.ndarray, ...]
    keys: np.ndarray
    works: np.ndarray
    alive: np.ndarray
    file: RowFile | None = None

    def __len__(self) -> int:
        return len(self.keys)

    def take(self, at: np.ndarray) -> np.ndarray:
        """Rows at these places."""
        if len(self.blocks) == 1:
            return self._of_first(at)
        first = len(self.blocks[0])
        out = np.empty((len(at), self.blocks[0].shape[1]), self.blocks[0].dtype)
        early = at < first
        out[early] = self._of_first(at[early])
        out[~early] = self.blocks[1][at[~early] - first]
        return out

    def _of_first(self, at: np.ndarray) -> np.ndarray:
        return np.asarray(self.blocks[0][at]) if self.file is None else self.file.rows(at)


class RowStore:
    """Grows at the end. A view that was taken stays as it is, except that discarded rows leave it at once."""

    def __init__(self, width: int, dtype: np.dtype[np.generic]) -> None:
        self._base = np.empty((0, width), dtype)
        self._tail = np.empty((0, width), dtype)
        self._keys = np.empty(0, np.int64)
        self._works = np.empty(0, np.int64)
        self._alive = np.empty(0, bool)
        self._size = 0
        self.living = 0
        self._file: RowFile | None = None
        self.view = self._viewed()

    def _viewed(self) -> View:
        tail = self._tail[: self._size - len(self._base)]
        blocks = tuple(block for block in (self._base, tail) if len(block)) or (self._base,)
        return View(blocks, self._keys[: self._size], self._works[: self._size], self._alive[: self._size], self._file)

    def add(self, keys: np.ndarray, works: np.ndarray, rows: np.ndarray) -> None:
        if not len(rows):
            return
        end = self._size + len(rows)
        tail_at = self._size - len(self._base)
        self._tail = with_room(self._tail, tail_at, len(rows))
        self._keys = with_room(self._keys, self._size, len(rows))
        self._works = with_room(self._works, self._size, len(rows))
        self._alive = with_room(self._alive, self._size, len(rows))
        self._tail[tail_at : tail_at + len(rows)] = rows
        self._keys[self._size : end] = keys
        self._works[self._size : end] = works
        self._alive[self._size : end] = True
        self._size = end
        self.living += len(rows)
        self.view = self._viewed()

    def discard(self, works: Collection[int]) -> None:
        gone = np.isin(self._works[: self._size], np.fromiter(works, np.int64, len(works)))
        gone &= self._alive[: self._size]
        self._alive[: self._size][gone] = False
        self.living -= int(gone.sum())

    def save(self, folder: Path) -> None:
        """Write the rows that are alive."""
        view = self.view
        alive = np.flatnonzero(view.alive)
        np.save(folder / "keys.npy", view.keys[alive])
        np.save(folder / "works.npy", view.works[alive])
        shape = (len(alive), view.blocks[0].shape[1])
        out = reserved(folder / "rows.npy", view.blocks[0].dtype, shape)
        for first in range(0, len(alive), WRITE_AT_ONCE):
            part = alive[first : first + WRITE_AT_ONCE]
            out[first : first + len(part)] = view.take(part)
        out.flush()

    def load(self, folder: Path) -> None:
        """Read what `save` wrote into this empty store; the rows stay in the file. Raises ValueError where it is not
        a store of this width."""
        rows = np.load(folder / "rows.npy", mmap_mode="r")
        keys, works = np.load(folder / "keys.npy"), np.load(folder / "works.npy")
        if (
            rows.dtype != self._base.dtype
            or rows.shape[1:] != self._base.shape[1:]
            or not len(rows) == len(keys) == len(works)
        ):
            raise ValueError(f"{folder} holds rows of another kind: {rows.dtype} {rows.shape}")
        self._base, self._keys, self._works = np.asarray(rows), keys, works
        self._file = RowFile(folder / "rows.npy", rows) if len(rows) else None
        self._alive = np.ones(len(keys), bool)
        self._size = self.living = len(keys)
        self.view = self._viewed()


def with_room(array: np.ndarray, used: int, more: int) -> np.ndarray:
    """The array, or a copy at least a half larger, with room for ``more`` after the ``used`` first."""
    if used + more <= len(array):
        return array
    out = np.empty((max(used + more, len(array) * 3 // 2, 256), *array.shape[1:]), array.dtype)
    out[:used] = array[:used]
    return out
