"""The published pairs: PAN 2013 text alignment, PAN sentence pairs, short answers."""

from __future__ import annotations

import csv
from collections import defaultdict
from pathlib import Path
from typing import Any

import numpy as np

import simcheck
from benchmarks.text.data import Work, texts_folder
from benchmarks.text.gate import build, check, detections, source
from benchmarks.text.metrics import Passage, measure
from simcheck.kinds.text import background
from simcheck.kinds.text.words import words_of


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
    with simcheck.open(folder / "index") as checker:
        for susp in sorted({susp for susp, _ in cases}):
            text = (root / "susp" / susp).read_bytes().decode()
            found += [one for one in detections(check(checker, susp, text)) if (susp, one.source) in cases]
    result = measure([one for group in cases.values() for one in group], found)
    return {"pairs": len(cases), "passages": sum(map(len, cases.values())), **result.row(), "target": 0.985}


def sentences() -> dict[str, Any]:
    """PAN sentence pairs: accuracy of the share of words in common, plain and weighed by what each word tells; the
    threshold is fitted on the training pairs."""
    out: dict[str, Any] = {"target": 0.92}
    for name, weighed in (("words in common", False), ("words in common, weighed by rarity", True)):
        scored = {part: _overlaps(part, weighed) for part in ("train", "test")}
        scores, labels = scored["train"]
        grid = np.linspace(0, 1, 201)
        best = max(grid, key=lambda at: float(((scores >= at) == labels).mean()))
        scores, labels = scored["test"]
        out[name] = round(float(((scores >= best) == labels).mean()), 4)
    return out


def _overlaps(part: str, weighed: bool) -> tuple[np.ndarray, np.ndarray]:
    scores, labels = [], []
    with (texts_folder() / "pairs" / f"pan-{part}.tsv").open(encoding="utf-8") as file:
        for row in csv.reader(file, delimiter="\t", quoting=csv.QUOTE_NONE):
            if row[0] not in "01":
                continue
            one, other = (np.unique(words_of(text).ids) for text in row[1:3])
            common = np.intersect1d(one, other)
            weigh = background.load().alone if weighed else np.ones_like
            least = min(float(weigh(one).sum()), float(weigh(other).sum()))
            scores.append(float(weigh(common).sum()) / max(least, 1.0))
            labels.append(row[0] == "1")
    return np.array(scores), np.array(labels)


def short_answers(folder: Path) -> dict[str, Any]:
    """Clough and Stevenson's answers against the five originals: mean share that is found copied, in falling order."""
    root = texts_folder() / "pairs" / "short-answers"
    originals = sorted(root.glob("orig_*.txt"))
    build(folder, [Work(path.name, "", "en", path.read_text("utf-8")) for path in originals])
    shares: dict[str, list[float]] = defaultdict(list)
    with simcheck.open(folder / "index") as checker, (root / "truth.csv").open(encoding="utf-8") as file:
        for row in csv.DictReader(file):
            if row["category"] == "orig":
                continue
            report = check(checker, row["file"], (root / row["file"]).read_text("utf-8"))
            wanted = f"orig_task{row['task'].removeprefix('task')}.txt"
            mine = [match.coverage.output for match in report.matches if source(match.reference.name) == wanted]
            shares[row["category"]].append(max(mine, default=0.0))
    means = {name: round(float(np.mean(shares[name])), 4) for name in ("cut", "light", "heavy", "non")}
    return {"mean share copied": means, "in order": list(means.values()) == sorted(means.values(), reverse=True)}
