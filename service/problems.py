"""Errors as RFC 9457 problem details: one table of titles, one way to make the body, one place that registers them.

Every error of the service, the framework's own included, is ``application/problem+json`` with ``type``, ``title``,
``status``, ``detail`` and ``request_id``. ``type`` is ``urn:simcheck:problem:NAME``.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from http import HTTPStatus
from typing import Any

from fastapi import FastAPI
from fastapi.exceptions import RequestValidationError
from starlette.exceptions import HTTPException
from starlette.requests import ClientDisconnect, Request
from starlette.responses import JSONResponse, Response

from simcheck.errors import MediaError, SimcheckError

MEDIA_TYPE = "application/problem+json"
TYPE_PREFIX = "urn:simcheck:problem:"

TITLES: dict[str, str] = {
    "unauthorized": "A key is needed",
    "forbidden": "The key's role does not allow this",
    "foreign-host": "The request names another host",
    "foreign-origin": "The request comes from another site's page",
    "not-found": "There is nothing at this path",
    "method-not-allowed": "This path does not have that method",
    "invalid": "The request is not as the API describes it",
    "body-timeout": "The body came too slowly",
    "too-large": "The upload is too large",
    "unsupported": "The media type is not supported",
    "media": "The file could not be read",
    "rate-limited": "Too many requests for this key",
    "busy": "The queue is full",
    "stopping": "The service is stopping",
    "not-ready": "The service is not ready",
    "usage": "The request is wrong",
    "reference-not-found": "No such reference",
    "check-not-found": "No such check",
    "held": "The output is held",
    "index-missing": "There is no index",
    "index-damaged": "The index is damaged",
    "index-mismatch": "The index was made with something else",
    "index-busy": "The index is being written to",
    "storage": "Nothing can be written",
    "model": "A model is missing or damaged",
    "policy": "The policy cannot be used",
    "settings": "The configuration is wrong",
    "server": "Another service failed",
    "internal": "An error inside the service",
}
"""Every ``type`` there is, with its ``title``: the same sentence each time, as the RFC asks."""

_FRAMEWORK = {401: "unauthorized", 403: "forbidden", 404: "not-found", 405: "method-not-allowed"}
_MEDIA = {"unsupported": (415, "unsupported"), "too_large": (413, "too-large"), "internal": (500, "internal")}
CLIENT_CLOSED = 499
"""What logs and metrics say of a request whose caller went away (nginx's number); nobody receives it."""
RETRY_AFTER_S = 2
"""What a 503 asks a client to wait, in seconds: a little longer than an ordinary check takes."""


class Problem(Exception):
    """An error that knows its answer. ``extra`` are extension members, ``headers`` go onto the response."""

    def __init__(
        self,
        status: int,
        name: str,
        detail: str,
        *,
        headers: Mapping[str, str] | None = None,
        extra: Mapping[str, Any] | None = None,
    ) -> None:
        super().__init__(detail)
        self.status = status
        self.name = name
        self.detail = detail
        self.headers = dict(headers or {})
        self.extra = dict(extra or {})

    @classmethod
    def of(cls, fault: SimcheckError) -> Problem:
        """What a fault of simcheck is over HTTP."""
        if isinstance(fault, MediaError):
            status, name = _MEDIA.get(fault.code, (422, "media"))
            return cls(status, name, fault.message, extra={"code": fault.code})
        return cls(fault.status, fault.problem if fault.problem in TITLES else "internal", fault.message)


def response(request_id: str, problem: Problem) -> JSONResponse:
    """The answer for a problem. A 503 always says when to try again."""
    body = {
        "type": TYPE_PREFIX + problem.name,
        "title": TITLES[problem.name],
        "status": problem.status,
        "detail": problem.detail,
        "request_id": request_id,
        **problem.extra,
    }
    headers = dict(problem.headers)
    if problem.status == HTTPStatus.SERVICE_UNAVAILABLE:
        headers.setdefault("Retry-After", str(RETRY_AFTER_S))
    return JSONResponse(body, problem.status, headers, media_type=MEDIA_TYPE)


def invalid(faults: Sequence[Mapping[str, Any]]) -> Problem:
    """422 from pydantic's list of faults: where and what, never the value that was sent (it may be a secret)."""
    errors = [{"at": ".".join(str(part) for part in fault["loc"]), "message": str(fault["msg"])} for fault in faults]
    first = errors[0] if errors else {"at": "request", "message": "is not valid"}
    return Problem(422, "invalid", f"{first['at']}: {first['message']}", extra={"errors": errors})


def register(app: FastAPI) -> None:
    """Turn every exception a route or the framework raises into a problem."""

    async def handle(request: Request, fault: Exception) -> JSONResponse:
        return response(str(request.state.request_id), problem_of(fault, request))

    async def unheard(request: Request, fault: Exception) -> Response:
        return Response(status_code=CLIENT_CLOSED)

    app.add_exception_handler(ClientDisconnect, unheard)
    for kind in (Problem, SimcheckError, RequestValidationError, HTTPException, Exception):
        app.add_exception_handler(kind, handle)


def problem_of(fault: Exception, request: Request) -> Problem:
    """The problem for an exception. What nobody foresaw tells nothing of itself; Starlette raises it on to the guard,
    which logs it."""
    if isinstance(fault, Problem):
        return fault
    if isinstance(fault, SimcheckError):
        return Problem.of(fault)
    if isinstance(fault, RequestValidationError):
        return invalid(fault.errors())
    if isinstance(fault, HTTPException):
        name = _FRAMEWORK.get(fault.status_code, "invalid" if fault.status_code < 500 else "internal")
        return Problem(fault.status_code, name, _sentence(fault.status_code, request), headers=fault.headers)
    return Problem(500, "internal", "An error inside the service; its log has this request id.")


def _sentence(status: int, request: Request) -> str:
    if status == HTTPStatus.NOT_FOUND:
        return "There is nothing at this path; /docs lists the calls."
    if status == HTTPStatus.METHOD_NOT_ALLOWED:
        return f"{request.method} is not possible at this path; the Allow header says what is."
    return HTTPStatus(status).description or HTTPStatus(status).phrase
