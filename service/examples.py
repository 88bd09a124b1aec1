"""What the OpenAPI description shows: examples of bodies and answers. A test holds them against the schemas."""

from __future__ import annotations

from collections.abc import Mapping
from http import HTTPStatus
from typing import Any

from simcheck.service.problems import MEDIA_TYPE, TITLES, TYPE_PREFIX
from simcheck.service.schemas import ProblemBody

CHECK_ID = "01KAPQ7Z5J9V1C8W0M3T2R6XYA"
REFERENCE_ID = "01KAPPZ4H2N6B8D0F3G5J7K9MQ"
_HASH = "2c26b46b68ffc68ff99b453c1d30413413422d706483bfa0f98a5e886266e7ae"
_NAMES: dict[int, str] = {
    401: "unauthorized", 403: "forbidden", 404: "not-found", 408: "body-timeout", 413: "too-large",
    415: "unsupported", 422: "invalid", 429: "rate-limited", 500: "internal", 503: "busy", 507: "storage",
}  # fmt: skip

REPORT: dict[str, Any] = {
    "schema": "simcheck.report/1",
    "id": CHECK_ID,
    "checked_at": "2026-11-22T21:00:00Z",
    "elapsed_ms": 84,
    "output": {"path": "a.png", "sha256": _HASH, "bytes": 12345, "kind": "image", "width": 1024, "height": 768},
    "decision": "block",
    "reason": "Repeats “Starry harbour” (94 % of it, in the left half of the output).",
    "score": 0.998,
    "matches": [
        {
            "reference": {
                "id": REFERENCE_ID,
                "name": "harbour.jpg",
                "kind": "image",
                "title": "Starry harbour",
                "creator": "M. Ito",
                "licence": None,
                "tags": {},
            },
            "score": 0.998,
            "type": "partial",
            "decision": "block",
            "rule": "image.block",
            "coverage": {"output": 0.46, "reference": 0.94},
            "regions": [{"output": {"box": [0, 10, 512, 700]}, "reference": {"box": [4, 0, 1270, 900]}}],
            "signals": {"cosine": 0.71, "inliers": 143},
        }
    ],
    "index": {"revision": 812, "references": 25000},
    "policy": {"name": "default", "version": 1, "hash": f"sha256:{_HASH}"},
    "models": {"image": "simcheck-image-2"},
    "notes": [],
    "error": None,
}
QUEUED = {"id": CHECK_ID, "status": "queued", "location": f"/v1/checks/{CHECK_ID}"}
RUNNING = {"id": CHECK_ID, "status": "running", "progress": 0.4}
CANCELLED = {"id": CHECK_ID, "status": "cancelled", "progress": 0.0}
REFERENCE: dict[str, Any] = {
    "title": "Starry harbour",
    "creator": "M. Ito",
    "licence": None,
    "allow_projects": ["film-7"],
    "tags": {"campaign": "spring"},
    "boilerplate": False,
    "id": REFERENCE_ID,
    "name": "harbour.jpg",
    "kind": "image",
    "status": "active",
    "status_reason": None,
    "sha256": _HASH,
    "bytes": 481516,
    "added_at": "2026-11-20T09:30:00Z",
    "exclusions": [],
}
REFERENCE_LIST = {"references": [REFERENCE], "cursor": None, "revision": 812}
INDEX = {
    "revision": 812,
    "references": {"image": 25000},
    "quarantined": 3,
    "recall": {"image.encoder": 0.995, "image.local": 0.97, "image.phash": 1.0},
    "policy": REPORT["policy"],
    "models": {"image": "simcheck-image-2"},
}


def answer(description: str, *values: Mapping[str, Any]) -> dict[str, Any]:
    """A response of the OpenAPI description with its examples."""
    named = {f"{number}": {"value": value} for number, value in enumerate(values, 1)}
    return {"description": description, "content": {"application/json": {"examples": named}}}


def problem(status: int) -> dict[str, Any]:
    """The example of a problem with this status."""
    name = _NAMES[status]
    return {
        "type": TYPE_PREFIX + name,
        "title": TITLES[name],
        "status": status,
        "detail": "One sentence: what is wrong and what to do.",
        "request_id": "5f1d7a84db00d2fce00b31a7fc73224f",
    }


def problems(*statuses: int) -> dict[int | str, dict[str, Any]]:
    """The problems that a call may answer with, those of every call included."""
    return {
        status: {
            "description": HTTPStatus(status).phrase,
            "model": ProblemBody,
            "content": {MEDIA_TYPE: {"example": problem(status)}},
        }
        for status in sorted({401, 403, 429, 500, *statuses})
    }


def json_body(schema: Mapping[str, Any], *values: Mapping[str, Any]) -> dict[str, Any]:
    """A JSON body that the route reads by itself."""
    named = {f"{number}": {"value": value} for number, value in enumerate(values, 1)}
    return {"requestBody": {"required": True, "content": {"application/json": {"schema": schema, "examples": named}}}}


def _form(fields: Mapping[str, tuple[str, str]], example: Mapping[str, Any]) -> dict[str, Any]:
    several = {"type": "array", "items": {"type": "string"}}
    one = {"type": "string"}
    properties: dict[str, Any] = {"file": {"type": "string", "format": "binary", "description": "the bytes, once"}}
    for name, (shape, description) in fields.items():
        properties[name] = {**(several if shape == "several" else one), "description": description}
    schema = {"type": "object", "required": ["file"], "properties": properties, "additionalProperties": False}
    return {
        "requestBody": {"required": True, "content": {"multipart/form-data": {"schema": schema, "example": example}}}
    }


_TAGS = ("several", "one JSON object, or K=V in as many fields as there are tags")
CHECK_BODY = _form(
    {"project": ("one", "what the output is for"), "tags": _TAGS},
    {"file": "a.png", "project": "film-7", "tags": ["campaign=spring"]},
)
REFERENCE_BODY = _form(
    {
        "title": ("one", "the work's title"),
        "creator": ("one", "who made it"),
        "licence": ("one", "under which licence, if any"),
        "allow_projects": ("several", "one JSON array, or a field for each project that may reuse it"),
        "tags": _TAGS,
    },
    {
        "file": "harbour.jpg",
        "title": "Starry harbour",
        "allow_projects": ["film-7"],
        "tags": ['{"campaign": "spring"}'],
    },
)
