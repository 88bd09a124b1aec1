"""``simcheck history``: the checks that were made."""

from __future__ import annotations

from typing import Annotated, Any, Literal

import typer

from simcheck.cli.help import teach
from simcheck.cli.options import Config, IndexDir, Json, NoColor
from simcheck.cli.output import emit, emit_json
from simcheck.cli.session import index_for

HELP = teach(
    "Show the checks that were made, the newest first. They are recorded for good.",
    "simcheck history --limit 5",
    "simcheck history --decision block --json",
    "simcheck history --sha256 $(sha256sum out/a.png | cut -d' ' -f1)",
)


def register(app: typer.Typer) -> None:
    app.command("history", help=HELP)(history)


def history(
    limit: Annotated[int, typer.Option("--limit", metavar="N", min=1, help="At most so many.")] = 20,
    decision: Annotated[
        Literal["pass", "review", "block", "unchecked"] | None, typer.Option("--decision", help="Only these.")
    ] = None,
    sha256: Annotated[
        str | None, typer.Option("--sha256", metavar="H", help="Only the checks of the file with this digest.")
    ] = None,
    index: IndexDir = None,
    config: Config = None,
    json: Json = False,
    no_color: NoColor = False,
) -> None:
    with index_for(config, index) as opened:
        digest = sha256.lower() if sha256 else None
        page = opened.checks(decision=decision, sha256=digest, limit=limit)
    if json:
        emit_json({"checks": list(page.items)})
        return
    for one in page.items:
        emit(_line(one))
    if not page.items:
        emit("No checks.")


def _line(report: dict[str, Any]) -> str:
    from simcheck.files import printable

    return f"{report['checked_at']}  {report['decision']:<9}  {printable(report['output']['path'])}  {report['reason']}"
