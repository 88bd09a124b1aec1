"""The help of a command: what it does, real examples, the exit codes. One function, so that no command forgets one."""

from __future__ import annotations

from collections.abc import Mapping

DONE = "what was asked was done"
NOTHING_DECIDED = (
    "nothing was done or decided: wrong usage, no index, a damaged index, a missing model; the message says what to do"
)
INTERRUPTED = "interrupted; nothing is half written"
CHECK_CODES = {
    0: "every file passed",
    1: "at least one file is held: block, or review unless --allow-review",
    2: "nothing was decided: wrong usage, no index, a missing model, an unreachable server, a refused key",
    3: "some files could not be checked, all others passed; each is listed with its reason",
}


def teach(text: str, *examples: str, codes: Mapping[int, str] | None = None) -> str:
    """Help text for Typer. ``examples`` are whole command lines, ``codes`` maps exit codes to their meaning; without it
    the command ends with 0 or 2."""
    meanings = {**(codes or {0: DONE, 2: NOTHING_DECIDED}), 130: INTERRUPTED}
    shown = "\n".join(f"  $ {example}" for example in examples)
    listed = "\n".join(f"  {code:<4} {meaning}" for code, meaning in meanings.items())
    # A line with \b keeps the paragraph after it as it is written.
    return f"{text}\n\n\b\nExamples:\n{shown}\n\n\b\nExit codes:\n{listed}"
