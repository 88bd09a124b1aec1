"""CPU work off the event loop: a bounded number of threads, a bounded number of places, and nothing beyond them."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from concurrent.futures import wait as wait_for
from contextlib import contextmanager
from typing import Any, TypeVar

from starlette.requests import ClientDisconnect, Request
from threadpoolctl import threadpool_limits

from simcheck.service.problems import Problem

T = TypeVar("T")


class Workbench:
    """``threads`` run at once and ``queue`` more may wait, uploads under way included; one more is Problem 503.

    A place is taken before an upload is read, so a full service refuses before it receives; it is free again when the
    work on the thread has ended, even where nobody waits for the answer any more.
    """

    def __init__(self, threads: int, queue: int, changed: Callable[[int], None] = lambda taken: None) -> None:
        """``changed`` is told how many places are taken, whenever that changes."""
        self.places = threads + queue
        self._changed = changed
        self.taken = 0
        self.stopping = False
        self._lock = threading.Lock()
        self._pool = ThreadPoolExecutor(threads, thread_name_prefix="simcheck-service")
        self._under_way: set[Future[Any]] = set()
        if threads > 1:
            # Files are worked on side by side: linear algebra on several threads more would only wait.
            threadpool_limits(1, "blas")

    @contextmanager
    def place(self) -> Iterator[Place]:
        """Take a place. Raises Problem 503. It is free when the block ends, unless `Place.start` put work on it."""
        with self._lock:
            if self.stopping:
                raise _stopping()
            if self.taken >= self.places:
                raise Problem(503, "busy", f"All {self.places} places are taken; send the file again in a moment.")
            self._set(self.taken + 1)
        place = Place(self)
        try:
            yield place
        finally:
            if not place.working:
                self._leave()

    def submit(self, work: Callable[[], T]) -> Future[T]:
        """Run ``work`` on a thread, on a place that was taken; for `Place.start`. Raises Problem 503."""
        with self._lock:
            if self.stopping:
                raise _stopping()
            future = self._pool.submit(work)
            self._under_way.add(future)
        future.add_done_callback(self._ended)
        return future

    def _ended(self, future: Future[Any]) -> None:
        with self._lock:
            self._under_way.discard(future)
        self._leave()

    def _leave(self) -> None:
        with self._lock:
            self._set(self.taken - 1)

    def _set(self, taken: int) -> None:
        self.taken = taken
        self._changed(taken)

    def close(self, timeout_s: float) -> bool:
        """Refuse what is new, cancel what waits, let what runs end. True where all of it ended in time."""
        with self._lock:
            self.stopping = True
        self._pool.shutdown(wait=False, cancel_futures=True)
        with self._lock:
            # Those that were cancelled have left; `wait` would never call them done.
            running = set(self._under_way)
        return not wait_for(running, timeout_s).not_done


def _stopping() -> Problem:
    return Problem(503, "stopping", "The service is stopping; send the file again in a moment.")


class Place:
    """One caller's place on a workbench."""

    def __init__(self, bench: Workbench) -> None:
        self._bench = bench
        self.working = False

    def start(self, work: Callable[[], T]) -> Future[T]:
        """Put the work on a thread; from now on the place is the work's, and free when that ends."""
        future = self._bench.submit(work)
        self.working = True
        return future


async def answer(request: Request, work: Future[T]) -> T:
    """Wait for work while its caller waits. Work that has not begun when the caller goes is cancelled; what runs on a
    thread cannot be stopped and ends unheard. Raises ClientDisconnect, and what the work raises."""
    result = asyncio.wrap_future(work)
    gone = asyncio.ensure_future(_disconnected(request))
    either: set[asyncio.Future[Any]] = {result, gone}
    try:
        await asyncio.wait(either, return_when=asyncio.FIRST_COMPLETED)
        if not result.done():
            raise ClientDisconnect
        return result.result()
    finally:
        gone.cancel()
        result.cancel()


async def _disconnected(request: Request) -> None:
    while (await request.receive())["type"] != "http.disconnect":
        pass
