"""The command line in process, on a small real index."""

from __future__ import annotations

import io
import shutil
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from cli_world import WORKS, Call, Called
from PIL import Image, ImageEnhance

import simcheck.checker
from simcheck.cli.main import main
from simcheck.kinds import load_kinds
from simcheck.settings import Settings


@pytest.fixture
def call(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> Call:
    """Run one command: ``call("check", path, stdin=b"…")``."""

    def run(*arguments: str | Path, stdin: bytes = b"") -> Called:
        monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(stdin)))
        capsys.readouterr()
        code = main([str(argument) for argument in arguments])
        out, err = capsys.readouterr()
        return Called(code, out, err)

    return run


@pytest.fixture(scope="session", autouse=True)
def _kinds_once() -> Iterator[None]:
    """A process has the models loaded once; here one process runs a hundred commands."""
    loaded: dict[str, Any] = {}

    def once(settings: Settings) -> Any:
        if settings.encoder not in loaded:
            loaded[settings.encoder] = load_kinds(settings)
        return loaded[settings.encoder]

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(simcheck.checker, "load_kinds", once)
        yield


@pytest.fixture(autouse=True)
def _clean_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("INDEX", "CONFIG", "POLICY", "SERVER", "KEY", "DEBUG"):
        monkeypatch.delenv(f"SIMCHECK_{name}", raising=False)
    monkeypatch.delenv("NO_COLOR", raising=False)


@pytest.fixture(scope="session")
def library(tmp_path_factory: pytest.TempPathFactory, pictures: dict[str, Path]) -> Path:
    """A folder with ``.simcheck`` (three works), ``works`` and ``out``: outputs to check. Not to be changed."""
    top = tmp_path_factory.mktemp("library")
    (top / "works").mkdir()
    for name in WORKS:
        shutil.copy(pictures[name], top / "works")
    assert (
        main(["add", str(top / "works"), "--quiet", "--index", str(top / ".simcheck"), "--creator", "Ü. Painter"]) == 0
    )
    out = top / "out"
    out.mkdir()
    coffee = Image.open(pictures["coffee"]).convert("RGB")
    ImageEnhance.Brightness(coffee.crop((40, 30, 560, 370))).enhance(1.2).save(out / "copy.jpg", quality=80)
    shutil.copy(pictures["flower"], out / "new.jpg")
    (out / "words.png").write_bytes(b"no picture at all\x00\x01")
    (out / "empty.png").write_bytes(b"")
    (out / "cut.jpg").write_bytes(pictures["rocket"].read_bytes()[:20_000])
    return top


@pytest.fixture
def copied(library: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A copy of the library that a test may change, where it works."""
    top = Path(shutil.copytree(library, tmp_path / "library"))
    monkeypatch.chdir(top)
    return top


@pytest.fixture
def here(library: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The library, where the test works. Checks are recorded in it; the works stay."""
    monkeypatch.chdir(library)
    return library
