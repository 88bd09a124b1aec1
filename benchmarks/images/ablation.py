"""What each part gives: the gate with some of its lanes or views only, through the same public interface."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from simcheck.kinds.base import Probe


@dataclass(frozen=True)
class Keep:
    """A change of a checker: its pictures ask only these lanes and, with ``whole_only``, no views but the frames
    themselves. Picklable, since it travels to the processes that check."""

    lanes: frozenset[str]
    whole_only: bool = False

    def __call__(self, checker: Any) -> None:
        checker.kinds = {**checker.kinds, "image": _Kind(checker.kinds["image"], self.asks)}

    def asks(self, probe: Probe) -> bool:
        return probe.lane in self.lanes and (not self.whole_only or is_whole(probe))


def is_whole(probe: Probe) -> bool:
    """Whether a probe is about a frame as it is: neither mirrored nor turned nor a part of it."""
    return probe.view.count("/") == 1


class _Kind:
    """A kind whose inspections ask only some probes; all else is the kind's."""

    def __init__(self, kind: Any, asks: Callable[[Probe], bool]) -> None:
        self._kind, self._asks = kind, asks

    def __getattr__(self, name: str) -> Any:
        return getattr(self._kind, name)

    def inspect(self, media: Any) -> _Inspection:
        return _Inspection(self._kind.inspect(media), self._asks)


class _Inspection:
    def __init__(self, inspection: Any, asks: Callable[[Probe], bool]) -> None:
        self._inspection, self._asks = inspection, asks

    def __getattr__(self, name: str) -> Any:
        return getattr(self._inspection, name)

    def probes(self) -> Iterator[Sequence[Probe]]:
        for stage in self._inspection.probes():
            yield [probe for probe in stage if self._asks(probe)]


def variants(lanes: Sequence[str]) -> dict[str, Keep]:
    """The gate with each lane alone, without each lane, and without further views."""
    every = frozenset(lanes)
    found = {f"only {lane}": Keep(frozenset({lane})) for lane in lanes}
    found |= {f"without {lane}": Keep(every - {lane}) for lane in lanes}
    found["whole pictures only"] = Keep(every, whole_only=True)
    return found
