"""Keys: made once, kept as hashes; and who may call what, every call with every role."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from service_files import BLANK

import simcheck
from simcheck import keys
from simcheck.errors import UsageError

Holds = Callable[[Any, int, str], dict[str, Any]]
CALLS: dict[tuple[str, str], str | None] = {
    ("POST", "/v1/checks"): "check",
    ("GET", "/v1/checks"): "check",
    ("GET", "/v1/checks/{id}"): "check",
    ("DELETE", "/v1/checks/{id}"): "check",
    ("POST", "/v1/references"): "register",
    ("GET", "/v1/references"): "register",
    ("GET", "/v1/references/{id}"): "register",
    ("PATCH", "/v1/references/{id}"): "register",
    ("DELETE", "/v1/references/{id}"): "register",
    ("GET", "/v1/index"): "check",
    ("GET", "/healthz"): None,
    ("GET", "/readyz"): None,
    ("GET", "/metrics"): "admin",
    ("GET", "/openapi.json"): None,
    ("GET", "/docs"): None,
}
"""CONTRACT's table: the role that each call needs."""


def call(service: Any, method: str, path: str, headers: dict[str, str]) -> Any:
    content: dict[str, Any] = {}
    if method == "POST":
        content = {"files": {"file": ("a.png", BLANK)}}
    elif method == "PATCH":
        content = {"json": {}}
    return service.client.request(method, path.replace("{id}", "01X"), headers=headers, **content)


def test_the_table_names_every_call_of_the_application(service: Any) -> None:
    """A route that is added without a line here, and so without a role that is tested, fails."""
    described = service.client.get("/openapi.json").json()["paths"]
    found = {(method.upper(), path) for path, methods in described.items() for method in methods}
    assert found | {("GET", "/openapi.json"), ("GET", "/docs")} == set(CALLS)
    guarded = {
        (method.upper(), path)
        for path, methods in described.items()
        for method, one in methods.items()
        if one.get("security")
    }
    assert guarded == {one for one, role in CALLS.items() if role}


@pytest.mark.parametrize(("method", "path"), list(CALLS))
@pytest.mark.parametrize("role", keys.ROLES)
def test_every_call_with_every_role(service: Any, is_problem: Holds, method: str, path: str, role: str) -> None:
    """A role does what it and those before it may do; everything else is 403."""
    needed = CALLS[method, path]
    answer = call(service, method, path, service.as_(role))
    if needed is None or keys.ROLES.index(role) >= keys.ROLES.index(needed):
        assert answer.status_code in (200, 201, 202, 204, 404)
    else:
        assert needed in is_problem(answer, 403, "forbidden")["detail"]


@pytest.mark.parametrize(("method", "path"), [one for one, role in CALLS.items() if role])
@pytest.mark.parametrize("given", ["none", "empty", "basic", "unknown", "altered", "revoked", "cut"])
def test_without_a_good_key_every_call_is_401(
    serving_keys: tuple[Any, dict[str, str]], is_problem: Holds, method: str, path: str, given: str
) -> None:
    service, texts = serving_keys
    headers = {} if given == "none" else {"Authorization": texts[given]}
    answer = call(service, method, path, headers)
    is_problem(answer, 401, "unauthorized")
    assert answer.headers["www-authenticate"].startswith("Bearer")


@pytest.fixture(scope="module")
def serving_keys(service: Any) -> tuple[Any, dict[str, str]]:
    """The service, and values of Authorization that are no good."""
    index = service.client.app_state["simcheck"].index
    key, text = keys.create(index, "admin", "to be revoked")
    keys.revoke(index, key.id)
    good = service.keys["admin"]
    return service, {
        "empty": "Bearer ",
        "basic": f"Basic {good}",
        "unknown": "Bearer simcheck_01KAPQ7Z5J9V1C8W0M3T2R6XYA_" + "A" * 43,
        "altered": "Bearer " + good[:-1] + ("A" if good[-1] != "A" else "B"),
        "revoked": f"Bearer {text}",
        "cut": f"Bearer {good[:-1]}",
    }


def test_a_refused_upload_is_not_read(service: Any) -> None:
    """Who has no key cannot make the service take a body in."""

    # The test client reads a body at once, so the service is asked directly: nothing may be received.
    received: list[Any] = []
    before: list[int] = []

    async def receive() -> Any:
        received.append(1)
        return {"type": "http.request", "body": b"x", "more_body": True}

    sent: list[Any] = []

    async def send(message: Any) -> None:
        before.append(len(received))
        sent.append(message)

    scope = {
        "type": "http",
        "method": "POST",
        "path": "/v1/checks",
        "raw_path": b"/v1/checks",
        "query_string": b"",
        "headers": [(b"content-type", b"multipart/form-data; boundary=b"), (b"transfer-encoding", b"chunked")],
        "client": ("127.0.0.1", 1),
        "state": dict(service.client.app_state),
    }
    service.client.portal.call(service.client.app, scope, receive, send)
    assert sent[0]["status"] == 401
    assert (b"connection", b"close") in sent[0]["headers"]
    assert before[:2] == [0, 0], "the whole answer is out before anything is read"


def test_a_key_is_shown_once_and_kept_as_a_hash(index_folder: Path) -> None:
    with simcheck.open(index_folder) as gate:
        key, text = keys.create(gate.index, "register", "render farm")
        assert re.fullmatch(r"simcheck_[0-9A-Z]{26}_[\w-]{43}", text)
        assert keys.authenticate(gate.index, text) == key
        kept = gate.index.keys()[-1]
        assert kept.hash == keys.digest(text)
        assert text.split("_", 2)[2] not in repr(kept)
        assert [one.id for one in keys.listing(gate.index)][-1] == key.id
        assert keys.revoke(gate.index, key.id).revoked_at is not None
        assert keys.authenticate(gate.index, text) is None
        assert keys.listing(gate.index)[-1].revoked_at is not None


@pytest.mark.parametrize(("role", "name"), [("owner", ""), ("", ""), ("check", "x" * 101), ("check", "a\x1b[2J")])
def test_wrong_keys_are_not_made(index_folder: Path, role: str, name: str) -> None:
    with simcheck.open(index_folder) as gate:
        before = len(keys.listing(gate.index))
        with pytest.raises(UsageError):
            keys.create(gate.index, role, name)
        with pytest.raises(UsageError, match="no key"):
            keys.revoke(gate.index, "01X")
        assert len(keys.listing(gate.index)) == before


def test_a_key_revoked_elsewhere_is_refused_at_the_next_request(serving: Any, index_folder: Path) -> None:
    """``simcheck keys revoke`` in another process needs no restart of the service."""
    with serving() as service:
        assert service.client.get("/v1/index", headers=service.as_("check")).status_code == 200
        with simcheck.open(index_folder) as other:
            for key in keys.listing(other.index):
                keys.revoke(other.index, key.id)
        assert service.client.get("/v1/index", headers=service.as_("check")).status_code == 401
