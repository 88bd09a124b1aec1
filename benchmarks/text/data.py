"""The development texts, cut in two halves by work: A (even places of the sorted names) to tune, B (odd) to report."""

from __future__ import annotations

import csv
import zlib
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

import numpy as np

from simcheck.errors import UsageError

SEED = 20261122
HalfName = Literal["A", "B"]
LANGUAGES = ("en", "fr")


def texts_folder() -> Path:
    """``shared/data/text`` beside the repository, or beside a folder above it (a worktree lies deeper)."""
    for folder in Path(__file__).resolve().parents[3:]:
        if (folder / "shared" / "data" / "text").is_dir():
            return folder / "shared" / "data" / "text"
    raise UsageError("There are no development texts: put them into ../shared/data/text beside the repository.")


@dataclass(frozen=True)
class Work:
    """One text. ``language``: en, fr, legal."""

    name: str
    author: str
    language: str
    text: str


def works(language: str, half: HalfName | None = None) -> list[Work]:
    """The texts of a folder of ``dev``; of one half only, or all."""
    root = texts_folder()
    with (root / "index.tsv").open(encoding="utf-8") as file:
        authors = {row["file"]: row["author"] for row in csv.DictReader(file, delimiter="\t")}
    paths = sorted(path for path in (root / "dev" / language).iterdir() if path.is_file())
    chosen = paths if half is None else paths[0 if half == "A" else 1 :: 2]
    return [
        Work(path.name, authors.get(f"dev/{language}/{path.name}", path.name), language, path.read_text("utf-8"))
        for path in chosen
    ]


def parted(group: Sequence[Work]) -> tuple[list[Work], list[Work]]:
    """The works in two parts that share no author: what the library holds, and what is written by others."""
    authors = sorted({work.author for work in group})
    held = set(authors[::2])
    return [work for work in group if work.author in held], [work for work in group if work.author not in held]


def random(*names: object, seed: int = SEED) -> np.random.Generator:
    """A generator that is the same for the same names, whatever else was drawn."""
    return np.random.default_rng([seed, zlib.crc32(repr(names).encode())])
