"""What a command works with: the settings, and the index for those that check nothing (no model is loaded for them)."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from simcheck.cli.output import say
from simcheck.errors import UsageError

if TYPE_CHECKING:
    from simcheck.index.embedded import EmbeddedIndex
    from simcheck.settings import Settings


def settings_for(config: Path | None, index: Path | None, policy: Path | None, server: str | None) -> Settings:
    """The settings of a command that checks. A server has its own index and policy: UsageError where one is named too;
    ``--index`` checks here even where the configuration names a server."""
    from simcheck import settings as configuration

    if server is not None and (index is not None or policy is not None):
        raise UsageError("--server checks with its own index and policy: leave out --index and --policy")
    settings = configuration.load(config, {"index": index, "policy": policy, "server": server})
    if index is not None:
        return settings.model_copy(update={"server": None})
    if policy is not None and settings.server is not None:
        raise UsageError(
            f"{settings.server}, which the configuration names, checks with its own policy: leave out --policy"
        )
    return settings


def index_path(config: Path | None, index: Path | None) -> Path:
    """Where the index is that ``--index``, environment and configuration name; it need not be there."""
    from simcheck import settings as configuration

    return configuration.index_path(configuration.load(config, {"index": index}))


def index_for(config: Path | None, index: Path | None) -> EmbeddedIndex:
    """That index, opened, to be used in ``with``. What it found and mended is said."""
    from simcheck.index import open_index

    opened = open_index(index_path(config, index), ())
    for notice in opened.notices:
        say(notice)
    return opened
