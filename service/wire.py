"""HTTP/1.1 on the wire: uvicorn's, with a time-out for headers, and problems where it would answer plain text."""

from __future__ import annotations

import asyncio
import secrets
from typing import cast

import h11
from uvicorn.protocols.http.h11_impl import H11Protocol

from simcheck.service import problems
from simcheck.service.problems import Problem

HEADERS_S = 10.0
"""From the connection, or the first byte of a further request, to the end of its headers. Without it a caller without
a key could hold connections open for ever (Slowloris)."""


class Wire(H11Protocol):
    """One connection."""

    _late: asyncio.TimerHandle | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        super().connection_made(cast(asyncio.Transport, transport))
        self._await_headers()

    def data_received(self, data: bytes) -> None:
        super().data_received(data)
        if self.conn.their_state is h11.IDLE:
            self._await_headers()
        else:
            self._headers_came()

    def connection_lost(self, exc: Exception | None) -> None:
        self._headers_came()
        super().connection_lost(exc)

    def _await_headers(self) -> None:
        """Start the clock once: further bytes of the same headers do not wind it up again."""
        if self._late is None:
            self._late = self.loop.call_later(HEADERS_S, self._headers_late)

    def _headers_came(self) -> None:
        if self._late is not None:
            self._late.cancel()
            self._late = None

    def _headers_late(self) -> None:
        if not self.transport.is_closing():
            self._refuse(Problem(408, "body-timeout", f"The headers did not come within {HEADERS_S:.0f} s."))

    def send_400_response(self, msg: str) -> None:
        """Uvicorn calls this for what is no HTTP."""
        self._refuse(Problem(400, "invalid", "This is not a valid HTTP/1.1 request."))

    def _refuse(self, problem: Problem) -> None:
        answer = problems.response(secrets.token_hex(16), problem)
        answer.headers["Connection"] = "close"
        try:
            for event in (
                h11.Response(status_code=answer.status_code, headers=answer.raw_headers),
                h11.Data(data=bytes(answer.body)),
                h11.EndOfMessage(),
            ):
                self.transport.write(self.conn.send(event) or b"")
        except h11.LocalProtocolError:
            # An answer is half-way out already; all that is left is to cut it off.
            pass
        self.transport.close()
