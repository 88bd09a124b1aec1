"""Three doors, one gate: the command line, the service and the hook give the same decision for the same file."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from PIL import Image, ImageOps
from starlette.testclient import TestClient

import simcheck
from simcheck import keys
from simcheck.cli.main import main
from simcheck.service.app import create_app
from simcheck.settings import Settings

# What one check has and another of the same file has not.
OWN = ("id", "checked_at", "elapsed_ms", "output")


@dataclass
class Doors:
    index: Path
    key: str
    folder: Path

    def file(self, name: str) -> Path:
        return self.folder / name


@pytest.fixture(scope="module")
def doors(tmp_path_factory: pytest.TempPathFactory, pictures: dict[str, Path]) -> Doors:
    folder = tmp_path_factory.mktemp("doors")
    with simcheck.open(folder / "index") as gate:
        gate.add(pictures["coffee"], title="A cup of coffee", allow_projects=("film-7",))
        gate.add(pictures["rocket"], tags={"studio": "ours"})
        key = keys.create(gate.index, "check", "doors")[1]
    turned = ImageOps.mirror(Image.open(pictures["coffee"])).crop((60, 40, 560, 380))
    turned.save(folder / "copy.jpg")
    (folder / "same.jpg").write_bytes(pictures["rocket"].read_bytes())
    (folder / "new.png").write_bytes(pictures["chelsea"].read_bytes())
    (folder / "cut.png").write_bytes(pictures["coffee"].read_bytes()[:5000])
    (folder / "document.png").write_bytes(b"%PDF-1.7, whatever the name says")
    return Doors(folder / "index", key, folder)


def core(report: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in report.items() if name not in OWN}


def by_command_line(doors: Doors, path: Path, capsys: pytest.CaptureFixture[str], *more: str) -> dict[str, Any]:
    code = main(["check", "--json", "--quiet", "--index", str(doors.index), *more, str(path)])
    answer = json.loads(capsys.readouterr().out)
    report: dict[str, Any] = answer["reports"][0]
    assert code == {"pass": 0, "review": 1, "block": 1, "unchecked": 3}[report["decision"]]
    return report


def by_service(doors: Doors, path: Path, **fields: str) -> dict[str, Any]:
    with TestClient(create_app(Settings(index=doors.index))) as client:
        answer = client.post(
            "/v1/checks",
            files={"file": (path.name, path.read_bytes())},
            data=fields,
            headers={"Authorization": f"Bearer {doors.key}"},
        )
        body: dict[str, Any] = answer.json()
        return body if answer.status_code == 200 else body["report"]


def by_hook(doors: Doors, path: Path, capsys: pytest.CaptureFixture[str], *more: str) -> dict[str, Any]:
    receipt = doors.folder / f"{path.name}.receipt.json"
    main(["hook", "run", "--quiet", "--index", str(doors.index), "--receipt", str(receipt), *more, str(path)])
    capsys.readouterr()
    file: dict[str, Any] = json.loads(receipt.read_text())["files"][0]
    return file


@pytest.mark.parametrize(
    ("name", "decision"),
    [
        ("copy.jpg", "block"),
        ("same.jpg", "block"),
        ("new.png", "pass"),
        ("cut.png", "unchecked"),
        ("document.png", "unchecked"),
    ],
)
def test_the_doors_agree(doors: Doors, name: str, decision: str, capsys: pytest.CaptureFixture[str]) -> None:
    path = doors.file(name)
    told = by_command_line(doors, path, capsys)
    served = by_service(doors, path)
    hooked = by_hook(doors, path, capsys)
    assert told["decision"] == decision
    assert core(served) == core(told)
    assert served["output"]["sha256"] == told["output"]["sha256"] == hooked["sha256"]
    assert hooked["decision"] == decision


def test_the_doors_agree_about_rights(doors: Doors, capsys: pytest.CaptureFixture[str]) -> None:
    path = doors.file("copy.jpg")
    told = by_command_line(doors, path, capsys, "--project", "film-7")
    assert told["decision"] == "pass"
    assert told["matches"][0]["rule"] == "reuse.allowed"
    assert core(by_service(doors, path, project="film-7")) == core(told)
    assert by_hook(doors, path, capsys, "--project", "film-7")["decision"] == "pass"


def test_every_check_is_in_the_history(doors: Doors, capsys: pytest.CaptureFixture[str]) -> None:
    report = by_command_line(doors, doors.file("new.png"), capsys)
    assert main(["history", "--json", "--index", str(doors.index), "--sha256", report["output"]["sha256"]]) == 0
    assert json.loads(capsys.readouterr().out)["checks"][0] == report
