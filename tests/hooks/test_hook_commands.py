"""The hook commands: what stops, with which exit code, and that everything fails closed."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import Any

import pytest
from hook_world import Repository, png, report_of

import simcheck.gate
from simcheck import receipts
from simcheck.cli.main import main
from simcheck.errors import IndexMissingError, ModelError
from simcheck.gate import Item, Purpose
from simcheck.report import Report

Make = Callable[..., Repository]
BLOCKED, REVIEWED, BROKEN = png(101), png(102), png(103)
DECISIONS = {BLOCKED: "block", REVIEWED: "review", BROKEN: "unchecked"}


class FakeGate:
    """Decides by the bytes. Remembers what it was asked."""

    notices = ("the snapshot was made anew",)

    def __init__(self) -> None:
        self.asked: list[tuple[str, Purpose]] = []
        self.closed = False
        self.dies_at: str | None = None

    def check(self, items: Iterable[Item], purpose: Purpose, top: int | None = None) -> Iterator[Report]:
        for item in items:
            if item.name == self.dies_at:
                raise KeyboardInterrupt
            self.asked.append((item.name, purpose))
            data = item.source if isinstance(item.source, bytes) else Path(str(item.source)).read_bytes()
            yield report_of(item.name, data, DECISIONS.get(data, "pass"))

    def close(self) -> None:
        self.closed = True


@pytest.fixture
def gate(monkeypatch: pytest.MonkeyPatch) -> FakeGate:
    fake = FakeGate()
    monkeypatch.setattr(simcheck.gate, "open_gate", lambda settings, door: fake)
    monkeypatch.delenv("SIMCHECK_RECEIPT_KEY", raising=False)
    return fake


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder with files to publish, where the test works."""
    work = tmp_path / "work"
    work.mkdir()
    monkeypatch.chdir(work)
    named = {"a": png(1), "b": png(2), "block": BLOCKED, "review": REVIEWED, "broken": BROKEN}
    for name, data in named.items():
        (work / f"{name}.png").write_bytes(data)
    return work


def receipt() -> dict[str, Any]:
    answer: dict[str, Any] = json.loads(Path("simcheck.receipt.json").read_text())
    return answer


# -- run ---------------------------------------------------------------------------------------------------------------


def test_run_writes_a_receipt_that_verify_accepts(
    gate: FakeGate, folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["hook", "run", "a.png", "b.png", "--project", "film-7", "--tag", "k=v"]) == 0
    assert gate.asked == [(name, Purpose("film-7", {"k": "v"})) for name in ("a.png", "b.png")]
    assert gate.closed
    assert [(one["path"], one["decision"]) for one in receipt()["files"]] == [("a.png", "pass"), ("b.png", "pass")]
    assert capsys.readouterr().err == "the snapshot was made anew\n"
    assert main(["hook", "verify", "simcheck.receipt.json", "a.png", "b.png"]) == 0
    assert "2 files are what was checked" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("files", "code"),
    [
        (["a.png"], 0),
        (["a.png", "block.png"], 1),
        (["review.png"], 1),
        (["a.png", "broken.png"], 3),
        (["broken.png", "block.png"], 1),
    ],
)
def test_run_and_verify_end_alike(gate: FakeGate, folder: Path, files: list[str], code: int) -> None:
    """A receipt is written about held files too, and holds them."""
    assert main(["hook", "run", *files]) == code
    assert len(receipt()["files"]) == len(files)
    assert main(["hook", "verify", "simcheck.receipt.json", *files]) == code


