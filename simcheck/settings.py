"""Where things are and how much they may take. Environment beats file, an option beats the environment (CONTRACT).

Nothing here decides about a match: every threshold stands in the policy.
"""

from __future__ import annotations

import os
import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from pydantic import BaseModel, ConfigDict, Field, ValidationError
from pydantic_settings import BaseSettings, PydanticBaseSettingsSource, SettingsConfigDict

from simcheck.decode.limits import Limits
from simcheck.errors import SettingsError

CONFIG_NAME = "simcheck.toml"
INDEX_NAME = ".simcheck"


class ServiceSettings(BaseModel):
    """What the HTTP service may take. Sizes in bytes, times in seconds."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    requests_per_minute: int = Field(default=600, ge=1, description="for each key")
    queue: int = Field(default=32, ge=1, description="checks that wait; one more is answered 503")
    synchronous_bytes: int = Field(default=64 * 2**20, ge=1, description="a larger output is queued and answered 202")
    upload_timeout_s: float = Field(default=60.0, gt=0)
    shutdown_s: float = Field(default=30.0, gt=0)


class Settings(BaseSettings):
    """The configuration: ``simcheck.toml``, environment (``SIMCHECK_…``, ``__`` goes one level down), options."""

    model_config = SettingsConfigDict(env_prefix="SIMCHECK_", env_nested_delimiter="__", frozen=True, extra="forbid")

    index: Path | None = Field(default=None, description="folder of the index")
    policy: Path | None = Field(default=None, description="policy file; the built-in default without one")
    encoder: str = Field(default="simcheck-image-2", description="simcheck-image-2, st:NAME or onnx:PATH")
    sentences: str = Field(
        default="all-MiniLM-L6-v2", description="sentence encoder of texts: all-MiniLM-L6-v2, st:NAME, or off"
    )
    workers: int = Field(default_factory=lambda: min(os.cpu_count() or 1, 16), ge=1, le=64, description="files at once")
    server: str | None = Field(default=None, description="URL of a running service that checks instead of this process")
    key: str | None = Field(default=None, repr=False, description="API key for the server")
    limits: Limits = Field(default_factory=Limits)
    service: ServiceSettings = Field(default_factory=ServiceSettings)

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,
        file_secret_settings: PydanticBaseSettingsSource,
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        """The file's values come in as init arguments, so the environment has to stand before them."""
        return env_settings, init_settings


def find_upward(name: str, start: Path) -> Path | None:
    """The nearest ``name`` in ``start`` or a folder above it."""
    for folder in (start, *start.parents):
        if (folder / name).exists():
            return folder / name
    return None


def config_path(given: Path | None = None) -> Path | None:
    """``--config``, else ``SIMCHECK_CONFIG``, else the nearest ``simcheck.toml`` upward."""
    if given is not None:
        return given
    if named := os.environ.get("SIMCHECK_CONFIG"):
        return Path(named)
    return find_upward(CONFIG_NAME, Path.cwd())


def _read(path: Path) -> dict[str, Any]:
    try:
        values = tomllib.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        raise SettingsError(f"there is no configuration at {path}: create it or name another with --config") from None
    except (OSError, UnicodeDecodeError) as fault:
        raise SettingsError(f"the configuration {path} cannot be read ({fault})") from None
    except tomllib.TOMLDecodeError as fault:
        raise SettingsError(f"the configuration {path} is not TOML: {fault}") from None
    # Paths in a file are meant from where the file stands, wherever the command is called.
    for name in ("index", "policy"):
        if isinstance(values.get(name), str):
            values[name] = path.parent / Path(values[name]).expanduser()
    return values


def load(config: Path | None = None, overrides: Mapping[str, Any] | None = None) -> Settings:
    """Read the configuration. ``overrides`` are the options given on the command line, None meaning not given.

    Raises SettingsError with the file, the key and what is wrong with it.
    """
    path = config_path(config)
    values = _read(path) if path is not None else {}
    try:
        settings = Settings(**values)
        given = {name: value for name, value in (overrides or {}).items() if value is not None}
        return Settings.model_validate(settings.model_copy(update=given)) if given else settings
    except ValidationError as fault:
        first = fault.errors()[0]
        key = ".".join(str(part) for part in first["loc"])
        where = f"the configuration {path} or the environment" if path else "the environment"
        what = "is not a setting" if first["type"] == "extra_forbidden" else f"is wrong: {first['msg']}"
        raise SettingsError(f"{where}: {key!r} {what}; `simcheck doctor` lists the settings in force") from None


def index_path(settings: Settings) -> Path:
    """Where the index is: settings (option, environment, file), else the nearest ``.simcheck`` upward, else here."""
    if settings.index is not None:
        return settings.index.expanduser()
    return find_upward(INDEX_NAME, Path.cwd()) or Path.cwd() / INDEX_NAME
