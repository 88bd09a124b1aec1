"""``python -m benchmarks.images.speed``: what a check and an add cost beside doing the least possible, in one run.

The least possible for a picture is to decode it once, run the encoder once and extract SIFT once at the size the gate
uses. Times are medians of single calls, taken in turns so that a busy machine slows both alike; the library has 1,000
works, 700 of the development pictures and 300 training pictures.
"""

from __future__ import annotations

import argparse
import shutil
import statistics
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import cv2
import numpy as np
from PIL import Image

import simcheck
from benchmarks.common import results
from benchmarks.images.cases import CACHE
from benchmarks.images.data import ROOT, SEED, pictures, random, read
from benchmarks.images.edits.base import RGB, cover
from simcheck.errors import UsageError
from simcheck.kinds.image.describe import REFERENCE_SIDE
from simcheck.kinds.image.features import CONTRAST
from simcheck.kinds.image.look import OUTPUT_SIDE

MEGAPIXEL = 1152, 868
WORKS = 1000
CHECKS = 20
LEAST_SHARE = 4
"""The least possible is timed on every fourth picture of an `add`."""


def main(arguments: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.images.speed", description=__doc__)
    parser.parse_args(arguments)
    folder = CACHE / "speed"
    works = [*pictures("dev"), *pictures("train")[: WORKS - len(pictures("dev"))]]
    index = folder / "index"
    shutil.rmtree(index, ignore_errors=True)
    result: dict[str, Any] = {**results.heading("speed of images"), "seed": SEED, "works": len(works)}

    with simcheck.open(index) as checker:
        result["add"] = adding(checker, works)
        clean, near = outputs(folder)
        result["check_clean"] = checking(checker, clean)
        result["check_near_exact"] = checking(checker, near)
    result["bytes_a_reference"] = size_of(index) / len(works)
    result["process"] = whole_process(index, clean[0])
    print(results.write("images-speed", result))
    for name in ("add", "check_clean", "check_near_exact", "bytes_a_reference", "process"):
        print(f"{name}: {results.plain(result[name])}")
    return 0


def outputs(folder: Path) -> tuple[list[Path], list[Path]]:
    """Clean pictures of a megapixel that no work resembles (two training pictures at two scales, with fine grain), and
    near-exact copies of works, enlarged to a megapixel; JPEG at quality 90."""
    folder.mkdir(parents=True, exist_ok=True)
    train, dev = pictures("train")[-2 * CHECKS :], pictures("dev")[:CHECKS]
    clean, near = [], []
    for number in range(CHECKS):
        rng = random("speed", number)
        large = cover(read(train[number]), MEGAPIXEL).astype(np.float32)
        detail = cv2.resize(np.tile(read(train[CHECKS + number]), (4, 5, 1)), MEGAPIXEL).astype(np.float32)
        mixed = np.clip(large * 0.7 + detail * 0.3 + rng.normal(0, 3, large.shape), 0, 255)
        clean.append(_saved(folder / f"clean-{number}.jpg", mixed.astype(np.uint8)))
        near.append(_saved(folder / f"near-{number}.jpg", _enlarged(read(dev[number]))))
    return clean, near


def _enlarged(picture: RGB) -> RGB:
    factor = float(np.sqrt(MEGAPIXEL[0] * MEGAPIXEL[1] / (picture.shape[0] * picture.shape[1])))
    return np.asarray(cv2.resize(picture, None, fx=factor, fy=factor, interpolation=cv2.INTER_CUBIC), np.uint8)


def _saved(file: Path, picture: RGB) -> Path:
    Image.fromarray(picture).save(file, quality=90)
    return file


def least(checker: Any, side_of_features: int) -> Callable[[Path], None]:
    """Decode, encoder, SIFT, once each, with the gate's own encoder and sizes."""
    kind = checker.kinds["image"]

    def work(file: Path) -> None:
        picture = at_most(read(file), checker.settings.limits.working_side)
        kind.encoder.encode([picture])
        grey = cv2.cvtColor(at_most(picture, side_of_features), cv2.COLOR_RGB2GRAY)
        cv2.SIFT.create(contrastThreshold=CONTRAST).detectAndCompute(grey, None)

    return work


def at_most(picture: RGB, side: int) -> RGB:
    """The picture with its longer side at ``side`` pixels, where it is larger."""
    factor = side / max(picture.shape[:2])
    if factor >= 1:
        return picture
    return np.asarray(cv2.resize(picture, None, fx=factor, fy=factor, interpolation=cv2.INTER_AREA), np.uint8)


def checking(checker: Any, files: Sequence[Path]) -> dict[str, Any]:
    """Median time of a check and of the least possible, warm, in turns."""
    floor = least(checker, OUTPUT_SIDE)
    checker.check(files[0], record=False)
    floor(files[0])
    gate_times, floor_times, decisions = [], [], []
    for file in files:
        started = time.perf_counter()
        report = checker.check(file)
        gate_times.append(time.perf_counter() - started)
        decisions.append(report.decision)
        started = time.perf_counter()
        floor(file)
        floor_times.append(time.perf_counter() - started)
    gate, floor_median = statistics.median(gate_times), statistics.median(floor_times)
    multiple = statistics.median(a / b for a, b in zip(gate_times, floor_times, strict=True))
    counts = {one: decisions.count(one) for one in sorted(set(decisions))}
    return {"ms": gate * 1000, "least_ms": floor_median * 1000, "multiple": multiple, "decisions": counts}


def adding(checker: Any, works: Sequence[Path]) -> dict[str, Any]:
    """Rate of `add_many` and of the least possible on all cores, works a second. One half is registered before and one
    after the least possible is timed, so that a change of load does not favour either."""
    half = len(works) // 2
    started = time.perf_counter()
    _add(checker, works[:half])
    first = time.perf_counter() - started
    floor = least(checker, REFERENCE_SIDE)
    sample = works[::LEAST_SHARE]
    with ThreadPoolExecutor(checker.settings.workers) as pool:
        started = time.perf_counter()
        list(pool.map(floor, sample))
        floor_seconds = time.perf_counter() - started
    started = time.perf_counter()
    _add(checker, works[half:])
    seconds = first + time.perf_counter() - started
    rate, floor_rate = len(works) / seconds, len(sample) / floor_seconds
    return {"works_a_second": rate, "least_a_second": floor_rate, "share": rate / floor_rate}


def _add(checker: Any, works: Sequence[Path]) -> None:
    added = checker.add_many(str(path) for path in works)
    if added.failed:
        raise UsageError(f"{len(added.failed)} pictures could not be added, the first is {added.failed[0]}.")


def size_of(index: Path) -> int:
    """Bytes of everything in the index's folder."""
    return sum(file.stat().st_size for file in index.rglob("*") if file.is_file())


def whole_process(index: Path, file: Path) -> dict[str, Any]:
    """`simcheck check` as a command, median of seven, and whether it imports torch."""
    command = [str(Path(sys.executable).with_name("simcheck")), "check", str(file), "--index", str(index), "--quiet"]
    seconds = []
    for _ in range(7):
        started = time.perf_counter()
        done = subprocess.run(command, capture_output=True, text=True, cwd=ROOT)
        seconds.append(time.perf_counter() - started)
        if done.returncode not in (0, 1):
            raise UsageError(f"`simcheck check` ended with {done.returncode}: {done.stderr.strip()}")
    return {"seconds": statistics.median(seconds), "fastest_seconds": min(seconds)}


if __name__ == "__main__":
    raise SystemExit(main())
