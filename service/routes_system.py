"""The index, health, readiness, metrics."""

from __future__ import annotations

from typing import Annotated, get_args

from fastapi import APIRouter, Depends, Request
from starlette.responses import JSONResponse, Response

from simcheck.reference import KindName
from simcheck.service import examples
from simcheck.service.auth import MayCheck, may_see_metrics
from simcheck.service.schemas import Health, IndexAnswer
from simcheck.service.state import state_of

router = APIRouter(tags=["service"])


@router.get(
    "/v1/index",
    summary="The state of the index",
    response_model=IndexAnswer,
    responses={200: examples.answer("Revision, counts, recall.", examples.INDEX), **examples.problems()},
)
def get_index(request: Request, key: MayCheck) -> JSONResponse:
    """Role `check`."""
    state = state_of(request)
    index, checker = state.index, state.checker
    counts = {kind: index.count(kind=kind) for kind in get_args(KindName)}
    answer = IndexAnswer(
        revision=index.revision,
        references={kind: count for kind, count in counts.items() if count or kind in checker.kinds},
        quarantined=index.count(status="quarantined"),
        recall=index.recall(),
        policy=checker.policy.state.model_dump(),
        models=checker.models,
    )
    return JSONResponse(answer.model_dump(mode="json"))


@router.get("/healthz", summary="Alive", response_model=Health)
async def healthz() -> JSONResponse:
    """No key. 200 as long as the process answers, whatever it can do."""
    return JSONResponse({"status": "ok"})


@router.get("/readyz", summary="Ready to check", response_model=Health, responses={503: examples.problems(503)[503]})
def readyz(request: Request) -> JSONResponse:
    """No key. 200 where the index is there, the models are loaded and a small check came back (an answer is good for
    five seconds); else 503."""
    state_of(request).readiness.ask()
    return JSONResponse({"status": "ready"})


@router.get(
    "/metrics",
    summary="Prometheus metrics",
    response_class=Response,
    responses={200: {"description": "Prometheus' text format.", "content": {"text/plain": {}}}, **examples.problems()},
)
def metrics(request: Request, allowed: Annotated[None, Depends(may_see_metrics)]) -> Response:
    """Role `admin`, no key on the machine itself. Over all worker processes."""
    state = state_of(request)
    state.metrics.revision.set(state.index.revision)
    state.metrics.references.set(state.index.count())
    body, media_type = state.metrics.text()
    return Response(body, media_type=media_type)
