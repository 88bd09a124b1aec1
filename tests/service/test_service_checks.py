"""``/v1/checks``: the three doors give one decision, every answer is CONTRACT's, and what cannot be read is held."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest
from service_files import BLANK

import simcheck
from simcheck.settings import Settings

Holds = Callable[[Any, int, str], dict[str, Any]]


@pytest.mark.parametrize(("name", "decision"), [("coffee", "block"), ("flower", "pass")])
def test_the_answer_is_a_report_by_the_contract(
    service: Any, pictures: dict[str, Path], contract: ModuleType, name: str, decision: str
) -> None:
    """200 with a REPORT that contract_check accepts, recorded under its id."""
    path = pictures[name]
    answer = service.check((path.name, path.read_bytes()))
    assert answer.status_code == 200
    report = answer.json()
    assert contract.report_faults(report, path) == []
    assert report["decision"] == decision
    assert report["output"]["path"] == path.name
    assert service.client.get(f"/v1/checks/{report['id']}", headers=service.as_("check")).json() == report


@pytest.mark.parametrize("content", ["copy", "truncated", "empty", "text"])
def test_http_and_python_decide_the_same(serving: Any, pictures: dict[str, Path], content: str) -> None:
    """The same bytes through both doors: the same decision, reason, matches and error."""
    whole = pictures["coffee"].read_bytes()
    data = {
        "copy": whole,
        "truncated": whole[:1000],
        "empty": b"",
        "text": b"words, not pixels",
    }[content]
    with serving() as service:
        body = service.check(("a.png", data)).json()
        over_http = body.get("report", body)
        with simcheck.open(service.client.app_state["simcheck"].checker.folder, settings=Settings()) as checker:
            in_process = checker.check(data, name="a.png").to_json()
    for word in ("decision", "reason", "score", "matches", "error", "output", "policy", "models"):
        assert over_http[word] == in_process[word]


def test_unreadable_files_are_answered_unchecked_and_recorded(
    service: Any, pictures: dict[str, Path], contract: ModuleType, tmp_path: Path
) -> None:
    """A truncated picture is 200 with the decision unchecked, and stands in the history."""
    path = tmp_path / "broken.png"
    path.write_bytes(pictures["coffee"].read_bytes()[:500])
    answer = service.check((path.name, path.read_bytes()))
    assert answer.status_code == 200
    assert contract.report_faults(answer.json(), path) == []
    assert answer.json()["error"]["code"] == "unreadable"
    listed = service.client.get("/v1/checks?decision=unchecked", headers=service.as_("check")).json()["checks"]
    assert answer.json()["id"] in [check["id"] for check in listed]


def test_an_unsupported_kind_is_415_with_the_report_inside(
    service: Any, is_problem: Holds, contract: ModuleType, tmp_path: Path
) -> None:
    """A caller that looks for a decision finds unchecked, never pass; the check is recorded."""
    path = tmp_path / "a.png"
    path.write_bytes(b"PK\x05\x06" + bytes(18))
    body = is_problem(service.check((path.name, path.read_bytes())), 415, "unsupported")
    assert body["decision"] == "unchecked"
    assert contract.report_faults(body["report"], path) == []
    assert body["report"]["error"]["code"] == "unsupported"
    recorded = service.client.get(f"/v1/checks/{body['report']['id']}", headers=service.as_("check"))
    assert recorded.json() == body["report"]


@pytest.mark.parametrize(
    "form",
    [
        {"project": "film-7", "tags": '{"campaign": "spring", "region": "eu"}'},
        {"project": "film-7", "tags": ["campaign=spring", "region=eu"]},
    ],
)
def test_project_and_tags_reach_the_report(service: Any, form: dict[str, Any]) -> None:
    """Tags as one JSON object, or as K=V in several fields."""
    output = service.check(("a.png", BLANK), data=form).json()["output"]
    assert output["project"] == "film-7"
    assert output["tags"] == {"campaign": "spring", "region": "eu"}


@pytest.mark.parametrize(
    "form",
    [
        {"tags": "campaign"},
        {"tags": "=spring"},
        {"tags": ["a=1", "a=2"]},
        {"tags": '{"a": 1}'},
        {"tags": '{"a": '},
        {"tags": '{"": "x"}'},
        {"tags": json.dumps({str(number): "x" for number in range(65)})},
        {"tags": '{"a": "\\u001b[2J"}'},
        {"tags": '{"a": "\\ud800"}'},
        {"project": ["one", "two"]},
        {"project": "x" * 1001},
        {"projekt": "film-7"},
    ],
)
def test_wrong_fields_are_422_and_say_which(service: Any, is_problem: Holds, form: dict[str, Any]) -> None:
    body = is_problem(service.check(("a.png", BLANK), data=form), 422, "invalid")
    assert next(iter(form)) in body["detail"]


def test_a_reuse_that_is_allowed_passes(serving: Any, pictures: dict[str, Path]) -> None:
    """The project that a work allows reaches the policy through HTTP."""
    path = pictures["chelsea"]
    with serving() as service:
        added = service.client.post(
            "/v1/references",
            files={"file": (path.name, path.read_bytes())},
            data={"allow_projects": "film-7"},
            headers=service.as_("register"),
        )
        assert added.status_code == 201
        decisions = [
            service.check((path.name, path.read_bytes()), data=form).json()["decision"]
            for form in ({}, {"project": "film-7"})
        ]
    assert decisions == ["block", "pass"]


def test_checks_are_listed_newest_first_by_pages(serving: Any) -> None:
    """The cursor leads through all checks once."""
    with serving() as service:
        made = [service.check((f"{number}.png", BLANK)).json()["id"] for number in range(5)]
        seen: list[str] = []
        cursor: str | None = ""
        while cursor is not None:
            page = service.client.get(f"/v1/checks?decision=&limit=2&cursor={cursor}", headers=service.as_("check"))
            assert page.status_code == 200
            seen += [check["id"] for check in page.json()["checks"]]
            cursor = page.json()["cursor"]
        blocked = service.client.get("/v1/checks?decision=block", headers=service.as_("check")).json()
    assert seen == made[::-1]
    assert blocked == {"checks": [], "cursor": None}


@pytest.mark.parametrize("query", ["decision=held", "limit=0", "limit=201", "limit=x", "cursor=%00", "cursor=x"])
def test_wrong_queries_are_422(service: Any, is_problem: Holds, query: str) -> None:
    answer = service.client.get(f"/v1/checks?{query}", headers=service.as_("check"))
    is_problem(answer, 422, "usage" if query.startswith("cursor") else "invalid")


def test_an_unknown_check_is_404(service: Any, is_problem: Holds) -> None:
    for method in ("GET", "DELETE"):
        is_problem(
            service.client.request(method, "/v1/checks/01X", headers=service.as_("check")), 404, "check-not-found"
        )


def test_a_check_that_has_ended_stays_as_it_is_when_cancelled(service: Any) -> None:
    report = service.check(("a.png", BLANK)).json()
    assert service.client.delete(f"/v1/checks/{report['id']}", headers=service.as_("check")).json() == report


@pytest.mark.parametrize(
    ("given", "shown"),
    [
        ("../../etc/passwd", "passwd"),
        ("C:\\Users\\x\\a.png", "a.png"),
        ("a\u202egnp.exe", "agnp.exe"),
        ("..", "upload"),
        ("", "upload"),
        ("straße.png", "straße.png"),
    ],
)
def test_names_of_uploads_are_made_harmless(service: Any, given: str, shown: str) -> None:
    boundary = b"b"
    body = (
        b'--b\r\nContent-Disposition: form-data; name="file"; filename="%s"\r\n\r\n' % given.encode()
        + BLANK
        + b"\r\n--b--\r\n"
    )
    headers = {**service.as_("check"), "Content-Type": f"multipart/form-data; boundary={boundary.decode()}"}
    answer = service.client.post("/v1/checks", content=body, headers=headers)
    assert answer.json()["output"]["path"] == shown


def test_who_checked_is_recorded_by_the_key_and_never_the_key_itself(serving: Any, index_folder: Path) -> None:
    with serving() as service:
        service.check(("a.png", BLANK))
        secrets = [text.split("_", 2)[2] for text in service.keys.values()]
    content = b"".join(path.read_bytes() for path in index_folder.rglob("*") if path.is_file())
    assert b"test check" in content
    assert not any(secret.encode() in content for secret in secrets)


def test_a_defect_of_ours_is_a_500_problem_without_its_inside(serving: Any, is_problem: Holds) -> None:
    """What goes wrong unforeseen is told by request id only."""

    def broken(checker: Any) -> Any:
        checker.check = lambda *_, **__: 1 / 0
        return checker

    with serving(wrap=broken) as service:
        body = is_problem(service.check(("a.png", BLANK)), 500, "internal")
    assert "ZeroDivision" not in json.dumps(body)
