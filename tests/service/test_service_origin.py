"""``--no-keys``: only this machine's programs, never a page in a browser; and who may see the metrics."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from service_files import BLANK
from starlette.datastructures import Headers

from simcheck.errors import UsageError
from simcheck.service.auth import is_loopback, require_loopback
from simcheck.service.origin import check_origin, hosts
from simcheck.service.problems import Problem

Holds = Callable[[Any, int, str], dict[str, Any]]
ADDRESS = "http://127.0.0.1:8000"


@pytest.fixture
def open_service(serving: Any) -> Any:
    with serving(app_options={"local_port": 8000}, client_options={"base_url": ADDRESS}) as service:
        yield service


def test_without_keys_every_call_works_on_loopback(open_service: Any) -> None:
    client = open_service.client
    assert client.post("/v1/checks", files={"file": ("a.png", BLANK)}).json()["decision"] == "pass"
    assert client.get("/v1/references").status_code == 200
    assert client.get("/metrics").status_code == 200
    assert client.get("/v1/checks").json()["checks"][0]["output"]["path"] == "a.png"


@pytest.mark.parametrize("host", ["localhost:8000", "127.0.0.1:8000", "[::1]:8000", "LOCALHOST:8000"])
def test_loopback_names_with_the_port_are_answered(open_service: Any, host: str) -> None:
    assert open_service.client.get("/v1/index", headers={"Host": host}).status_code == 200


@pytest.mark.parametrize(
    "host",
    [
        "evil.test",
        "evil.test:8000",
        "localhost",
        "localhost:8001",
        "127.0.0.1",
        "localhost.evil.test:8000",
        "127.0.0.1.evil.test:8000",
        "127.0.0.1:8000@evil.test",
        "0.0.0.0:8000",
        "[::]:8000",
        "2130706433:8000",
        "",
    ],
)
@pytest.mark.parametrize("path", ["/v1/index", "/healthz", "/metrics", "/docs"])
def test_dns_rebinding_is_refused(open_service: Any, is_problem: Holds, host: str, path: str) -> None:
    """A page whose name was pointed to 127.0.0.1 still sends its own name."""
    is_problem(open_service.client.get(path, headers={"Host": host}), 403, "foreign-host")


@pytest.mark.parametrize(
    "headers",
    [
        {"Origin": "https://evil.test"},
        {"Origin": "null"},
        {"Origin": "http://localhost:3000"},
        {"Origin": "https://127.0.0.1:8000"},
        {"Origin": "http://127.0.0.1:8000.evil.test"},
        {"Sec-Fetch-Site": "cross-site"},
        {"Sec-Fetch-Site": "same-site"},
    ],
)
def test_pages_of_other_sites_are_refused(open_service: Any, is_problem: Holds, headers: dict[str, str]) -> None:
    answer = open_service.client.post("/v1/checks", files={"file": ("a.png", BLANK)}, headers=headers)
    is_problem(answer, 403, "foreign-origin")
    assert open_service.client.get("/v1/checks").json()["checks"] == []


@pytest.mark.parametrize(
    "headers", [{"Origin": ADDRESS}, {"Sec-Fetch-Site": "same-origin"}, {"Sec-Fetch-Site": "none"}]
)
def test_its_own_page_and_an_address_bar_are_answered(open_service: Any, headers: dict[str, str]) -> None:
    assert open_service.client.get("/docs", headers=headers).status_code == 200


def test_two_hosts_or_none_are_refused() -> None:
    """A proxy and the application must not read different ones."""
    for given in ([], ["localhost:8000", "evil.test"]):
        raw = [(b"host", one.encode()) for one in given]
        with pytest.raises(Problem, match="Without keys"):
            check_origin(Headers(raw=raw), 8000)


def test_port_80_may_go_without_saying() -> None:
    assert "localhost" in hosts(80)
    assert "localhost" not in hosts(8000)


@pytest.mark.parametrize("host", ["0.0.0.0", "::", "192.0.2.1", "example.test", "localhost.example.test", ""])
def test_no_keys_is_refused_on_anything_but_loopback(host: str) -> None:
    with pytest.raises(UsageError, match="--no-keys is refused"):
        require_loopback(host)
    assert not is_loopback(host)


@pytest.mark.parametrize("host", ["127.0.0.1", "127.8.9.1", "::1", "[::1]", "localhost"])
def test_no_keys_is_possible_on_loopback(host: str) -> None:
    require_loopback(host)


def test_metrics_are_open_on_the_machine_itself_only(serving: Any, is_problem: Holds) -> None:
    """Not from elsewhere, not through a proxy on the machine, not through a rebound name."""
    with serving(client_options={"client": ("127.0.0.1", 5), "base_url": ADDRESS}) as service:
        assert service.client.get("/metrics").status_code == 200
        for headers in ({"X-Forwarded-For": "127.0.0.1"}, {"Forwarded": "for=_x"}, {"Host": "evil.test"}):
            is_problem(service.client.get("/metrics", headers=headers), 401, "unauthorized")
            is_problem(service.client.get("/metrics", headers={**headers, **service.as_("check")}), 403, "forbidden")
            assert service.client.get("/metrics", headers={**headers, **service.as_("admin")}).status_code == 200


def test_metrics_from_elsewhere_need_an_admin(serving: Any, is_problem: Holds) -> None:
    with serving(client_options={"client": ("192.0.2.7", 5), "base_url": ADDRESS}) as service:
        is_problem(service.client.get("/metrics"), 401, "unauthorized")
        assert service.client.get("/metrics", headers=service.as_("admin")).status_code == 200
