"""What a command writes: results to stdout, progress and messages to stderr."""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from typing import Any

from simcheck.errors import StorageError


def colours() -> bool:
    """Whether stdout takes colours: a terminal, and nobody said no (``--no-color`` sets NO_COLOR)."""
    return sys.stdout.isatty() and not os.environ.get("NO_COLOR") and os.environ.get("TERM") != "dumb"


def emit(text: str) -> None:
    """A line of the result. Raises StorageError where stdout does not take it."""
    try:
        sys.stdout.write(f"{text}\n")
    except OSError as fault:
        raise _gone(fault) from None


def flush() -> None:
    """Hand over what was emitted. A full disk shows only now, and must not look like a pass. Raises StorageError."""
    try:
        sys.stdout.flush()
    except OSError as fault:
        raise _gone(fault) from None


def _gone(fault: OSError) -> StorageError:
    # Python flushes once more at exit, and must not complain a second time.
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
    return StorageError(f"the result cannot be written to stdout ({fault.strerror})")


def emit_json(value: Mapping[str, Any], *, line: bool = False) -> None:
    """A JSON object: indented, or on a line of its own that is flushed at once.

    ASCII only, so that it is valid in every locale; a file name's bytes that are not UTF-8 are lone surrogates, which
    Python reads back as the same name.
    """
    emit(json.dumps(value, indent=None if line else 2))
    if line:
        flush()


def say(message: str) -> None:
    """A message for the person, never part of the result."""
    sys.stderr.write(f"{message}\n")
    sys.stderr.flush()


@contextmanager
def progress(what: str, total: int, quiet: bool, *, lines: bool = False) -> Iterator[Callable[[], None]]:
    """A bar with the time left, on a terminal's stderr; the value is to be called after each file.

    ``lines``: results are written meanwhile; where they go to the terminal too, they are progress enough.
    """
    if quiet or total < 2 or not sys.stderr.isatty() or (lines and sys.stdout.isatty()):
        yield lambda: None
        return
    # Rich takes a tenth of a second to import, which one small check should not pay.
    from rich.console import Console
    from rich.progress import (
        BarColumn,
        MofNCompleteColumn,
        Progress,
        TextColumn,
        TimeElapsedColumn,
        TimeRemainingColumn,
    )

    columns = (TextColumn(what), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn(), TimeRemainingColumn())
    # Rich would send what is written to stdout meanwhile to its own console: that is the result, for somebody's pipe.
    with Progress(
        *columns, console=Console(stderr=True), transient=True, redirect_stdout=False, redirect_stderr=False
    ) as bar:
        task = bar.add_task(what, total=total)
        yield lambda: bar.advance(task)
