"""``simcheck explain``: what was matched and why."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from simcheck.cli.help import NOTHING_DECIDED, teach
from simcheck.cli.options import Config, IndexDir, NoColor, PolicyFile, Project, Tags, parse_tags
from simcheck.cli.output import colours, emit, say
from simcheck.errors import StorageError, UsageError

HELP = teach(
    "Show what an output was matched with and why: text on the terminal, with --out also a page with both pictures and "
    "the regions. Nothing is recorded.",
    "simcheck explain out/a.png",
    "simcheck explain out/a.png --out why.html --project film-7",
    codes={0: "it is explained, whatever the decision", 2: NOTHING_DECIDED, 3: "the file could not be checked"},
)


def register(app: typer.Typer) -> None:
    app.command("explain", help=HELP)(explain)


def explain(
    file: Annotated[str, typer.Argument(metavar="FILE", help="The output.")],
    out: Annotated[Path | None, typer.Option("--out", metavar="FILE.html", help="Where the page goes.")] = None,
    project: Project = None,
    tag: Tags = None,
    policy: PolicyFile = None,
    index: IndexDir = None,
    config: Config = None,
    no_color: NoColor = False,
) -> int:
    tags = parse_tags(tag)
    if not Path(file).exists() or Path(file).is_dir():
        raise UsageError(f"there is no file at {file}; one output is explained at a time")
    from simcheck import settings as configuration
    from simcheck.checker import open as open_checker
    from simcheck.explain import ExplainItem, render_html, verdict_text

    with open_checker(settings=configuration.load(config, {"index": index, "policy": policy})) as checker:
        report, media = checker.examine(file, project=project, tags=tags, record=False)
        works = checker.index.stored([match.reference.id for match in report.matches])
    emit(verdict_text(report, colours=colours()))
    if out is not None:
        page = render_html([ExplainItem(report, media, {work.reference.id: work for work in works})])
        try:
            out.write_text(page, encoding="utf-8")
        except OSError as fault:
            raise StorageError(f"{out} cannot be written ({fault.strerror})") from None
        say(f"Page: {out}")
    return 3 if report.decision == "unchecked" else 0
