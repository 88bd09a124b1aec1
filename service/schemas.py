"""What goes over the wire beside REPORT and reference: request bodies, lists, and their examples."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Annotated, Any, Literal, TypeVar

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, ValidationError

from simcheck.reference import Reference
from simcheck.report import Report
from simcheck.service.problems import Problem, invalid
from simcheck.service.upload import Upload

MAX_TEXT = 1000
MAX_TAGS = 64


def _shown(text: str) -> str:
    """Texts end up on terminals and pages, so control characters are refused."""
    if any(ord(character) < 32 or 127 <= ord(character) < 160 for character in text):
        raise ValueError("control characters are not allowed")
    return text


Text = Annotated[str, Field(max_length=MAX_TEXT), AfterValidator(_shown)]
Name = Annotated[str, Field(min_length=1, max_length=200), AfterValidator(_shown)]
Tags = Annotated[dict[Name, Text], Field(max_length=MAX_TAGS)]
Projects = Annotated[tuple[Name, ...], Field(max_length=MAX_TAGS)]
B = TypeVar("B", bound=BaseModel)


class _Body(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class CheckRequest(_Body):
    """The text fields of ``POST /v1/checks``."""

    project: Text | None = None
    tags: Tags = Field(default_factory=dict)


class ReferenceRequest(_Body):
    """The text fields of ``POST /v1/references``: the caller's words about the work's rights."""

    title: Text | None = None
    creator: Text | None = None
    licence: Text | None = None
    allow_projects: Projects = ()
    tags: Tags = Field(default_factory=dict)


class ReferenceChanges(_Body):
    """The body of ``PATCH /v1/references/{id}``. What is not there stays; null empties a text."""

    status: Literal["active", "quarantined"] | None = None
    status_reason: Text | None = Field(default=None, description="why it is quarantined; with status only")
    title: Text | None = None
    creator: Text | None = None
    licence: Text | None = None
    allow_projects: Projects = ()
    tags: Tags = Field(default_factory=dict)


class Queued(_Body):
    """202: the check is made later; ask at ``location``."""

    id: str
    status: Literal["queued"]
    location: str


class JobState(_Body):
    """A check that has no REPORT (yet). ``progress`` is 0 to 1."""

    id: str
    status: Literal["queued", "running", "cancelled", "failed"]
    progress: float = Field(ge=0, le=1)


class CheckList(_Body):
    """Recorded checks, newest first. ``cursor`` gives the next page, null at the end."""

    checks: list[Report]
    cursor: str | None


class ReferenceList(_Body):
    """References in order of registration. ``cursor`` gives the next page, null at the end."""

    references: list[Reference]
    cursor: str | None
    revision: int


class IndexAnswer(_Body):
    """The index: active references by kind, all statuses, and the recall of its search measured when it was built."""

    revision: int
    references: dict[str, int] = Field(description="active references, by kind")
    quarantined: int
    recall: dict[str, float | None] = Field(
        description="measured when a lane was built, 1 where every row is compared; null where unknown"
    )
    policy: dict[str, Any]
    models: dict[str, str]


class ProblemBody(BaseModel):
    """RFC 9457."""

    type: str
    title: str
    status: int
    detail: str
    request_id: str


class Health(_Body):
    """``ok``: the process answers. ``ready``: it can check."""

    status: Literal["ok", "ready"]


def valid(model: type[B], values: Mapping[str, Any]) -> B:
    """The values as a model. Raises Problem 422 naming the field."""
    try:
        return model.model_validate(values)
    except ValidationError as fault:
        raise invalid(fault.errors()) from None


def check_request(upload: Upload) -> CheckRequest:
    """Raises Problem 422."""
    return valid(CheckRequest, {"project": upload.one("project"), "tags": tags_of(upload.fields.get("tags", []))})


def reference_request(upload: Upload) -> ReferenceRequest:
    """Raises Problem 422."""
    texts = {name: upload.one(name) for name in ("title", "creator", "licence")}
    lists = {"allow_projects": list_of(upload.fields.get("allow_projects", []))}
    return valid(ReferenceRequest, {**texts, **lists, "tags": tags_of(upload.fields.get("tags", []))})


def tags_of(values: Sequence[str]) -> dict[str, Any]:
    """Tags from a form: one JSON object, or ``K=V`` as often as there are tags. Raises Problem 422.

    >>> tags_of(['{"campaign": "spring"}']), tags_of(["campaign=spring", "region=eu"])
    ({'campaign': 'spring'}, {'campaign': 'spring', 'region': 'eu'})
    """
    given = [value for value in values if value]
    if len(given) == 1 and given[0].lstrip().startswith("{"):
        parsed = _json(given[0], "tags")
        if isinstance(parsed, dict):
            return parsed
    pairs = [value.partition("=") for value in given]
    if any(not key or not equals for key, equals, _ in pairs):
        raise Problem(422, "invalid", "tags: give one JSON object, or K=V in as many fields 'tags' as there are tags.")
    tags = {key: value for key, _, value in pairs}
    if len(tags) < len(pairs):
        raise Problem(422, "invalid", "tags: the same tag is given twice.")
    return tags


def list_of(values: Sequence[str]) -> list[Any]:
    """A list from a form: one JSON array, or as many fields as there are entries. Raises Problem 422."""
    given = [value for value in values if value]
    if len(given) == 1 and given[0].lstrip().startswith("["):
        parsed = _json(given[0], "allow_projects")
        return parsed if isinstance(parsed, list) else [parsed]
    return list(given)


def _json(text: str, name: str) -> Any:
    try:
        return json.loads(text)
    except (ValueError, RecursionError):
        raise Problem(422, "invalid", f"{name}: this is not JSON.") from None
