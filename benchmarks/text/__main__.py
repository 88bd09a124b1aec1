"""``python -m benchmarks.text [--half B] [--words 5000000] [--each 4] [--out benchmarks/results]``: everything issue 13
measures of the lexical lane, as JSON and as a picture."""

from __future__ import annotations

import argparse
import json
import platform
import tempfile
import time
from collections import defaultdict
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from benchmarks.text import pairs, peers, sentences
from benchmarks.text.background import lend
from benchmarks.text.data import LANGUAGES, SEED, Work, parted, works
from benchmarks.text.edits import EDITS, TARGETS
from benchmarks.text.gate import build, check, detections, opened, source
from benchmarks.text.library import library
from benchmarks.text.metrics import Passage, measure
from benchmarks.text.scale import grows
from benchmarks.text.splices import LENGTHS, Case, cases, unrelated
from simcheck.checker import Checker

Find = Callable[[Case], list[Passage]]
SHORT = 20
PEER_WORKS = 5
"""Works of each language that simcheck and its peers share as their library."""
ENCODED_EDITS = ("verbatim", "every 4th replaced", "every 2nd replaced", "every 5th dropped", "sentences shuffled")
ENCODED_LENGTHS = (80, 200, 400)


def spliced(find: Find, all_cases: Sequence[Case]) -> dict[str, Any]:
    """The PAN measures by edit: passages of 40 words, and longer ones."""
    found: dict[tuple[str, bool], tuple[list[Passage], list[Passage]]] = defaultdict(lambda: ([], []))
    for case in all_cases:
        truths, hits = found[case.edit, case.length <= LENGTHS[0]]
        truths.append(case.truth)
        hits += find(case)
    out: dict[str, Any] = {}
    for (edit, short), (truths, hits) in found.items():
        target = TARGETS[edit] - (0.04 if short else 0)
        row = measure(truths, hits).row()
        name = f"{edit}, {LENGTHS[0]} words" if short else edit
        out[name] = row | {"cases": len(truths), "target": round(target, 2), "met": row["plagdet"] >= target}
    return out


def of_simcheck(checker: Checker, times: list[float]) -> Find:
    def find(case: Case) -> list[Passage]:
        started = time.perf_counter()
        report = check(checker, case.name, case.text)
        times.append(time.perf_counter() - started)
        return detections(report)

    return find


def of_peer(peer: peers.Peer) -> Find:
    return lambda case: peer.find(case.name, case.text)


def alarms(checker: Checker, texts: Sequence[tuple[str, str]]) -> dict[str, Any]:
    """Decisions about texts that repeat nothing: where their own work is in the library, it is not counted."""
    counts = {"texts": len(texts), "block": 0, "review": 0}
    told = []
    for name, text in texts:
        others = [m for m in check(checker, name, text).matches if source(m.reference.name) != name]
        for decision in ("block", "review"):
            mine = [match for match in others if match.decision == decision]
            if mine:
                counts[decision] += 1
                region = mine[0].regions[0]
                told.append([name, decision, mine[0].rule, source(mine[0].reference.name), region.output.text])
                break
    return counts | {"which": told}


def legal(folder: Path) -> dict[str, Any]:
    """Licences against each other, each against an index of all."""
    licences = works("legal")
    build(folder, licences)
    with opened(folder) as checker:
        out = alarms(checker, [(work.name, work.text) for work in licences])
        reports = [(work.name, check(checker, work.name, work.text + "\n")) for work in licences]
    out["told as boilerplate"] = sum(
        match.rule == "text.boilerplate"
        for name, one in reports
        for match in one.matches
        if source(match.reference.name) != name
    )
    return out


