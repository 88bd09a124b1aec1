"""Checks that are answered later: their state is the same in every process, and no job is left hanging."""

from __future__ import annotations

import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from conftest import HeldChecker, running
from service_files import BLANK
from ulid import ULID

import simcheck
from simcheck.index.ledger import Job
from simcheck.service.jobs import Jobs
from simcheck.settings import ServiceSettings

Holds = Callable[[Any, int, str], dict[str, Any]]


@pytest.fixture
def two(index_folder: Path, made_index: tuple[Path, dict[str, str]]) -> Iterator[tuple[Any, Any]]:
    """Two services on one index that share nothing but its folder; the first one's checks wait."""
    with (
        running(index_folder, made_index[1], wrap=HeldChecker, service={"queue": 9}) as first,
        running(index_folder, made_index[1]) as second,
    ):
        yield first, second


def queue(service: Any, name: str = "a.png") -> Any:
    answer = service.check((name, BLANK), params={"wait": "0"})
    assert answer.status_code == 202
    return answer.json()


def state(service: Any, job: Any) -> Any:
    answer = service.client.get(job["location"], headers=service.as_("check"))
    assert answer.status_code == 200
    return answer.json()


def status_until(service: Any, job: Any, wanted: Callable[[Any], bool]) -> Any:
    pause = threading.Event()
    for _ in range(3000):
        seen = state(service, job)
        if wanted(seen):
            return seen
        pause.wait(0.01)
    raise AssertionError(f"it stayed {seen}")


def test_a_job_is_the_same_for_every_process_until_its_report(two: tuple[Any, Any]) -> None:
    """202, queued, running, REPORT: asked of the process that runs it and of another."""
    first, second = two
    answer = first.check(("a.png", BLANK), params={"wait": "0"})
    assert answer.status_code == 202
    job = answer.json()
    assert job == {"id": job["id"], "status": "queued", "location": f"/v1/checks/{job['id']}"}
    assert answer.headers["location"] == job["location"]
    waiting = queue(first, "b.png")
    for service in two:
        assert status_until(service, job, lambda seen: seen["status"] == "running")["progress"] == 0.0
        assert state(service, waiting) == {"id": waiting["id"], "status": "queued", "progress": 0.0}
    first.client.app_state["simcheck"].checker.go.set()
    for service in two:
        report = status_until(service, job, lambda seen: "schema" in seen)
        assert (report["id"], report["decision"], report["output"]["path"]) == (job["id"], "pass", "a.png")
        status_until(service, waiting, lambda seen: "schema" in seen)
    listed = second.client.get("/v1/checks", headers=second.as_("check")).json()["checks"]
    assert {check["id"] for check in listed} == {job["id"], waiting["id"]}


def test_a_job_that_waits_is_cancelled_by_another_process_and_never_made(two: tuple[Any, Any]) -> None:
    first, second = two
    runs, waits = queue(first), queue(first)
    status_until(first, runs, lambda seen: seen["status"] == "running")
    cancelled = second.client.delete(waits["location"], headers=second.as_("check"))
    assert cancelled.status_code == 200
    assert cancelled.json() == {"id": waits["id"], "status": "cancelled", "progress": 0.0}
    first.client.app_state["simcheck"].checker.go.set()
    status_until(first, runs, lambda seen: "schema" in seen)
    _until(lambda: first.client.app_state["simcheck"].bench.taken == 0)
    assert state(first, waits)["status"] == "cancelled"
    listed = second.client.get("/v1/checks", headers=second.as_("check")).json()["checks"]
    assert [check["id"] for check in listed] == [runs["id"]]


def test_a_job_that_runs_stays_cancelled_though_its_check_is_recorded(two: tuple[Any, Any]) -> None:
    """It cannot be stopped half-way; what was checked stands in the history for good."""
    first, second = two
    job = queue(first)
    status_until(first, job, lambda seen: seen["status"] == "running")
    assert second.client.delete(job["location"], headers=second.as_("check")).json()["status"] == "cancelled"
    first.client.app_state["simcheck"].checker.go.set()
    _until(lambda: first.client.app_state["simcheck"].bench.taken == 0)
    for service in two:
        assert state(service, job)["status"] == "cancelled"
    again = second.client.delete(job["location"], headers=second.as_("check"))
    assert again.json()["status"] == "cancelled"


