"""``map`` on threads, in order."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from itertools import islice
from typing import TypeVar

T = TypeVar("T")
R = TypeVar("R")


def in_order(work: Callable[[T], R], items: Iterable[T], workers: int) -> Iterator[R]:
    """``map(work, items)`` on ``workers`` threads; results come in order, at most ``3 * workers`` are under way.

    The first exception of ``work`` ends it, in order too; what was not begun by then is not done.
    """
    if workers == 1:
        yield from map(work, items)
        return
    source = iter(items)
    pool = ThreadPoolExecutor(workers, thread_name_prefix="simcheck")
    try:
        running: deque[Future[R]] = deque(pool.submit(work, item) for item in islice(source, workers * 3))
        while running:
            yield running.popleft().result()
            running.extend(pool.submit(work, item) for item in islice(source, 1))
    finally:
        # An interruption or a fault must not wait for what nobody will read.
        pool.shutdown(wait=True, cancel_futures=True)
