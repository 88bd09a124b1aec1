"""Local features in mapped files: their codes in lists, and of each the segment, the size and the angle.

FAISS' own inverted files keep an id of eight bytes beside a code of sixteen. Here FAISS maps the codes alone and
answers with list and place, from which follows where the feature's six other bytes stand: 22 bytes a feature.

A list holds one of the codebook's 4096 cells, or, in a large lane, a part of one: features that agree in their cell are
put into groups of about `LIST` by k-means of what is left of them after the cell (the inverted file once more within a
cell; Jégou et al. 2011). The codes stay those of the codebook, so an inner product is the same number in any list.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import faiss
import numpy as np

from simcheck.index.lanes import codebook

CELLS_VISITED = 6
"""Whole cells that are visited for a query where none is split."""
CELLS_LOOKED_AT, LISTS_VISITED = 4, 4
"""Cells whose lists a query is compared with where cells are split, and how many of those lists are visited. More find
more of the nearest codes and fewer works: at 100,000 pictures 4 lists put the right work first for 94 of 100 edits, 24
for 92, all of six cells for 90, since what is found besides takes weight from the true votes."""

Part = tuple[np.ndarray, np.ndarray, np.ndarray]
"""Features of one cell: codes uint8 (n, 16), segments uint32 (n,), turns uint16 (n,), see `turns_of`."""


@dataclass(frozen=True)
class About:
    """How the lists were made, and for how many features."""

    features: int
    lists: int
    made_for: int


def turns_of(places: np.ndarray) -> np.ndarray:
    """What votes need of the codebook's packed places: size and angle, 11 bits, uint16 (n,)."""
    return (places >> 20).astype(np.uint16)


def sizes_and_angles(turns: np.ndarray) -> np.ndarray:
    """float32 (n, 2): size (fraction of the longer side) and angle (degrees), from uint16 (n,)."""
    return codebook.unpack(turns.astype(np.int64) << 20)[:, 2:]