def test_a_job_that_meets_an_error_has_failed(serving: Any) -> None:
    def broken(checker: Any) -> Any:
        checker.check = lambda *_, **__: 1 / 0
        return checker

    with serving(wrap=broken) as service:
        job = queue(service)
        assert status_until(service, job, lambda seen: seen["status"] == "failed")["id"] == job["id"]


def test_jobs_that_wait_fail_when_the_service_stops_and_those_that_run_end(
    index_folder: Path, made_index: tuple[Path, dict[str, str]]
) -> None:
    with running(index_folder, made_index[1], wrap=HeldChecker, service={"queue": 9}) as service:
        runs, waits = queue(service), queue(service)
        status_until(service, runs, lambda seen: seen["status"] == "running")
        timer = threading.Timer(0.5, service.client.app_state["simcheck"].checker.go.set)
        timer.start()
    with running(index_folder, made_index[1]) as later:
        assert state(later, runs)["decision"] == "pass"
        assert state(later, waits)["status"] == "failed"
    assert not list((index_folder / "service").iterdir())


OWNER = """
import sys, time
from pathlib import Path
import simcheck
from simcheck.index.ledger import Job
from simcheck.service.jobs import Jobs

with simcheck.open(sys.argv[1]) as gate:
    jobs = Jobs(gate.index, gate.folder)
    jobs.claim()
    for status, name in (("queued", "01A"), ("running", "01B"), ("done", "01C")):
        gate.index.put_job(Job(name, status, "test", "2026-11-22T21:00:00Z", jobs.owner))
    print("ready", flush=True)
    time.sleep(60)
"""


@pytest.mark.parametrize("seen_by", ["asking", "starting"])
def test_a_job_whose_process_was_killed_has_failed(index_folder: Path, seen_by: str) -> None:
    """``kill -9``: as long as the owner lives its jobs are open, from then on they have failed. Clocks play no part."""
    with subprocess.Popen([sys.executable, "-c", OWNER, str(index_folder)], stdout=subprocess.PIPE, text=True) as owner:
        try:
            assert owner.stdout is not None
            assert owner.stdout.readline() == "ready\n"
            with simcheck.open(index_folder) as gate:
                jobs = Jobs(gate.index, gate.folder)
                assert [jobs.look(one)["status"] for one in ("01A", "01B")] == ["queued", "running"]
                assert jobs.sweep() == 0
                owner.kill()
                owner.wait(30)
                assert len(list((index_folder / "service").iterdir())) == 1
                if seen_by == "starting":
                    assert jobs.sweep() == 2
                    assert gate.index.job("01A").status == "failed"
                assert [jobs.look(one)["status"] for one in ("01A", "01B")] == ["failed", "failed"]
                assert jobs.cancel("01A")["status"] == "failed"
                assert jobs.sweep() == 0
                assert not list((index_folder / "service").iterdir())
        finally:
            owner.kill()


def test_a_job_whose_process_died_after_its_report_is_done(index_folder: Path) -> None:
    """Killed between recording the check and closing the job: the REPORT counts."""
    with simcheck.open(index_folder) as gate:
        check_id = str(ULID())
        report = gate.check(BLANK, name="a.png", check_id=check_id)
        gate.index.put_job(Job(check_id, "running", "test", "2026-11-22T21:00:00Z", 7))
        assert Jobs(gate.index, gate.folder).look(check_id) == report.to_json()
        assert gate.index.job(check_id).status == "done"


def test_large_files_are_queued_unless_the_caller_waits(serving: Any) -> None:
    limit = ServiceSettings(synchronous_bytes=len(BLANK) - 1).synchronous_bytes
    with serving(service={"synchronous_bytes": limit}) as service:
        assert service.check(("a.png", BLANK)).status_code == 202
        assert service.check(("a.png", BLANK), params={"wait": "1"}).status_code == 200
    with serving(service={"synchronous_bytes": limit + 1}) as service:
        assert service.check(("a.png", BLANK)).status_code == 200


@pytest.mark.parametrize("wait", ["2", "-1", "yes", ""])
def test_wrong_waits_are_422(service: Any, is_problem: Holds, wait: str) -> None:
    is_problem(service.check(("a.png", BLANK), params={"wait": wait}), 422, "invalid")


def _until(holds: Callable[[], bool]) -> None:
    pause = threading.Event()
    for _ in range(3000):
        if holds():
            return
        pause.wait(0.01)
    raise AssertionError("it never came")
