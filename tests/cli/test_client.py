"""``--server``: the same reports through a service, and never a pass that the service did not give."""

from __future__ import annotations

import hashlib
import json
import socket
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest
import uvicorn
from cli_world import Call

from simcheck import client, keys
from simcheck.client import RemoteGate
from simcheck.errors import ServerError, UsageError
from simcheck.gate import Item, Purpose
from simcheck.index import open_index
from simcheck.report import Report
from simcheck.service.app import create_app
from simcheck.settings import Settings

Handler = Callable[[httpx.Request], httpx.Response]
INDEX = {
    "revision": 7,
    "references": {"image": 3},
    "quarantined": 0,
    "recall": {},
    "policy": {"name": "default", "version": 1, "hash": "sha256:aa"},
    "models": {"image": "m"},
}


def report(data: bytes, **changed: Any) -> dict[str, Any]:
    return {
        "schema": "simcheck.report/1",
        "id": "01JD3Z8Q4M5T6V7W8X9Y0Z1A2B",
        "checked_at": "2026-11-22T21:00:00Z",
        "elapsed_ms": 1,
        "output": {"path": "a.png", "sha256": hashlib.sha256(data).hexdigest(), "bytes": len(data), "kind": "image"},
        "decision": "pass",
        "reason": "Nothing.",
        "score": 0.0,
        "matches": [],
        "index": {"revision": 7, "references": 3},
        "policy": INDEX["policy"],
        "models": {"image": "m"},
        "error": None,
    } | changed


def problem(status: int, detail: str, **more: Any) -> httpx.Response:
    return httpx.Response(status, json={"type": "x", "title": "x", "status": status, "detail": detail, **more})


def gate(handler: Handler, key: str | None = "k", **settings: Any) -> RemoteGate:
    """A gate whose service is ``handler``; ``GET /v1/index`` is answered by itself."""

    def answer(request: httpx.Request) -> httpx.Response:
        if request.url.path == "/studio/v1/index":
            return httpx.Response(200, json=INDEX)
        return handler(request)

    made = Settings(server="http://service.example/studio/", key=key, workers=1, **settings)
    return RemoteGate(made, httpx.MockTransport(answer))


def check(handler: Handler, *items: Item, top: int | None = None, purpose: Purpose | None = None) -> list[Report]:
    return list(gate(handler).check(items or [Item("dir/a.png", b"a")], purpose or Purpose(), top))


def test_what_is_sent() -> None:
    seen: list[httpx.Request] = []

    def handler(request: httpx.Request) -> httpx.Response:
        seen.append(request)
        return httpx.Response(200, json=report(b"a"))

    [one] = check(handler, purpose=Purpose("film-7", {"k": "v w"}))
    assert one.output.path == "dir/a.png"
    [request] = seen
    assert (request.method, str(request.url)) == ("POST", "http://service.example/studio/v1/checks")
    assert request.headers["Authorization"] == "Bearer k"
    body = request.read()
    for part in (b'name="project"\r\n\r\nfilm-7\r\n', b'name="tags"\r\n\r\n{"k": "v w"}\r\n', b'filename="a.png"'):
        assert part in body


