"""``simcheck hook pre-commit`` and ``simcheck hook pre-push``: what git and the pre-commit framework call."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterable
from itertools import chain
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from simcheck.cli.deciding import count, exit_code, gate_for, gather, show_held, summary_text
from simcheck.cli.help import CHECK_CODES, teach
from simcheck.cli.options import Config, IndexDir, NoColor, PolicyFile, Project, Server, Tags, parse_tags
from simcheck.cli.output import say
from simcheck.cli.session import settings_for

if TYPE_CHECKING:
    from simcheck.hooks.git import Blob

PRE_COMMIT = teach(
    "Check the staged media, as they are in git's index: all that differ from HEAD, or the files named. What is media "
    "is told from the bytes; text is left alone.",
    "simcheck hook pre-commit",
    "simcheck hook pre-commit --project film-7 -- assets/a.png",
    codes=CHECK_CODES,
)
PRE_PUSH = teach(
    "Check the media that a push brings to the remote, in every commit of it. Git calls this with the remote's name "
    "and URL, and the refs on stdin; `simcheck hook install` sees to that.",
    'echo "refs/heads/main $(git rev-parse main) refs/heads/main $(git rev-parse origin/main)" | '
    "simcheck hook pre-push origin git@example.org:studio/film.git",
    codes=CHECK_CODES,
)


def register(group: typer.Typer) -> None:
    group.command("pre-commit", help=PRE_COMMIT)(pre_commit)
    group.command("pre-push", help=PRE_PUSH)(pre_push)


def pre_commit(
    files: Annotated[
        list[str] | None, typer.Argument(metavar="FILE", help="Only these, as the pre-commit framework names them.")
    ] = None,
    project: Project = None,
    tag: Tags = None,
    server: Server = None,
    policy: PolicyFile = None,
    index: IndexDir = None,
    config: Config = None,
    no_color: NoColor = False,
) -> int:
    from simcheck.hooks.git import staged

    return _decide(lambda: staged(files or None), "the commit", project, tag, server, policy, index, config)


def pre_push(
    remote: Annotated[str, typer.Argument(metavar="REMOTE", help="The remote's name.")],
    url: Annotated[str, typer.Argument(metavar="URL", help="The remote's address, as git gives it; it is not read.")],
    project: Project = None,
    tag: Tags = None,
    server: Server = None,
    policy: PolicyFile = None,
    index: IndexDir = None,
    config: Config = None,
    no_color: NoColor = False,
) -> int:
    from simcheck.hooks.git import pushed

    return _decide(lambda: pushed(sys.stdin, remote), "the push", project, tag, server, policy, index, config)


def _decide(
    find: Callable[[], Iterable[Blob]],
    what: str,
    project: str | None,
    tag: list[str] | None,
    server: str | None,
    policy: Path | None,
    index: Path | None,
    config: Path | None,
) -> int:
    """Check git's contents. Without any media among them nothing is opened: an ordinary commit is not slowed."""
    from simcheck.gate import Purpose
    from simcheck.hooks.items import of_blobs

    purpose = Purpose(project, parse_tags(tag))
    settings = settings_for(config, index, policy, server)
    items = of_blobs(find(), settings.limits.max_bytes)
    first = next(items, None)
    if first is None:
        return 0
    gate = gate_for(settings, "hook")
    try:
        reports = gather(gate.check(chain([first], items), purpose), show_held)
    finally:
        gate.close()
    code = exit_code(count(reports))
    if code:
        say(f"simcheck: {what} stops: {summary_text(count(reports))}")
    return code
