"""Putting simcheck into a repository's pre-push hook."""

from __future__ import annotations

import os
import shlex
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Literal

from simcheck.errors import StorageError, UsageError
from simcheck.hooks.git import git

MARK = "# Written by `simcheck hook install`."
SCRIPT = """#!/bin/sh
{mark} Remove this file to undo it.
# What is pushed is checked first; where nothing can be checked, nothing is pushed.
python={python}
if [ ! -x "$python" ]; then
    echo "simcheck: $python is gone, so nothing is checked or pushed: run 'simcheck hook install' again" >&2
    exit 2
fi
exec {command} "$@"
"""


def hook_path() -> Path:
    """Where git looks for the pre-push hook of this repository: ``core.hooksPath``, else its own folder."""
    return Path(os.fsdecode(git("rev-parse", "--git-path", "hooks")).rstrip("\n")) / "pre-push"


def command(options: Sequence[str]) -> str:
    """The command line that checks a push, for this Python, quoted for a shell."""
    return shlex.join([sys.executable, "-m", "simcheck.cli", "hook", "pre-push", *options])


def install(options: Sequence[str]) -> tuple[Path, Literal["installed", "updated", "unchanged"]]:
    """Write the hook, or write it anew where it is ours. Somebody else's hook stays as it is: UsageError says which
    line to add to it. Raises StorageError where it cannot be written."""
    path = hook_path()
    script = SCRIPT.format(mark=MARK, python=shlex.quote(sys.executable), command=command(options))
    try:
        before = path.read_text(encoding="utf-8", errors="surrogateescape") if os.path.lexists(path) else None
        if before == script and os.access(path, os.X_OK):
            return path, "unchanged"
        if before is not None and MARK not in before:
            raise UsageError(
                f"{path} is there already and stays as it is; add this line to it, before anything that reads stdin: "
                f'{command(options)} "$@" || exit'
            )
        path.parent.mkdir(parents=True, exist_ok=True)
        temporary = path.with_name(f".pre-push.{os.getpid()}.part")
        temporary.write_text(script, encoding="utf-8", errors="surrogateescape")
        temporary.chmod(0o755)
        temporary.replace(path)
    except OSError as fault:
        raise StorageError(f"the hook {path} cannot be written ({fault.strerror})") from None
    return path, "installed" if before is None else "updated"
