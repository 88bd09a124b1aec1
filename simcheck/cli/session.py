"""Finding and opening the index for the commands that check nothing: no model is loaded for them."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from simcheck.cli.output import say

if TYPE_CHECKING:
    from simcheck.index.embedded import EmbeddedIndex


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
