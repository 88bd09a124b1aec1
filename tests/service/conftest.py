"""A real gate on a small index behind the application, with one key for each role."""

from __future__ import annotations

import shutil
import threading
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from starlette.testclient import TestClient

import simcheck
from simcheck import keys
from simcheck.checker import Checker
from simcheck.service.app import create_app
from simcheck.settings import ServiceSettings, Settings

WORKS = ("coffee", "rocket")


@dataclass
class Service:
    """A running application; ``as_`` gives the headers of a key with a role."""

    client: TestClient
    keys: dict[str, str]

    def as_(self, role: str) -> dict[str, str]:
        return {"Authorization": f"Bearer {self.keys[role]}"}

    def check(self, file: Any, role: str = "check", **options: Any) -> Any:
        return self.client.post("/v1/checks", files={"file": file}, headers=self.as_(role), **options)


class HeldChecker:
    """A gate whose checks wait until they are let go; everything else is the real one's."""

    def __init__(self, checker: Checker) -> None:
        self._checker = checker
        self.begun = threading.Semaphore(0)
        self.go = threading.Event()

    def __getattr__(self, name: str) -> Any:
        return getattr(self._checker, name)

    def check(self, *arguments: Any, **options: Any) -> Any:
        self.begun.release()
        if not self.go.wait(30):
            raise TimeoutError("nobody let the check go")
        return self._checker.check(*arguments, **options)

    def close(self) -> None:
        self.go.set()
        self._checker.close()


@pytest.fixture(scope="session")
def made_index(tmp_path_factory: pytest.TempPathFactory, pictures: dict[str, Path]) -> tuple[Path, dict[str, str]]:
    """An index with two works and a key for each role; copied, never served itself."""
    folder = tmp_path_factory.mktemp("service") / "index"
    with simcheck.open(folder) as gate:
        gate.add_many([str(pictures[name]) for name in WORKS])
        made = {role: keys.create(gate.index, role, f"test {role}")[1] for role in keys.ROLES}
    return folder, made


@pytest.fixture
def index_folder(made_index: tuple[Path, dict[str, str]], tmp_path: Path) -> Path:
    """A copy of the index that a test may change."""
    return Path(shutil.copytree(made_index[0], tmp_path / "index"))


Serving = Callable[..., AbstractContextManager[Service]]


@contextmanager
def running(folder: Path, made: dict[str, str], *, wrap: Any = None, **options: Any) -> Iterator[Service]:
    """Serve the index in this process. ``service`` and ``limits`` change the settings, ``wrap`` the gate."""
    client_options = options.pop("client_options", {})
    app_options = options.pop("app_options", {})
    service = ServiceSettings(**{"requests_per_minute": 100_000, **options.pop("service", {})})
    settings = Settings(index=folder, service=service, workers=options.pop("workers", 1), **options)

    def opening(settings: Settings) -> Checker:
        checker = simcheck.open(settings=settings)
        return wrap(checker) if wrap else checker

    app = create_app(settings, opening=opening, **app_options)
    with TestClient(app, **client_options) as client:
        yield Service(client, made)


@pytest.fixture
def serving(index_folder: Path, made_index: tuple[Path, dict[str, str]]) -> Serving:
    """Serve a fresh copy of the index: ``with serving(service={"queue": 1}) as service``."""

    def start(**options: Any) -> AbstractContextManager[Service]:
        return running(index_folder, made_index[1], **options)

    return start


@pytest.fixture(scope="module")
def service(made_index: tuple[Path, dict[str, str]], tmp_path_factory: pytest.TempPathFactory) -> Iterator[Service]:
    """One service for all tests of a module that change nothing the others look at."""
    folder = Path(shutil.copytree(made_index[0], tmp_path_factory.mktemp("shared") / "index"))
    with running(folder, made_index[1]) as started:
        yield started


@pytest.fixture
def is_problem() -> Callable[[Any, int, str], dict[str, Any]]:
    """Holds an answer against RFC 9457 and CONTRACT, and returns its body."""

    def hold(answer: Any, status: int, name: str) -> dict[str, Any]:
        assert answer.status_code == status, answer.text
        assert answer.headers["content-type"] == "application/problem+json"
        body: dict[str, Any] = answer.json()
        assert body["type"] == f"urn:simcheck:problem:{name}"
        assert body["status"] == status
        assert all(isinstance(body[word], str) and body[word] for word in ("title", "detail", "request_id"))
        assert body["request_id"] == answer.headers["x-request-id"]
        if status in (429, 503):
            assert int(answer.headers["retry-after"]) >= 1
        return body

    return hold
