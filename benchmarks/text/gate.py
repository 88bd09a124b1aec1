"""simcheck itself, as the benchmark uses it: an index in a folder, works in, reports out."""

from __future__ import annotations

import time
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

import simcheck
from benchmarks.text.data import Work
from benchmarks.text.metrics import Passage
from simcheck import settings as configuration
from simcheck.checker import Checker
from simcheck.report import Report


@dataclass(frozen=True)
class Cost:
    """What building a library took."""

    works: int
    words: int
    text_bytes: int
    index_bytes: int
    seconds: float

    def row(self) -> dict[str, float]:
        ratio, speed = self.index_bytes / self.text_bytes, self.words / self.seconds * 60
        return vars(self) | {"index over text": round(ratio, 3), "words a minute": round(speed)}


def opened(folder: Path, policy: Path | None = None) -> Checker:
    """A checker on the folder's index, without the semantic lane: what that costs and adds is measured by itself."""
    settings = configuration.load().model_copy(update={"sentences": "off"})
    return simcheck.open(folder / "index", settings=settings, policy=policy)


def build(folder: Path, works: Iterable[Work]) -> Cost:
    """Register works through the gate (decoding in the guarded worker, catalogue, snapshot)."""
    texts = folder / "texts"
    texts.mkdir(parents=True)
    words = size = count = 0

    def written() -> Iterable[str]:
        nonlocal words, size, count
        for work in works:
            path = texts / work.name
            data = work.text.encode()
            path.write_bytes(data)
            words, size, count = words + len(work.text.split()), size + len(data), count + 1
            yield str(path)

    paths = list(written())
    started = time.perf_counter()
    with opened(folder) as checker:
        added = checker.add_many(paths)
        if added.failed:
            raise RuntimeError(f"{len(added.failed)} works could not be added: {added.failed[0]}")
    seconds = time.perf_counter() - started
    for path in paths:
        Path(path).unlink()
    index = sum(path.stat().st_size for path in (folder / "index").rglob("*") if path.is_file())
    return Cost(count, words, size, index, seconds)


def source(name: str) -> str:
    """The work's name, of the path it was registered by."""
    return Path(name).name


def check(checker: Checker, name: str, text: str) -> Report:
    return checker.check(text.encode(), name=name, record=False, top=50)


def detections(report: Report) -> list[Passage]:
    """The regions of every held match."""
    out = []
    for match in report.matches:
        work = source(match.reference.name)
        if match.decision == "pass":
            continue
        for region in match.regions:
            ours, theirs = region.output, region.reference
            places = [int(place or 0) for place in (ours.start, ours.end, theirs.start, theirs.end)]
            out.append(Passage(report.output.path, places[0], places[1], work, places[2], places[3]))
    return out
