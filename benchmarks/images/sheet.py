"""A contact sheet of misses: output on the left, the reference it repeats on the right."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from PIL import Image, ImageDraw

from benchmarks.images.cases import Case
from benchmarks.images.edits.overlay import font

SIDE = 160
OPEN = ("sd-img", "clothing")
"""Pictures under MIT and CC0; of the others no licence is known, they stay out of anything published."""


def publishable(case: Case) -> bool:
    """Whether everything in an output is under a licence that lets a benchmark show it."""
    return all(name.split("_", 1)[-1].startswith(OPEN) for name in case.sources)


def contact_sheet(
    file: Path, found: Sequence[Mapping[str, Any]], cases: Mapping[str, Case], references: Mapping[str, Path]
) -> None:
    """Write a small JPEG of the pairs; nothing is written without any."""
    if not found:
        return
    rows = (len(found) + 1) // 2
    sheet = Image.new("RGB", (4 * (SIDE + 6), rows * (SIDE + 18)), (255, 255, 255))
    draw = ImageDraw.Draw(sheet)
    for number, one in enumerate(found):
        x, y = number % 2 * 2 * (SIDE + 6), number // 2 * (SIDE + 18)
        draw.text((x + 2, y + 2), f"{one['case']}  score {one['score']:.2f}", fill=(0, 0, 0), font=font(11))
        for place, path in enumerate((cases[str(one["case"])].file, references[str(one["reference"])])):
            with Image.open(path) as image:
                small = image.convert("RGB")
            small.thumbnail((SIDE, SIDE))
            sheet.paste(small, (x + place * (SIDE + 3), y + 16))
    file.parent.mkdir(parents=True, exist_ok=True)
    sheet.save(file, quality=60)
