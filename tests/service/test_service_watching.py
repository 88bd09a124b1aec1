"""What those who run the service see: health, readiness, metrics, logs."""

from __future__ import annotations

import io
import json
import logging
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from prometheus_client.parser import text_string_to_metric_families
from service_files import BLANK

from simcheck.service import readiness
from simcheck.service.logs import FIELDS, JsonLines

Holds = Callable[[Any, int, str], dict[str, Any]]


def test_alive_and_ready(service: Any) -> None:
    assert service.client.get("/healthz").json() == {"status": "ok"}
    assert service.client.get("/readyz").json() == {"status": "ready"}


def test_readiness_asks_with_a_real_check_that_is_not_recorded(serving: Any) -> None:
    with serving() as service:
        assert service.client.get("/readyz").status_code == 200
        assert service.client.get("/v1/checks", headers=service.as_("check")).json()["checks"] == []


@pytest.mark.parametrize("loss", ["folder", "catalogue", "another"])
def test_not_ready_when_the_index_is_gone(
    serving: Any, is_problem: Holds, index_folder: Path, tmp_path: Path, loss: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """SQLite would go on reading a deleted file: readiness looks at the folder too. Alive all the same."""
    monkeypatch.setattr(readiness, "FRESH_S", 0.0)
    with serving() as service:
        assert service.client.get("/readyz").status_code == 200
        if loss == "folder":
            index_folder.rename(tmp_path / "moved")
        elif loss == "catalogue":
            (index_folder / "catalogue.sqlite").unlink()
        else:
            copy = tmp_path / "restored.sqlite"
            shutil.copy(index_folder / "catalogue.sqlite", copy)
            copy.replace(index_folder / "catalogue.sqlite")
        body = is_problem(service.client.get("/readyz"), 503, "not-ready")
        assert str(tmp_path) not in body["detail"], "whoever asks has shown no key"
        assert service.client.get("/healthz").status_code == 200


def test_not_ready_when_a_check_does_not_come_back_right(serving: Any, is_problem: Holds) -> None:
    def broken(checker: Any) -> Any:
        checker._decode = lambda *_: 1 / 0
        return checker

    with serving(wrap=broken) as service:
        assert "internal" in is_problem(service.client.get("/readyz"), 503, "not-ready")["detail"]


def test_readiness_cannot_be_used_to_keep_the_machine_busy(serving: Any) -> None:
    """Many who ask at once share one check."""
    made: list[int] = []

    def counted(checker: Any) -> Any:
        check = checker.check
        checker.check = lambda *given, **more: made.append(1) or check(*given, **more)
        return checker

    with serving(wrap=counted) as service:
        for _ in range(20):
            assert service.client.get("/readyz").status_code == 200
    assert len(made) == 1


def samples(service: Any) -> dict[tuple[str, frozenset[tuple[str, str]]], float]:
    text = service.client.get("/metrics", headers=service.as_("admin")).text
    return {
        (sample.name, frozenset(sample.labels.items())): sample.value
        for family in text_string_to_metric_families(text)
        for sample in family.samples
    }


def test_metrics_count_requests_decisions_and_places(serving: Any) -> None:
    with serving(service={"queue": 3}) as service:
        service.check(("a.png", BLANK))
        service.check(("a.png", b"RIFF\x24\0\0\0WAVEfmt no picture"))
        for path in ("/v1/nowhere", "/secret/one", "/v1/checks/01ABC"):
            service.client.get(path, headers=service.as_("check"))
        service.client.request("BREW", "/v1/index")
        seen = samples(service)

    def value(name: str, **labels: str) -> float:
        return seen.get((name, frozenset(labels.items())), 0.0)

    assert value("simcheck_checks_total", decision="pass") == 1
    assert value("simcheck_checks_total", decision="unchecked") == 1
    assert value("simcheck_requests_total", method="POST", route="/v1/checks", status="200") == 1
    assert value("simcheck_requests_total", method="POST", route="/v1/checks", status="415") == 1
    assert value("simcheck_requests_total", method="GET", route="/v1/checks/{id}", status="404") == 1
    assert value("simcheck_requests_total", method="GET", route="unmatched", status="404") == 2
    assert value("simcheck_requests_total", method="other", route="/v1/index", status="405") == 1
    assert value("simcheck_request_seconds_count", route="/v1/checks") == 2
    assert value("simcheck_upload_bytes_total") == len(BLANK) + len(b"RIFF\x24\0\0\0WAVEfmt no picture")
    assert value("simcheck_places") == 4
    assert value("simcheck_places_taken") == 0
    assert value("simcheck_index_references") == 2
    assert not any("secret" in str(one) for one in seen)


@pytest.fixture
def lines() -> Iterator[Callable[[], list[dict[str, Any]]]]:
    """What the service's loggers write, as they write it."""
    stream = io.StringIO()
    handler = logging.StreamHandler(stream)
    handler.setFormatter(JsonLines())
    logger = logging.getLogger("simcheck")
    before = logger.level
    logger.addHandler(handler)
    logger.setLevel(logging.DEBUG)
    yield lambda: [json.loads(line) for line in stream.getvalue().splitlines()]
    logger.removeHandler(handler)
    logger.setLevel(before)


def test_one_line_of_json_a_request(service: Any, lines: Callable[[], list[dict[str, Any]]]) -> None:
    answer = service.check(("a.png", BLANK))
    [line] = [line for line in lines() if line["message"] == "request"]
    assert line["request_id"] == answer.headers["x-request-id"]
    assert (line["method"], line["path"], line["status"], line["level"]) == ("POST", "/v1/checks", 200, "info")
    assert line["received_bytes"] > len(BLANK)
    assert line["key"] in service.keys["check"]
    assert set(line) <= {"time", "level", "logger", "message", "exception", *FIELDS}


def test_no_key_no_query_and_no_content_is_logged(
    serving: Any, lines: Callable[[], list[dict[str, Any]]], pictures: dict[str, Path]
) -> None:
    """Good keys, wrong keys, keys in the wrong place; a file's bytes and its name."""

    def broken(checker: Any) -> Any:
        checker.check = lambda *_, **__: 1 / 0
        return checker

    with serving(wrap=broken) as service:
        secret = service.keys["check"]
        service.check(("private-name.png", b"private-content"), data={"project": "private-project"})
        service.client.get(f"/v1/index?key={secret}", headers={"X-Request-ID": "x y"})
        service.client.get("/v1/index", headers={"Authorization": f"Bearer {secret}x", "Cookie": f"key={secret}"})
        service.client.get("/v1/index", headers={"Authorization": f"Basic {secret}"})
    written = json.dumps(lines())
    assert "ZeroDivisionError" in written, "what went wrong is logged"
    for private in (*service.keys.values(), secret.split("_", 2)[2], "private", "Bearer"):
        assert private not in written


def test_a_hostile_path_cannot_forge_a_line(service: Any, lines: Callable[[], list[dict[str, Any]]]) -> None:
    service.client.get("/a%0a%7B%22level%22%3A%22fatal%22%7D%1b[2J%E2%80%AE")
    [line] = [line for line in lines() if line["message"] == "request"]
    assert line["path"].startswith("/a\n{")
    assert line["level"] == "info"
