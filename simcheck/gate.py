"""Where a command or a hook lets its files be checked: by a `Checker` in this process, or by a running service.

Both give the same reports in the order of the files, so nothing behind this border knows which one it is.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, BinaryIO, Protocol, TypeVar

if TYPE_CHECKING:
    from simcheck.checker import Checker
    from simcheck.explain import ExplainItem
    from simcheck.kinds.base import Media
    from simcheck.report import Report
    from simcheck.settings import Settings

R = TypeVar("R")


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
    """Checks files. One report for every item, in order, each as soon as it is there. ``notices`` are sentences about
    what was found and mended on the way."""

    notices: tuple[str, ...]

    def check(self, items: Iterable[Item], purpose: Purpose, top: int | None = None) -> Iterator[Report]: ...

    def examine(self, items: Iterable[Item], purpose: Purpose, top: int | None = None) -> Iterator[ExplainItem]:
        """As `check`, with what an explanation needs beside each report, where it is there (a service keeps it)."""

    def close(self) -> None: ...


class LocalGate:
    """A `Checker` in this process."""

    def __init__(self, checker: Checker, actor: str, notices: tuple[str, ...] = ()) -> None:
        self.notices = notices
        self._checker = checker
        self._actor = actor

    def check(self, items: Iterable[Item], purpose: Purpose, top: int | None = None) -> Iterator[Report]:
        return self._each(lambda item: self._examined(item, purpose, top)[0], items)

    def examine(self, items: Iterable[Item], purpose: Purpose, top: int | None = None) -> Iterator[ExplainItem]:
        from simcheck.explain import ExplainItem

        def one(item: Item) -> ExplainItem:
            report, media = self._examined(item, purpose, top)
            stored = self._checker.index.stored([match.reference.id for match in report.matches])
            return ExplainItem(report, media, {work.reference.id: work for work in stored})

        return self._each(one, items)

    def _examined(self, item: Item, purpose: Purpose, top: int | None) -> tuple[Report, Media | None]:
        from simcheck.checker import MAX_MATCHES

        return self._checker.examine(
            item.source,
            name=item.name,
            project=purpose.project,
            tags=purpose.tags,
            actor=self._actor,
            top=MAX_MATCHES if top is None else top,
        )

    def _each(self, work: Callable[[Item], R], items: Iterable[Item]) -> Iterator[R]:
        from simcheck.parallel import in_order

        return in_order(work, items, self._checker.settings.workers)

    def close(self) -> None:
        self._checker.close()


def open_gate(settings: Settings, door: str) -> Gate:
    """The gate that the settings name: ``server``, else the index. ``door`` (``cli``, ``hook``) is recorded as actor.

    Raises whatever keeps a checker from opening (ServerError, IndexMissingError …): no gate lets through unseen.
    """
    if settings.server is not None:
        from simcheck.client import RemoteGate

        return RemoteGate(settings)
    from simcheck.decode.worker import GuardPool

    guards = GuardPool(settings.workers)
    guards.start()  # its child loads the decoders on one core while this process loads the models on another
    from simcheck.checker import default_actor
    from simcheck.checker import open as open_checker

    try:
        checker = open_checker(settings=settings, guards=guards)
        # Where there is no index nothing is decided, not even about no files.
        notices = tuple(checker.index.notices)
    except BaseException:
        guards.close()
        raise
    return LocalGate(checker, f"{door}:{default_actor()}", notices)
