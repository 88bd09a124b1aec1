"""The service as a process on a real socket of 127.0.0.1: lying callers, stalled callers, signals."""

from __future__ import annotations

import contextlib
import json
import os
import re
import shutil
import signal
import socket
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
import pytest
from service_files import BLANK, FILE, multipart

ANSWER_S = 60.0
START_S = 180.0
"""Bounds, not promises: a machine that is busy with other things needs them."""
PORT = re.compile(r"listening on http://127\.0\.0\.1:(\d+)")


@dataclass
class Process:
    """A server process, its port, and what it wrote to stderr so far."""

    popen: subprocess.Popen[str]
    port: int
    lines: list[str]
    reader: threading.Thread

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def talk(self, *pieces: bytes, pause_s: float = 0.0) -> bytes:
        """Send bytes as they are; everything that comes back until the server hangs up."""
        with socket.create_connection(("127.0.0.1", self.port), timeout=ANSWER_S) as connection:
            for piece in pieces:
                with contextlib.suppress(ConnectionError):
                    connection.sendall(piece)
                threading.Event().wait(pause_s)
            answer = bytearray()
            with contextlib.suppress(ConnectionError):
                while chunk := connection.recv(65536):
                    answer += chunk
            return bytes(answer)

    def stop(self, number: int = signal.SIGTERM) -> int:
        self.popen.send_signal(number)
        code = self.popen.wait(ANSWER_S)
        self.reader.join(ANSWER_S)
        return code


@contextlib.contextmanager
def started(*command: str) -> Iterator[Process]:
    """Run a server until it says its port; killed at the end if it still runs."""
    environment = {name: value for name, value in os.environ.items() if not name.startswith("SIMCHECK_")}
    popen = subprocess.Popen([sys.executable, *command], stderr=subprocess.PIPE, text=True, env=environment)
    lines: list[str] = []
    ready = threading.Event()

    def read() -> None:
        assert popen.stderr is not None
        for line in popen.stderr:
            lines.append(line)
            if PORT.search(line):
                ready.set()
        ready.set()

    reader = threading.Thread(target=read, daemon=True)
    reader.start()
    try:
        assert ready.wait(START_S)
        found = PORT.search("".join(lines))
        assert found, "".join(lines)
        yield Process(popen, int(found[1]), lines, reader)
    finally:
        popen.kill()
        popen.wait(ANSWER_S)
        reader.join(ANSWER_S)


SLOW = str(Path(__file__).with_name("slow_server.py"))


@pytest.fixture(scope="module")
def server(made_index: tuple[Path, dict[str, str]], tmp_path_factory: pytest.TempPathFactory) -> Iterator[Process]:
    folder = shutil.copytree(made_index[0], tmp_path_factory.mktemp("server") / "index")
    with started(SLOW, str(folder), "0") as process:
        yield process


@pytest.fixture(scope="module")
def key(made_index: tuple[Path, dict[str, str]]) -> dict[str, str]:
    return {"Authorization": f"Bearer {made_index[1]['check']}"}


def post(key: dict[str, str], *headers: str) -> bytes:
    lines = [
        "POST /v1/checks HTTP/1.1",
        "Host: 127.0.0.1",
        f"Authorization: {key['Authorization']}",
        "Content-Type: multipart/form-data; boundary=b",
        *headers,
    ]
    return "\r\n".join(lines).encode() + b"\r\n\r\n"


def problem(answer: bytes) -> dict[str, Any]:
    """The first answer on the wire, which has to be a problem."""
    head, _, rest = answer.partition(b"\r\n\r\n")
    assert b"application/problem+json" in head, answer
    length = re.search(rb"content-length: (\d+)", head, re.IGNORECASE)
    assert length
    body: dict[str, Any] = json.loads(rest[: int(length[1])])
    assert body["status"] == int(head.split(b" ")[1])
    return body


def chunked(data: bytes) -> bytes:
    return b"%x\r\n%s\r\n" % (len(data), data)


def test_a_check_over_a_real_socket(server: Process, key: dict[str, str]) -> None:
    answer = httpx.post(f"{server.url}/v1/checks", files={"file": ("a.png", BLANK)}, headers=key, timeout=ANSWER_S)
    assert answer.status_code == 200
    assert answer.json()["decision"] == "pass"
    assert "server" not in answer.headers


def test_a_length_beyond_the_limit_is_413_before_the_body(server: Process, key: dict[str, str]) -> None:
    """Refused on the headers alone; nothing of the body was sent."""
    assert problem(server.talk(post(key, "Content-Length: 999999999999")))["status"] == 413


