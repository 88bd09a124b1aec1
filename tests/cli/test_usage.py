"""Wrong usage, where things are, colours, interruption: what a user meets when something is not as it should be."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
from cli_world import Call

import simcheck.gate
from simcheck.cli.output import colours, emit, progress

SIMCHECK = [sys.executable, "-m", "simcheck.cli"]


def process(*arguments: str | Path, **options: object) -> subprocess.CompletedProcess[str]:
    environment = {name: value for name, value in os.environ.items() if not name.startswith("SIMCHECK_")}
    return subprocess.run(
        [*SIMCHECK, *map(str, arguments)], capture_output=True, text=True, check=False, env=environment, **options
    )  # type: ignore[call-overload,no-any-return]


@pytest.mark.parametrize(
    "arguments",
    [
        [],
        ["chek", "a.png"],
        ["--json", "check", "a.png"],
        ["check"],
        ["check", "a.png", "--frobnicate"],
        ["check", "a.png", "--top", "0"],
        ["check", "a.png", "--top", "many"],
        ["check", "a.png", "--json", "--jsonl"],
        ["check", "-", "-"],
        ["check", "a.png", "--tag", "novalue"],
        ["check", "a.png", "--tag", "k=1", "--tag", "k=2"],
        ["check", "a.png", "--policy", "none.toml"],
        ["check", "a.png", "--config", "none.toml"],
        ["add"],
        ["add", "none"],
        ["add", "a.png", "--tag", "=x"],
        ["explain", "none.png"],
        ["explain", "."],
        ["references", "list", "--kind", "smell"],
        ["history", "--limit", "0"],
        ["keys", "create", "--role", "check", "--name", "a\nb"],
        ["hook"],
        ["serve", "--port", "70000"],
        ["serve", "--host", "0.0.0.0", "--no-keys"],
    ],
    ids=" ".join,
)
def test_wrong_usage_is_2_and_one_sentence(
    arguments: list[str], call: Call, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "a.png").write_bytes(b"x")
    done = call(*arguments)
    assert (done.code, done.out) == (2, "")
    assert done.err.startswith("simcheck: ")
    assert done.err.count("\n") == 1
    assert "foresaw" not in done.err
    assert [path.name for path in tmp_path.iterdir()] == ["a.png"], "nothing is left behind"


@pytest.mark.parametrize(
    "arguments",
    [
        ["check", "a.png"],
        ["check", "nothing"],
        ["explain", "a.png"],
        ["references", "list"],
        ["references", "remove", "X"],
        ["history"],
        ["index", "stats"],
        ["index", "verify"],
        ["index", "rebuild"],
        ["index", "compact"],
        ["index", "export", "x.tar"],
        ["keys", "create", "--role", "check"],
        ["keys", "list"],
        ["serve", "--port", "0"],
        ["hook", "run", "a.png"],
    ],
    ids=" ".join,
)
def test_without_an_index_everything_but_add_says_how_to_make_one(
    arguments: list[str], call: Call, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "a.png").write_bytes(b"x")
    (tmp_path / "nothing").mkdir()
    done = call(*arguments, "--index", "none")
    assert (done.code, done.out) == (2, "")
    assert "there is no index at none" in done.err
    assert "simcheck add" in done.err
    assert not (tmp_path / "none").exists()


def test_where_the_index_is_looked_for(
    call: Call, copied: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """An option beats the environment, that the configuration, that the nearest ``.simcheck`` upward."""
    (copied / "deep" / "er").mkdir(parents=True)
    monkeypatch.chdir(copied / "deep" / "er")
    assert call("references", "list").code == 0
    configured = copied / "deep" / "simcheck.toml"
    configured.write_text('index = "configured"\n')
    assert f"no index at {copied}/deep/configured" in call("references", "list").err
    monkeypatch.setenv("SIMCHECK_INDEX", str(tmp_path / "from environment"))
    assert "no index at " + str(tmp_path / "from environment") in call("references", "list").err
    assert call("references", "list", "--index", copied / ".simcheck").code == 0
    monkeypatch.delenv("SIMCHECK_INDEX")
    other = tmp_path / "other.toml"
    other.write_text(f'index = "{copied}/.simcheck"\n')
    assert call("references", "list", "--config", other).code == 0
    monkeypatch.setenv("SIMCHECK_CONFIG", str(other))
    assert call("references", "list").code == 0
    other.write_text('indx = "x"\n')
    assert "'indx' is not a setting" in call("references", "list").err


def test_a_fault_nobody_foresaw_is_no_pass_and_no_traceback(
    call: Call, here: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(*_: object) -> None:
        raise ZeroDivisionError("x")

    monkeypatch.setattr(simcheck.gate, "open_gate", broken)
    done = call("check", "out/new.jpg")
    assert (done.code, done.err) == (2, "simcheck: an error that nobody foresaw: ZeroDivisionError: x\n")
    monkeypatch.setenv("SIMCHECK_DEBUG", "1")
    assert "Traceback" in call("check", "out/new.jpg").err


@pytest.mark.parametrize(
    ("terminal", "variables", "expected"),
    [
        (True, {}, True),
        (False, {}, False),
        (True, {"NO_COLOR": "1"}, False),
        (True, {"NO_COLOR": ""}, True),
        (True, {"TERM": "dumb"}, False),
    ],
)
def test_colours_are_for_terminals(
    terminal: bool, variables: dict[str, str], expected: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sys.stdout, "isatty", lambda: terminal, raising=False)
    monkeypatch.setenv("TERM", "xterm")
    for name, value in variables.items():
        monkeypatch.setenv(name, value)
    assert colours() is expected


@pytest.mark.parametrize("quiet", [False, True])
def test_progress_leaves_the_result_on_stdout(
    quiet: bool, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sys.stderr, "isatty", lambda: True, raising=False)
    monkeypatch.setenv("TERM", "xterm")
    with progress("Adding", 2, quiet) as advance:
        emit("a result")
        advance()
        advance()
    out, err = capsys.readouterr()
    assert out == "a result\n"
    assert ("Adding" in err) is not quiet


def test_no_color_turns_colours_off(call: Call, here: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NO_COLOR", "")
    call("policy", "check", "--no-color")
    assert os.environ["NO_COLOR"] == "1"


def test_explain_and_the_report_folder(call: Call, copied: Path) -> None:
    before = call("history", "--json").out
    done = call("explain", "out/copy.jpg", "--out", "why.html")
    assert done.code == 0
    assert "coffee.png" in done.out
    page = (copied / "why.html").read_text()
    assert "coffee.png" in page
    assert "data:image/" in page
    assert call("explain", "out/cut.jpg").code == 3
    assert call("explain", "out/copy.jpg", "--out", "none/why.html").code == 2
    assert call("history", "--json").out == before, "an explanation is no check"
    done = call("check", "out/copy.jpg", "out/empty.png", "--report", "pages", "--json")
    assert (done.code, len(done.json["reports"])) == (1, 2)
    assert "copy.jpg" in (copied / "pages" / "index.html").read_text()
    assert "pages/index.html" in done.err


def test_doctor_says_what_works(call: Call, here: Path) -> None:
    done = call("doctor", "--json")
    answer = done.json
    assert (done.code, answer["ok"]) == (0, True)
    found = {one["name"]: one["detail"] for one in answer["findings"]}
    assert "an edited copy is blocked" in found["known answers"]
    assert "3 references" in found["index"]
    assert found["numpy"]


def test_doctor_says_what_does_not_work(call: Call, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / ".simcheck").mkdir()
    (tmp_path / ".simcheck" / "catalogue.sqlite").write_bytes(b"no database" * 1000)
    (tmp_path / "simcheck.toml").write_text('encoder = "onnx:none.onnx"\nserver = "http://127.0.0.1:9"\n')
    done = call("doctor")
    assert done.code == 2
    wrong = [line.split()[1] for line in done.out.splitlines() if line.startswith("WRONG")]
    assert wrong == ["models", "known", "index", "server"]
    (tmp_path / "simcheck.toml").write_text("encoder = 3\n")
    assert "WRONG  configuration" in call("doctor").out


# -- as a process ------------------------------------------------------------------------------------------------------


def test_the_program_says_its_version_and_loads_nothing_heavy() -> None:
    code = (
        "import sys; from simcheck.cli.main import main; assert main(['--version']) == 0; "
        "print(*sorted({'numpy', 'pydantic', 'rich', 'sqlalchemy', 'httpx', 'PIL'} & set(sys.modules)))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.splitlines() == ["simcheck 0.1.0", ""]


def test_a_check_loads_neither_torch_nor_what_the_service_needs(here: Path) -> None:
    code = (
        "import sys; from simcheck.cli.main import main; main(['check', 'out/new.jpg']); "
        "print(*sorted({'torch', 'sentence_transformers', 'fastapi', 'httpx', 'rich', 'jinja2'} & set(sys.modules)))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.splitlines()[0].startswith("pass")
    assert done.stdout.splitlines()[-1] == ""


def test_stdout_that_takes_nothing_is_no_pass(here: Path) -> None:
    with open("/dev/full", "w") as full:
        done = subprocess.run(
            [*SIMCHECK, "policy", "show"], stdout=full, stderr=subprocess.PIPE, text=True, check=False
        )
    assert done.returncode == 2
    assert done.stderr == "simcheck: the result cannot be written to stdout (No space left on device)\n"


def test_ctrl_c_ends_with_130_and_leaves_whole_works(here: Path, tmp_path: Path) -> None:
    """What an interrupted run leaves is whole, and the next one goes on from it."""
    works = tmp_path / "works"
    works.mkdir()
    for number in range(4):
        data = (here / "works" / "chelsea.png").read_bytes()
        (works / f"{number}.png").write_bytes(data + b"\0" * number)
    running = subprocess.Popen(
        [*SIMCHECK, "add", works, "--index", tmp_path / "index"],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    until = time.monotonic() + 60
    while not (tmp_path / "index" / "catalogue.sqlite").exists() and time.monotonic() < until:
        time.sleep(0.05)
    running.send_signal(signal.SIGINT)
    out, err = running.communicate(timeout=60)
    assert (running.returncode, out, err) == (130, "", "simcheck: interrupted\n")
    again = process("add", works, "--index", tmp_path / "index")
    assert again.returncode == 0, again.stderr
    assert len(process("references", "list", "--index", tmp_path / "index").stdout.splitlines()) == 4
    assert process("index", "verify", "--index", tmp_path / "index").returncode == 0
