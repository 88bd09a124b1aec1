"""Where things are: option before environment before file, and a fault names the key."""

from __future__ import annotations

from pathlib import Path

import pytest

from simcheck import settings
from simcheck.errors import SettingsError


@pytest.fixture(autouse=True)
def _elsewhere(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    for name in ("SIMCHECK_INDEX", "SIMCHECK_CONFIG", "SIMCHECK_POLICY"):
        monkeypatch.delenv(name, raising=False)


def test_option_beats_environment_beats_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "simcheck.toml").write_text('index = "from-file"\nworkers = 3\n[limits]\nmax_pixels = 1000\n')
    assert settings.load().index == tmp_path / "from-file"
    assert settings.load().workers == 3
    assert settings.load().limits.max_pixels == 1000
    monkeypatch.setenv("SIMCHECK_INDEX", "from-environment")
    monkeypatch.setenv("SIMCHECK_LIMITS__MAX_PIXELS", "2000")
    assert settings.load().index == Path("from-environment")
    assert settings.load().limits.max_pixels == 2000
    assert settings.load(overrides={"index": Path("from-option")}).index == Path("from-option")
    assert settings.load(overrides={"index": None}).index == Path("from-environment")


def test_the_configuration_is_found_upward_and_its_paths_are_meant_from_there(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "simcheck.toml").write_text('index = "works"\n')
    below = tmp_path / "a" / "b"
    below.mkdir(parents=True)
    monkeypatch.chdir(below)
    assert settings.index_path(settings.load()) == tmp_path / "works"


def test_the_index_is_found_upward_else_here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    below = tmp_path / "a" / "b"
    below.mkdir(parents=True)
    monkeypatch.chdir(below)
    assert settings.index_path(settings.load()) == below / ".simcheck"
    (tmp_path / ".simcheck").mkdir()
    assert settings.index_path(settings.load()) == tmp_path / ".simcheck"


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("colour = 1", "'colour' is not a setting"),
        ("workers = 0", "'workers'"),
        ("[limits]\nmax_pixel = 1", "max_pixel"),
        ("index = ", "is not TOML"),
    ],
)
def test_a_wrong_configuration_names_the_file_and_the_key(tmp_path: Path, text: str, says: str) -> None:
    (tmp_path / "simcheck.toml").write_text(text)
    with pytest.raises(SettingsError, match=r"simcheck\.toml") as caught:
        settings.load()
    assert says in caught.value.message


def test_a_named_configuration_must_exist(tmp_path: Path) -> None:
    with pytest.raises(SettingsError, match="there is no configuration"):
        settings.load(tmp_path / "other.toml")


def test_the_receipt_key_is_no_setting(monkeypatch: pytest.MonkeyPatch) -> None:
    """A secret must not end up in a printed configuration."""
    monkeypatch.setenv("SIMCHECK_RECEIPT_KEY", "hush")
    assert "hush" not in repr(settings.load())


def test_the_api_key_is_not_printed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SIMCHECK_KEY", "hush")
    assert settings.load().key == "hush"
    assert "hush" not in repr(settings.load())
