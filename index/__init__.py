"""The reference index: what is registered, what it looks like, and which works are near an output.

Public::

    from simcheck.index import open_index, LaneSpec, NewReference, Segment, Index

    with open_index(folder, lanes, create=True) as index:     # IndexMissingError without create where there is none
        [reference] = index.add([NewReference(...)])          # one transaction, durable when it returns
        candidates = index.search("image.encoder", probe, k=10)
        index.record_check(report.to_json(), actor="cli")

Beside the `Index` protocol (``base.py``) an `EmbeddedIndex` offers:

- ``notices``: sentences about what was found and mended (a snapshot that did not fit); the command line prints them;
- ``lanes``: the `LaneSpec` it holds; opening with another version of one raises IndexMismatchError;
- ``create_key(ApiKey)``, ``keys()``, ``revoke_key(id, at)``: stores what it is given, hashes only;
- ``put_job(Job)``, ``job(id)``, ``jobs(status)``, ``update_job(id, only_from=("queued",), status="running")``;
- ``maintain()``: snapshots and growth; a service calls it from a thread now and then, `close` writes what is due.

``ApiKey`` and ``Job`` are in ``simcheck.index.ledger``. ``simcheck.index.maintenance`` has ``stats(index)``,
``verify(folder, lanes, forgotten=None)`` (``.ok``, ``.problems``, ``.checked``), ``rebuild(folder, lanes)``,
``compact(folder, lanes)``, ``export(folder, file)`` and ``import_archive(file, folder)``; their results go into JSON as
they are (``dataclasses.asdict`` for `verify`'s, and ``ok``), and ``lanes`` may be ``()``.

SQLAlchemy and FAISS are imported when an index is opened and a lane is first searched, not by this package.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from simcheck.index.base import (
    Candidate,
    Hit,
    Index,
    LaneSpec,
    NewReference,
    Page,
    Segment,
    StoredReference,
    StoredSegment,
)

if TYPE_CHECKING:
    from simcheck.index.embedded import EmbeddedIndex

__all__ = [
    "Candidate",
    "Hit",
    "Index",
    "LaneSpec",
    "NewReference",
    "Page",
    "Segment",
    "StoredReference",
    "StoredSegment",
    "open_index",
]


def open_index(
    folder: Path, lanes: Sequence[LaneSpec], *, create: bool = False, read_only: bool = False
) -> EmbeddedIndex:
    """Open the index in ``folder``; with ``create`` it is made where there is none.

    ``lanes`` are those the caller's kinds use: new ones are added, one of another version is refused.
    Raises IndexMissingError, IndexMismatchError, IndexDamagedError, IndexBusyError, StorageError.
    """
    from simcheck.index.embedded import EmbeddedIndex

    return EmbeddedIndex(Path(folder), lanes, create=create, read_only=read_only)
