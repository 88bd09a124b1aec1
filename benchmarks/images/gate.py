"""simcheck under test: its public interface, in process, in as many processes as there are cores.

Each process works on its own copy of the index, since the rounds of unrelated pictures quarantine works.
"""

from __future__ import annotations

import multiprocessing
import os
import shutil
import time
from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import Any, TypeVar

import simcheck
from benchmarks.images.cases import Case, Registered
from benchmarks.images.outcome import Answer, Outcome
from simcheck.errors import UsageError
from simcheck.report import Report

Change = Callable[[Any], None]
"""Something to do to the opened checker before it checks (an ablation)."""
R = TypeVar("R")
Look = Callable[[Any, Case, dict[str, str]], R]
"""What is to be found out about a case: a function of the checker, the case and the names of the works."""


@dataclass(frozen=True)
class Library:
    """An index on disk and the names of its works."""

    folder: Path
    names: dict[str, str]
    seconds: float
    quarantined: tuple[str, ...]


def register(works: Sequence[Registered], folder: Path) -> Library:
    """A fresh index with all works. ``quarantined``: those that the policy set aside as weak when they were added."""
    shutil.rmtree(folder, ignore_errors=True)
    return _with(Library(folder, {}, 0.0, ()), works)


def grow(library: Library, works: Sequence[Registered], folder: Path) -> Library:
    """A copy of a library with more works; ``seconds`` are those of the new ones."""
    shutil.rmtree(folder, ignore_errors=True)
    shutil.copytree(library.folder, folder)
    return _with(replace(library, folder=folder), works)


def _with(library: Library, works: Sequence[Registered]) -> Library:
    started = time.perf_counter()
    with simcheck.open(library.folder) as checker:
        added = checker.add_many(str(work.file) for work in works)
        if added.failed:
            raise UsageError(f"{len(added.failed)} works could not be registered, the first is {added.failed[0]}.")
        by_file = {str(work.file): work.name for work in works}
        names = {reference: by_file[file] for reference, file, _kind in added.references}
        aside = [name for reference, name in names.items() if checker.index.reference(reference).status != "active"]
    seconds = time.perf_counter() - started
    return Library(library.folder, {**library.names, **names}, seconds, (*library.quarantined, *aside))


def run(library: Library, cases: Sequence[Case], processes: int, change: Change | None = None) -> list[Outcome]:
    """Check all cases; the outcomes are in the order of the cases."""
    return run_each(library, cases, processes, check, change)


def run_each(
    library: Library, cases: Sequence[Case], processes: int, look: Look[R], change: Change | None = None
) -> list[R]:
    """What ``look`` (a function of a module) finds out about each case, in the order of the cases."""
    tasks = [list(group) for group in _groups(cases)]
    context = multiprocessing.get_context("spawn")
    with ProcessPoolExecutor(processes, context, _start, (library, context.Value("i", 0), change)) as pool:
        groups = pool.map(_check_group, tasks, [look] * len(tasks))
        found = {
            case.name: one
            for task, group in zip(tasks, groups, strict=True)
            for case, one in zip(task, group, strict=True)
        }
    return [found[case.name] for case in cases]


def _groups(cases: Sequence[Case]) -> Iterable[list[Case]]:
    """Rounds of quarantine first (they are long), the others in handfuls."""
    for round_ in sorted({case.round for case in cases if case.round is not None}):
        yield [case for case in cases if case.round == round_]
    others = [case for case in cases if case.round is None]
    for start in range(0, len(others), 16):
        yield others[start : start + 16]


class _Worker:
    """What a process keeps between groups."""

    library: Library
    checker: Any


def _start(library: Library, counter: Any, change: Change | None) -> None:
    os.nice(5)
    import cv2
    import faiss

    cv2.setNumThreads(1)
    faiss.omp_set_num_threads(1)
    with counter.get_lock():
        counter.value += 1
        own = library.folder.with_name(f"{library.folder.name}-{counter.value}")
    shutil.rmtree(own, ignore_errors=True)
    shutil.copytree(library.folder, own)
    _Worker.library, _Worker.checker = library, simcheck.open(own)
    if change is not None:
        change(_Worker.checker)


def _check_group(cases: list[Case], look: Look[R]) -> list[R]:
    checker, names = _Worker.checker, _Worker.library.names
    aside: list[str] = []
    if cases[0].round is not None:
        sources = {case.source for case in cases}
        aside = [reference for reference, name in names.items() if name in sources]
    for reference in aside:
        checker.index.quarantine(reference, "checked as an unrelated picture")
    try:
        return [look(checker, case, names) for case in cases]
    finally:
        for reference in aside:
            checker.index.restore(reference)


def with_and_without(
    library: Library, cases: Sequence[Case], processes: int, rules: Sequence[str]
) -> dict[str, list[Outcome]]:
    """The outcomes by the shipped policy, and by one that has none of these rules."""
    left_out = f"without the rule{'s' if len(rules) > 1 else ''}"
    return {
        "simcheck": run(library, cases, processes),
        left_out: run(library, cases, processes, partial(without_rules, names=rules)),
    }


def without_rules(checker: Any, names: Sequence[str]) -> None:
    """A change of a checker: its policy has none of these rules."""
    rules = tuple(rule for rule in checker.policy.match if rule.rule not in names)
    checker.policy = checker.policy.model_copy(update={"match": rules})


def check(checker: Any, case: Case, names: dict[str, str]) -> Outcome:
    started = time.perf_counter()
    report: Report = checker.check(case.file)
    elapsed = (time.perf_counter() - started) * 1000
    answers = []
    for match in report.matches:
        region = match.regions[0]
        both = (region.output.box, region.reference.box)
        boxes = None if both[0] is None or both[1] is None else (_box(both[0]), _box(both[1]))
        answers.append(Answer(names[match.reference.id], match.score, match.decision, boxes, match.type))
    return Outcome(case.name, case.family, case.sources, case.truth, answers, report.decision, case.boxes, elapsed)


def _box(box: tuple[int, int, int, int]) -> tuple[float, float, float, float]:
    x, y, width, height = box
    return float(x), float(y), float(width), float(height)
