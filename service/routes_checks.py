"""``/v1/checks``: check an output, look at checks, cancel one."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime
from typing import Annotated

from fastapi import APIRouter, Path, Query, Request
from pydantic import BeforeValidator
from starlette.responses import JSONResponse
from ulid import ULID

from simcheck.index.ledger import Job
from simcheck.keys import Key
from simcheck.report import Decision, Report
from simcheck.service import examples
from simcheck.service.auth import MayCheck
from simcheck.service.problems import Problem
from simcheck.service.schemas import CheckList, CheckRequest, JobState, Queued, check_request
from simcheck.service.state import State, state_of
from simcheck.service.upload import Upload, receive_file
from simcheck.service.work import answer

router = APIRouter(tags=["checks"])
FIELDS = ("project", "tags")
PAGE = 50

Id = Annotated[str, Path(max_length=64, description="the id of a check", examples=[examples.CHECK_ID])]
Cursor = Annotated[str | None, BeforeValidator(lambda value: value or None), Query(description="from the page before")]
Limit = Annotated[int, Query(ge=1, le=200, description="entries on a page")]
Wait = Annotated[
    int | None,
    Query(ge=0, le=1, description="0: answer 202 at once; 1: wait however large the file; without it: large files 202"),
]


@router.post(
    "/v1/checks",
    summary="Check an output before it is published",
    response_model=Report,
    openapi_extra=examples.CHECK_BODY,
    responses={
        200: examples.answer("The REPORT. Unreadable files have the decision `unchecked`.", examples.REPORT),
        202: {"model": Queued, **examples.answer("Queued: ask at `location`.", examples.QUEUED)},
        **examples.problems(408, 413, 415, 422, 503, 507),
    },
)
async def create_check(request: Request, key: MayCheck, wait: Wait = None) -> JSONResponse:
    """Role `check`. The body is multipart/form-data: `file`, and optionally `project` and `tags` (one JSON object, or
    `K=V` in as many fields as there are tags).

    A file that arrived whole is always checked and recorded, and the decision is the one that the command line gives:
    what cannot be read is a REPORT with the decision `unchecked`. Bytes of an unsupported kind are answered 415, with
    that same REPORT as the problem's `report` and `"decision": "unchecked"` beside it; a file above the size limit is
    413 and is not taken in. Whatever is not a 200 with `"decision": "pass"` is held.

    With `?wait=0`, and for large files, the answer is 202 and the REPORT is at `location` when it is ready.
    """
    state = state_of(request)
    with state.bench.place() as place:
        received = await receive_file(request, state, FIELDS)
        try:
            asked = check_request(received)
            check_id = str(ULID())

            def work() -> Report:
                return make_check(state, received, asked, key, check_id)

            if wait == 0 or (wait is None and received.bytes > state.settings.service.synchronous_bytes):
                now = datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
                job = Job(check_id, "queued", actor_of(key), now, state.jobs.owner)
                await asyncio.to_thread(state.jobs.start, place, job, work)
                location = f"/v1/checks/{check_id}"
                queued = Queued(id=check_id, status="queued", location=location)
                return JSONResponse(queued.model_dump(), 202, {"Location": location})
            report = await answer(request, place.start(work))
        finally:
            if not place.working:
                received.file.close()
    return report_answer(report)


@router.get(
    "/v1/checks/{id}",
    summary="The REPORT of a check, or how far it is",
    response_model=Report | JobState,
    responses={
        200: examples.answer("REPORT, or the state.", examples.REPORT, examples.RUNNING),
        **examples.problems(404),
    },
)
def get_check(request: Request, key: MayCheck, id: Id) -> JSONResponse:
    """Role `check`. A check without a REPORT (yet) has the status `queued`, `running`, `cancelled` or `failed`: failed
    is one that met an error of the service, or whose worker process ended before it did."""
    return JSONResponse(state_of(request).jobs.look(id))


@router.delete(
    "/v1/checks/{id}",
    summary="Cancel a check",
    response_model=Report | JobState,
    responses={
        200: examples.answer("What is left of it.", examples.CANCELLED, examples.REPORT),
        **examples.problems(404),
    },
)
def cancel_check(request: Request, key: MayCheck, id: Id) -> JSONResponse:
    """Role `check`. A check that waits is not made. One that runs already cannot be stopped half-way: it is
    `cancelled` for whoever asks at its id, and stands in the history all the same. One that has ended stays so."""
    return JSONResponse(state_of(request).jobs.cancel(id))


@router.get(
    "/v1/checks",
    summary="Recorded checks, newest first",
    response_model=CheckList,
    responses={
        200: examples.answer("A page.", {"checks": [examples.REPORT], "cursor": None}),
        **examples.problems(422),
    },
)
def list_checks(
    request: Request,
    key: MayCheck,
    decision: Annotated[Decision | None, BeforeValidator(lambda value: value or None), Query()] = None,
    cursor: Cursor = None,
    limit: Limit = PAGE,
) -> JSONResponse:
    """Role `check`. Every key sees every check of this index."""
    page = state_of(request).index.checks(decision=decision, cursor=cursor, limit=limit)
    return JSONResponse({"checks": list(page.items), "cursor": page.cursor})


def make_check(state: State, received: Upload, asked: CheckRequest, key: Key, check_id: str) -> Report:
    """Check and record, on a thread. The REPORT has the id that the caller was told."""
    with received.file as file, state.metrics.check_seconds.time():
        report = state.checker.check(
            file.read(),
            name=received.name,
            project=asked.project,
            tags=asked.tags,
            actor=actor_of(key),
            check_id=check_id,
        )
    state.metrics.decisions.labels(report.decision).inc()
    return report


def report_answer(report: Report) -> JSONResponse:
    """200 with the REPORT; 415 with it inside the problem where the kind of the bytes is not supported."""
    body = report.to_json()
    if report.error is not None and report.error.code == "unsupported":
        raise Problem(415, "unsupported", report.error.message, extra={"decision": report.decision, "report": body})
    return JSONResponse(body)


def actor_of(key: Key) -> str:
    """Who made a check, as the history names it."""
    return f"key {key.id}" + (f" ({key.name})" if key.name else "")
