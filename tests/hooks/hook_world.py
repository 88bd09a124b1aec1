"""Real git repositories, and reports without a checker."""

from __future__ import annotations

import hashlib
import os
import struct
import subprocess
import zlib
from pathlib import Path

from simcheck.report import Fault, IndexState, Output, PolicyState, Report


def png(seed: int) -> bytes:
    """A sound picture of two by two pixels; another ``seed`` gives other bytes."""

    def chunk(kind: bytes, body: bytes) -> bytes:
        return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))

    rows = b"".join(b"\0" + hashlib.sha256(b"%d.%d" % (seed, row)).digest()[:6] for row in range(2))
    header = struct.pack(">IIBBBBB", 2, 2, 8, 2, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", zlib.compress(rows)) + chunk(b"IEND", b"")


def report_of(path: str, data: bytes | None, decision: str = "pass", **changed: object) -> Report:
    """A report as a gate gives it."""
    unchecked = decision == "unchecked"
    values: dict[str, object] = {
        "id": "01JD3Z8Q4M5T6V7W8X9Y0Z1A2B",
        "checked_at": "2026-11-22T21:00:00Z",
        "elapsed_ms": 1,
        "output": Output(
            path=path,
            sha256=None if data is None else hashlib.sha256(data).hexdigest(),
            bytes=None if data is None else len(data),
            kind=None if unchecked else "image",
        ),
        "decision": decision,
        "reason": f"because {decision}",
        "score": None if unchecked else 0.0,
        "index": IndexState(revision=7, references=3),
        "policy": PolicyState(name="default", version=1, hash="sha256:aa"),
        "models": {"image": "simcheck-image-2"},
        "error": Fault(code="unreadable", message="cannot be read") if unchecked else None,
    }
    return Report.model_validate(values | changed)


class Repository:
    """A git repository in a folder, with no configuration but its own."""

    def __init__(self, top: Path) -> None:
        self.top = top

    def git(self, *arguments: str, code: int | None = 0) -> str:
        done = subprocess.run(["git", *arguments], cwd=self.top, capture_output=True, check=False)
        assert code is None or done.returncode == code, done.stderr.decode()
        return os.fsdecode(done.stdout).strip()

    def commit(self, files: dict[str, bytes | None], message: str = "change") -> str:
        """Write (or with None delete) files and commit them all; the commit's id."""
        for name, data in files.items():
            path = self.top / name
            path.parent.mkdir(parents=True, exist_ok=True)
            if data is None:
                path.unlink()
            else:
                path.write_bytes(data)
        self.git("add", "--all", ".")
        self.git("commit", "--quiet", "--message", message)
        return self.git("rev-parse", "HEAD")
