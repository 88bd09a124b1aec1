"""Who calls: a Bearer key on every call, or nobody in particular where ``--no-keys`` was asked for on loopback."""

from __future__ import annotations

import ipaddress
from collections.abc import Callable
from typing import Annotated

from fastapi import Depends, Request, Security
from fastapi.security import HTTPAuthorizationCredentials, HTTPBearer

from simcheck import keys
from simcheck.errors import UsageError
from simcheck.keys import Key, Role
from simcheck.service.problems import Problem
from simcheck.service.state import State, state_of

LOCAL = Key("local", "no keys on loopback", "admin", "")
"""Who calls a service that runs with ``--no-keys``."""

bearer = HTTPBearer(
    auto_error=False,
    description="A key from `simcheck keys create --role check|register|admin`. Roles include those before them.",
)
Credentials = Annotated[HTTPAuthorizationCredentials | None, Security(bearer)]
_FORWARDED = ("forwarded", "x-forwarded-for", "x-forwarded-host", "x-real-ip", "via")


def identify(state: State, credentials: HTTPAuthorizationCredentials | None) -> Key:
    """The caller's key. Raises Problem 401. Reads the catalogue, so it runs on a thread."""
    if state.no_keys:
        return LOCAL
    challenge = {"WWW-Authenticate": 'Bearer realm="simcheck"'}
    if credentials is None:
        raise Problem(401, "unauthorized", "Send the header Authorization: Bearer KEY.", headers=challenge)
    key = keys.authenticate(state.index, credentials.credentials)
    if key is None:
        challenge["WWW-Authenticate"] += ', error="invalid_token"'
        raise Problem(401, "unauthorized", "This key is unknown or was revoked.", headers=challenge)
    return key


def admit(request: Request, credentials: HTTPAuthorizationCredentials | None, role: Role) -> Key:
    """Identify, count against the rate limit, and hold the role against what the call needs: 401, 429, 403."""
    state = state_of(request)
    key = identify(state, credentials)
    request.state.key_id = key.id
    if not state.no_keys:
        state.limiter.require(key.id)
    if not key.allows(role):
        raise Problem(403, "forbidden", f"This call needs the role {role}; the key has the role {key.role}.")
    return key


def needs(role: Role) -> Callable[..., Key]:
    """The dependency of a route that needs ``role``. It is no coroutine, so FastAPI runs it on a thread."""

    def dependency(request: Request, credentials: Credentials) -> Key:
        return admit(request, credentials, role)

    return dependency


MayCheck = Annotated[Key, Depends(needs("check"))]
MayRegister = Annotated[Key, Depends(needs("register"))]


def may_see_metrics(request: Request, credentials: Credentials) -> None:
    """Metrics are for admins; on the machine itself for everybody. A request that a proxy passed on is not from the
    machine itself, whatever address it comes from."""
    local = request.client is not None and is_loopback(request.client.host)
    passed_on = any(name in request.headers for name in _FORWARDED)
    if not (local and not passed_on and is_loopback(request.url.hostname or "")):
        admit(request, credentials, "admin")


def is_loopback(host: str) -> bool:
    """True for ``localhost``, 127.0.0.0/8 and ::1; false for names that merely point there.

    >>> is_loopback("127.0.0.1"), is_loopback("[::1]"), is_loopback("localhost"), is_loopback("localhost.evil.test")
    (True, True, True, False)
    """
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host.strip("[]")).is_loopback
    except ValueError:
        return False


def require_loopback(host: str) -> None:
    """Raises UsageError where ``--no-keys`` would open the service to others."""
    if not is_loopback(host):
        raise UsageError(
            f"--no-keys is refused with --host {host}: without keys the service listens on 127.0.0.1 only; "
            "make a key with `simcheck keys create --role check`"
        )
