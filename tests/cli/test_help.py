"""Every command teaches: an example that is possible, the exit codes, and a reference page that is current."""

from __future__ import annotations

import re
import shlex
from pathlib import Path
from typing import Any

import pytest

from simcheck.cli import reference
from simcheck.cli.main import main

COMMANDS = dict(reference.commands())
ROOT = Path(__file__).parents[2]
CONTRACT = """add check explain history calibrate serve doctor
references list|show|remove|quarantine|restore|exclude
index stats|verify|rebuild|compact|export|import
policy show|check|init
keys create|list|revoke
hook install|run|verify|pre-commit|pre-push"""


def test_the_commands_are_those_of_the_contract() -> None:
    first, *groups = CONTRACT.splitlines()
    named = [f"simcheck {name}" for name in first.split()]
    for group in groups:
        name, parts = group.split()
        named += [f"simcheck {name} {part}" for part in parts.split("|")]
    assert sorted(COMMANDS) == sorted(named)


@pytest.mark.parametrize("name", COMMANDS)
def test_help_shows_an_example_and_the_exit_codes(name: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main([*name.split()[1:], "--help"]) == 0
    shown = capsys.readouterr().out
    text, _, rest = shown.partition("Examples:")
    assert len(text.splitlines()) > 3, "what the command does"
    assert f"{name} " in rest or f"{name}\n" in rest
    codes = rest.partition("Exit codes:")[2]
    for code in ("0 ", "2 ", "130 "):
        assert re.search(rf"^ +{code}", codes, re.MULTILINE), code


def examples() -> list[tuple[str, str]]:
    """(command, example) for every line of the help that begins with a dollar sign."""
    return [
        (name, line.strip().removeprefix("$ "))
        for name, command in COMMANDS.items()
        for line in str(command.help).splitlines()
        if line.strip().startswith("$ ")
    ]


def calls(example: str) -> list[list[str]]:
    """The simcheck calls in a line of shell, as words."""
    inner = re.findall(r"\$\((simcheck [^)]*)\)", example)
    parts = re.split(r"\s\|\s", re.sub(r"\$\([^)]*\)", "X", example))
    words = [shlex.split(part.split(" > ")[0]) for part in [*inner, *parts]]
    return [part[part.index("simcheck") + 1 :] for part in words if "simcheck" in part]


@pytest.mark.parametrize(("name", "example"), examples())
def test_the_examples_are_possible(name: str, example: str) -> None:
    """Their words are a command, options that it has and as many arguments as it takes."""
    found = calls(example)
    assert found, "an example without simcheck"
    for words in found:
        names = [known for known in COMMANDS if known.split()[1:] == words[: len(known.split()) - 1]]
        assert names, words
        command: Any = COMMANDS[max(names, key=len)]
        rest = words[len(max(names, key=len).split()) - 1 :]
        # Parsing raises for what the command does not take. Values are not looked at.
        context = command.context_class(command, info_name=name, resilient_parsing=True)
        command.parse_args(context, list(rest))


def test_every_command_takes_the_options_that_all_take() -> None:
    without_index = {"policy show", "policy check", "policy init", "hook verify"}
    for name, command in COMMANDS.items():
        options = {option for parameter in command.params for option in parameter.opts}
        assert "--no-color" in options, name
        if name.removeprefix("simcheck ") not in without_index:
            assert {"--index", "--config"} <= options, name


def test_the_reference_page_is_current() -> None:
    written = (ROOT / "docs" / "cli.md").read_text(encoding="utf-8")
    assert written == reference.page(), "run `make docs`"
