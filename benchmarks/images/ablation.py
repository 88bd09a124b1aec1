"""What each part gives: the gate with some of its lanes, views or steps only, through the same public interface."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import islice
from typing import Any

from simcheck.kinds.base import Finding, Nomination, Probe
from simcheck.kinds.image.describe import ENCODER, LOCAL
from simcheck.report import Coverage, Place, Region

CHANCE_BITS = 0.6
"""Share of equal bits that unrelated hashes have at most, where bits stand for a score."""
MANY_BLOCKS = 50
"""Agreeing blocks that stand for a score of a half."""


@dataclass(frozen=True)
class Keep:
    """A change of a checker: its pictures ask only these lanes and, with ``whole_only``, no views but the frames
    themselves; only so many ``stages``; the encoder's cosines as they are unless ``normalised``. Not ``verified``: the
    strongest answer of a lane is the score. Not ``calibrated``: the number of agreeing blocks is. (Policies' thresholds
    mean nothing for either; ``scored`` is the figure to read.) Picklable, since it travels to the processes."""

    lanes: frozenset[str]
    whole_only: bool = False
    stages: int | None = None
    normalised: bool = True
    verified: bool = True
    calibrated: bool = True

    def __call__(self, checker: Any) -> None:
        kind = checker.kinds["image"]
        if not self.normalised:
            kind.background = None
        checker.kinds = {**checker.kinds, "image": _Kind(kind, self)}

    def asks(self, probe: Probe) -> bool:
        return probe.lane in self.lanes and (not self.whole_only or is_whole(probe))


def is_whole(probe: Probe) -> bool:
    """Whether a probe is about a frame as it is: neither mirrored nor turned nor a part of it."""
    return probe.view.count("/") == 1


class _Kind:
    """A kind whose inspections ask only some probes; all else is the kind's."""

    def __init__(self, kind: Any, keep: Keep) -> None:
        self._kind, self._keep = kind, keep

    def __getattr__(self, name: str) -> Any:
        return getattr(self._kind, name)

    def inspect(self, media: Any) -> _Inspection:
        return _Inspection(self._kind.inspect(media), self._keep)


class _Inspection:
    def __init__(self, inspection: Any, keep: Keep) -> None:
        self._inspection, self._keep = inspection, keep

    def __getattr__(self, name: str) -> Any:
        return getattr(self._inspection, name)

    def probes(self) -> Iterator[Sequence[Probe]]:
        for stage in islice(self._inspection.probes(), self._keep.stages):
            yield [probe for probe in stage if self._keep.asks(probe)]

    def verify(self, nomination: Nomination, references: int) -> Finding | None:
        if not self._keep.verified:
            score = max(answered(probe.lane, candidate.score) for probe, candidate in nomination.hits)
            return Finding(
                score, "altered", Coverage(output=1.0, reference=1.0), (Region(output=Place(), reference=Place()),), {}
            )
        found: Finding | None = self._inspection.verify(nomination, references)
        if found is None or self._keep.calibrated:
            return found
        blocks = found.signals["blocks"]
        return replace(found, score=blocks / (blocks + MANY_BLOCKS))

    def together(self, findings: Sequence[Finding]) -> Sequence[Finding]:
        return list(self._inspection.together(findings)) if self._keep.verified else findings


def answered(lane: str, score: float) -> float:
    """What a lane says of a work, 0 to 1: a cosine, votes, or a share of equal bits above that of chance."""
    if lane == ENCODER:
        return min(max(score, 0.0), 1.0)
    if lane == LOCAL:
        return score / (score + 1)
    return max(score - CHANCE_BITS, 0.0) / (1 - CHANCE_BITS)


def variants(lanes: Sequence[str]) -> dict[str, Keep]:
    """The gate with each lane alone, without each lane, without further views, without the second look at what is not
    likely (the third stage of a still picture) and the glance after it, without the glance alone, with cosines that are
    not normalised, with lanes that decide without verification, and with agreeing blocks for a score."""
    every = frozenset(lanes)
    found = {f"only {lane}": Keep(frozenset({lane})) for lane in lanes}
    found |= {f"without {lane}": Keep(every - {lane}) for lane in lanes}
    found["whole pictures only"] = Keep(every, whole_only=True)
    found["without the second look"] = Keep(every, stages=2)
    found["without the glance"] = Keep(every, stages=3)
    found["cosines as they are"] = Keep(every, normalised=False)
    found["without verification"] = Keep(every, verified=False)
    found["without calibration"] = Keep(every, calibrated=False)
    return found