def test_a_body_without_a_length_is_413_while_it_streams(server: Process, key: dict[str, str]) -> None:
    """Chunked and far over the limit: the answer comes long before the end, and the connection closes."""
    body = multipart((FILE[0], bytes(8_000_000)))
    pieces = [chunked(body[start : start + 50_000]) for start in range(0, len(body), 50_000)]
    with socket.create_connection(("127.0.0.1", server.port), timeout=ANSWER_S) as connection:
        connection.sendall(post(key, "Transfer-Encoding: chunked"))
        with contextlib.suppress(ConnectionError):
            for piece in pieces:
                connection.sendall(piece)
        answer = connection.recv(65536)
    assert problem(answer)["status"] == 413


def test_a_client_that_sends_on_still_hears_why(server: Process, key: dict[str, str]) -> None:
    """An ordinary client sends its whole file before it listens: the refusal must not be lost in a reset."""
    file = {"file": ("a.png", bytes(3_000_000))}
    for headers in (key, {}):
        answer = httpx.post(f"{server.url}/v1/checks", files=file, headers=headers, timeout=ANSWER_S)
        assert answer.status_code == (413 if headers else 401)


def test_a_length_that_lies_does_not_get_past_the_limit(server: Process, key: dict[str, str]) -> None:
    """Too short: what follows is no request, and the cut body no multipart. Two lengths, or both kinds: no request."""
    body = multipart(FILE)
    assert problem(server.talk(post(key, "Content-Length: 20"), body))["status"] == 422
    assert problem(server.talk(post(key, "Content-Length: 20", "Content-Length: 9000"), body))["status"] == 400
    both = post(key, "Content-Length: 5", "Transfer-Encoding: chunked") + chunked(body) + b"0\r\n\r\n"
    answer = server.talk(both, b"GARBAGE\r\n\r\n")
    assert (b'"bytes":%d,' % len(BLANK) in answer) or problem(answer)["status"] == 400


def test_a_body_shorter_than_its_length_is_given_up(server: Process, key: dict[str, str]) -> None:
    """A caller that goes silent is answered 408 in time; one that hangs up leaves no place taken."""
    assert problem(server.talk(post(key, "Content-Length: 5000"), multipart(FILE)[:50]))["status"] == 408
    with socket.create_connection(("127.0.0.1", server.port), timeout=ANSWER_S) as connection:
        connection.sendall(post(key, "Content-Length: 5000") + multipart(FILE)[:50])
    text = httpx.get(f"{server.url}/metrics", timeout=ANSWER_S).text
    pause = threading.Event()
    for _ in range(1000):
        text = httpx.get(f"{server.url}/metrics", timeout=ANSWER_S).text
        if "simcheck_places_taken 0.0" in text:
            break
        pause.wait(0.02)
    assert "simcheck_places_taken 0.0" in text


def test_headers_that_do_not_come_are_408(server: Process) -> None:
    """Without a byte, with half a line, and with bytes that trickle: no connection is held open without a request."""
    assert problem(server.talk())["status"] == 408
    assert problem(server.talk(b"GET /healthz HTTP/1.1\r\nHost:"))["status"] == 408
    assert problem(server.talk(*[b"GET /healthz HTTP/1.1\r\n", *[b"X: y\r\n"] * 8], pause_s=0.2))["status"] == 408


@pytest.mark.parametrize(
    "request_bytes",
    [
        b"hello\r\n\r\n",
        b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03\r\n\r\n",
        b"GET /healthz HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n",
        b"GET /healthz HTTP/1.1\r\nX: " + b"y" * 70_000 + b"\r\n\r\n",
    ],
)
def test_what_is_no_http_is_a_400_problem(server: Process, request_bytes: bytes) -> None:
    assert problem(server.talk(request_bytes))["status"] == 400


def test_a_refused_caller_is_not_told_to_send_its_body(server: Process, key: dict[str, str]) -> None:
    """``Expect: 100-continue``: 401 instead of 100 without a key; 100 with one."""
    headers = (
        b"Host: a\r\nContent-Type: multipart/form-data; boundary=b\r\nContent-Length: 9\r\nExpect: 100-continue\r\n"
    )
    answer = server.talk(b"POST /v1/checks HTTP/1.1\r\n" + headers + b"\r\n")
    assert problem(answer)["status"] == 401
    body = multipart(FILE)
    expecting = post(key, f"Content-Length: {len(body)}", "Expect: 100-continue", "Connection: close")
    assert server.talk(expecting, body).startswith(b"HTTP/1.1 100")


