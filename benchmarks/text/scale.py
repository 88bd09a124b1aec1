"""How size and time of the lexical lane grow, with real needles in outputs of 2,000 words."""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from benchmarks.text.data import Work
from benchmarks.text.gate import build, check, detections, opened
from benchmarks.text.library import library
from benchmarks.text.splices import cases

OUTPUTS = 12
NEEDLE, HOST = 200, 1_800
"""Words of the passage and of what stands around it: 2,000 together."""
FAR = 100_000_000
EDIT = "every 4th replaced"


def grows(
    folder: Path, parts: Mapping[str, tuple[Sequence[Work], Sequence[Work]]], sizes: Sequence[int], *names: object
) -> dict[str, Any]:
    """A library of each size, from nothing; and what the two largest say of one of FAR words."""
    real = {language: held for language, (held, _) in parts.items()}
    outputs = [
        case
        for group in parts.values()
        for case in cases(*group, [EDIT], [NEEDLE], OUTPUTS // len(parts), "scale", *names, host_words=HOST)
    ]
    rows: dict[int, dict[str, Any]] = {}
    for size in sizes:
        cost = build(folder / str(size), library(real, size, *names))
        with opened(folder / str(size)) as checker:
            check(checker, "warm", outputs[0].text)
            times, found = [], 0
            for case in outputs:
                started = time.perf_counter()
                report = check(checker, case.name, case.text)
                times.append(time.perf_counter() - started)
                found += any(one.meets(case.truth) for one in detections(report))
        rows[cost.words] = cost.row() | {
            "seconds a check, median": round(float(np.median(times)), 3),
            "needles found": f"{found} of {len(outputs)}",
        }
    return {f"{words:,} words": row for words, row in rows.items()} | {f"{FAR:,} words, extrapolated": _far(rows)}


def _far(rows: Mapping[int, Mapping[str, Any]]) -> dict[str, float]:
    """On the straight line through the two largest."""
    (small, one), (large, other) = sorted(rows.items())[-2:]
    out = {}
    for name in ("index_bytes", "seconds a check, median"):
        slope = (other[name] - one[name]) / (large - small)
        out[name] = round(other[name] + slope * (FAR - large), 3)
    return out | {"index over text": round(out["index_bytes"] / (other["text_bytes"] * FAR / large), 3)}
