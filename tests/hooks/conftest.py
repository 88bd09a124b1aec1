"""What the tests of the hooks work with."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

import pytest
from hook_world import Repository


@pytest.fixture
def repository(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[[str], Repository]:
    """Makes repositories; the last one made is the folder that the test works in."""
    for name in [name for name in os.environ if name.startswith("GIT_")]:
        monkeypatch.delenv(name)
    (tmp_path / "gitconfig").write_text("[user]\nname = Test\nemail = test@example.org\n[init]\ndefaultBranch = main\n")
    monkeypatch.setenv("GIT_CONFIG_GLOBAL", str(tmp_path / "gitconfig"))
    monkeypatch.setenv("GIT_CONFIG_NOSYSTEM", "1")

    def make(name: str = "repository", *options: str) -> Repository:
        top = tmp_path / name
        top.mkdir()
        made = Repository(top)
        made.git("init", "--quiet", *options)
        monkeypatch.chdir(top)
        return made

    return make
