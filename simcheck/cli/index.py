"""``simcheck index``: look at the index as a whole, prove, mend, shrink and move it."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any

import typer

from simcheck.cli.help import teach
from simcheck.cli.options import Config, IndexDir, Json, NoColor
from simcheck.cli.output import emit, emit_json
from simcheck.cli.session import index_for, index_path

STATS = teach("Show what the index holds and how large it is.", "simcheck index stats", "simcheck index stats --json")
VERIFY = teach(
    "Prove that the index is whole: catalogue, vectors and search structures agree, and searches find what they must.",
    "simcheck index verify",
    "simcheck index verify --index studio.simcheck --json",
    codes={0: "all agrees", 2: "something does not, or there is no index; each sentence says how to mend it"},
)
REBUILD = teach("Make the search structures anew from the catalogue, which is the truth.", "simcheck index rebuild")
COMPACT = teach("Give back the space of what was removed.", "simcheck index compact")
EXPORT = teach(
    "Write the index to one file: the works and their vectors, and the record of checks. Others may use it meanwhile.",
    "simcheck index export studio.simcheck.tar",
)
IMPORT = teach(
    "Make an index from an exported file, where there is none yet.",
    "simcheck index import studio.simcheck.tar --index studio.simcheck",
)


def register(app: typer.Typer) -> None:
    group = typer.Typer(name="index", help="The index as a whole.", rich_markup_mode=None)
    group.command("stats", help=STATS)(stats)
    group.command("verify", help=VERIFY)(verify)
    group.command("rebuild", help=REBUILD)(rebuild)
    group.command("compact", help=COMPACT)(compact)
    group.command("export", help=EXPORT)(export)
    group.command("import", help=IMPORT)(import_)
    app.add_typer(group)


def stats(index: IndexDir = None, config: Config = None, json: Json = False, no_color: NoColor = False) -> None:
    from simcheck.index import maintenance

    with index_for(config, index) as opened:
        _show(maintenance.stats(opened), json)


def verify(
    forgotten: Annotated[
        str | None, typer.Option("--forgotten", metavar="ID", help="Prove that nothing is left of this removed work.")
    ] = None,
    index: IndexDir = None,
    config: Config = None,
    json: Json = False,
    no_color: NoColor = False,
) -> int:
    from simcheck.index import maintenance

    result = maintenance.verify(index_path(config, index), (), forgotten)
    if json:
        emit_json({"ok": result.ok, "problems": result.problems, "checked": result.checked})
    else:
        for problem in result.problems:
            emit(problem)
        if result.ok:
            _show(result.checked, json)
            emit("All agrees.")
    return 0 if result.ok else 2


def rebuild(index: IndexDir = None, config: Config = None, json: Json = False, no_color: NoColor = False) -> None:
    from simcheck.index import maintenance

    _show(maintenance.rebuild(index_path(config, index), ()), json)


def compact(index: IndexDir = None, config: Config = None, json: Json = False, no_color: NoColor = False) -> None:
    from simcheck.index import maintenance

    _show(maintenance.compact(index_path(config, index), ()), json)


def export(
    file: Annotated[Path, typer.Argument(metavar="FILE", help="Where to write it.")],
    index: IndexDir = None,
    config: Config = None,
    json: Json = False,
    no_color: NoColor = False,
) -> None:
    from simcheck.index import maintenance

    _show(maintenance.export(index_path(config, index), file), json)


def import_(
    file: Annotated[Path, typer.Argument(metavar="FILE", help="What `simcheck index export` wrote.")],
    index: IndexDir = None,
    config: Config = None,
    json: Json = False,
    no_color: NoColor = False,
) -> None:
    from simcheck.index import maintenance

    _show(maintenance.import_archive(file, index_path(config, index)), json)


def _show(facts: Mapping[str, Any], json: bool) -> None:
    if json:
        emit_json(facts)
        return
    for name, value in _flat("", facts):
        emit(f"{name + ':':<32} {value}")


def _flat(name: str, value: Any) -> list[tuple[str, Any]]:
    """Nested facts as lines: ``references.image.active``, 12. A list's entries go by their ``name`` or their place."""
    if isinstance(value, list | tuple):
        value = {one.get("name", at) if isinstance(one, Mapping) else at: one for at, one in enumerate(value)}
    if not isinstance(value, Mapping):
        return [(name, value)]
    return [line for key, inner in value.items() for line in _flat(f"{name}.{key}" if name else str(key), inner)]
