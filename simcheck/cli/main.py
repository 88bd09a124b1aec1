"""The command line's edge: the commands in order, and the one table from faults to exit codes."""

from __future__ import annotations

import logging
import os
import sys
import traceback
from importlib import import_module
from typing import Annotated, NoReturn

import typer
from typer.exceptions import TyperException

from simcheck.cli.output import flush, say
from simcheck.errors import SimcheckError
from simcheck.version import __version__

DEBUG = "SIMCHECK_DEBUG"
SILENCE = logging.NullHandler()
INTERRUPTED = 130
NOTHING_DECIDED = 2

COMMANDS = (
    "add",
    "check",
    "explain",
    "references",
    "history",
    "index",
    "calibrate",
    "policy",
    "keys",
    "serve",
    "hook",
    "doctor",
)
"""In the order of the help; each is a module of this package with ``register``."""


def application(called: str | None = None) -> typer.Typer:
    """The commands. Where it is known which is ``called``, only that one: preparing all takes longer than some run."""
    app = typer.Typer(
        name="simcheck",
        help="Stop a copy before it is published: check files against an index of protected works.",
        rich_markup_mode=None,
        add_completion=False,
    )
    app.callback()(_simcheck)
    for name in (called,) if called in COMMANDS else COMMANDS:
        import_module(f"simcheck.cli.{name}").register(app)
    return app


def _version(value: bool) -> None:
    if value:
        sys.stdout.write(f"simcheck {__version__}\n")
        raise typer.Exit


def _simcheck(
    version: Annotated[
        bool,
        typer.Option("--version", help="Show the version.", callback=_version, is_eager=True, expose_value=False),
    ] = False,
) -> None:
    """The options of simcheck itself."""


def main(arguments: list[str]) -> int:
    """Run one command and return its exit code. Every fault is one sentence on stderr; SIMCHECK_DEBUG=1 adds where."""
    if not os.environ.get(DEBUG):
        # What went wrong is in the reports and in one sentence; where in the code is for whoever asks.
        logging.getLogger("simcheck").addHandler(SILENCE)
    try:
        code = application(next(iter(arguments), None))(arguments, prog_name="simcheck", standalone_mode=False)
        if code == INTERRUPTED:  # what Typer makes of Ctrl-C
            raise KeyboardInterrupt
        flush()
    except SimcheckError as fault:
        return _failed(fault.message, fault.exit_code)
    except TyperException as fault:
        return _failed(_usage(fault), NOTHING_DECIDED)
    except KeyboardInterrupt:
        return _failed("interrupted", INTERRUPTED)
    except Exception as fault:
        return _failed(f"an error that nobody foresaw: {type(fault).__name__}: {fault}", NOTHING_DECIDED)
    return code if isinstance(code, int) else 0


def _usage(fault: TyperException) -> str:
    """What is wrong with the call, and whose help says more."""
    context = getattr(fault, "ctx", None)
    named = f"; see `{context.command_path} --help`" if context is not None else ""
    return f"{fault.format_message().strip().rstrip('.')}{named}"


def _failed(message: str, code: int) -> int:
    if os.environ.get(DEBUG):
        traceback.print_exc()
    say(f"simcheck: {message}")
    return code


def run() -> NoReturn:
    """The entry point of the ``simcheck`` script."""
    for stream in (sys.stdout, sys.stderr):
        # File names may hold bytes that are no text; a message about one must still come out.
        stream.reconfigure(errors="backslashreplace")  # type: ignore[union-attr]
    sys.exit(main(sys.argv[1:]))
