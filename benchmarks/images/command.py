"""What the commands of this benchmark have in common: their end, and how they say where they are."""

from __future__ import annotations

import argparse
import time
from collections.abc import Callable, Sequence

from simcheck.errors import SimcheckError


def called(
    parser: argparse.ArgumentParser, run: Callable[[argparse.Namespace], None], arguments: Sequence[str] | None
) -> int:
    """Add ``--processes``, parse and run; an error that is known ends the command with its sentence and exit code."""
    parser.add_argument("--processes", type=int, default=2, metavar="N", help="(default %(default)s)")
    chosen = parser.parse_args(arguments)
    try:
        run(chosen)
    except SimcheckError as error:
        parser.exit(error.exit_code, f"{error.message}\n")
    return 0


def tell(message: str) -> None:
    """One line with the time of day."""
    print(f"{time.strftime('%H:%M:%S')} {message}", flush=True)
