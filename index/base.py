"""What an index is to the rest of simcheck, and the values that cross that border.

The index knows nothing of kinds of media: it stores what a kind describes (rows of numbers in named lanes, and
evidence), finds the works whose rows are nearest to a probe, and hands back what it stored. The catalogue is the
truth; every search structure is derived from it and can be lost.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal, Protocol

import numpy as np

from simcheck.reference import KindName, Reference, Rights, Status

Structure = Literal["dense", "binary", "local", "postings"]
Rows = np.ndarray
"""Two dimensions; a row is one entry of a lane. By structure of the lane:

- ``dense``: float32 (n, size), unit length, compared by inner product;
- ``binary``: uint8 (n, size / 8), ``size`` bits, compared by Hamming distance;
- ``local``: uint8 (n, size), packed short codes with their place, see ``simcheck.index.lanes.local``;
- ``postings``: uint64 (n, 2), token and position.
"""


@dataclass(frozen=True)
class LaneSpec:
    """A named search structure of an index. ``version`` identifies what makes the rows (algorithm, weights,
    preparation): rows of different versions never meet, an index that holds another version is refused."""

    name: str
    structure: Structure
    size: int
    version: str


@dataclass(frozen=True)
class Segment:
    """A part of a reference that is indexed by itself: what each lane stores for it, and the evidence to look at later.

    ``place`` is where in the reference it is (``{"start": s, "end": s}`` for a frame or a shot, ``{}`` for the whole).
    ``evidence`` maps a name (``thumbnail``) to bytes that the kind can read again.
    """

    entries: Mapping[str, Rows]
    evidence: Mapping[str, bytes] = field(default_factory=dict)
    place: Mapping[str, float | int] = field(default_factory=dict)


@dataclass(frozen=True)
class NewReference:
    """A work about to be registered. ``facts`` are what its kind wants to find again (``width``, ``height``, …)."""

    name: str
    kind: KindName
    sha256: str
    bytes: int
    segments: Sequence[Segment]
    rights: Rights = field(default_factory=Rights)
    facts: Mapping[str, Any] = field(default_factory=dict)
    status: Status = "active"
    status_reason: str | None = None


@dataclass(frozen=True)
class Hit:
    """One stored row near one row of the probe. ``score`` is the inner product (dense, −1 to 1), the share of equal
    bits (binary, 0 to 1), or the weight of the vote (local, postings). ``segment`` is the ordinal in the reference."""

    segment: int
    probe_row: int
    score: float


@dataclass(frozen=True)
class Candidate:
    """A work that a lane nominates. ``score`` is its best hit's score, or the sum of its votes; never a decision."""

    reference_id: str
    score: float
    hits: tuple[Hit, ...]


@dataclass(frozen=True)
class StoredSegment:
    """A segment read back from the truth."""

    ordinal: int
    place: Mapping[str, float | int]
    entries: Mapping[str, Rows]
    evidence: Mapping[str, bytes]


@dataclass(frozen=True)
class StoredReference:
    """A reference with all that was stored for it: what verification and explanations work from."""

    reference: Reference
    facts: Mapping[str, Any]
    segments: tuple[StoredSegment, ...]


@dataclass(frozen=True)
class Page:
    """Some references or checks, and the cursor that gives the next (None at the end)."""

    items: tuple[Any, ...]
    cursor: str | None


class Index(Protocol):
    """The one interface of a reference index. Every method is safe to call from several threads.

    What a writing method returned from is durable: it is there after ``kill -9``. What it changed shows in the next
    search of this process at once, and in every other process within a second.
    """

    notices: list[str]
    """What was found and mended when it was opened, in sentences for the user."""

    @property
    def revision(self) -> int:
        """Grows with every change."""

    def add(self, new: Sequence[NewReference]) -> list[Reference]:
        """Register works in one transaction. A work whose bytes are there already (``sha256``) is returned as it is."""

    def find(self, sha256: str) -> Reference | None:
        """The reference with these bytes, quarantined ones included, removed ones not."""

    def reference(self, reference_id: str) -> Reference:
        """Raises ReferenceNotFoundError."""

    def references(
        self,
        *,
        kind: KindName | None = None,
        status: Status | None = None,
        tags: Mapping[str, str] | None = None,
        cursor: str | None = None,
        limit: int | None = None,
    ) -> Page:
        """References in order of registration, removed ones left out unless asked for by status."""

    def stored(self, reference_ids: Iterable[str]) -> list[StoredReference]:
        """Everything stored for these works, in the order asked; works removed meanwhile are left out."""

    def remove(self, reference_id: str) -> Reference: ...
    def quarantine(self, reference_id: str, reason: str | None = None) -> Reference: ...
    def restore(self, reference_id: str) -> Reference: ...
    def exclude(self, reference_id: str, start: float, end: float) -> Reference: ...
    def update(self, reference_id: str, changes: Mapping[str, Any]) -> Reference:
        """Change title, creator, licence, allow_projects or tags."""

    def search(self, lane: str, probe: np.ndarray, k: int) -> list[Candidate]:
        """The ``k`` best active works, best first; each with its hits. Never the ``k`` best rows.

        ``probe``: as the lane's rows (dense, binary, postings); for ``local`` float32 (n, 132), see the lane.
        """

    def count(self, kind: KindName | None = None, status: Status | None = "active") -> int: ...
    def without(self, lane: str, kind: KindName) -> int:
        """Active works of a kind that have no row in a lane: registered while it was not in use."""

    # What is recorded for good.
    def record_check(self, report: Mapping[str, Any], actor: str) -> None:
        """Append one REPORT (as its JSON object). There is no way to change or delete it."""

    def check(self, check_id: str) -> dict[str, Any]:
        """The recorded REPORT; raises CheckNotFoundError."""

    def checks(
        self,
        *,
        decision: str | None = None,
        sha256: str | None = None,
        cursor: str | None = None,
        limit: int | None = None,
    ) -> Page:
        """Recorded REPORTs, newest first."""

    def close(self) -> None: ...
