"""``simcheck check``: decide about outputs."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from simcheck.cli.deciding import count, exit_code, explained, gate_for, gather, show, summary, summary_text
from simcheck.cli.help import CHECK_CODES, teach
from simcheck.cli.options import (
    AllowReview,
    Config,
    IndexDir,
    Json,
    NoColor,
    PolicyFile,
    Project,
    Quiet,
    Server,
    Tags,
    parse_tags,
)
from simcheck.cli.output import emit, emit_json, progress, say
from simcheck.cli.session import settings_for
from simcheck.errors import UsageError

if TYPE_CHECKING:
    from simcheck.gate import Item
    from simcheck.report import Report

STDIN = "-"

HELP = teach(
    "Check outputs against the index: pass, review or block, and why. A folder is walked; - reads one file from stdin.",
    "simcheck check out/a.png",
    "simcheck check out/ --json --project film-7 > answer.json",
    "generate | simcheck check - --jsonl",
    "SIMCHECK_KEY=... simcheck check out/ --server https://simcheck.studio.example",
    codes=CHECK_CODES,
)


def register(app: typer.Typer) -> None:
    app.command("check", help=HELP)(check)


def check(
    files: Annotated[list[str], typer.Argument(metavar="FILE", help="Outputs, folders of them, or -.")],
    jsonl: Annotated[bool, typer.Option("--jsonl", help="One REPORT a line, as soon as it is there.")] = False,
    json: Json = False,
    report: Annotated[
        Path | None,
        typer.Option("--report", metavar="DIR", help="Also write an HTML page with pictures for each file."),
    ] = None,
    project: Project = None,
    tag: Tags = None,
    server: Server = None,
    policy: PolicyFile = None,
    allow_review: AllowReview = False,
    top: Annotated[int | None, typer.Option("--top", metavar="K", min=1, help="List at most K matches a file.")] = None,
    index: IndexDir = None,
    config: Config = None,
    quiet: Quiet = False,
    no_color: NoColor = False,
) -> int:
    if json and jsonl:
        raise UsageError("--json and --jsonl exclude each other: choose one")
    items = list(_items(files))
    from simcheck.gate import Purpose

    settings = settings_for(config, index, policy, server)
    if not items:
        say("No files to check.")
    gate = gate_for(settings, "cli")
    try:
        with progress("Checking", len(items), quiet, lines=not json) as advance:

            def each(one: Report) -> None:
                if jsonl:
                    emit_json(one.to_json(), line=True)
                elif not json:
                    show(one)
                advance()

            purpose = Purpose(project, parse_tags(tag))
            if report is None:
                reports = gather(gate.check(items, purpose, top), each)
            else:
                reports = explained(gate.examine(items, purpose, top), each, report)
    finally:
        gate.close()
    counts = count(reports)
    if json:
        emit_json({"reports": [one.to_json() for one in reports], **summary(counts)})
    elif not jsonl and len(reports) > 1:
        emit(summary_text(counts))
    return exit_code(counts, allow_review)


def _items(files: list[str]) -> Iterator[Item]:
    """The files to check, in the order given. Raises UsageError before the first is checked."""
    from simcheck.files import walk
    from simcheck.gate import Item

    if files.count(STDIN) > 1:
        raise UsageError("- stands for stdin, which can be read only once")
    for path in files:
        if path == STDIN:
            yield Item(STDIN, sys.stdin.buffer)
        else:
            yield from map(Item.at, walk([path]))