class Lists:
    """Features in mapped files; never changed."""

    def __init__(self, folder: Path) -> None:
        """Map what ``listing.write`` wrote. Raises OSError, ValueError, KeyError, TypeError where it cannot be read."""
        self._bounds = np.load(folder / "bounds.npy")
        self._first = np.load(folder / "cells.npy")
        self._centres = np.load(folder / "centres.npy")
        self._codes = np.load(folder / "codes.npy", mmap_mode="r")
        self._segments = np.load(folder / "owners.npy", mmap_mode="r")
        self._turns = np.load(folder / "turns.npy", mmap_mode="r")
        self.about = About(**json.loads((folder / "lists.json").read_text()))
        if not self.about.features == len(self) == len(self._codes) == len(self._segments) == len(self._turns):
            raise ValueError(f"{folder} holds files that do not belong together")
        self._finder = codebook.load().finder()
        self.split = len(self._centres) > codebook.CELLS
        self._chooser = _chooser(self._centres, self._first) if self.split else None
        self._faiss = _over(folder / "codes.npy", self._codes, self._bounds, self._first)

    def __len__(self) -> int:
        return int(self._bounds[-1])

    def search(self, queries: np.ndarray, count: int) -> tuple[np.ndarray, np.ndarray]:
        """Inner products float32 (q, count) of about the nearest codes to float32 (q, 64), best first, and which
        features they are, int64: -1 where there are fewer."""
        looked_at = CELLS_LOOKED_AT if self._chooser else CELLS_VISITED
        away, lists = self._finder.search(queries, looked_at)
        if self._chooser:
            lists = self._chooser.search_preassigned(queries, LISTS_VISITED, lists, away)[1]
        return self.compared(queries, count, lists)

    def compared(self, queries: np.ndarray, count: int, lists: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """As `search`, in these lists of each query: int64 (q, visited), -1 for none."""
        closeness = np.empty((len(queries), count), np.float32)
        pairs = np.empty((len(queries), count), np.int64)
        nothing = np.zeros(lists.shape, np.float32)  # FAISS takes the products with the cells from the quantiser itself
        self._faiss.search_preassigned_c(
            len(queries),
            faiss.swig_ptr(queries),
            count,
            *map(faiss.swig_ptr, (lists, nothing, closeness, pairs)),
            True,  # (list, place) instead of ids, which are not there
            faiss.SearchParametersIVF(nprobe=lists.shape[1]),
        )
        return closeness, np.where(pairs < 0, -1, self._bounds[pairs >> 32] + (pairs & 0xFFFFFFFF))

    @property
    def visited(self) -> int:
        """Lists that are visited for a query."""
        return LISTS_VISITED if self.split else CELLS_VISITED

    def vectors(self, features: np.ndarray) -> np.ndarray:
        """The approximate descriptors of these features: float32 (n, 64)."""
        book = codebook.load()
        lists = np.searchsorted(self._bounds, features, side="right") - 1
        cells = np.searchsorted(self._first, lists, side="right") - 1
        codes = self._codes[features].astype(np.intp)
        return np.asarray(book.cells[cells] + book.parts[np.arange(codebook.PARTS), codes].reshape(len(codes), -1))

    def features_of(self, segments: np.ndarray) -> Iterator[tuple[int, np.ndarray]]:
        """Each of these segments with the numbers of its features. Reads through the segments of all."""
        found = np.flatnonzero(np.isin(self._segments, segments.astype(np.uint32)))
        owners = self._segments[found]
        for segment in segments.tolist():
            yield segment, found[owners == segment]

    def told(self, features: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Segments int64 and turns uint16 of these features."""
        return self._segments[features].astype(np.int64), np.asarray(self._turns[features])

    def cell(self, number: int) -> Part:
        """All features of a cell."""
        first, end = self._bounds[self._first[number : number + 2]]
        return self._codes[first:end], self._segments[first:end], self._turns[first:end]

    def centres_of(self, number: int) -> np.ndarray:
        """float32 (lists, 64): where the centres of a cell's lists are, from the cell's own."""
        return np.asarray(self._centres[self._first[number] : self._first[number + 1]], np.float32)


def _over(file: Path, codes: np.memmap[Any, Any], bounds: np.ndarray, first: np.ndarray) -> Any:
    """A FAISS index over mapped codes. The lists of one cell have that cell's vector."""
    book = codebook.load()
    index = book.empty_index(np.diff(first))
    lists = faiss.OnDiskInvertedLists(len(bounds) - 1, codes.shape[1], str(file))
    lists.read_only = True
    lists.totsize = file.stat().st_size
    where = np.stack([np.diff(bounds), np.diff(bounds), codes.offset + bounds[:-1] * codes.shape[1]], 1)
    where = np.ascontiguousarray(where, np.uint64)  # size, capacity and offset of each list
    faiss.memcpy(lists.lists.data(), faiss.swig_ptr(where), where.nbytes)
    if len(codes):
        lists.do_mmap()
    index.replace_invlists(lists, False)
    index.referenced_objects = [lists]
    index.ntotal = len(codes)
    return index


def _chooser(centres: np.ndarray, first: np.ndarray) -> Any:
    """The centres of all lists in an inverted file by cell: finds the lists nearest to a query in given cells."""
    book = codebook.load()
    cells = np.repeat(np.arange(codebook.CELLS), np.diff(first))
    coarse = faiss.IndexFlatL2(codebook.DIMENSIONS)
    coarse.add(book.cells)
    index = faiss.IndexIVFFlat(coarse, codebook.DIMENSIONS, codebook.CELLS)
    index.referenced_objects = [coarse]
    index.is_trained = True
    index.nprobe = CELLS_LOOKED_AT
    vectors = np.ascontiguousarray(book.cells[cells] + centres, np.float32)
    numbers = np.arange(len(cells))
    index.add_core(len(cells), *map(faiss.swig_ptr, (vectors, numbers, cells)))
    return index
