"""What each part gives: the gate with some of its lanes or views only, through the same public interface."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import islice
from typing import Any

from simcheck.kinds.base import Probe


@dataclass(frozen=True)
class Keep:
    """A change of a checker: its pictures ask only these lanes and, with ``whole_only``, no views but the frames
    themselves; only so many ``stages``; the encoder's cosines as they are unless ``normalised``. Picklable, since it
    travels to the processes that check."""

    lanes: frozenset[str]
    whole_only: bool = False
    stages: int | None = None
    normalised: bool = True

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


def variants(lanes: Sequence[str]) -> dict[str, Keep]:
    """The gate with each lane alone, without each lane, without further views, without the second look at what is not
    likely (the third stage of a still picture), and with cosines that are not normalised."""
    every = frozenset(lanes)
    found = {f"only {lane}": Keep(frozenset({lane})) for lane in lanes}
    found |= {f"without {lane}": Keep(every - {lane}) for lane in lanes}
    found["whole pictures only"] = Keep(every, whole_only=True)
    found["without the second look"] = Keep(every, stages=2)
    found["cosines as they are"] = Keep(every, normalised=False)
    return found
