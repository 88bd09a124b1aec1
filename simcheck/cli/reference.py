"""The reference page of the command line, made from the help: ``python -m simcheck.cli.reference > docs/cli.md``."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from typing import Any

import typer

from simcheck.cli.main import application

WIDTH = 100
HEAD = """# Command line

This page is made from `--help` with `make docs`; a test holds that it is current. `docs/hooks.md` shows the hooks at
work.

What a command finds goes to stdout, progress and messages to stderr. `--json` is one JSON object; its fields, the
REPORT and the receipt do not change between versions. Exit codes: 0 passed or done, 1 held, 2 nothing was decided,
3 some files could not be read or checked, 130 interrupted; where 1 and 3 both apply, 1.
"""


def commands() -> Iterator[tuple[str, Any]]:
    """Every command that does something, with its whole name, in the order of the help."""
    yield from _below("simcheck", typer.main.get_command(application()))


def _below(name: str, command: Any) -> Iterator[tuple[str, Any]]:
    inner = getattr(command, "commands", None)
    if inner is None:
        yield name, command
        return
    for part, below in inner.items():
        yield from _below(f"{name} {part}", below)


def help_of(name: str, command: Any) -> str:
    """What ``--help`` prints, at a fixed width."""
    context = command.context_class(command, info_name=name, terminal_width=WIDTH, max_content_width=WIDTH)
    return "\n".join(line.rstrip() for line in str(command.get_help(context)).splitlines())


def page() -> str:
    """The whole page."""
    sections = [f"## {name}\n\n```text\n{help_of(name, command)}\n```\n" for name, command in commands()]
    return "\n".join([HEAD, *sections])


if __name__ == "__main__":
    sys.stdout.write(page())
