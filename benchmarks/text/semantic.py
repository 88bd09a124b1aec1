"""The semantic lane: what it adds to the words, what cries wolf, what it costs. ``python -m benchmarks.text.semantic``.

Everything through the gate at the shipped thresholds, with both lanes on. Paraphrases are pairs of sentences that
people call equal in meaning (STS benchmark ≥ 4.5; pairs that share four words in a row are left out) and crowd
paraphrases of novels (PAN); the background of the lane comes from half A, everything here is half B, STS dev and test
or PAN test.
"""

from __future__ import annotations

import argparse
import csv
import json
import platform
import tempfile
import time
from collections.abc import Iterable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import simcheck
from benchmarks.text.data import LANGUAGES, HalfName, Work, parted, random, texts_folder, works
from benchmarks.text.gate import check, source
from benchmarks.text.splices import unrelated
from simcheck import settings as configuration
from simcheck.checker import Checker
from simcheck.kinds.text.kind import LEAST_WORDS
from simcheck.kinds.text.words import words_of

SENTENCES = (1, 2, 3, 5)
GROUPS = 50
"""Passages of each length. Of pairs that differ only single ones are asked: the set repeats its sentences, so that two
groups of them often share one."""
SHARED = 4
"""Words in a row: pairs that share so many are no paraphrase without a shared phrase."""
SPLICED = (1, 2, 3, 5, 10)
SPLICES = 10
HOST_WORDS = 600
COST_WORDS = 40_000
HELD_WORDS = 2_000
"""Words of each work in the library: a thousand take a second of one core."""

Pairs = list[tuple[str, str]]


def opened(folder: Path, sentences: str | None = None) -> Checker:
    settings = configuration.load()
    if sentences is not None:
        settings = settings.model_copy(update={"sentences": sentences})
    return simcheck.open(folder / "index", settings=settings)


def shares_a_phrase(one: str, other: str) -> bool:
    ids = [words_of(text).ids.tolist() for text in (one, other)]
    runs = [{tuple(each[at : at + SHARED]) for at in range(len(each) - SHARED + 1)} for each in ids]
    return bool(runs[0] & runs[1])


def likeness(language: str) -> dict[str, Pairs]:
    """STS pairs of dev and test without a shared phrase: those that mean the same, and those that do not. Left out are
    pairs of which the second sentence has fewer words than the gate compares."""
    out: dict[str, Pairs] = {"same": [], "different": []}
    for part in ("dev", "test"):
        with (texts_folder() / "pairs" / f"stsb-{language}-{part}.csv").open(encoding="utf-8") as file:
            for one, other, score in csv.reader(file):
                if shares_a_phrase(one, other) or len(words_of(other)) < LEAST_WORDS:
                    continue
                if float(score) >= 4.5:
                    out["same"].append((one, other))
                elif float(score) <= 2:
                    out["different"].append((one, other))
    return out


def sentence(text: str) -> str:
    return text if text.rstrip().endswith((".", "!", "?")) else f"{text.rstrip()}."