def test_run_says_what_is_held(gate: FakeGate, folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    main(["hook", "run", "a.png", "block.png"])
    out, err = capsys.readouterr()
    assert "block.png" in out
    assert "because block" in out
    assert "1 block, 1 pass; receipt: simcheck.receipt.json" in out
    assert "do not publish" in err


def test_run_answers_in_json(gate: FakeGate, folder: Path, capsys: pytest.CaptureFixture[str], contract: Any) -> None:
    code = main(["hook", "run", "a.png", "block.png", "broken.png", "--json", "--receipt", "r.json"])
    answer = json.loads(capsys.readouterr().out)
    assert contract.summary_faults(answer, code) == []
    assert answer["receipt"] == "r.json"
    assert Path("r.json").exists()


def test_run_reads_a_manifest_and_walks_folders(gate: FakeGate, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (folder / "dist").mkdir()
    (folder / "dist" / "c.png").write_bytes(png(3))
    (folder / "list.txt").write_bytes(b"a.png\r\ndist\n\n")
    assert main(["hook", "run", "--manifest", "list.txt"]) == 0
    assert [one["path"] for one in receipt()["files"]] == ["a.png", "dist/c.png"]
    stdin = os.fdopen(os.open(folder / "list.txt", os.O_RDONLY))
    monkeypatch.setattr(sys, "stdin", stdin)
    assert main(["hook", "run", "--manifest", "-"]) == 0
    assert main(["hook", "verify", "simcheck.receipt.json", "dist", "a.png"]) == 0


def test_a_receipt_among_the_files_is_none_of_them(gate: FakeGate, folder: Path) -> None:
    for name in ("block.png", "review.png", "broken.png"):
        (folder / name).unlink()
    for _ in range(2):
        assert main(["hook", "run", "."]) == 0
        assert [one["path"] for one in receipt()["files"]] == ["./a.png", "./b.png"]
        assert main(["hook", "verify", "simcheck.receipt.json", "."]) == 0


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        ([], "either the files or a --manifest"),
        (["a.png", "--manifest", "list.txt"], "either the files or a --manifest"),
        (["--manifest", "none.txt"], "cannot be read"),
        (["--manifest", "empty.txt"], "names no files"),
        (["a.png", "none.png"], "there is no file or folder at none.png"),
        (["nothing"], "there are no files to check"),
        (["a.png", "--tag", "k"], "no tag"),
        (["a.png", "--receipt", "none/r.json"], "cannot be written"),
        (["a.png", "--frobnicate"], "No such option"),
    ],
)
def test_run_used_wrongly_ends_with_2_and_leaves_no_receipt(
    gate: FakeGate, folder: Path, arguments: list[str], sentence: str, capsys: pytest.CaptureFixture[str]
) -> None:
    (folder / "empty.txt").write_text("")
    (folder / "nothing").mkdir()
    assert main(["hook", "run", *arguments]) == 2
    assert sentence in capsys.readouterr().err
    assert not list(folder.glob("*receipt*"))


