"""One guard for all tests of a run: each test leaves it working, which is half of what is tested."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from simcheck.decode.worker import Guard


@pytest.fixture(scope="session")
def guard() -> Iterator[Guard]:
    one = Guard()
    yield one
    one.close()
