"""``simcheck add``: register works."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any

import typer

from simcheck.cli.help import NOTHING_DECIDED, teach
from simcheck.cli.options import Config, IndexDir, Json, NoColor, PolicyFile, Quiet, Tags, parse_tags
from simcheck.cli.output import emit, emit_json, progress, say

if TYPE_CHECKING:
    from simcheck.registering import Added

HELP = teach(
    "Register works in the index, which is made where there is none. Folders are walked; what is there already (same "
    "bytes) is skipped, so that an interrupted run is simply started again. One bad file does not stop the rest.",
    'simcheck add works/ --creator "A. Painter" --licence "All rights reserved"',
    "simcheck add harbour.jpg --title 'Starry harbour' --allow-project film-7 --tag artist=painter",
    "simcheck add works/ --index studio.simcheck --json",
    codes={
        0: "every file is in the index",
        2: NOTHING_DECIDED,
        3: "some files could not be read, all others are in the index; each bad file is listed with its reason",
    },
)


def register(app: typer.Typer) -> None:
    app.command("add", help=HELP)(add)


def add(
    paths: Annotated[list[str], typer.Argument(metavar="PATH", help="Works, or folders of them.")],
    title: Annotated[str | None, typer.Option("--title", metavar="T", help="What the work is called.")] = None,
    creator: Annotated[str | None, typer.Option("--creator", metavar="C", help="Who made it.")] = None,
    licence: Annotated[
        str | None, typer.Option("--licence", metavar="L", help="Under which licence it stands.")
    ] = None,
    allow_project: Annotated[
        list[str] | None,
        typer.Option(
            "--allow-project", metavar="P", help="Where it may be reused: a project, or K=V of the output's tags."
        ),
    ] = None,
    tag: Tags = None,
    boilerplate: Annotated[
        bool, typer.Option("--boilerplate", help="Text that never counts as a copy, such as a licence header.")
    ] = False,
    policy: PolicyFile = None,
    index: IndexDir = None,
    config: Config = None,
    json: Json = False,
    quiet: Quiet = False,
    no_color: NoColor = False,
) -> int:
    tags = parse_tags(tag)
    from simcheck import settings as configuration
    from simcheck.files import walk
    from simcheck.reference import Rights

    files = list(walk(paths))
    rights = Rights(
        title=title,
        creator=creator,
        licence=licence,
        allow_projects=tuple(allow_project or ()),
        tags=tags,
        boilerplate=boilerplate,
    )
    settings = configuration.load(config, {"index": index, "policy": policy})
    from simcheck.checker import open as open_checker

    with open_checker(settings=settings) as checker, progress("Adding", len(files), quiet) as advance:
        done = checker.add_many(files, rights, progress=lambda _: advance())
    if json:
        emit_json(_answer(done))
    else:
        _show(done)
    return 3 if done.failed else 0


def _answer(done: Added) -> dict[str, Any]:
    answer = {
        "added": done.added,
        "skipped": done.skipped,
        "failed": [{"path": one.path, "reason": one.reason} for one in done.failed],
        "references": [{"id": id_, "path": path, "kind": kind} for id_, path, kind in done.references],
        "revision": done.revision,
    }
    return answer | {"notices": list(done.notices)}


def _show(done: Added) -> None:
    for notice in done.notices:
        say(notice)
    for one in done.failed:
        say(f"not added: {one.reason}")
    failed = f", {len(done.failed)} failed" if done.failed else ""
    emit(f"{done.added} added, {done.skipped} there already{failed}; index revision {done.revision}")