def test_a_queued_check_is_asked_for_until_it_is_there(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(client, "POLL_S", 0.0)
    states = iter(["queued", "running"])

    def handler(request: httpx.Request) -> httpx.Response:
        if request.method == "POST":
            return httpx.Response(202, json={"id": "x", "status": "queued", "location": "/v1/checks/x"})
        assert request.url.path == "/studio/v1/checks/x"
        state = next(states, None)
        return httpx.Response(200, json={"id": "x", "status": state, "progress": 0.5} if state else report(b"a"))

    assert [one.decision for one in check(handler)] == ["pass"]


@pytest.mark.parametrize("state", ["failed", "cancelled", None])
def test_a_queued_check_that_never_ends_well_is_no_pass(state: str | None) -> None:
    def handler(request: httpx.Request) -> httpx.Response:
        if request.method == "POST":
            return httpx.Response(202, json={"id": "x", "status": "queued", "location": "/v1/checks/x"})
        return httpx.Response(200, json={"id": "x", "status": state, "progress": 0})

    with pytest.raises(ServerError, match="did not finish the check x"):
        check(handler)


def test_an_unsupported_file_is_the_report_inside_the_problem() -> None:
    fault = {"code": "unsupported", "message": "no"}
    inner = report(b"a", decision="unchecked", score=None, error=fault)
    [one] = check(lambda _: problem(415, "no", report=inner))
    assert (one.decision, one.error.code if one.error else None) == ("unchecked", "unsupported")


def test_a_file_that_is_too_large_for_the_service_is_unchecked() -> None:
    [one] = check(lambda _: problem(413, "The file is larger than the limit"))
    assert (one.decision, one.output.sha256) == ("unchecked", hashlib.sha256(b"a").hexdigest())
    assert one.error is not None
    assert (one.error.code, one.policy.hash, one.index.revision) == ("too_large", "sha256:aa", 7)


def test_a_file_that_cannot_be_read_here_is_unchecked(tmp_path: Path) -> None:
    [one] = check(lambda _: pytest.fail("sent"), Item.at(str(tmp_path)))
    assert (one.decision, one.output.path) == ("unchecked", str(tmp_path))


def test_an_empty_file_is_the_services_to_judge(tmp_path: Path) -> None:
    (tmp_path / "empty").touch()
    [one] = check(lambda _: httpx.Response(200, json=report(b"")), Item.at(str(tmp_path / "empty")))
    assert one.decision == "pass"


@pytest.mark.parametrize(
    ("answer", "sentence"),
    [
        (problem(401, "There is no such key."), r"refused the key \(There is no such key\)"),
        (problem(403, "The role is too small."), "refused the key"),
        (problem(500, "An error inside"), "500, An error inside"),
        (problem(422, "tags"), "422, tags"),
        (httpx.Response(302, headers={"Location": "http://elsewhere.example"}), "302"),
        (httpx.Response(200, text="<html>Welcome</html>"), "no report"),
        (httpx.Response(200, json=[]), "no report"),
        (httpx.Response(200, json=report(b"a", decision="fine")), "no report"),
        (httpx.Response(200, json=report(b"other bytes")), "other bytes than those of dir/a.png"),
        (problem(415, "no", report="x"), "no report"),
        (problem(415, "no"), "no report"),
        (httpx.Response(202, json={"id": "x"}), "no report"),
        (httpx.Response(202, json={"id": "x", "location": "@elsewhere.example/"}), "no report"),
        (problem(503, "The queue is full"), "503, The queue is full"),
    ],
)
def test_whatever_is_no_report_about_these_bytes_decides_nothing(answer: httpx.Response, sentence: str) -> None:
    with pytest.raises(ServerError, match=sentence):
        check(lambda request: answer if request.method == "POST" else httpx.Response(404))


def test_without_a_key_the_sentence_says_so() -> None:
    remote = gate(lambda _: problem(401, "A key is needed"), key=None)
    with pytest.raises(ServerError, match="SIMCHECK_KEY is not set"):
        list(remote.check([Item("a", b"a")], Purpose()))


def test_a_busy_service_is_asked_again_for_a_while(monkeypatch: pytest.MonkeyPatch) -> None:
    waited: list[float] = []
    monkeypatch.setattr(client.time, "sleep", waited.append)
    answers = iter(
        [httpx.Response(503, headers={"Retry-After": "2"}), httpx.Response(429, headers={"Retry-After": "3"})]
    )
    [one] = check(lambda _: next(answers, httpx.Response(200, json=report(b"a"))))
    assert one.decision == "pass"
    assert waited == [2.0, 3.0]
    with pytest.raises(ServerError, match="503"):
        check(lambda _: httpx.Response(503, headers={"Retry-After": "3600"}))
    with pytest.raises(ServerError, match="503"):
        check(lambda _: httpx.Response(503, headers={"Retry-After": "Wed, 21 Oct 2026 07:28:00 GMT"}))


def test_another_service_at_the_address() -> None:
    transport = httpx.MockTransport(lambda _: httpx.Response(200, json={"hello": "world"}))
    remote = RemoteGate(Settings(server="http://service.example"), transport)
    with pytest.raises(ServerError, match="does not answer as a simcheck service"):
        list(remote.check([], Purpose()))


@pytest.mark.parametrize(
    "url", ["", "service.example", "ftp://service.example", "http://", "http://[::1", "file:///etc"]
)
def test_what_is_no_url(url: str) -> None:
    with pytest.raises(UsageError, match="is no URL"):
        RemoteGate(Settings(server=url))


def test_an_unreachable_service_decides_nothing(call: Call, tmp_path: Path) -> None:
    (tmp_path / "a.png").write_bytes(b"x")
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        url = f"http://127.0.0.1:{taken.getsockname()[1]}"
        for command in (["check"], ["hook", "run", "--receipt", tmp_path / "r.json"]):
            done = call(*command, tmp_path / "a.png", "--server", url)
            assert (done.code, done.out) == (2, "")
            assert "cannot be reached" in done.err
            assert "simcheck serve" in done.err
    assert not (tmp_path / "r.json").exists()


def test_a_server_excludes_an_index_and_a_policy(call: Call, here: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for option in ("--index", "--policy"):
        assert call("check", "out/new.jpg", "--server", "http://127.0.0.1:9", option, "x").code == 2
    monkeypatch.setenv("SIMCHECK_SERVER", "http://127.0.0.1:9")
    assert call("check", "out/new.jpg").code == 2
    assert call("check", "out/new.jpg", "--policy", "x").code == 2
    assert call("check", "out/new.jpg", "--index", ".simcheck").code == 0


@pytest.fixture
def service(copied: Path) -> Iterator[tuple[str, str]]:
    """A real service on the copied library: its address and a key."""
    with open_index(copied / ".simcheck", ()) as index:
        key = keys.create(index, "check", "test")[1]
    config = uvicorn.Config(create_app(Settings(index=copied / ".simcheck")), port=0, log_level="error", lifespan="on")
    server = uvicorn.Server(config)
    thread = threading.Thread(target=server.run, daemon=True)
    thread.start()
    until = time.monotonic() + 60
    while not server.started and time.monotonic() < until:
        time.sleep(0.02)
    port = server.servers[0].sockets[0].getsockname()[1]
    yield f"http://127.0.0.1:{port}", key
    server.should_exit = True
    thread.join(30)


def test_a_real_service_gives_the_reports_of_the_command_line(
    call: Call, copied: Path, service: tuple[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    url, key = service
    refused = call("check", "out/new.jpg", "--server", url)
    assert refused.code == 2
    assert "wants a key, and SIMCHECK_KEY is not set" in refused.err
    monkeypatch.setenv("SIMCHECK_KEY", key)
    here, there = call("check", "out", "--json"), call("check", "out", "--json", "--server", url)
    assert there.code == here.code == 1
    # A message names the file as it was sent: by the last part of its path.
    told, served = (json.loads(answer.out.replace("out/", "")) for answer in (here, there))
    for one in (*told["reports"], *served["reports"]):
        for own in ("id", "checked_at", "elapsed_ms"):
            del one[own]
    assert served == told
    done = call("hook", "run", "out/new.jpg", "out/copy.jpg", "--server", url)
    assert done.code == 1
    assert call("hook", "verify", "simcheck.receipt.json", "out/new.jpg").code == 0
    assert call("hook", "verify", "simcheck.receipt.json", "out/copy.jpg").code == 1