def picture(results: dict[str, Any], path: Path) -> None:
    import matplotlib

    matplotlib.use("Agg")
    from matplotlib import pyplot

    rows = results["splices"]
    figure, axes = pyplot.subplots(figsize=(9, 11))
    names = list(rows)[::-1]
    place = np.arange(len(names))
    axes.barh(place, [rows[name]["plagdet"] for name in names], color="#4878a8")
    axes.plot([rows[name]["target"] for name in names], place, "k|", markersize=9, label="target")
    axes.set_yticks(place, names)
    axes.set_xlim(0.5, 1.01)
    axes.set_xlabel(f"plagdet, in a library of {results['library']['words']:,} words")
    axes.legend(loc="lower left")
    figure.tight_layout()
    figure.savefig(path, dpi=110)


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.text", description=__doc__)
    parser.add_argument("--half", choices=["A", "B"], default="B")
    parser.add_argument("--words", type=int, default=5_000_000)
    parser.add_argument("--each", type=int, default=4, help="cases of each edit, length and language")
    parser.add_argument("--alarms", type=int, default=300)
    parser.add_argument("--scale", type=int, nargs="+", default=[2_500_000, 10_000_000], help="words of the libraries")
    parser.add_argument("--out", type=Path, default=Path("benchmarks/results"))
    given = parser.parse_args()
    lend(given.half)
    parts = {language: parted(works(language, given.half)) for language in LANGUAGES}
    real = {language: held for language, (held, _) in parts.items()}
    results: dict[str, Any] = {"half": given.half, "seed": SEED, "machine": platform.platform()}
    given.out.mkdir(parents=True, exist_ok=True)

    def done(**section: Any) -> None:
        """Keep what is known so far: a run of an hour that is interrupted has told something."""
        results.update(section)
        print(json.dumps(section, indent=1, ensure_ascii=False), flush=True)
        (given.out / "text.json").write_text(json.dumps(results, indent=1, ensure_ascii=False) + "\n", "utf-8")

    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        done(**{"PAN 2013": pairs.alignment(folder / "pan")})
        done(**{"PAN sentences": sentences.measured(), "short answers": pairs.short_answers(folder / "answers")})
        done(legal=legal(folder / "legal"))
        done(library=build(folder / "library", library(real, given.words, given.half)).row())
        all_cases = [
            case for group in parts.values() for case in cases(*group, list(EDITS), LENGTHS, given.each, given.half)
        ]
        short = [
            case
            for group in parts.values()
            for case in cases(*group, ["verbatim"], [SHORT], 10 * given.each, given.half)
        ]
        texts = [one for _, others in parts.values() for one in unrelated(others, given.alarms // len(parts))]
        times: list[float] = []
        with opened(folder / "library") as checker:
            find = of_simcheck(checker, times)
            hit = [any(one.meets(case.truth) for one in find(case)) for case in short]
            done(**{"verbatim, 20 words": {"found": round(float(np.mean(hit)), 4), "cases": len(hit), "target": 0.9}})
            done(splices=spliced(find, all_cases))
            done(unrelated=alarms(checker, texts))
        typical, slow = np.quantile(times, [0.5, 0.95]).tolist()
        done(**{"seconds a check": {"median": round(typical, 3), "p95": round(slow, 3)}})
        picture(results, given.out / "text.png")
        done(**{"peers": against_peers(folder / "peers", parts, given.half)})
        done(scale=grows(folder / "scale", parts, given.scale, given.half))


def against_peers(folder: Path, parts: dict[str, tuple[list[Work], list[Work]]], *names: object) -> dict[str, Any]:
    """simcheck and its peers in a small library of real texts, one case of each edit and length in each language; the
    embeddings, which take a minute for 60,000 words, in fewer cases."""
    held = {language: group[:PEER_WORKS] for language, (group, _) in parts.items()}
    every = [work for group in held.values() for work in group]
    some = [
        case
        for language, group in held.items()
        for case in cases(group, parts[language][1], list(EDITS), LENGTHS, 1, "peers", *names)
    ]
    few = [case for case in some if case.edit in ENCODED_EDITS and case.length in ENCODED_LENGTHS]
    out: dict[str, Any] = {"library, words": sum(len(work.text.split()) for work in every)}
    built = build(folder, every).seconds
    with opened(folder) as checker:
        find = of_simcheck(checker, [])
        out["simcheck"] = _timed(find, some) | {"built in": round(built, 1)}
        out["simcheck, fewer cases"] = _timed(find, few)
    for name, make in (
        ("winnowing", peers.Winnowing),
        ("MinHash-LSH, threshold 0.5", peers.MinHashLSH),
        ("MinHash-LSH, threshold 0.2", lambda works: peers.MinHashLSH(works, 0.2)),
    ):
        out[name] = _peer(make, every, some)
    out["embeddings alone, fewer cases"] = _peer(peers.Embeddings, every, few)
    return out


def _peer(
    make: Callable[[Sequence[Work]], peers.Peer], library: Sequence[Work], some: Sequence[Case]
) -> dict[str, Any]:
    started = time.perf_counter()
    peer = make(library)
    built = time.perf_counter() - started
    return _timed(of_peer(peer), some) | {"built in": round(built, 1)}


def _timed(find: Find, some: Sequence[Case]) -> dict[str, Any]:
    started = time.perf_counter()
    rows = spliced(find, some)
    seconds = (time.perf_counter() - started) / len(some)
    return {"plagdet": {name: row["plagdet"] for name, row in rows.items()}, "seconds a check": round(seconds, 4)}


if __name__ == "__main__":
    main()
