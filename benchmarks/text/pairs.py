"""The published pairs of documents: PAN 2013 text alignment, short answers."""

from __future__ import annotations

import csv
from collections import defaultdict
from pathlib import Path
from typing import Any

import numpy as np

from benchmarks.text.data import Work, texts_folder
from benchmarks.text.gate import build, check, detections, opened, source
from benchmarks.text.metrics import Passage, measure

CATEGORIES = ("cut", "light", "heavy", "non")
"""Near copies, light and heavy rewriting, independent answers."""


def alignment(folder: Path) -> dict[str, Any]:
    """PAN 2013, pairs without obfuscation: every pair is judged by itself."""
    root = texts_folder() / "pairs" / "pan-text-alignment-dev"
    build(folder, [Work(path.name, "", "en", path.read_text("utf-8")) for path in sorted((root / "src").iterdir())])
    cases: dict[tuple[str, str], list[Passage]] = defaultdict(list)
    with (root / "truth.tsv").open(encoding="utf-8") as file:
        for row in csv.DictReader(file, delimiter="\t"):
            start, first = int(row["this_offset"]), int(row["source_offset"])
            one = Passage(
                row["susp"],
                start,
                start + int(row["this_length"]),
                row["src"],
                first,
                first + int(row["source_length"]),
            )
            cases[row["susp"], row["src"]].append(one)
    found = []
    with opened(folder) as checker:
        for susp in sorted({susp for susp, _ in cases}):
            text = (root / "susp" / susp).read_bytes().decode()
            found += [one for one in detections(check(checker, susp, text)) if (susp, one.source) in cases]
    result = measure([one for group in cases.values() for one in group], found)
    return {"pairs": len(cases), "passages": sum(map(len, cases.values())), **result.row(), "target": 0.985}


def short_answers(folder: Path) -> dict[str, Any]:
    """Clough and Stevenson's answers against the five originals: means by category, near copies first."""
    root = texts_folder() / "pairs" / "short-answers"
    originals = sorted(root.glob("orig_*.txt"))
    build(folder, [Work(path.name, "", "en", path.read_text("utf-8")) for path in originals])
    rows: dict[str, list[tuple[float, float, float]]] = defaultdict(list)
    with opened(folder) as checker, (root / "truth.csv").open(encoding="utf-8") as file:
        for row in csv.DictReader(file):
            if row["category"] == "orig":
                continue
            report = check(checker, row["file"], (root / row["file"]).read_text("utf-8"))
            wanted = f"orig_task{row['task'].removeprefix('task')}.txt"
            mine = next((match for match in report.matches if source(match.reference.name) == wanted), None)
            rows[row["category"]].append(
                (mine.coverage.output, mine.signals["verbatim_words"], mine.score) if mine else (0.0, 0, 0.0)
            )
    out: dict[str, Any] = {}
    for at, name in enumerate(("share of the words that is repeated", "longest verbatim run, words", "score")):
        means = {kind: round(float(np.mean([row[at] for row in rows[kind]])), 4) for kind in CATEGORIES}
        out[name] = means | {"in order": list(means.values()) == sorted(means.values(), reverse=True)}
    return out
