"""The application: what it is made of, and its life from the first request to the last."""

from __future__ import annotations

import asyncio
import contextlib
import logging
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, Any, cast

from fastapi import FastAPI
from starlette.types import ASGIApp

from simcheck.service import page, problems, routes_checks, routes_references, routes_system
from simcheck.service.guard import Guard
from simcheck.service.jobs import Jobs
from simcheck.service.limits import RateLimiter
from simcheck.service.metrics import Metrics, forget_dead_workers
from simcheck.service.readiness import Readiness
from simcheck.service.state import ServiceIndex, State
from simcheck.service.work import Workbench
from simcheck.settings import Settings
from simcheck.version import __version__

if TYPE_CHECKING:
    from simcheck.checker import Checker

log = logging.getLogger("simcheck.service")
MAINTENANCE_S = 60.0
DESCRIPTION = """The gate before a release: send a generated file, get a decision and the evidence.

`Authorization: Bearer KEY` on every `/v1` call; make keys with `simcheck keys create --role check|register|admin`. A
role includes those before it. Every error is an RFC 9457 problem. No call ever fetches a URL."""


def create_app(
    settings: Settings,
    *,
    local_port: int | None = None,
    processes: int = 1,
    opening: Callable[[Settings], Checker] | None = None,
) -> ASGIApp:
    """The service as an ASGI application for one of ``processes`` worker processes.

    ``local_port`` serves without keys, to requests that name loopback and this port only. ``opening`` opens the gate
    when the application starts; without it `simcheck.checker.open`. Starting raises what opening the gate raises.
    """
    measured = Metrics()

    @asynccontextmanager
    async def lifespan(app: FastAPI) -> AsyncIterator[Mapping[str, Any]]:
        state = await asyncio.to_thread(_open, settings, opening or open_checker, measured, processes, local_port)
        upkeep = asyncio.create_task(_upkeep(state))
        try:
            yield {"simcheck": state}
        finally:
            upkeep.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await upkeep
            await asyncio.to_thread(_close, state)

    app = FastAPI(
        title="simcheck",
        version=__version__,
        description=DESCRIPTION,
        docs_url=None,
        redoc_url=None,
        redirect_slashes=False,
        separate_input_output_schemas=False,
        lifespan=lifespan,
    )
    problems.register(app)
    for router in (routes_checks.router, routes_references.router, routes_system.router):
        app.include_router(router)
    page.register(app)
    return Guard(app, measured, local_port)


def open_checker(settings: Settings) -> Checker:
    """The gate that the settings name."""
    from simcheck import checker

    return checker.open(settings=settings)


def _open(
    settings: Settings,
    opening: Callable[[Settings], Checker],
    measured: Metrics,
    processes: int,
    local_port: int | None,
) -> State:
    forget_dead_workers()
    checker = opening(settings)
    # The index is opened now: a service without one must not start.
    index = cast(ServiceIndex, checker.index)
    # The cores are shared among the worker processes.
    bench = Workbench(max(1, settings.workers // processes), settings.service.queue, measured.places_taken.set)
    measured.places.set(bench.places)
    jobs = Jobs(index, checker.folder)
    jobs.claim()
    jobs.sweep()
    return State(
        settings=settings,
        checker=checker,
        index=index,
        bench=bench,
        jobs=jobs,
        limiter=RateLimiter(settings.service.requests_per_minute),
        metrics=measured,
        readiness=Readiness(checker),
        no_keys=local_port is not None,
    )


def _close(state: State) -> None:
    """Running checks end, waiting ones fail; then the gate is closed."""
    if not state.bench.close(state.settings.service.shutdown_s):
        log.error("checks were still running after shutdown_s; nobody hears their answers")
    state.jobs.release()
    state.checker.close()


async def _upkeep(state: State) -> None:
    """Let the index write its snapshots now and then; whatever fails is logged, since nothing is lost by it and the
    next time may go well."""
    while True:
        await asyncio.sleep(MAINTENANCE_S)
        try:
            await asyncio.to_thread(state.index.maintain)
        except Exception:
            log.exception("the index could not be maintained")
        while state.index.notices:
            log.warning(state.index.notices.pop(0))
