"""Opening the index for the commands that check nothing: no model is loaded for them."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from simcheck.cli.output import say

if TYPE_CHECKING:
    from simcheck.index.embedded import EmbeddedIndex


def index_for(config: Path | None, index: Path | None) -> EmbeddedIndex:
    """The index that ``--index``, environment and configuration name, to be used in ``with``."""
    from simcheck import settings as configuration
    from simcheck.index import open_index

    opened = open_index(configuration.index_path(configuration.load(config, {"index": index})), ())
    for notice in opened.notices:
        say(notice)
    return opened
