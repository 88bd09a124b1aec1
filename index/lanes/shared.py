"""A lock that many share or one has alone: FAISS' indexes in memory may be searched by many threads, or changed."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager


class SharedLock:
    """Who wants it alone goes before those who come to share it."""

    def __init__(self) -> None:
        self._free = threading.Condition()
        self._sharing = 0
        self._taken = False

    @contextmanager
    def shared(self) -> Iterator[None]:
        with self._free:
            self._free.wait_for(lambda: not self._taken)
            self._sharing += 1
        try:
            yield
        finally:
            with self._free:
                self._sharing -= 1
                self._free.notify_all()

    @contextmanager
    def alone(self) -> Iterator[None]:
        with self._free:
            self._free.wait_for(lambda: not self._taken)
            self._taken = True
            self._free.wait_for(lambda: not self._sharing)
        try:
            yield
        finally:
            with self._free:
                self._taken = False
                self._free.notify_all()