@pytest.mark.parametrize("fault", [IndexMissingError("there is no index"), ModelError("no model"), RuntimeError("x")])
def test_where_nothing_can_be_checked_nothing_is_published(
    fault: Exception, folder: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def broken(settings: object, door: str) -> simcheck.gate.Gate:
        raise fault

    monkeypatch.setattr(simcheck.gate, "open_gate", broken)
    assert main(["hook", "run", "a.png"]) == 2
    err = capsys.readouterr().err
    assert str(fault) in err
    assert "Traceback" not in err
    assert not Path("simcheck.receipt.json").exists()


def test_an_interrupted_run_leaves_the_old_receipt_or_none(gate: FakeGate, folder: Path) -> None:
    gate.dies_at = "b.png"
    assert main(["hook", "run", "a.png", "b.png"]) == 130
    assert not Path("simcheck.receipt.json").exists()
    assert gate.closed
    Path("simcheck.receipt.json").write_text("old")
    assert main(["hook", "run", "a.png", "b.png"]) == 130
    assert Path("simcheck.receipt.json").read_text() == "old"
    assert not list(folder.glob(".*"))


def test_a_receipt_is_signed_where_there_is_a_key(
    gate: FakeGate, folder: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    main(["hook", "run", "a.png"])
    monkeypatch.setenv("SIMCHECK_RECEIPT_KEY", "key")
    assert main(["hook", "verify", "simcheck.receipt.json", "a.png"]) == 1
    assert "not signed" in capsys.readouterr().err
    assert main(["hook", "run", "a.png"]) == 0
    assert receipt()["signature"] == receipts.sign(receipt(), b"key")
    assert main(["hook", "verify", "simcheck.receipt.json", "a.png"]) == 0
    assert "(signed)" in capsys.readouterr().out
    monkeypatch.setenv("SIMCHECK_RECEIPT_KEY", "another")
    assert main(["hook", "verify", "simcheck.receipt.json", "a.png"]) == 1
    assert "signature is wrong" in capsys.readouterr().err
    monkeypatch.setenv("SIMCHECK_RECEIPT_KEY", "")
    assert main(["hook", "verify", "simcheck.receipt.json", "a.png"]) == 2
    assert main(["hook", "run", "a.png"]) == 2
    monkeypatch.delenv("SIMCHECK_RECEIPT_KEY")
    capsys.readouterr()
    assert main(["hook", "verify", "simcheck.receipt.json", "a.png"]) == 0
    assert "signature not looked at" in capsys.readouterr().out


# -- verify ------------------------------------------------------------------------------------------------------------


def test_verify_refuses_changed_and_unknown_files(
    gate: FakeGate, folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    main(["hook", "run", "a.png"])
    assert main(["hook", "verify", "simcheck.receipt.json", "a.png", "b.png"]) == 1
    assert "b.png is not in the receipt" in capsys.readouterr().err
    (folder / "a.png").write_bytes(png(1) + b"\0")
    assert main(["hook", "verify", "simcheck.receipt.json", "a.png", "--json"]) == 1
    out, err = capsys.readouterr()
    [refused] = json.loads(out)["refused"]
    assert refused["path"] == "a.png"
    assert "bytes have changed" in refused["reason"]
    assert "bytes have changed" in err


@pytest.mark.parametrize(
    ("age_s", "option", "code"),
    [(3_600, [], 0), (86_400 - 60, [], 0), (86_400 + 60, [], 1), (3_600, ["--max-age", "30m"], 1), (-3_600, [], 1)],
)
def test_verify_refuses_old_receipts_and_those_to_come(
    gate: FakeGate, folder: Path, age_s: int, option: list[str], code: int
) -> None:
    main(["hook", "run", "a.png"])
    when = time.strftime(receipts.TIME, time.gmtime(time.time() - age_s))
    Path("simcheck.receipt.json").write_text(json.dumps(receipt() | {"created_at": when}))
    assert main(["hook", "verify", "simcheck.receipt.json", "a.png", *option]) == code


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (["none.json", "a.png"], "cannot be read"),
        (["a.png", "a.png"], "no receipt of simcheck"),
        (["simcheck.receipt.json", "none.png"], "there is no file or folder"),
        (["simcheck.receipt.json"], "Missing argument"),
        (["simcheck.receipt.json", "nothing"], "there are no files to verify"),
        (["simcheck.receipt.json", "a.png", "--max-age", "soon"], "no length of time"),
    ],
)
def test_verify_where_nothing_can_be_decided(
    gate: FakeGate, folder: Path, arguments: list[str], sentence: str, capsys: pytest.CaptureFixture[str]
) -> None:
    main(["hook", "run", "a.png"])
    (folder / "nothing").mkdir()
    assert main(["hook", "verify", *arguments]) == 2
    assert sentence in capsys.readouterr().err


def test_verify_does_not_wait_for_a_pipe(gate: FakeGate, folder: Path) -> None:
    main(["hook", "run", "a.png"])
    os.mkfifo("pipe.png")
    assert main(["hook", "verify", "simcheck.receipt.json", "a.png", "pipe.png"]) == 3


# -- git ---------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("data", "code"), [(png(1), 0), (BLOCKED, 1), (REVIEWED, 1), (BROKEN, 3)])
def test_a_commit_is_held_by_what_is_staged(
    gate: FakeGate, repository: Make, data: bytes, code: int, capsys: pytest.CaptureFixture[str]
) -> None:
    here = repository()
    (here.top / "a.png").write_bytes(data)
    here.git("add", "a.png")
    (here.top / "a.png").write_bytes(png(9))
    assert main(["hook", "pre-commit"]) == code
    assert main(["hook", "pre-commit", "--", "a.png"]) == code
    assert ("the commit stops" in capsys.readouterr().err) is (code != 0)


def test_a_commit_without_media_opens_nothing(repository: Make, monkeypatch: pytest.MonkeyPatch) -> None:
    here = repository()
    (here.top / "a.py").write_text("print()\n")
    here.git("add", "a.py")
    monkeypatch.setattr(simcheck.gate, "open_gate", lambda *_: pytest.fail("opened"))
    assert main(["hook", "pre-commit"]) == 0


def install(here: Repository, remote: Repository) -> Path:
    """The hook in ``here``, with ``remote`` as its origin."""
    assert main(["hook", "install"]) == 0
    here.git("remote", "add", "origin", str(remote.top))
    return here.top / ".git" / "hooks" / "pre-push"


def test_install_writes_a_hook_that_stops_a_push_where_nothing_can_be_checked(
    repository: Make, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A real push with the real program, without an index: closed."""
    remote = repository("remote.git", "--bare")
    here = repository()
    install(here, remote)
    here.commit({"words.txt": b"words"})
    here.git("push", "--quiet", "origin", "main")
    here.commit({"a.png": png(1)})
    monkeypatch.setenv("SIMCHECK_INDEX", str(here.top / "none"))
    done = subprocess.run(["git", "push", "origin", "main"], cwd=here.top, capture_output=True, text=True, check=False)
    assert done.returncode != 0
    assert "there is no index" in done.stderr
    assert remote.git("log", "--oneline", "main").count("\n") == 0


def test_install_again_changes_nothing_and_other_options_replace_the_old(
    repository: Make, capsys: pytest.CaptureFixture[str]
) -> None:
    here = repository()
    assert main(["hook", "install"]) == 0
    path = here.top / ".git" / "hooks" / "pre-push"
    first = path.read_text()
    assert os.access(path, os.X_OK)
    assert main(["hook", "install"]) == 0
    assert path.read_text() == first
    assert main(["hook", "install", "--index", "studio", "--project", "film 7; rm -rf", "--tag", "k=v"]) == 0
    assert capsys.readouterr().out.split("\n")[:3] == [
        f"{what}: .git/hooks/pre-push" for what in ("installed", "unchanged", "updated")
    ]
    assert f"--project 'film 7; rm -rf' --index {here.top}/studio --tag k=v \"$@\"" in path.read_text()


def test_install_respects_the_hooks_path_and_leaves_another_hook_alone(
    repository: Make, capsys: pytest.CaptureFixture[str]
) -> None:
    here = repository()
    here.git("config", "core.hooksPath", "shared hooks")
    assert main(["hook", "install"]) == 0
    path = here.top / "shared hooks" / "pre-push"
    assert "simcheck.cli hook pre-push" in path.read_text()
    path.write_text("#!/bin/sh\necho mine\n")
    assert main(["hook", "install"]) == 2
    assert "stays as it is; add this line" in capsys.readouterr().err
    assert path.read_text() == "#!/bin/sh\necho mine\n"


def test_install_needs_a_repository(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("GIT_CEILING_DIRECTORIES", str(tmp_path.parent))
    assert main(["hook", "install"]) == 2


def test_a_hook_whose_python_is_gone_lets_nothing_through(
    repository: Make, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    here = repository()
    monkeypatch.setattr(sys, "executable", str(tmp_path / "gone" / "python's"))
    assert main(["hook", "install"]) == 0
    done = subprocess.run([here.top / ".git" / "hooks" / "pre-push", "origin", "x"], capture_output=True, check=False)
    assert done.returncode == 2
    assert b"run 'simcheck hook install' again" in done.stderr


def test_a_push_is_held_by_any_of_its_commits(
    gate: FakeGate, repository: Make, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    here = repository()
    here.commit({"a.png": png(1), "copy.png": BLOCKED})
    head = here.commit({"copy.png": None})
    updates = here.top / "updates"
    updates.write_text(f"refs/heads/main {head} refs/heads/main {'0' * 40}\n")
    with updates.open() as stdin:
        monkeypatch.setattr(sys, "stdin", stdin)
        assert main(["hook", "pre-push", "origin", "url"]) == 1
    out, err = capsys.readouterr()
    assert "copy.png" in out
    assert "the push stops: 1 block, 1 pass" in err


def test_the_frameworks_hook_is_what_we_offer() -> None:
    text = (Path(__file__).parents[2] / ".pre-commit-hooks.yaml").read_text()
    assert "entry: simcheck hook pre-commit\n" in text
    assert "language: system\n" in text
    assert "require_serial: true\n" in text
    assert "args: [--]\n" in text
