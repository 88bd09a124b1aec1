"""The list of files that a publishing script is about to publish.

Either one path a line (blank lines are skipped, nothing else is special), or JSON where the first character is ``[`` or
``{``: a list of paths, or an object whose ``files`` is such a list; a path may also be an object with ``path``. Paths
are relative to the folder the command is called in, as for ``tar --files-from``.
"""

from __future__ import annotations

import json
import os
from typing import Any

from simcheck.errors import UsageError


def parse_manifest(data: bytes, source: str) -> list[str]:
    """The paths in their order. ``source`` is named in errors. Raises UsageError, also where no path is named."""
    text = os.fsdecode(data.removeprefix(b"\xef\xbb\xbf"))
    paths = _from_json(text, source) if text.lstrip()[:1] in ("[", "{") else _from_lines(text)
    if not paths:
        raise UsageError(f"the manifest {source} names no files: nothing would be checked")
    for path in paths:
        if "\0" in path or not path:
            raise UsageError(f"the manifest {source} names {path!r}, which cannot be a file")
    return paths


def _from_lines(text: str) -> list[str]:
    # Only line feeds end a line: str.splitlines would cut names that hold a form feed or U+2028.
    lines = (line.removesuffix("\r") for line in text.split("\n"))
    return [line for line in lines if line.strip()]


def _from_json(text: str, source: str) -> list[str]:
    try:
        value = json.loads(text)
    except (ValueError, RecursionError) as fault:
        raise UsageError(
            f"the manifest {source} begins like JSON and is none ({fault}); a path that begins so is written ./[…"
        ) from None
    listed = value.get("files") if isinstance(value, dict) else value
    if not isinstance(listed, list):
        raise UsageError(f'the manifest {source} has no list of files; write ["a.png"] or {{"files": ["a.png"]}}')
    return [_path(one, source) for one in listed]


def _path(entry: Any, source: str) -> str:
    path = entry.get("path") if isinstance(entry, dict) else entry
    if not isinstance(path, str):
        raise UsageError(f"the manifest {source} has {entry!r} among its files, which is no path")
    return path