def test_the_log_is_json_and_holds_no_key(server: Process, key: dict[str, str]) -> None:
    httpx.get(f"{server.url}/v1/index", headers=key, timeout=ANSWER_S)
    httpx.get(f"{server.url}/v1/index", headers={"Authorization": key["Authorization"] + "x"}, timeout=ANSWER_S)
    lines = [json.loads(line) for line in server.lines]
    assert {"time", "level", "logger", "message"} <= set(lines[0])
    assert any(line.get("path") == "/v1/index" for line in lines)
    assert key["Authorization"].split("_", 2)[2] not in "".join(server.lines)


def test_sigterm_lets_a_running_check_end_and_takes_nothing_new(
    index_folder: Path, key: dict[str, str], made_index: tuple[Path, dict[str, str]]
) -> None:
    """The answer under way arrives whole, the job under way is recorded, a new connection is refused; exit code 0."""
    with started(SLOW, str(index_folder), "1.5") as process, ThreadPoolExecutor(1) as pool:
        url = f"{process.url}/v1/checks"
        file = {"file": ("a.png", BLANK)}
        under_way = pool.submit(httpx.post, url, files=file, headers=key, timeout=ANSWER_S)
        _until(lambda: "simcheck_places_taken 1.0" in httpx.get(f"{process.url}/metrics", timeout=ANSWER_S).text)
        process.popen.send_signal(signal.SIGTERM)
        _until(lambda: _refused(process.port))
        assert process.popen.poll() is None
        answer = under_way.result(ANSWER_S)
        assert answer.status_code == 200
        assert answer.json()["decision"] == "pass"
        assert process.popen.wait(ANSWER_S) == 0


@pytest.mark.parametrize("workers", ["1", "2"])
def test_the_command_serves_jobs_from_every_process(
    index_folder: Path, key: dict[str, str], made_index: tuple[Path, dict[str, str]], workers: str
) -> None:
    """``simcheck serve``: a job put to one process is seen through every connection; SIGINT ends with 130."""
    command = ("-m", "simcheck.cli", "serve", "--port", "0", "--workers", workers, "--index", str(index_folder))
    with started(*command) as process:
        answer = httpx.post(
            f"{process.url}/v1/checks?wait=0", files={"file": ("a.png", BLANK)}, headers=key, timeout=ANSWER_S
        )
        assert answer.status_code == 202
        where = process.url + answer.json()["location"]
        seen: list[Any] = []

        def ended() -> bool:
            with httpx.Client(timeout=ANSWER_S) as fresh:
                seen.append(fresh.get(where, headers=key).json())
            return "schema" in seen[-1]

        _until(ended)
        assert all(one.get("status", "queued") in ("queued", "running") for one in seen)
        for _ in range(8):
            with httpx.Client(timeout=ANSWER_S) as fresh:
                assert fresh.get(where, headers=key).json() == seen[-1]
        admin = {"Authorization": f"Bearer {made_index[1]['admin']}"}
        text = httpx.get(f"{process.url}/metrics", headers=admin, timeout=ANSWER_S).text
        assert 'simcheck_checks_total{decision="pass"} 1.0' in text
        assert process.stop(signal.SIGINT) == 130
    assert not list((index_folder / "service").glob("*.lock"))


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (["--no-keys", "--host", "0.0.0.0"], "--no-keys is refused with --host 0.0.0.0"),
        (["--host", "203.0.113.1"], "cannot be listened on"),
        (["--index", "nowhere"], "there is no index"),
    ],
)
def test_what_cannot_be_served_ends_with_2_and_a_sentence(
    made_index: tuple[Path, dict[str, str]], tmp_path: Path, arguments: list[str], sentence: str
) -> None:
    index = [] if "--index" in arguments else ["--index", str(made_index[0])]
    ended = subprocess.run(
        [sys.executable, "-m", "simcheck.cli", "serve", "--port", "0", *index, *arguments],
        capture_output=True,
        text=True,
        timeout=START_S,
        cwd=tmp_path,
    )
    assert ended.returncode == 2
    assert sentence in ended.stderr
    assert "Traceback" not in ended.stderr


def _refused(port: int) -> bool:
    try:
        socket.create_connection(("127.0.0.1", port), timeout=1).close()
    except ConnectionError:
        return True
    return False


def _until(holds: Callable[[], bool]) -> None:
    pause = threading.Event()
    for _ in range(1000):
        if holds():
            return
        pause.wait(0.02)
    raise AssertionError("it never came")
