"""``/v1/references``: register works, look at them, change what is said of them, take them out."""

from __future__ import annotations

import asyncio
import hashlib
from typing import Annotated

from fastapi import APIRouter, Path, Query, Request
from pydantic import BeforeValidator
from starlette.responses import JSONResponse, Response

from simcheck.reference import KindName, Reference, Rights, Status
from simcheck.service import examples
from simcheck.service.auth import MayRegister
from simcheck.service.problems import Problem
from simcheck.service.schemas import ReferenceChanges, ReferenceList, ReferenceRequest, reference_request, valid
from simcheck.service.state import State, state_of
from simcheck.service.upload import Upload, receive_file, receive_json
from simcheck.service.work import answer

router = APIRouter(tags=["references"])
FIELDS = ("title", "creator", "licence", "allow_projects", "tags")
PAGE = 50
EMPTY = BeforeValidator(lambda value: value or None)

Id = Annotated[str, Path(max_length=64, description="the id of a reference", examples=[examples.REFERENCE_ID])]


@router.post(
    "/v1/references",
    summary="Register a work",
    status_code=201,
    response_model=Reference,
    openapi_extra=examples.REFERENCE_BODY,
    responses={
        200: {"model": Reference, **examples.answer("The same bytes are registered already.", examples.REFERENCE)},
        201: examples.answer("Registered; found by the next check.", examples.REFERENCE),
        **examples.problems(408, 413, 415, 422, 503, 507),
    },
)
async def create_reference(request: Request, key: MayRegister) -> JSONResponse:
    """Role `register`. The body is multipart/form-data: `file`, and optionally `title`, `creator`, `licence`,
    `allow_projects` (one JSON array, or a field for each project that may reuse the work) and `tags` (one JSON object,
    or `K=V` in as many fields as there are tags).

    What cannot be read is not registered: 415 for an unsupported kind, 413 for a picture above the limits, 422 for
    everything else that is wrong with the file.
    """
    state = state_of(request)
    with state.bench.place() as place:
        received = await receive_file(request, state, FIELDS)
        try:
            asked = reference_request(received)
            reference, created = await answer(request, place.start(lambda: register(state, received, asked)))
        finally:
            if not place.working:
                received.file.close()
    headers = {"Location": f"/v1/references/{reference.id}"} if created else None
    return JSONResponse(reference.model_dump(mode="json"), 201 if created else 200, headers)


@router.get(
    "/v1/references",
    summary="Registered works",
    response_model=ReferenceList,
    responses={200: examples.answer("A page.", examples.REFERENCE_LIST), **examples.problems(422)},
)
def list_references(
    request: Request,
    key: MayRegister,
    kind: Annotated[KindName | None, EMPTY, Query()] = None,
    status: Annotated[Status | None, EMPTY, Query(description="without it: all but removed ones")] = None,
    cursor: Annotated[str | None, EMPTY, Query(description="from the page before")] = None,
    limit: Annotated[int, Query(ge=1, le=200, description="entries on a page")] = PAGE,
) -> JSONResponse:
    """Role `register`."""
    index = state_of(request).index
    page = index.references(kind=kind, status=status, cursor=cursor, limit=limit)
    references = [reference.model_dump(mode="json") for reference in page.items]
    return JSONResponse({"references": references, "cursor": page.cursor, "revision": index.revision})


@router.get(
    "/v1/references/{id}",
    summary="One work",
    response_model=Reference,
    responses={200: examples.answer("The reference.", examples.REFERENCE), **examples.problems(404)},
)
def get_reference(request: Request, key: MayRegister, id: Id) -> JSONResponse:
    """Role `register`."""
    return JSONResponse(state_of(request).index.reference(id).model_dump(mode="json"))


@router.patch(
    "/v1/references/{id}",
    summary="Quarantine or restore a work, or change what is said of it",
    response_model=Reference,
    openapi_extra=examples.json_body(ReferenceChanges.model_json_schema(), {"status": "quarantined"}),
    responses={
        200: examples.answer("The reference as it is now.", examples.REFERENCE),
        **examples.problems(404, 413, 422),
    },
)
async def change_reference(request: Request, key: MayRegister, id: Id) -> JSONResponse:
    """Role `register`. A quarantined work takes no part in checks. The body is JSON; what it does not name stays."""
    state = state_of(request)
    changes = valid(ReferenceChanges, await receive_json(request, state))
    reference = await asyncio.to_thread(apply, state, id, changes)
    return JSONResponse(reference.model_dump(mode="json"))


@router.delete(
    "/v1/references/{id}",
    summary="Take a work out of the index",
    status_code=204,
    response_class=Response,
    responses={204: {"description": "Removed, with everything that was stored of it."}, **examples.problems(404)},
)
def remove_reference(request: Request, key: MayRegister, id: Id) -> Response:
    """Role `register`. The history keeps the ids of what it matched, nothing else of it."""
    state_of(request).index.remove(id)
    return Response(status_code=204)


def register(state: State, received: Upload, asked: ReferenceRequest) -> tuple[Reference, bool]:
    """The reference, and whether it is new. On a thread."""
    with received.file as file:
        data = file.read()
    known = state.index.find(hashlib.sha256(data).hexdigest())
    reference = state.checker.add(data, name=received.name, rights=Rights(**asked.model_dump()))
    return reference, known is None


def apply(state: State, reference_id: str, changes: ReferenceChanges) -> Reference:
    """Carry out the changes that were given. On a thread."""
    given = changes.model_dump(include=changes.model_fields_set)
    index = state.index
    status, reason = given.pop("status", None), given.pop("status_reason", None)
    if reason is not None and status != "quarantined":
        raise Problem(422, "invalid", 'status_reason: say why together with "status": "quarantined".')
    reference = index.update(reference_id, given) if given else index.reference(reference_id)
    if status == "quarantined":
        return index.quarantine(reference_id, reason)
    return index.restore(reference_id) if status == "active" else reference
