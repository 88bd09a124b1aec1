"""The outermost layer: request ids, security headers, the last word on errors, one log line and metrics a request.

Pure ASGI, so that uploads stream through it untouched.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
import re
import secrets
import time
from http import HTTPStatus

from starlette.datastructures import Headers, MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from simcheck.service import problems
from simcheck.service.metrics import Metrics
from simcheck.service.origin import check_origin
from simcheck.service.problems import Problem

log = logging.getLogger("simcheck.service")

SANE_ID = re.compile(r"[A-Za-z0-9._-]{1,64}")
LINGER_S = 2.0
SECURITY_HEADERS = {
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "no-referrer",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Content-Security-Policy": "default-src 'none'; frame-ancestors 'none'",
    "Cache-Control": "no-store",
}


class Guard:
    """Wraps the application. ``local_port`` is set for ``--no-keys``: then only requests that name loopback and this
    port, and come from no other site's page, get through."""

    def __init__(self, app: ASGIApp, metrics: Metrics, local_port: int | None) -> None:
        self._app = app
        self._metrics = metrics
        self._local_port = local_port

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        passage = _Passage(scope, receive, send)
        try:
            if self._local_port is not None:
                check_origin(Headers(scope=scope), self._local_port)
            await self._app(scope, passage.receive, passage.send)
        except Problem as problem:
            await problems.response(passage.request_id, problem)(scope, passage.receive, passage.send)
        except Exception:
            log.exception("an error inside the service", extra={"request_id": passage.request_id})
            if not passage.answered:
                # Half an answer is cut off by the server; a whole one was a problem already.
                raise
        finally:
            self._tell(scope, passage)

    def _tell(self, scope: Scope, passage: _Passage) -> None:
        elapsed = time.monotonic() - passage.started
        route = getattr(scope.get("route"), "path", "unmatched")
        method = scope["method"] if scope["method"] in _METHODS else "other"
        self._metrics.requests.labels(method, route, str(passage.status)).inc()
        self._metrics.request_seconds.labels(route).observe(elapsed)
        log.info(
            "request",
            extra={
                "request_id": passage.request_id,
                "method": scope["method"],
                "path": scope["path"],
                "status": passage.status,
                "elapsed_ms": round(elapsed * 1000),
                "received_bytes": passage.received,
                "client": scope["client"][0] if scope.get("client") else None,
                "key": scope["state"].get("key_id"),
            },
        )


_METHODS = {"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"}


class _Passage:
    """One request on its way through."""

    def __init__(self, scope: Scope, receive: Receive, send: Send) -> None:
        self._receive, self._send = receive, send
        self.started = time.monotonic()
        self.status = int(HTTPStatus.INTERNAL_SERVER_ERROR)
        self.received = 0
        self.answered = False
        headers = Headers(scope=scope)
        given = headers.get("x-request-id", "")
        self.request_id = given if SANE_ID.fullmatch(given) else secrets.token_hex(16)
        scope.setdefault("state", {})["request_id"] = self.request_id
        # A request without either header has no body (RFC 9112, 6.3).
        self._unread = headers.get("content-length", "0") != "0" or "transfer-encoding" in headers

    async def receive(self) -> Message:
        message = await self._receive()
        if message["type"] == "http.request":
            self.received += len(message.get("body", b""))
            self._unread = self._unread and message.get("more_body", False)
        return message

    async def send(self, message: Message) -> None:
        if message["type"] == "http.response.start":
            self.status = message["status"]
            headers = MutableHeaders(scope=message)
            headers["X-Request-ID"] = self.request_id
            for name, value in SECURITY_HEADERS.items():
                headers.setdefault(name, value)
            if self._unread:
                # Nobody will read the rest of this body; without closing, the server would take it in and drop it.
                headers["Connection"] = "close"
        last = message["type"] == "http.response.body" and not message.get("more_body", False)
        if last and self._unread and self.status != HTTPStatus.REQUEST_TIMEOUT:
            await self._send({**message, "more_body": True})
            await self._linger()
            message = {"type": "http.response.body", "body": b"", "more_body": False}
        await self._send(message)
        self.answered = last

    async def _linger(self) -> None:
        """Drop what still comes of a refused body, for a moment: closing at once would reset the connection, and a
        caller that is busy sending would lose the answer (RFC 9112, 9.6)."""
        loop = asyncio.get_running_loop()
        until = loop.time() + LINGER_S
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout_at(until):
                while self._unread and loop.time() < until:
                    if (await self.receive())["type"] == "http.disconnect":
                        return
