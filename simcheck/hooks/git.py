"""What git is about to commit or push, read from its objects: never from the working files, which may differ."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from simcheck.errors import UsageError

FILE_MODES = frozenset({b"100644", b"100755"})
"""Links (120000) hold a path and submodules (160000) a commit: neither is media."""
PATHS_AT_ONCE = 500


@dataclass(frozen=True)
class Blob:
    """A file's content in git. ``path`` is where it stands, relative to the top of the repository."""

    sha: str
    path: str


def git(*arguments: str, stdin: bytes | None = None) -> bytes:
    """Run git and return what it writes. Raises UsageError with git's own reason."""
    try:
        done = subprocess.run(["git", *arguments], input=stdin, capture_output=True, check=False)
    except OSError as fault:
        raise UsageError(
            f"git cannot be run ({fault.strerror}): install it, or check the files with `simcheck check`"
        ) from None
    if done.returncode:
        told = os.fsdecode(done.stderr).strip().splitlines() or [f"exit code {done.returncode}"]
        raise UsageError(f"`git {arguments[0]}` failed: {told[-1]}")
    return done.stdout


def staged(paths: Sequence[str] | None = None) -> list[Blob]:
    """The files in git's index: those that differ from HEAD, or those of ``paths`` (relative to here)."""
    git("rev-parse", "--git-dir")  # outside a repository, `git diff` means something else
    if paths is None:
        raw = git(
            "diff", "--cached", "--raw", "-z", "--no-renames", "--no-relative", "--no-abbrev", "--diff-filter=AMT"
        )
        fields = raw.split(b"\0")
        # :OLDMODE NEWMODE OLDSHA NEWSHA STATUS, then the path
        lines = [(meta.split(b" "), path) for meta, path in zip(fields[0::2], fields[1::2], strict=False)]
        return [Blob(meta[3].decode(), os.fsdecode(path)) for meta, path in lines if meta[1] in FILE_MODES]
    found = []
    for first in range(0, len(paths), PATHS_AT_ONCE):
        named = paths[first : first + PATHS_AT_ONCE]
        raw = git("--literal-pathspecs", "ls-files", "--stage", "-z", "--full-name", "--", *named)
        for line in filter(None, raw.split(b"\0")):
            meta, _, path = line.partition(b"\t")
            mode, sha, _stage = meta.split(b" ")
            if mode in FILE_MODES:
                found.append(Blob(sha.decode(), os.fsdecode(path)))
    return found


def pushed(updates: Iterable[str], remote: str) -> list[Blob]:
    """Every content that a push brings to the remote, whether or not a later commit of the push removes it.

    ``updates`` are the lines git gives to pre-push: ``LOCAL_REF LOCAL_SHA REMOTE_REF REMOTE_SHA``, an SHA of zeros
    meaning that the ref is deleted there, or not there yet. What the remote has is known from its refs before the push
    and from the remote-tracking branches.
    """
    wanted, known = [], []
    for line in updates:
        fields = line.split()
        if len(fields) != 4:
            raise UsageError(f"{line!r} is no line that git gives to pre-push; run this from the hook")
        _, local, _, there = fields
        if local.strip("0"):
            wanted.append(local)
        # After somebody else's push the remote's commit may be one that was never fetched.
        if there.strip("0") and _has(there):
            known.append(f"^{there}")
    if not wanted:
        return []
    tracking = git("for-each-ref", "--format=^%(objectname)", f"refs/remotes/{remote}/").decode().split()
    revisions = "\n".join([*wanted, *known, *tracking]) + "\n"
    listed = git("rev-list", "--objects", "--stdin", stdin=revisions.encode())
    paths: dict[str, str] = {}
    for entry in listed.split(b"\n"):
        sha, _, path = entry.partition(b" ")
        if sha:
            paths.setdefault(sha.decode(), os.fsdecode(path))
    return [Blob(sha, paths[sha] or sha) for sha in _blobs(list(paths))]


def _has(sha: str) -> bool:
    return subprocess.run(["git", "cat-file", "-e", sha], capture_output=True, check=False).returncode == 0


def _blobs(shas: Sequence[str]) -> list[str]:
    told = git("cat-file", "--batch-check=%(objectname) %(objecttype)", stdin="\n".join([*shas, ""]).encode())
    pairs = [line.split(" ") for line in told.decode().splitlines()]
    for sha, kind in pairs:
        if kind == "missing":
            raise UsageError(f"git has no object {sha}, which is to be pushed: fetch it first")
    return [sha for sha, kind in pairs if kind == "blob"]


def contents(blobs: Iterable[Blob], max_bytes: int) -> Iterator[tuple[Blob, bytes]]:
    """Each blob with its bytes, of larger ones the first ``max_bytes`` and one more. Each content once."""
    seen: set[str] = set()
    process = subprocess.Popen(["git", "cat-file", "--batch"], stdin=subprocess.PIPE, stdout=subprocess.PIPE)
    with process:
        asking, answering = process.stdin, process.stdout
        if asking is None or answering is None:
            raise RuntimeError("Popen gave no pipes")
        for blob in blobs:
            if blob.sha in seen:
                continue
            seen.add(blob.sha)
            asking.write(f"{blob.sha}\n".encode())
            asking.flush()
            header = answering.readline().split()
            if len(header) != 3:
                raise UsageError(f"git cannot read {blob.path} ({blob.sha}): the repository lacks it; run `git fsck`")
            size = int(header[2])
            data = answering.read(min(size, max_bytes + 1))
            left = size + 1 - len(data)  # git ends each content with a line feed
            while left > 0:
                left -= len(answering.read(min(left, 1 << 20))) or left
            yield blob, data
