"""How many threads FAISS may use: one for a small search; for a large one all cores while it is alone, its share while
several run at once; and one core for what is done in a pool of threads already.

FAISS asks OpenMP, which gives each thread that calls it a team of its own: eight clients on two cores would start
sixteen threads that wait for each other. Waiting costs: on a machine with other work, comparing 10,000 vectors takes
0.8 ms with one thread and 32 ms with two, which burn 13 ms of processor time.
"""

from __future__ import annotations

import os
import threading
from collections.abc import Iterator
from contextlib import contextmanager

import faiss

_lock = threading.Lock()
_running = 0


@contextmanager
def share_of_cores(*, large: bool) -> Iterator[None]:
    """Around a search: FAISS uses this share of the cores in this thread, one for a search that is not large."""
    global _running
    with _lock:
        _running += 1
        share = max(1, len(os.sched_getaffinity(0)) // _running) if large else 1
    try:
        with at_most(share):
            yield
    finally:
        with _lock:
            _running -= 1


@contextmanager
def at_most(cores: int) -> Iterator[None]:
    """FAISS uses at most so many cores in this thread: the number is the calling thread's own in OpenMP."""
    before = faiss.omp_get_max_threads()
    faiss.omp_set_num_threads(min(before, cores))
    try:
        yield
    finally:
        faiss.omp_set_num_threads(before)
