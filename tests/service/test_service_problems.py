"""Every error is a problem of RFC 9457, the framework's own too; and what every answer carries."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, get_args

import pytest
from fastapi import FastAPI
from service_files import BLANK, MULTIPART
from starlette.exceptions import HTTPException
from starlette.testclient import TestClient

from simcheck import errors
from simcheck.errors import MediaError, MediaFault, SimcheckError
from simcheck.service import problems
from simcheck.service.guard import SECURITY_HEADERS, Guard
from simcheck.service.metrics import Metrics
from simcheck.service.problems import TITLES, Problem

Holds = Callable[[Any, int, str], dict[str, Any]]


@pytest.mark.parametrize(
    "path", ["/", "/v1", "/v1/", "/v1/checks/", "/v2/checks", "/docs/", "/redoc", "/v1/checks/a/b"]
)
def test_unknown_paths_are_404(service: Any, is_problem: Holds, path: str) -> None:
    """No redirect to another spelling, and no page of the framework."""
    is_problem(service.client.get(path, headers=service.as_("admin"), follow_redirects=False), 404, "not-found")


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("PUT", "/v1/checks"),
        ("DELETE", "/v1/checks"),
        ("POST", "/v1/index"),
        ("OPTIONS", "/v1/checks"),
        ("POST", "/docs"),
    ],
)
def test_other_methods_are_405_and_say_which_are_possible(
    service: Any, is_problem: Holds, method: str, path: str
) -> None:
    answer = service.client.request(method, path)
    is_problem(answer, 405, "method-not-allowed")
    assert answer.headers["allow"]


def test_a_body_that_is_no_multipart_is_415(service: Any, is_problem: Holds) -> None:
    for headers in ({}, {"Content-Type": "application/json"}, {"Content-Type": "image/png"}):
        answer = service.client.post("/v1/checks", content=BLANK, headers={**service.as_("check"), **headers})
        is_problem(answer, 415, "unsupported")
        assert answer.headers["accept-post"] == "multipart/form-data"


def failing(fault: Exception) -> TestClient:
    """The application's outermost layers around a route that raises."""
    app = FastAPI()
    problems.register(app)

    @app.get("/")
    def raises() -> None:
        raise fault

    return TestClient(Guard(app, Metrics(), None))


def children(kind: type[SimcheckError]) -> list[type[SimcheckError]]:
    return [one for child in kind.__subclasses__() for one in (child, *children(child))]


@pytest.mark.parametrize("kind", [one for one in children(SimcheckError) if one is not MediaError])
def test_every_fault_of_simcheck_has_its_problem(is_problem: Holds, kind: type[SimcheckError]) -> None:
    """A new class in errors.py without a title here fails."""
    assert kind.__module__ != errors.__name__ or kind.problem in TITLES
    body = is_problem(failing(kind("This is wrong; do that.")).get("/"), kind.status, kind.problem)
    assert body["detail"] == "This is wrong; do that."
    assert body["title"] == TITLES[kind.problem]


@pytest.mark.parametrize("code", get_args(MediaFault))
def test_every_fault_of_a_file_has_its_status(is_problem: Holds, code: MediaFault) -> None:
    status = {"unsupported": 415, "too_large": 413, "internal": 500}.get(code, 422)
    name = {"unsupported": "unsupported", "too_large": "too-large", "internal": "internal"}.get(code, "media")
    assert is_problem(failing(MediaError(code, "No.")).get("/"), status, name)["code"] == code


@pytest.mark.parametrize("status", [400, 401, 403, 404, 405, 409, 500, 503])
def test_every_status_of_the_framework_is_a_problem(is_problem: Holds, status: int) -> None:
    answer = failing(HTTPException(status)).get("/")
    is_problem(answer, status, answer.json()["type"].rsplit(":", 1)[-1])


def test_what_nobody_foresaw_is_500_and_tells_nothing(is_problem: Holds, caplog: pytest.LogCaptureFixture) -> None:
    body = is_problem(failing(RuntimeError("inside /srv/secret")).get("/"), 500, "internal")
    assert "secret" not in str(body)
    assert body["request_id"] in {getattr(record, "request_id", None) for record in caplog.records}


def test_a_problem_keeps_its_headers(is_problem: Holds) -> None:
    fault = Problem(429, "rate-limited", "Slower.", headers={"Retry-After": "7"}, extra={"more": 1})
    answer = failing(fault).get("/")
    assert is_problem(answer, 429, "rate-limited")["more"] == 1
    assert answer.headers["retry-after"] == "7"


@pytest.mark.parametrize("path", ["/healthz", "/docs", "/openapi.json", "/nowhere", "/v1/index"])
def test_every_answer_has_the_security_headers(service: Any, path: str) -> None:
    answer = service.client.get(path)
    for name in SECURITY_HEADERS:
        assert name in answer.headers
    assert answer.headers["x-content-type-options"] == "nosniff"
    assert "default-src 'none'" in answer.headers["content-security-policy"]
    assert "access-control-allow-origin" not in answer.headers


@pytest.mark.parametrize(
    ("given", "kept"),
    [
        ("job-7.a_B", True),
        ("x" * 64, True),
        ("x" * 65, False),
        ("", False),
        ("a b", False),
        ('a"b', False),
        ("é", False),
    ],
)
def test_a_request_id_is_taken_when_it_is_sane(service: Any, given: str, kept: bool) -> None:
    answer = service.client.get("/healthz", headers={"X-Request-ID": given.encode("latin-1")})
    assert (answer.headers["x-request-id"] == given) is kept
    assert len(answer.headers["x-request-id"]) <= 64


def test_two_requests_have_two_ids(service: Any) -> None:
    ids = {service.client.get("/healthz").headers["x-request-id"] for _ in range(5)}
    assert len(ids) == 5


def test_a_connection_is_closed_where_a_body_was_not_read(service: Any) -> None:
    """The rest of a refused body must not be taken in only to be dropped."""
    refused = service.client.post("/v1/checks", content=b"x" * 10, headers=MULTIPART)
    assert refused.status_code == 401
    assert refused.headers["connection"] == "close"
    assert "connection" not in service.client.get("/healthz").headers
