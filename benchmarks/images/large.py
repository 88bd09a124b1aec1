"""``python -m benchmarks.images.large``: small parts of large references, with and without their tiles.

Twenty pictures of half B on a sheet of 2,600 by 2,080 pixels are one reference; twelve such sheets are registered.
Outputs are one picture of a sheet, its middle half and its middle third (0.7 and 0.55 of each side), saved as JPEG at
quality 60; and pictures of three sheets that are not registered. Written are ``benchmarks/results/images-large.json``
and its picture.
"""

from __future__ import annotations

import argparse
import shutil
import statistics
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image

import simcheck
from benchmarks.common import plots, results
from benchmarks.images.cases import CACHE
from benchmarks.images.command import called, tell
from benchmarks.images.data import SEED, load_half, random, read
from benchmarks.images.outcome import HELD
from simcheck.kinds.image import tiles
from simcheck.kinds.image.finding import overlap

ACROSS, DOWN, CELL, MARGIN = 5, 4, 520, 10
PARTS = {"one picture of twenty": 1.0, "its middle half": 0.7, "its middle third": 0.55}
"""Share of each side of a cell that an output shows."""
STRANGERS = 3
"""Sheets that are not registered."""
NEVER = 10**12

PixelBox = tuple[int, int, int, int]


def main(arguments: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.images.large", description=__doc__)
    parser.add_argument("--sheets", type=int, default=12, metavar="N", help="registered (default %(default)s)")
    parser.add_argument("--cells", type=int, default=5, metavar="N", help="checked of each (default %(default)s)")
    return called(parser, run, arguments)


def run(chosen: argparse.Namespace) -> None:
    folder = CACHE / "large"
    folder.mkdir(parents=True, exist_ok=True)
    every = load_half("B").references
    heading = results.heading("images, large references")
    sheets = []
    for number in range(chosen.sheets + STRANGERS):
        page, cells = sheet(every[number * ACROSS * DOWN :][: ACROSS * DOWN])
        page.save(folder / f"sheet-{number}.jpg", quality=90)
        sheets.append((page, cells))
    found = {}
    for name, least in (("with tiles", tiles.LEAST_PIXELS), ("without", NEVER)):
        found[name] = arm(folder, sheets, chosen, least)
        tell(f"{name}: {found[name]}")
    file = results.write("images-large", {**heading, "seed": SEED, "sheets": chosen.sheets, "arms": found})
    plots.bars(
        file.with_suffix(".png"),
        "Parts of large references held",
        list(PARTS),
        {name: [one["held"][part] for part in PARTS] for name, one in found.items()},
        0.95,
    )
    tell(f"written to {file}")


def sheet(pictures: Sequence[Path]) -> tuple[Image.Image, list[PixelBox]]:
    """A page of pictures, and where each is: x, y, width, height in its pixels."""
    page, cells = Image.new("RGB", (ACROSS * CELL, DOWN * CELL), (245, 245, 240)), []
    for number, path in enumerate(pictures):
        picture = Image.fromarray(read(path))
        most = CELL - 2 * MARGIN
        factor = most / max(picture.size)
        picture = picture.resize((round(picture.width * factor), round(picture.height * factor)))
        place = number % ACROSS * CELL + MARGIN, number // ACROSS * CELL + MARGIN
        page.paste(picture, place)
        cells.append((*place, *picture.size))
    return page, cells


def middle(cell: PixelBox, share: float) -> PixelBox:
    """The middle of a cell with this share of its sides."""
    x, y, width, height = cell
    wide, high = round(width * share), round(height * share)
    return x + (width - wide) // 2, y + (height - high) // 2, wide, high


def arm(
    folder: Path, sheets: Sequence[tuple[Image.Image, list[PixelBox]]], chosen: argparse.Namespace, least: int
) -> dict[str, Any]:
    """Register, check and count, with references from so many pixels stored in tiles."""
    kept, tiles.LEAST_PIXELS = tiles.LEAST_PIXELS, least
    shutil.rmtree(folder / f"index-{least}", ignore_errors=True)
    try:
        with simcheck.open(folder / f"index-{least}") as checker:
            started = time.perf_counter()
            names = {checker.add(folder / f"sheet-{number}.jpg").name for number in range(chosen.sheets)}
            add_s = (time.perf_counter() - started) / max(len(names), 1)
            held: dict[str, list[bool]] = {part: [] for part in PARTS}
            overlaps, seconds, alarms = [], [], []
            for number, (page, cells) in enumerate(sheets):
                picked = random("cells", number).permutation(len(cells))[: chosen.cells]
                for cell, (part, share) in ((cells[int(one)], of_it) for one in picked for of_it in PARTS.items()):
                    box = middle(cell, share)
                    output = folder / "output.jpg"
                    page.crop((box[0], box[1], box[0] + box[2], box[1] + box[3])).save(output, quality=60)
                    started = time.perf_counter()
                    report = checker.check(output, record=False)
                    seconds.append(time.perf_counter() - started)
                    own = [one for one in report.matches if one.reference.name == f"sheet-{number}.jpg"]
                    if number >= chosen.sheets:
                        alarms.append(report.decision in HELD)
                        continue
                    held[part].append(bool(own) and own[0].decision in HELD)
                    if held[part][-1]:
                        overlaps.append(overlap(box, own[0].regions[0].reference.box))
    finally:
        tiles.LEAST_PIXELS = kept
    return {
        "held": {part: round(float(np.mean(of_it)), 3) for part, of_it in held.items()},
        "outputs": sum(len(of_it) for of_it in held.values()),
        "median_iou": round(statistics.median(overlaps), 3) if overlaps else None,
        "alarms": sum(alarms),
        "strangers": len(alarms),
        "add_s": round(add_s, 2),
        "check_s": round(statistics.median(seconds), 3),
    }


if __name__ == "__main__":
    raise SystemExit(main())
