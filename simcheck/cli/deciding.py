"""From items to reports on stdout and an exit code: the same for ``check`` and the hooks."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING

from simcheck.cli.output import colours, emit, flush, say

if TYPE_CHECKING:
    from simcheck.explain import ExplainItem
    from simcheck.gate import Gate
    from simcheck.report import Report
    from simcheck.settings import Settings

ORDER = ("block", "review", "unchecked", "pass")


def show(report: Report) -> None:
    """The verdict for a person, at once."""
    from simcheck.explain import verdict_text

    emit(verdict_text(report, colours=colours()))
    flush()


def show_held(report: Report) -> None:
    """As `show`, for a hook: who pushes wants to see what stops it."""
    if report.held:
        show(report)


def gate_for(settings: Settings, door: str) -> Gate:
    """The gate; what it found and mended is said. To be closed."""
    from simcheck.gate import open_gate

    gate = open_gate(settings, door)
    for notice in gate.notices:
        say(notice)
    return gate


def gather(reports: Iterable[Report], each: Callable[[Report], None]) -> list[Report]:
    """All reports; ``each`` sees every one as soon as it is there."""
    gathered = []
    for report in reports:
        gathered.append(report)
        each(report)
    return gathered


def explained(items: Iterable[ExplainItem], each: Callable[[Report], None], folder: Path) -> list[Report]:
    """As `gather`, with a page about each output in ``folder``."""
    from simcheck.explain import write_report

    gathered = []

    def passing() -> Iterator[ExplainItem]:
        for item in items:
            gathered.append(item.report)
            each(item.report)
            yield item

    page = write_report(folder, passing())
    say(f"Report: {page}")
    return gathered


def count(reports: Iterable[Report]) -> Counter[str]:
    """How many of each decision."""
    return Counter(report.decision for report in reports)


def summary(counts: Counter[str]) -> dict[str, int]:
    """The three numbers of ``check --json``: they add up to the number of reports."""
    return {"held": counts["block"] + counts["review"], "passed": counts["pass"], "unchecked": counts["unchecked"]}


def summary_text(counts: Counter[str]) -> str:
    return ", ".join(f"{counts[name]} {name}" for name in ORDER if counts[name]) or "no files"


def exit_code(counts: Counter[str], allow_review: bool = False) -> int:
    """CONTRACT: 1 for a held decision, else 3 for an unchecked file, else 0."""
    if counts["block"] or (counts["review"] and not allow_review):
        return 1
    return 3 if counts["unchecked"] else 0
