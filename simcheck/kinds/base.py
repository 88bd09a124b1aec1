"""What a kind of media brings. One folder a kind, the same few files in each: decode, describe, verify, evidence."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol

import numpy as np

from simcheck.index.base import Candidate, Index, LaneSpec, NewReference, Segment, StoredReference
from simcheck.reference import KindName
from simcheck.report import Coverage, MatchType, Region


@dataclass(frozen=True)
class Media:
    """A decoded file, as the guarded worker hands it over: plain numbers, no objects that could carry code.

    ``facts`` are JSON values that the report and the catalogue keep (``width`` and ``height`` of the upright picture,
    ``frames``, ``duration``, ``characters``); ``arrays`` is what the kind describes (for pictures ``frame/0`` …:
    uint8 RGB (h, w, 3), at most ``Limits.working_side`` pixels on the longer side); ``notes`` says what was skipped.
    """

    kind: KindName
    facts: Mapping[str, Any]
    arrays: Mapping[str, np.ndarray]
    notes: tuple[str, ...] = ()


@dataclass(frozen=True)
class Probe:
    """One question to one lane. ``rows`` as ``simcheck.index.base.Rows`` says for the lane's structure."""

    lane: str
    rows: np.ndarray
    view: str = "whole"
    k: int = 10


@dataclass(frozen=True)
class Finding:
    """What verification says of one candidate. ``score`` is calibrated for an index of the size that was given."""

    score: float
    type: MatchType
    coverage: Coverage
    regions: tuple[Region, ...]
    signals: Mapping[str, Any]


@dataclass(frozen=True)
class Description:
    """What is stored for a reference: its segments, and ``weak``: one sentence where it would match too much (a blank
    picture, a bare logo), which the policy may quarantine. ``reach`` are signals for that rule."""

    segments: Sequence[Segment]
    weak: str | None = None
    signals: Mapping[str, float] = field(default_factory=dict)


@dataclass(frozen=True)
class Nomination:
    """A work that lanes nominated: every hit with the probe it answered."""

    stored: StoredReference
    hits: tuple[tuple[Probe, Candidate], ...]


class Inspection(Protocol):
    """One output under inspection. Each description is computed once, when first needed."""

    @property
    def nothing(self) -> str | None:
        """Why there is nothing to compare (one colour, silence), or None."""

    def probes(self) -> Iterator[Sequence[Probe]]:
        """Stages, cheap first. The checker asks for the next stage only while `satisfied` says no."""

    def shortlist(self, answers: Sequence[tuple[Probe, Sequence[Candidate]]]) -> Sequence[str]:
        """From the lanes' answers so far, the reference ids worth verifying now, best first: bounded, whatever the
        size of the index. Works already verified are not returned again."""

    def verify(self, nomination: Nomination, references: int) -> Finding | None:
        """Compare with one work; None where nothing is shared. ``references``: how many active works of this kind the
        index holds (calibration)."""

    def together(self, findings: Sequence[Finding]) -> Sequence[Finding]:
        """The same findings, in the same order, with what only all of them show: which works share a part."""

    def satisfied(self, findings: Sequence[Finding]) -> bool:
        """True when further stages could not change the decision: a near-exact copy of the whole is found."""


class Kind(Protocol):
    """One kind of media. What decodes it in the guarded worker is named in ``simcheck.decode.sniff.DECODERS``."""

    name: KindName
    models: Mapping[str, str]

    @property
    def lanes(self) -> tuple[LaneSpec, ...]:
        """The search structures it uses; of one name, one version."""

    def describe(self, media: Media) -> Description:
        """What the index stores for a reference."""

    def inspect(self, media: Media) -> Inspection:
        """Begin to check an output."""

    def gaps(self, index: Index) -> Sequence[str]:
        """What an output cannot be held against in this index, in sentences for the report: a lane that is switched
        off, works that were registered without one."""


__all__ = ["Description", "Finding", "Inspection", "Kind", "Media", "NewReference", "Nomination", "Probe"]
