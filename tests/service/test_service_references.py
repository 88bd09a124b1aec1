"""``/v1/references``: works go in, change and leave through HTTP, and what changed shows in the next check."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from service_files import BLANK

Holds = Callable[[Any, int, str], dict[str, Any]]
FORM = {
    "title": "Chelsea",
    "creator": "S. van der Walt",
    "licence": "CC0-1.0",
    "allow_projects": ["film-7", "campaign=spring"],
    "tags": '{"set": "cats"}',
}


def test_a_work_lives_from_201_to_204(serving: Any, pictures: dict[str, Path], is_problem: Holds) -> None:
    """Registered, found, quarantined, restored, removed: every step decides the next check."""
    path = pictures["chelsea"]
    file = (path.name, path.read_bytes())
    with serving() as service:
        may = {"headers": service.as_("register")}

        def decision() -> str:
            return str(service.check(file).json()["decision"])

        assert decision() == "pass"
        added = service.client.post("/v1/references", files={"file": file}, data=FORM, **may)
        assert added.status_code == 201
        work = added.json()
        assert work["name"] == path.name
        assert work["title"] == "Chelsea"
        assert work["allow_projects"] == ["film-7", "campaign=spring"]
        assert work["tags"] == {"set": "cats"}
        where = added.headers["location"]
        assert where == f"/v1/references/{work['id']}"
        assert service.client.get(where, **may).json() == work
        assert decision() == "block"

        again = service.client.post("/v1/references", files={"file": file}, **may)
        assert again.status_code == 200
        assert again.json() == work

        held = service.client.patch(where, json={"status": "quarantined", "status_reason": "a dispute"}, **may)
        assert held.json()["status"] == "quarantined"
        assert held.json()["status_reason"] == "a dispute"
        assert decision() == "pass"
        assert service.client.patch(where, json={"status": "active", "title": None}, **may).json()["title"] is None
        assert decision() == "block"

        assert service.client.delete(where, **may).status_code == 204
        assert decision() == "pass"
        assert service.client.get(where, **may).json()["status"] == "removed"
        is_problem(service.client.patch(where, json={"title": "x"}, **may), 404, "reference-not-found")


def test_works_are_listed_by_pages_kind_and_status(service: Any) -> None:
    """Empty parameters are as absent, the cursor leads through all works once."""
    headers = service.as_("register")
    seen: list[str] = []
    cursor: str | None = ""
    while cursor is not None:
        answer = service.client.get(f"/v1/references?kind=&status=&limit=1&cursor={cursor}", headers=headers).json()
        seen += [work["name"] for work in answer["references"]]
        cursor = answer["cursor"]
    assert sorted(seen) == ["coffee.png", "rocket.jpg"]
    assert service.client.get("/v1/references?kind=audio", headers=headers).json()["references"] == []
    assert service.client.get("/v1/references?status=quarantined", headers=headers).json()["references"] == []


@pytest.mark.parametrize(
    ("data", "status", "name"),
    [
        (b"no pixels\x00\x01\n" * 20, 415, "unsupported"),
        (b"\x89PNG\r\n\x1a\n" + bytes(20), 422, "media"),
        (b"", 422, "media"),
    ],
)
def test_what_cannot_be_read_is_not_registered(
    service: Any, is_problem: Holds, data: bytes, status: int, name: str
) -> None:
    answer = service.client.post("/v1/references", files={"file": ("a.png", data)}, headers=service.as_("register"))
    body = is_problem(answer, status, name)
    assert body["code"] in {"unsupported", "unreadable", "empty"}


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"[]",
        b"{",
        b'{"status": "removed"}',
        b'{"name": "x"}',
        b'{"title": 7}',
        b'{"status_reason": "why"}',
        b'{"allow_projects": null}',
        b'{"tags": {"a": {}}}',
        b"[" * 60_000,
    ],
)
def test_wrong_changes_are_422_and_change_nothing(service: Any, is_problem: Holds, body: bytes) -> None:
    headers = service.as_("register")
    work = service.client.get("/v1/references?limit=1", headers=headers).json()["references"][0]
    is_problem(service.client.patch(f"/v1/references/{work['id']}", content=body, headers=headers), 422, "invalid")
    assert service.client.get(f"/v1/references/{work['id']}", headers=headers).json() == work


def test_a_large_change_is_413(service: Any, is_problem: Holds) -> None:
    body = b'{"title": "' + b"x" * 70_000 + b'"}'
    is_problem(
        service.client.patch("/v1/references/1", content=body, headers=service.as_("register")), 413, "too-large"
    )


def test_an_unknown_work_is_404(service: Any, is_problem: Holds) -> None:
    headers = service.as_("register")
    for method, body in (("GET", None), ("PATCH", {}), ("PATCH", {"status": "active"}), ("DELETE", None)):
        answer = service.client.request(method, "/v1/references/01X", json=body, headers=headers)
        is_problem(answer, 404, "reference-not-found")


def test_a_weak_work_enters_quarantined_and_says_why(serving: Any) -> None:
    """A blank picture would match every blank picture: the policy's rule holds through HTTP too."""
    with serving() as service:
        answer = service.client.post(
            "/v1/references", files={"file": ("a.png", BLANK)}, headers=service.as_("register")
        )
    assert answer.status_code == 201
    assert answer.json()["status"] == "quarantined"
    assert answer.json()["status_reason"]


def test_the_index_tells_revision_counts_policy_and_models(service: Any) -> None:
    answer = service.client.get("/v1/index", headers=service.as_("check"))
    assert answer.status_code == 200
    body = answer.json()
    assert body["references"] == {"image": 2, "text": 0}
    assert body["revision"] >= 1
    assert body["quarantined"] == 0
    assert body["policy"]["hash"].startswith("sha256:")
    assert "image" in body["models"]