def short_passages(folder: Path) -> dict[str, Any]:
    """Passages of some sentences and nothing else, each against an index of all of them: held for the right work?"""
    cases: list[tuple[str, str, str]] = []
    with opened(folder) as checker:
        for language in LANGUAGES:
            for sort, pairs in likeness(language).items():
                for count in SENTENCES if sort == "same" else SENTENCES[:1]:
                    rng = random("short passages", language, sort, count)
                    for number in range(min(GROUPS, len(pairs) // count)):
                        drawn = [pairs[at] for at in rng.choice(len(pairs), count, replace=False)]
                        row, name = f"{language}, {count} sentences, {sort}", f"{language}-{sort}-{count}-{number}"
                        checker.add(" ".join(sentence(one) for one, _ in drawn).encode(), name=name)
                        cases.append((row, name, " ".join(sentence(other) for _, other in drawn)))
        rows: dict[str, list[bool]] = {}
        for row, name, text in cases:
            held = [one for one in check(checker, "output", text).matches if one.decision != "pass"]
            rows.setdefault(row, []).append(any(source(one.reference.name) == name for one in held))
        size = checker.index.count("text")
    return {"references": size} | {row: round(sum(hits) / len(hits), 3) for row, hits in rows.items()}


def novel_pairs() -> Pairs:
    """PAN test pairs that are called paraphrases."""
    with (texts_folder() / "pairs" / "pan-test.tsv").open(encoding="utf-8") as file:
        rows = csv.reader(file, delimiter="\t", quoting=csv.QUOTE_NONE)
        return [(row[1], row[2]) for row in rows if row[0] == "1"]


def spliced(folder: Path, others: Sequence[Work]) -> dict[str, Any]:
    """Crowd paraphrases of some sentences inside texts by others, in the library that `library` made: share of texts
    held for the right work, with both lanes and with the words alone."""
    texts: list[tuple[int, str, str]] = []
    with opened(folder) as checker:
        pairs = novel_pairs()
        for count in SPLICED:
            rng = random("spliced", count)
            for number in range(SPLICES):
                drawn = [pairs[at] for at in rng.choice(len(pairs), count, replace=False)]
                words = others[number % len(others)].text.split()
                begin = int(rng.integers(len(words) - 2 * HOST_WORDS))
                stretch = [" ".join(words[begin + at * HOST_WORDS // 2 :][: HOST_WORDS // 2]) for at in range(4)]
                name = f"{count}-{number}"
                told = " ".join(sentence(one) for one, _ in drawn)
                checker.add(f"{stretch[2]}\n\n{told}\n\n{stretch[3]}".encode(), name=name)
                retold = " ".join(sentence(other) for _, other in drawn)
                texts.append((count, name, f"{stretch[0]}\n\n{retold}\n\n{stretch[1]}"))
    out: dict[str, Any] = {}
    for lanes, setting in (("both lanes", None), ("words alone", "off")):
        with opened(folder, setting) as checker:
            hits: dict[int, list[bool]] = {}
            for count, name, text in texts:
                held = [one for one in check(checker, "output", text).matches if one.decision != "pass"]
                hits.setdefault(count, []).append(any(source(one.reference.name) == name for one in held))
        out[lanes] = {f"{count} sentences": round(sum(each) / len(each), 2) for count, each in hits.items()}
    return out


def library(folder: Path, held: Iterable[Work]) -> dict[str, Any]:
    count = words = size = 0
    started = time.perf_counter()
    with opened(folder) as checker:
        for work in held:
            checker.add(work.text.encode(), name=work.name)
            count, words, size = count + 1, words + len(work.text.split()), size + len(work.text.encode())
    disk = sum(path.stat().st_size for path in (folder / "index").rglob("*") if path.is_file())
    seconds = time.perf_counter() - started
    return {"works": count, "words": words, "seconds": round(seconds), "index over text": round(disk / size, 1)}


def false_alarms(folder: Path, texts: Iterable[tuple[str, str]]) -> dict[str, Any]:
    counts: dict[str, Any] = {"texts": 0, "block": 0, "review": 0}
    told = []
    with opened(folder) as checker:
        for name, text in texts:
            report = check(checker, name, text)
            counts["texts"] += 1
            if report.decision != "pass":
                counts[report.decision] += 1
                match = next(one for one in report.matches if one.decision == report.decision)
                region = match.regions[0]
                told.append([name, match.rule, match.reference.name, region.output.text, region.reference.text])
    return counts | {"which": told}


def cost(folder: Path, work: Work) -> dict[str, Any]:
    """Seconds of processor time for 1,000 words, of registering and of checking, warm; decoding, which is a process of
    its own, left out."""
    words = work.text.split()[:COST_WORDS]
    parts = [" ".join(words[at : at + 2_000]) for at in range(0, len(words), 2_000)]
    out: dict[str, Any] = {"words": len(words)}
    for lanes, setting in (("both lanes", None), ("words alone", "off")):
        with opened(folder / lanes, setting) as checker:
            checker.add(b"The models are loaded by a text that nobody will ever ask for again.", name="warm")
            started = time.process_time()
            for number, part in enumerate(parts[::2]):
                checker.add(part.encode(), name=f"{number}")
            added = time.process_time() - started
            started = time.process_time()
            for part in parts[1::2]:
                check(checker, "output", part)
            checked = time.process_time() - started
        registered, asked = (sum(len(part.split()) for part in parts[at::2]) / 1_000 for at in (0, 1))
        out[lanes] = {
            "registering, s for 1,000 words": round(added / registered, 3),
            "checking, s for 1,000 words": round(checked / asked, 3),
        }
    return out


def measured(half: HalfName, alarms: int, out: Path) -> dict[str, Any]:
    parts = {language: parted(works(language, half)) for language in LANGUAGES}
    results: dict[str, Any] = {"half": half, "machine": platform.platform()}

    def done(**section: Any) -> None:
        results.update(section)
        print(json.dumps(section, indent=1, ensure_ascii=False), flush=True)
        out.mkdir(parents=True, exist_ok=True)
        (out / "text-semantic.json").write_text(json.dumps(results, indent=1, ensure_ascii=False) + "\n", "utf-8")

    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        held = [
            replace(work, text=" ".join(work.text.split(" ")[:HELD_WORDS]))
            for group, _ in parts.values()
            for work in group
        ]
        done(library=library(folder / "library", held))
        each = alarms // len(parts)
        done(unrelated=false_alarms(folder / "library", (t for _, o in parts.values() for t in unrelated(o, each))))
        done(spliced=spliced(folder / "library", parts["en"][1]))
        done(cost=cost(folder / "cost", parts["en"][1][0]))
        done(**{"short passages": short_passages(folder / "short")})
    return results


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.text.semantic", description=__doc__)
    parser.add_argument("--half", choices=["A", "B"], default="B")
    parser.add_argument("--alarms", type=int, default=60, help="unrelated texts of 1,500 words")
    parser.add_argument("--out", type=Path, default=Path("benchmarks/results"))
    given = parser.parse_args()
    measured(given.half, given.alarms, given.out)


if __name__ == "__main__":
    main()
