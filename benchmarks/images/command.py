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


def of_drawn_works(
    program: tuple[str, str | None],
    run: Callable[[argparse.Namespace], None],
    works: int,
    seed: int,
    arguments: Sequence[str] | None,
) -> int:
    """The same for a benchmark that draws its works, of which there are so many unless said otherwise; ``program``: the
    module's name and what it says of itself."""
    parser = argparse.ArgumentParser(prog=f"python -m {program[0]}", description=program[1])
    parser.add_argument(
        "--works", type=int, default=works, metavar="N", help="registered, of a kind (default %(default)s)"
    )
    parser.add_argument("--seed", type=int, default=seed, help="another one draws others (default %(default)s)")
    return called(parser, run, arguments)


def tell(message: str) -> None:
    """One line with the time of day."""
    print(f"{time.strftime('%H:%M:%S')} {message}", flush=True)
