"""What one worker process holds while it serves."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

from starlette.requests import Request

from simcheck.index.base import Index, LaneSpec
from simcheck.keys import KeyStore
from simcheck.service.jobs import Jobs, JobStore
from simcheck.service.limits import RateLimiter
from simcheck.service.metrics import Metrics
from simcheck.service.work import Workbench
from simcheck.settings import Settings

if TYPE_CHECKING:
    from simcheck.checker import Checker
    from simcheck.service.readiness import Readiness


class ServiceIndex(Index, KeyStore, JobStore, Protocol):
    """What the service needs of an index: the works and checks, and the two tables kept for it."""

    notices: list[str]

    @property
    def lanes(self) -> Sequence[LaneSpec]: ...
    def maintain(self) -> None: ...
    def recall(self) -> dict[str, float | None]: ...


@dataclass
class State:
    """Everything a route may use; made when the application starts, ended when it stops."""

    settings: Settings
    checker: Checker
    index: ServiceIndex
    bench: Workbench
    jobs: Jobs
    limiter: RateLimiter
    metrics: Metrics
    readiness: Readiness
    no_keys: bool


def state_of(request: Request) -> State:
    """The state that the application's lifespan put beside the request."""
    state = request.state.simcheck
    if not isinstance(state, State):
        raise TypeError("the application was not started: its lifespan has to run")
    return state
