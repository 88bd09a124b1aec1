"""The options that several commands share, each defined once."""

from __future__ import annotations

import os
from collections.abc import Sequence
from pathlib import Path
from typing import Annotated

import typer

from simcheck.errors import UsageError


def _without_colours(value: bool) -> None:
    if value:
        os.environ["NO_COLOR"] = "1"


IndexDir = Annotated[
    Path | None,
    typer.Option(
        "--index", metavar="DIR", help="The index [else SIMCHECK_INDEX, the configuration, .simcheck/ upward]."
    ),
]
Config = Annotated[
    Path | None,
    typer.Option("--config", metavar="FILE", help="The configuration [else SIMCHECK_CONFIG, simcheck.toml upward]."),
]
PolicyFile = Annotated[
    Path | None,
    typer.Option("--policy", metavar="FILE", help="The policy [else the configuration's, the built-in one]."),
]
Json = Annotated[bool, typer.Option("--json", help="One JSON object on stdout.")]
Quiet = Annotated[bool, typer.Option("--quiet", "-q", help="No progress.")]
NoColor = Annotated[
    bool,
    typer.Option("--no-color", help="No colours.", callback=_without_colours, is_eager=True, expose_value=False),
]
Project = Annotated[str | None, typer.Option("--project", metavar="P", help="What the output is for.")]
Tags = Annotated[list[str] | None, typer.Option("--tag", metavar="K=V", help="A tag; may be given several times.")]
Server = Annotated[
    str | None, typer.Option("--server", metavar="URL", help="Let a running service check; its key is SIMCHECK_KEY.")
]
AllowReview = Annotated[bool, typer.Option("--allow-review", help="Only block ends with 1; review does not.")]


def parse_tags(given: Sequence[str] | None) -> dict[str, str]:
    """``["campaign=spring"]`` as ``{"campaign": "spring"}``. Raises UsageError."""
    tags: dict[str, str] = {}
    for text in given or ():
        key, equals, value = text.partition("=")
        if not equals or not key:
            raise UsageError(f"--tag {text!r} is no tag; write KEY=VALUE")
        if tags.get(key, value) != value:
            raise UsageError(f"--tag {key} is given twice, as {tags[key]!r} and as {value!r}; give it once")
        tags[key] = value
    return tags
