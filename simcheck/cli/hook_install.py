"""``simcheck hook install``: the pre-push hook of a plain repository."""

from __future__ import annotations

import os
from pathlib import Path

import typer

from simcheck.cli.help import teach
from simcheck.cli.options import Config, IndexDir, NoColor, PolicyFile, Project, Server, Tags, parse_tags
from simcheck.cli.output import emit

HELP = teach(
    "Let git check what is pushed from this repository: writes its pre-push hook (where core.hooksPath says). The "
    "options given here are the hook's. A hook of somebody else stays as it is.",
    "simcheck hook install",
    "simcheck hook install --index ../studio.simcheck --project film-7",
    "simcheck hook install --server https://simcheck.studio.example",
)


def register(group: typer.Typer) -> None:
    group.command("install", help=HELP)(install)


def install(
    project: Project = None,
    tag: Tags = None,
    server: Server = None,
    policy: PolicyFile = None,
    index: IndexDir = None,
    config: Config = None,
    no_color: NoColor = False,
) -> None:
    from simcheck.hooks.install import install as write

    parse_tags(tag)
    options: list[str] = []
    for name, value in (("--project", project), ("--server", server)):
        options += [name, value] if value is not None else []
    for name, path in (("--policy", policy), ("--index", index), ("--config", config)):
        # The hook runs at the top of the repository, wherever this was called.
        options += [name, _absolute(path)] if path is not None else []
    for one in tag or ():
        options += ["--tag", one]
    path, what = write(options)
    emit(f"{what}: {path}")


def _absolute(path: Path) -> str:
    return os.path.abspath(path)
