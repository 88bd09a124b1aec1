"""Multipart bodies from strangers: bounded in every direction, and never a 500."""

from __future__ import annotations

import asyncio
import hashlib
from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from service_files import BLANK, FILE, MULTIPART, blank, multipart

from simcheck.decode.limits import Limits
from simcheck.service.upload import MAX_FIELD_BYTES, MAX_NAME, MAX_OVERHEAD_BYTES, MAX_PARTS, safe_name

Holds = Callable[[Any, int, str], dict[str, Any]]


def send(service: Any, body: bytes, headers: dict[str, str] | None = None) -> Any:
    return service.client.post("/v1/checks", content=body, headers={**service.as_("check"), **(headers or MULTIPART)})


def field(name: bytes, value: bytes = b"x", more: bytes = b"") -> tuple[bytes, bytes]:
    return b'Content-Disposition: form-data; name="%s"%s' % (name, more), value


WRONG: dict[str, bytes] = {
    "no part": b"--b--\r\n",
    "nothing": b"",
    "no file": multipart(field(b"project")),
    "two files": multipart(FILE, FILE),
    "unknown field": multipart(FILE, field(b"callback_url", b"http://192.0.2.1/")),
    "no closing boundary": multipart(FILE)[:-5],
    "cut in the file": multipart(FILE)[:80],
    "cut in a header": multipart(FILE)[:20],
    "no disposition": multipart((b"Content-Type: image/png", BLANK)),
    "no name": multipart((b"Content-Disposition: form-data", BLANK)),
    "an attachment": multipart((b'Content-Disposition: attachment; name="file"', BLANK)),
    "base64": multipart((FILE[0] + b"\r\nContent-Transfer-Encoding: base64", b"AAAA")),
    "a field that is no UTF-8": multipart(FILE, field(b"project", b"\xff\xfe")),
    "a long field": multipart(FILE, field(b"project", b"x" * (MAX_FIELD_BYTES + 1))),
    "many parts": multipart(FILE, *[field(b"tags", b"a=b")] * MAX_PARTS),
    "many headers": multipart((b"\r\n".join([FILE[0], *[b"X-%d: y" % n for n in range(20)]]), BLANK)),
    "a long header": multipart((FILE[0] + b"\r\nX: " + b"y" * 5000, BLANK)),
    "another boundary": multipart(FILE, boundary=b"c"),
    "no multipart at all": b"\x00" * 300,
}


@pytest.mark.parametrize("case", WRONG)
def test_wrong_bodies_are_422(service: Any, is_problem: Holds, case: str) -> None:
    is_problem(send(service, WRONG[case]), 422, "invalid")


@pytest.mark.parametrize("boundary", ["", "; boundary=", "; boundary=" + "b" * 71])
def test_wrong_boundaries_are_422(service: Any, is_problem: Holds, boundary: str) -> None:
    is_problem(send(service, multipart(FILE), {"Content-Type": f"multipart/form-data{boundary}"}), 422, "invalid")


def test_a_file_part_without_a_name_of_a_file_is_the_file(service: Any) -> None:
    """``curl -F 'file=<a.png'`` sends no filename; the bytes count, not the name."""
    answer = send(service, multipart(field(b"file", BLANK)))
    assert answer.status_code == 200
    assert answer.json()["output"]["path"] == "upload"


def test_preamble_epilogue_and_boundaries_in_the_file_are_no_part_of_it(service: Any) -> None:
    """The bytes that are checked are exactly those between the boundaries."""
    tricky = BLANK + b"\r\n--c\r\n--\r\n-b\r\n\r\n--a--"
    body = b"preamble\r\n" + multipart((FILE[0], tricky)) + b"epilogue"
    answer = send(service, body)
    assert answer.status_code in (200, 422)
    if answer.status_code == 200:
        assert answer.json()["output"]["bytes"] == len(tricky)


@pytest.fixture(scope="module")
def small(service: Any) -> Any:
    """The same service with room for 4,000 bytes."""
    state = service.client.app_state["simcheck"]
    before = state.settings
    state.settings = before.model_copy(update={"limits": Limits(max_bytes=4000)})
    yield service
    state.settings = before


def test_a_file_at_the_limit_is_taken_and_one_byte_more_is_413(small: Any, is_problem: Holds) -> None:
    at = BLANK + bytes(4000 - len(BLANK))
    assert send(small, multipart((FILE[0], at))).status_code == 200
    assert "4000 bytes" in is_problem(send(small, multipart((FILE[0], at + b"x"))), 413, "too-large")["detail"]


