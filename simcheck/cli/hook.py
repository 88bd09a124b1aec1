"""``simcheck hook``: nothing held is published."""

from __future__ import annotations

import typer

from simcheck.cli import hook_git, hook_install, hook_run, hook_verify


def register(app: typer.Typer) -> None:
    group = typer.Typer(name="hook", help="Stop a publish that was not checked, or is held.", rich_markup_mode=None)
    for command in (hook_install, hook_run, hook_verify, hook_git):
        command.register(group)
    app.add_typer(group)
