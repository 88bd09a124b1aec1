"""Git LFS pointers: small texts that stand for media kept elsewhere (git-lfs, docs/spec.md, version 1)."""

from __future__ import annotations

import hashlib
import os
import re
import subprocess
from pathlib import Path

POINTER_BYTES = 1024
"""The specification's bound: a pointer is shorter."""
LFS_TIMEOUT_S = 600
_FORM = re.compile(
    rb"version https://git-lfs\.github\.com/spec/v1\n(?:ext-\d-[^\n]*\n)*oid sha256:(?P<oid>[0-9a-f]{64})\nsize \d+\n?"
)


def is_pointer(data: bytes) -> bool:
    """Whether these are the bytes of a pointer, sound or not."""
    return len(data) < POINTER_BYTES and data.startswith(b"version https://git-lfs.github.com/spec/")


def resolve(pointer: bytes, folder: str, max_bytes: int) -> bytes | None:
    """The media that a pointer in the repository around ``folder`` stands for; None where it cannot be had.

    The bytes must have the digest that the pointer states. Of media above ``max_bytes`` only so much and one byte more
    is read: enough to be refused as too large.
    """
    form = _FORM.fullmatch(pointer)
    if form is None:
        return None
    oid = form["oid"].decode()
    data = _stored(oid, folder, max_bytes)
    if data is None or not _is(data, oid, max_bytes):
        data = _smudged(pointer, folder)
    return data[: max_bytes + 1] if data is not None and _is(data, oid, max_bytes) else None


def _is(data: bytes, oid: str, max_bytes: int) -> bool:
    return len(data) > max_bytes or hashlib.sha256(data).hexdigest() == oid


def _stored(oid: str, folder: str, max_bytes: int) -> bytes | None:
    """From the repository's own store, where `git add` and `git lfs fetch` put it."""
    common = _git(folder, "rev-parse", "--path-format=absolute", "--git-common-dir")
    if common is None:
        return None
    where = _git(folder, "config", "lfs.storage") or "lfs"
    try:
        with (Path(common) / where / "objects" / oid[:2] / oid[2:4] / oid).open("rb") as stream:
            return stream.read(max_bytes + 1)
    except OSError:
        return None


def _smudged(pointer: bytes, folder: str) -> bytes | None:
    """From git-lfs, which may fetch it, where it is installed."""
    environment = {name: value for name, value in os.environ.items() if name != "GIT_LFS_SKIP_SMUDGE"}
    try:
        done = subprocess.run(
            ["git", "lfs", "smudge"],
            input=pointer, cwd=folder, env=environment, capture_output=True, timeout=LFS_TIMEOUT_S, check=False,
        )  # fmt: skip
    except (OSError, subprocess.TimeoutExpired):
        return None
    return done.stdout if done.returncode == 0 else None


def _git(folder: str, *arguments: str) -> str | None:
    try:
        done = subprocess.run(["git", "-C", folder, *arguments], capture_output=True, check=False)
    except OSError:
        return None
    return os.fsdecode(done.stdout).rstrip("\n") if done.returncode == 0 else None
