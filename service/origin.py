"""Without keys, who may reach a service on loopback: this machine's programs, and no page that a browser shows.

A page of another site can make its name point to 127.0.0.1 (DNS rebinding), but its requests then carry that name in
``Host``; a page that calls 127.0.0.1 directly carries its own site in ``Origin`` or says so in ``Sec-Fetch-Site``.
"""

from __future__ import annotations

from urllib.parse import urlsplit

from starlette.datastructures import Headers

from simcheck.service.problems import Problem

NAMES = ("localhost", "127.0.0.1", "[::1]")


def hosts(port: int) -> frozenset[str]:
    """The values of ``Host`` that name this service."""
    named = {f"{name}:{port}" for name in NAMES}
    return frozenset(named | set(NAMES) if port == 80 else named)


def check_origin(headers: Headers, port: int) -> None:
    """Raises Problem 403 for a request that names another host, or comes from another site's page."""
    allowed = hosts(port)
    given = headers.getlist("host")
    if len(given) != 1 or given[0].lower() not in allowed:
        raise Problem(
            403, "foreign-host", f"Without keys this service answers to localhost:{port} and 127.0.0.1:{port} only."
        )
    origin = headers.get("origin")
    parts = urlsplit(origin) if origin is not None else None
    same = parts is None or (parts.scheme == "http" and parts.netloc.lower() in allowed)
    if not same or headers.get("sec-fetch-site", "none") not in ("none", "same-origin"):
        raise Problem(403, "foreign-origin", "Without keys this service answers no page of another site.")
