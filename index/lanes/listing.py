"""Writing the mapped files of local features, cell by cell, so that it takes little memory at any size."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import asdict
from pathlib import Path

import numpy as np

from simcheck.index.lanes import codebook
from simcheck.index.lanes.files import reserved
from simcheck.index.lanes.lists import About, Lists, Part

SPLIT_FROM = 1_500_000
"""Features from which cells are split: below, visiting whole cells takes less time than choosing parts of them."""
LIST = 400
"""Features a list of a split cell has, about."""
SAMPLE_PER_LIST, ROUNDS = 24, 6
STALE = 2
"""Cells are split anew when there are so many times more features than lists were made for."""
AT_ONCE = 16_384


def write(folder: Path, sizes: np.ndarray, cell: Callable[[int], Part], previous: Lists | None) -> None:
    """Write the files of `Lists` into an empty folder. ``cell`` gives the features of each of the 4096 cells, of which
    there are ``sizes``, int64 (4096,). Centres of ``previous`` are kept while they fit."""
    total = int(sizes.sum())
    codes = reserved(folder / "codes.npy", np.uint8, (total, codebook.PARTS))
    owners = reserved(folder / "owners.npy", np.uint32, (total,))
    turns = reserved(folder / "turns.npy", np.uint16, (total,))
    fits = previous is not None and previous.split and total <= STALE * previous.about.made_for
    kept = previous if fits else None
    centres, counts = [], []
    at = 0
    for number in range(codebook.CELLS):
        part = cell(number)
        if kept is not None:
            mine = kept.centres_of(number)
        elif total >= SPLIT_FROM:
            mine = centres_for(part[0], max(1, round(len(part[0]) / LIST)))
        else:
            mine = np.zeros((1, codebook.DIMENSIONS), np.float32)
        group = nearest(part[0], mine)
        order = np.argsort(group, kind="stable")
        for target, values in zip((codes, owners, turns), part, strict=True):
            target[at : at + len(order)] = values[order]
        at += len(order)
        centres.append(mine.astype(np.float16))
        counts.append(np.bincount(group, minlength=len(mine)))
    for target in (codes, owners, turns):
        target.flush()
    np.save(folder / "bounds.npy", np.concatenate([[0], np.cumsum(np.concatenate(counts))]).astype(np.int64))
    np.save(folder / "cells.npy", np.cumsum([0, *map(len, centres)]).astype(np.int64))
    np.save(folder / "centres.npy", np.concatenate(centres))
    about = About(total, sum(map(len, centres)), kept.about.made_for if kept is not None else total)
    (folder / "lists.json").write_text(json.dumps(asdict(about)))


def residuals(codes: np.ndarray) -> np.ndarray:
    """What codes say is left after their cell: float32 (n, 64), from uint8 (n, 16)."""
    parts = codebook.load().parts
    return parts[np.arange(codebook.PARTS), codes.astype(np.intp)].reshape(len(codes), codebook.DIMENSIONS)


def centres_for(codes: np.ndarray, count: int) -> np.ndarray:
    """Centres of groups of codes: float32 (count, 64); k-means (Lloyd 1982) on an even sample."""
    if count == 1:
        return np.zeros((1, codebook.DIMENSIONS), np.float32)
    taken = np.linspace(0, len(codes) - 1, min(len(codes), count * SAMPLE_PER_LIST)).astype(np.intp)
    points = residuals(np.asarray(codes[taken]))
    centres = points[np.random.default_rng(0).choice(len(points), count, replace=False)].copy()
    for _ in range(ROUNDS):
        group = _nearest(points, centres)
        order = np.argsort(group, kind="stable")
        sizes = np.bincount(group, minlength=count)
        used = np.flatnonzero(sizes)
        starts = (np.cumsum(sizes) - sizes)[used]
        centres[used] = np.add.reduceat(points[order], starts) / sizes[used, None]
    return centres


def nearest(codes: np.ndarray, centres: np.ndarray) -> np.ndarray:
    """The number of the centre nearest to each code: int64 (n,)."""
    if len(centres) == 1:
        return np.zeros(len(codes), np.int64)
    blocks = [codes[first : first + AT_ONCE] for first in range(0, len(codes), AT_ONCE)]
    return np.concatenate([_nearest(residuals(np.asarray(block)), centres) for block in blocks] or [np.zeros(0, int)])


def _nearest(points: np.ndarray, centres: np.ndarray) -> np.ndarray:
    return np.asarray((points @ centres.T - 0.5 * (centres**2).sum(1)).argmax(1))
