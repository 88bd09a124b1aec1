"""Where a command or a hook lets its files be checked: by a `Checker` in this process, or by a running service.

Both give the same reports in the order of the files, so nothing behind this border knows which one it is.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, BinaryIO, Protocol

if TYPE_CHECKING:
    from simcheck.checker import Checker
    from simcheck.report import Report
    from simcheck.settings import Settings


@dataclass(frozen=True)
class Item:
    """One output to check. ``name`` is the path that the report shows; ``source`` is where its bytes are: a path, the
    bytes themselves, or an open stream."""

    name: str
    source: str | bytes | BinaryIO

    @classmethod
    def at(cls, path: str) -> Item:
        return cls(path, path)


@dataclass(frozen=True)
class Purpose:
    """What the outputs are for: rights that allow a reuse are held against it."""

    project: str | None = None
    tags: Mapping[str, str] | None = None


class Gate(Protocol):
    """Checks files. One report for every item, in order, each as soon as it is there."""

    def check(self, items: Iterable[Item], purpose: Purpose, top: int | None = None) -> Iterator[Report]: ...

    def close(self) -> None: ...


class LocalGate:
    """A `Checker` in this process."""

    def __init__(self, checker: Checker, actor: str) -> None:
        self.checker = checker
        self._actor = actor

    def check(self, items: Iterable[Item], purpose: Purpose, top: int | None = None) -> Iterator[Report]:
        from simcheck.checker import MAX_MATCHES
        from simcheck.parallel import in_order

        def one(item: Item) -> Report:
            return self.checker.check(
                item.source,
                name=item.name,
                project=purpose.project,
                tags=purpose.tags,
                actor=self._actor,
                top=MAX_MATCHES if top is None else top,
            )

        return in_order(one, items, self.checker.settings.workers)

    def close(self) -> None:
        self.checker.close()


def open_gate(settings: Settings, door: str) -> Gate:
    """The gate that the settings name: ``server``, else the index. ``door`` (``cli``, ``hook``) is recorded as actor.

    Raises ServerError, IndexMissingError and whatever else keeps a checker from opening: never a gate that lets through.
    """
    if settings.server is not None:
        from simcheck.client import RemoteGate

        return RemoteGate(settings)
    from simcheck.checker import default_actor
    from simcheck.checker import open as open_checker

    checker = open_checker(settings=settings)
    _ = checker.index  # where there is none, nothing is decided: not even about no files
    return LocalGate(checker, f"{door}:{default_actor()}")
