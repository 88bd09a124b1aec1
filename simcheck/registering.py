"""Registering many files: on all cores, a few in a transaction, the bad ones listed at the end."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from simcheck.errors import MediaError, SimcheckError
from simcheck.files import printable
from simcheck.index.base import Index, NewReference
from simcheck.parallel import in_order
from simcheck.reference import KindName, Reference, Rights

if TYPE_CHECKING:
    from simcheck.checker import Checker

log = logging.getLogger("simcheck")

BATCH = 32
"""Works in one transaction: few enough to lose little when interrupted, enough to sync to the disk rarely."""


@dataclass(frozen=True)
class Failed:
    """A file that could not be registered, and why."""

    path: str
    reason: str


@dataclass(frozen=True)
class Added:
    """What was done. ``references``: (id, path as given, kind) of every file that is in the index now; ``notices``: one
    sentence for each work that the policy quarantined."""

    added: int
    skipped: int
    failed: tuple[Failed, ...]
    references: tuple[tuple[str, str, KindName], ...]
    revision: int
    notices: tuple[str, ...] = ()


def add_many(
    checker: Checker,
    index: Index,
    paths: Iterable[str],
    rights: Rights,
    progress: Callable[[str], None] | None = None,
) -> Added:
    """Register files. A bad one is listed and the rest goes on; what an interruption leaves is whole works, and the
    next call skips them. ``progress`` is called with each path that is done."""
    from threadpoolctl import threadpool_limits  # a fiftieth of a second, that no check needs

    added = skipped = 0
    failed: list[Failed] = []
    references: list[tuple[str, str, KindName]] = []
    notices: list[str] = []
    waiting: list[tuple[str, NewReference]] = []

    def prepare(path: str) -> tuple[str, NewReference | Reference | Failed]:
        try:
            return path, checker.prepare(checker.read(path), rights)
        except MediaError as error:
            return path, Failed(path, error.message)
        except SimcheckError:
            raise
        except Exception as error:
            log.exception("%s could not be described", path)
            return path, Failed(path, f"{printable(path)} could not be described ({type(error).__name__}).")

    def commit() -> None:
        nonlocal added, skipped
        fresh = {new.sha256 for _, new in waiting if index.find(new.sha256) is None}
        for (path, new), reference in zip(waiting, index.add([new for _, new in waiting]), strict=True):
            references.append((reference.id, path, reference.kind))
            if new.sha256 in fresh:
                fresh.remove(new.sha256)  # the same bytes twice in one batch are one work
                added += 1
                if reference.status == "quarantined":
                    notices.append(f"{printable(path)} is quarantined: {reference.status_reason}")
            else:
                skipped += 1
        waiting.clear()

    # Pictures are described on all cores already: linear algebra on several threads more would only wait (a third of
    # all processor time).
    with threadpool_limits(1, "blas"):
        for path, prepared in in_order(prepare, paths, checker.settings.workers):
            if isinstance(prepared, Failed):
                failed.append(prepared)
            elif isinstance(prepared, Reference):
                skipped += 1
                references.append((prepared.id, path, prepared.kind))
            else:
                waiting.append((path, prepared))
                if len(waiting) >= BATCH:
                    commit()
            if progress:
                progress(path)
    if waiting:
        commit()
    return Added(added, skipped, tuple(failed), tuple(references), index.revision, tuple(notices))
