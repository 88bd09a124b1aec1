"""OpenAPI and ``/docs``: every call described with examples that are true, and nothing fetched from anywhere."""

from __future__ import annotations

import doctest
import re
from types import ModuleType
from typing import Any

import pytest
from pydantic import TypeAdapter

from simcheck.reference import Reference
from simcheck.report import Report
from simcheck.service import auth, examples, schemas, upload
from simcheck.service.problems import TITLES
from simcheck.service.schemas import CheckList, IndexAnswer, JobState, ProblemBody, Queued, ReferenceList


@pytest.fixture(scope="module")
def described(service: Any) -> dict[str, Any]:
    answer = service.client.get("/openapi.json")
    assert answer.status_code == 200
    body: dict[str, Any] = answer.json()
    return body


def calls(described: dict[str, Any]) -> list[tuple[str, dict[str, Any]]]:
    return [
        (f"{method.upper()} {path}", call)
        for path, methods in described["paths"].items()
        for method, call in methods.items()
    ]


def test_every_call_has_a_summary_a_text_and_examples(described: dict[str, Any]) -> None:
    for name, call in calls(described):
        assert call["summary"], name
        assert call["description"], name
        if call.get("security"):
            assert call["description"].startswith("Role `"), name
            assert {"401", "403", "429", "500"} <= set(call["responses"]), name
        if name.startswith(("POST", "PATCH")):
            [content] = call["requestBody"]["content"].values()
            assert content.get("example") or content.get("examples"), name
        answers = [one for status, one in call["responses"].items() if status[0] == "2" and status != "204"]
        if "/v1/" in name:
            assert all(one["content"]["application/json"]["examples"] for one in answers), name


@pytest.mark.parametrize(
    ("shape", "value"),
    [
        (Report, examples.REPORT),
        (Queued, examples.QUEUED),
        (JobState, examples.RUNNING),
        (JobState, examples.CANCELLED),
        (Reference, examples.REFERENCE),
        (ReferenceList, examples.REFERENCE_LIST),
        (CheckList, {"checks": [examples.REPORT], "cursor": None}),
        (IndexAnswer, examples.INDEX),
        (ProblemBody, examples.problem(503)),
    ],
)
def test_the_examples_are_what_the_service_answers(shape: Any, value: dict[str, Any]) -> None:
    """Field for field: an example with a field too few or too many fails."""
    again = TypeAdapter(shape).validate_python(value)
    assert again.model_dump(mode="json", by_alias=True) == value


def test_examples_of_problems_are_problems() -> None:
    for status in examples._NAMES:
        assert examples.problem(status)["title"] in TITLES.values()


def test_the_page_names_every_call_and_every_problem(service: Any, described: dict[str, Any]) -> None:
    page = service.client.get("/docs")
    assert page.status_code == 200
    assert page.headers["content-type"].startswith("text/html")
    for name, call in calls(described):
        assert f'id="{call["operationId"]}"' in page.text, name
    for title in TITLES.values():
        assert title.replace("'", "&#39;") in page.text


def test_the_page_fetches_nothing(service: Any) -> None:
    """No script, no link to elsewhere, and a policy that would forbid them."""
    page = service.client.get("/docs")
    assert "<script" not in page.text
    assert not re.findall(r"""(?:src|href|url\()\s*=?\s*["']?(?:https?:)?//""", page.text)
    policy = page.headers["content-security-policy"]
    assert policy.startswith("default-src 'none'; style-src 'sha256-")
    assert "unsafe" not in policy


@pytest.mark.parametrize("module", [auth, schemas, upload])
def test_the_examples_in_docstrings_are_true(module: ModuleType) -> None:
    tried = doctest.testmod(module)
    assert tried.attempted > 0
    assert tried.failed == 0
