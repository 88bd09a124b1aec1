"""How much at once, how often: a full queue is 503, a busy key 429, and nothing is left behind."""

from __future__ import annotations

import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from conftest import HeldChecker
from service_files import BLANK

from simcheck.service.limits import BURST_S, MAX_BUCKETS, RateLimiter
from simcheck.service.problems import Problem
from simcheck.service.work import Workbench

Holds = Callable[[Any, int, str], dict[str, Any]]


class Clock:
    def __init__(self) -> None:
        self.now = 0.0

    def __call__(self) -> float:
        return self.now


def test_a_bucket_lets_a_burst_through_and_then_its_rate() -> None:
    clock = Clock()
    limiter = RateLimiter(60, clock)
    burst = round(BURST_S)
    assert [limiter.wait_s("a") for _ in range(burst)] == [0.0] * burst
    assert limiter.wait_s("a") == pytest.approx(1.0)
    assert limiter.wait_s("b") == 0.0, "each key has its own bucket"
    clock.now += 0.999
    assert limiter.wait_s("a") > 0
    clock.now += 0.001
    assert limiter.wait_s("a") == 0.0
    clock.now += 1e6
    assert [limiter.wait_s("a") > 0 for _ in range(burst + 1)] == [False] * burst + [True]


def test_a_bucket_forgets_the_quietest_keys_only() -> None:
    clock = Clock()
    limiter = RateLimiter(6, clock)
    for number in range(MAX_BUCKETS):
        limiter.wait_s(str(number))
    assert limiter.wait_s("0") > 0
    limiter.wait_s("one more")
    assert limiter.wait_s("0") > 0


def test_too_many_requests_are_429_for_that_key_alone(serving: Any, is_problem: Holds) -> None:
    """6 a minute: one at once, the next after ten seconds; another key is not held up."""
    with serving(service={"requests_per_minute": 6}) as service:
        assert service.client.get("/v1/index", headers=service.as_("check")).status_code == 200
        answer = service.client.get("/v1/index", headers=service.as_("check"))
        is_problem(answer, 429, "rate-limited")
        assert 1 <= int(answer.headers["retry-after"]) <= 10
        assert service.client.get("/v1/index", headers=service.as_("admin")).status_code == 200
        assert service.client.get("/healthz").status_code == 200


def test_a_full_queue_is_503_and_the_others_end_well(serving: Any, is_problem: Holds) -> None:
    """One runs, one waits, the third is refused; when they have ended there is room again."""
    with serving(wrap=HeldChecker, service={"queue": 1}) as service, ThreadPoolExecutor(2) as pool:
        state = service.client.app_state["simcheck"]
        first = pool.submit(service.check, ("1.png", BLANK))
        assert state.checker.begun.acquire(timeout=30)
        second = pool.submit(service.check, ("2.png", BLANK))
        _until(lambda: state.bench.taken == 2)
        is_problem(service.check(("3.png", BLANK)), 503, "busy")
        added = service.client.post("/v1/references", files={"file": ("a.png", BLANK)}, headers=service.as_("register"))
        is_problem(added, 503, "busy")
        state.checker.go.set()
        assert [one.result(30).status_code for one in (first, second)] == [200, 200]
        _until(lambda: state.bench.taken == 0)
        assert service.check(("4.png", BLANK)).status_code == 200


@pytest.mark.parametrize("kind", ["wrong field", "wrong body", "defect"])
def test_a_place_is_free_again_after_every_failure(serving: Any, kind: str) -> None:
    """With two places, five failures in a row do not fill the service."""

    def broken(checker: Any) -> Any:
        checker.check = lambda *_, **__: 1 / 0
        return checker

    options: dict[str, Any] = {"data": {"tags": "wrong"}} if kind == "wrong field" else {}
    with serving(wrap=broken if kind == "defect" else None, service={"queue": 1}) as service:
        for _ in range(5):
            if kind == "wrong body":
                answer = service.client.post("/v1/checks", content=b"x", headers=service.as_("check"))
            else:
                answer = service.check(("a.png", BLANK), **options)
            assert answer.status_code in (415, 422, 500)
        assert service.client.app_state["simcheck"].bench.taken == 0


def test_a_bench_cancels_what_waits_and_lets_what_runs_end() -> None:
    bench = Workbench(1, 2)
    go, begun = threading.Event(), threading.Event()

    def work() -> str:
        begun.set()
        go.wait(30)
        return "done"

    with bench.place() as first, bench.place() as second:
        running = first.start(work)
        waiting = second.start(work)
    assert begun.wait(30)
    closed = ThreadPoolExecutor(1).submit(bench.close, 30.0)
    _until(lambda: waiting.cancelled())
    with pytest.raises(Problem) as refused, bench.place():
        pass
    assert (refused.value.status, refused.value.name) == (503, "stopping")
    assert not closed.done()
    go.set()
    assert closed.result(30) is True
    assert running.result() == "done"
    assert bench.taken == 0


def test_a_caller_that_leaves_frees_its_place_unless_its_check_runs(serving: Any) -> None:
    """The check that waits is never made; the one that runs is recorded."""
    with serving(wrap=HeldChecker, service={"queue": 5}) as service:
        state = service.client.app_state["simcheck"]
        leave = {name: threading.Event() for name in ("runs", "waits")}
        with ThreadPoolExecutor(2) as pool:
            runs = pool.submit(_call_and_leave, service, leave["runs"])
            assert state.checker.begun.acquire(timeout=30)
            waits = pool.submit(_call_and_leave, service, leave["waits"])
            _until(lambda: state.bench.taken == 2)
            leave["waits"].set()
            assert waits.result(30) == 499
            _until(lambda: state.bench.taken == 1)
            leave["runs"].set()
            assert runs.result(30) == 499
            assert state.bench.taken == 1
            state.checker.go.set()
        _until(lambda: state.bench.taken == 0)
        assert len(service.client.get("/v1/checks", headers=service.as_("check")).json()["checks"]) == 1


def _call_and_leave(service: Any, leave: threading.Event) -> int:
    """Send a check and hang up; the status that the logs say."""
    from anyio import to_thread
    from service_files import FILE, multipart

    messages = [{"type": "http.request", "body": multipart(FILE), "more_body": False}]
    sent: list[dict[str, Any]] = []

    async def receive() -> Any:
        if messages:
            return messages.pop()
        await to_thread.run_sync(leave.wait, 30, abandon_on_cancel=True)
        return {"type": "http.disconnect"}

    async def send(message: Any) -> None:
        sent.append(message)

    scope = {
        "type": "http",
        "method": "POST",
        "path": "/v1/checks",
        "raw_path": b"/v1/checks",
        "query_string": b"",
        "headers": [
            (b"authorization", service.as_("check")["Authorization"].encode()),
            (b"content-type", b"multipart/form-data; boundary=b"),
            (b"content-length", b"1"),
        ],
        "client": ("127.0.0.1", 1),
        "state": dict(service.client.app_state),
    }
    service.client.portal.call(service.client.app, scope, receive, send)
    return int(sent[0]["status"])


def _until(holds: Callable[[], bool]) -> None:
    """Wait, bounded, for what another thread is about to do."""
    pause = threading.Event()
    for _ in range(3000):
        if holds():
            return
        pause.wait(0.01)
    raise AssertionError("it never came")