def test_what_is_beside_the_file_is_bounded_too(small: Any, is_problem: Holds) -> None:
    """A preamble without end must not get past the limit of the file."""
    padded = b"x" * (4000 + MAX_OVERHEAD_BYTES) + b"\r\n" + multipart(FILE)
    assert send(small, padded).status_code in (413, 422)

    def pieces() -> Any:
        yield multipart(FILE)
        for _ in range(300):
            yield b"epilogue" * 128

    headers = {**small.as_("check"), **MULTIPART}
    is_problem(small.client.post("/v1/checks", content=pieces(), headers=headers), 413, "too-large")


@settings(max_examples=60, deadline=None, suppress_health_check=list(HealthCheck))
@given(name=st.text(max_size=250))
def test_a_safe_name_is_one_short_printable_part(name: str) -> None:
    """Whatever comes in: no path, no control character, never empty."""
    safe = safe_name(name)
    assert 1 <= len(safe) <= MAX_NAME
    assert safe.isprintable()
    assert "/" not in safe
    assert "\\" not in safe
    assert safe.strip(".")
    assert safe_name(safe) == safe


PIECE = st.one_of(
    st.binary(max_size=60),
    st.sampled_from(
        [
            b"--b\r\n",
            b"--b--\r\n",
            b"\r\n",
            b"\r\n\r\n",
            b"--b",
            b'Content-Disposition: form-data; name="file"; filename="a.png"\r\n\r\n',
            b'Content-Disposition: form-data; name="tags"\r\n\r\n{"a": "b"}',
            b'Content-Disposition: form-data; name="project"\r\n\r\n',
            b"Content-Disposition: form-data; name*=UTF-8''file\r\n",
            b"Content-Type: multipart/mixed; boundary=b\r\n",
            b"Content-Length: 99999999\r\n",
            BLANK,
            blank(1)[:20],
        ]
    ),
)


@settings(max_examples=100, deadline=None, suppress_health_check=list(HealthCheck))
@given(pieces=st.lists(PIECE, max_size=12), well_formed=st.booleans())
def test_no_body_ever_makes_an_error_inside(service: Any, pieces: list[bytes], well_formed: bool) -> None:
    """Any bytes in any order, whole or in frames of the right shape: an answer of the API, never a 500."""
    body = b"".join(pieces)
    if well_formed:
        body = multipart((FILE[0], body), field(b"project", b"x"))
    answer = send(service, body)
    assert answer.status_code in (200, 415, 422)
    assert "request_id" in answer.json() or answer.json()["decision"] in ("pass", "review", "block", "unchecked")


@settings(max_examples=60, deadline=None, suppress_health_check=list(HealthCheck))
@given(content=st.binary(max_size=300), boundary=st.from_regex(r"[0-9A-Za-z'()+_,./:=?-]{1,70}", fullmatch=True))
def test_the_file_arrives_byte_for_byte(service: Any, content: bytes, boundary: str) -> None:
    """What is hashed is what was sent, whatever bytes and whatever boundary."""
    if b"\r\n--" + boundary.encode() in b"\r\n" + content:
        return
    body = multipart((FILE[0], content), boundary=boundary.encode())
    answer = send(service, body, {"Content-Type": f'multipart/form-data; boundary="{boundary}"'}).json()
    output = answer.get("report", answer)["output"]
    assert output["sha256"] == hashlib.sha256(content).hexdigest()


def test_a_body_that_stalls_is_408(service: Any, is_problem: Holds) -> None:
    """The time-out holds even where bytes trickle in."""
    state = service.client.app_state["simcheck"]
    before = state.settings
    state.settings = before.model_copy(update={"service": before.service.model_copy(update={"upload_timeout_s": 0.2})})
    sent: list[Any] = []

    async def receive() -> Any:
        await asyncio.sleep(0.05)
        return {"type": "http.request", "body": b"x", "more_body": True}

    async def transmit(message: Any) -> None:
        sent.append(message)

    key = service.as_("check")["Authorization"].encode()
    scope = {
        "type": "http",
        "method": "POST",
        "path": "/v1/checks",
        "raw_path": b"/v1/checks",
        "query_string": b"",
        "headers": [
            (b"authorization", key),
            (b"content-type", b"multipart/form-data; boundary=b"),
            (b"transfer-encoding", b"chunked"),
        ],
        "client": ("127.0.0.1", 1),
        "state": dict(service.client.app_state),
    }
    try:
        service.client.portal.call(service.client.app, scope, receive, transmit)
    finally:
        state.settings = before
    assert sent[0]["status"] == 408
    assert (b"connection", b"close") in sent[0]["headers"]
    assert state.bench.taken == 0
