"""``simcheck serve``: the application under uvicorn, in one process or several."""

from __future__ import annotations

import logging
import os
import signal
import socket
import tempfile
from functools import partial
from typing import TYPE_CHECKING

import uvicorn
from starlette.types import ASGIApp
from uvicorn.config import STARTUP_FAILURE
from uvicorn.supervisors import Multiprocess

from simcheck.errors import ServerError, UsageError
from simcheck.service import logs
from simcheck.service.app import create_app, open_checker
from simcheck.service.auth import require_loopback
from simcheck.service.metrics import MULTIPROCESS
from simcheck.service.wire import Wire
from simcheck.settings import Settings

if TYPE_CHECKING:
    from simcheck.checker import Checker

log = logging.getLogger("simcheck.service")
KEEP_ALIVE_S = 15
MAX_HEADER_BYTES = 32 * 1024
START_S = 120
"""A worker process that has loaded nothing after this long is taken for hung."""


def serve(settings: Settings, host: str, port: int, workers: int = 1, no_keys: bool = False) -> None:
    """Serve until SIGTERM or Ctrl-C; what is under way ends first. ``workers`` are processes, which share the cores.

    Raises UsageError for ``no_keys`` on anything but loopback and for an address that cannot be had, what opening the
    gate raises (so that nothing listens that could not check), and KeyboardInterrupt after Ctrl-C.
    """
    if no_keys:
        require_loopback(host)
    logs.configure()
    checker = open_checker(settings)
    try:
        # There has to be an index, whole and made with these models.
        checker.index  # noqa: B018
    except BaseException:
        checker.close()
        raise
    with _listen(host, port) as listening:
        bound = listening.getsockname()[1]
        local_port = bound if no_keys else None
        shown = f"[{host}]" if ":" in host else host
        log.info("listening on http://%s:%d, /docs shows the calls%s", shown, bound, "; no keys" if no_keys else "")
        if workers == 1:
            _serve_here(settings, listening, local_port, checker)
        else:
            checker.close()
            _serve_in_processes(settings, listening, local_port, workers)


def _listen(host: str, port: int) -> socket.socket:
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    listening = socket.socket(family, socket.SOCK_STREAM)
    try:
        listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listening.bind((host.strip("[]"), port))
        listening.listen(1024)
    except OSError as fault:
        listening.close()
        raise UsageError(
            f"{host} port {port} cannot be listened on ({fault.strerror}); choose another --port"
        ) from None
    listening.set_inheritable(True)
    return listening


def application(settings: Settings, local_port: int | None, processes: int) -> ASGIApp:
    """What each worker process serves."""
    logs.configure()
    return create_app(settings, local_port=local_port, processes=processes)


def _config(app: object, settings: Settings, workers: int) -> uvicorn.Config:
    return uvicorn.Config(
        app,  # type: ignore[arg-type]
        factory=True,
        workers=workers,
        http=Wire,
        ws="none",
        loop="asyncio",
        lifespan="on",
        log_config=None,
        access_log=False,
        server_header=False,
        # Nothing here believes an address that a header tells: a proxy in front is trusted with nothing.
        proxy_headers=False,
        timeout_keep_alive=KEEP_ALIVE_S,
        timeout_graceful_shutdown=max(1, round(settings.service.shutdown_s)),
        timeout_worker_healthcheck=START_S,
        h11_max_incomplete_event_size=MAX_HEADER_BYTES,
    )


def _serve_here(settings: Settings, listening: socket.socket, local_port: int | None, checker: Checker) -> None:
    def factory() -> ASGIApp:
        return create_app(settings, local_port=local_port, opening=lambda _: checker)

    # Uvicorn raises the signal again after its graceful end; being asked to stop is no failure.
    signal.signal(signal.SIGTERM, lambda number, frame: None)
    server = uvicorn.Server(_config(factory, settings, 1))
    try:
        server.run(sockets=[listening])
    except SystemExit:
        raise ServerError("the service could not start; the log above says why") from None


def _serve_in_processes(settings: Settings, listening: socket.socket, local_port: int | None, workers: int) -> None:
    with tempfile.TemporaryDirectory(prefix="simcheck-metrics-") as folder:
        os.environ[MULTIPROCESS] = folder
        supervisor = _Supervisor(
            _config(partial(application, settings, local_port, workers), settings, workers), sockets=[listening]
        )
        supervisor.run()
    if any(process.exitcode == STARTUP_FAILURE for process in supervisor.processes):
        raise ServerError("a worker process could not start; the log above says why")
    if supervisor.interrupted:
        raise KeyboardInterrupt


class _Supervisor(Multiprocess):
    """Uvicorn's, which forgets how it was asked to stop."""

    interrupted = False

    def handle_int(self) -> None:
        self.interrupted = True
        super().handle_int()
