"""``simcheck references``: the works in the index."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, Annotated, Literal

import typer

from simcheck.cli.help import teach
from simcheck.cli.options import Config, IndexDir, Json, NoColor, Tags, parse_tags
from simcheck.cli.output import emit, emit_json
from simcheck.cli.session import index_for

if TYPE_CHECKING:
    from simcheck.index.base import Index
    from simcheck.reference import Reference

Ids = Annotated[list[str], typer.Argument(metavar="ID", help="Ids, as `simcheck references list` shows them.")]
PAGE = 500

LIST = teach(
    "List the works in the index, in the order they were registered.",
    "simcheck references list --kind image --tag artist=painter",
    "simcheck references list --status quarantined --json",
)
SHOW = teach("Show everything that is known of works.", "simcheck references show 01JD3Z8Q4M5T6V7W8X9Y0Z1A2B")
REMOVE = teach(
    "Take works out of the index: they match nothing any more. Their bytes' digests stay in the records of checks.",
    "simcheck references remove 01JD3Z8Q4M5T6V7W8X9Y0Z1A2B",
)
QUARANTINE = teach(
    "Let works match nothing for now, without losing them.",
    "simcheck references quarantine 01JD3Z8Q4M5T6V7W8X9Y0Z1A2B --reason 'a bare logo'",
)
RESTORE = teach("Let quarantined works match again.", "simcheck references restore 01JD3Z8Q4M5T6V7W8X9Y0Z1A2B")
EXCLUDE = teach(
    "Exclude a stretch of works that never counts as a copy, such as a shared intro: seconds for sound and film, code "
    "points for text.",
    "simcheck references exclude 01JD3Z8Q4M5T6V7W8X9Y0Z1A2B --start 0 --end 12.5",
)


def register(app: typer.Typer) -> None:
    group = typer.Typer(name="references", help="The works in the index.", rich_markup_mode=None)
    group.command("list", help=LIST)(list_)
    group.command("show", help=SHOW)(show)
    group.command("remove", help=REMOVE)(remove)
    group.command("quarantine", help=QUARANTINE)(quarantine)
    group.command("restore", help=RESTORE)(restore)
    group.command("exclude", help=EXCLUDE)(exclude)
    app.add_typer(group)


def list_(
    kind: Annotated[
        Literal["image", "text", "audio", "video"] | None, typer.Option("--kind", help="Only these.")
    ] = None,
    tag: Tags = None,
    status: Annotated[
        Literal["active", "quarantined", "removed"] | None,
        typer.Option("--status", help="Only these; removed works are listed only so."),
    ] = None,
    index: IndexDir = None,
    config: Config = None,
    json: Json = False,
    no_color: NoColor = False,
) -> None:
    tags = parse_tags(tag)
    with index_for(config, index) as opened:
        found = _pages(opened, kind, status, tags)
        if json:
            emit_json({"references": [one.model_dump(mode="json") for one in found], "revision": opened.revision})
            return
        number = 0
        for number, one in enumerate(found, start=1):  # noqa: B007
            emit(f"{one.id}  {one.kind:<5}  {one.status:<11}  {_label(one)}")
        if not number:
            emit("No references.")


def show(
    ids: Ids, index: IndexDir = None, config: Config = None, json: Json = False, no_color: NoColor = False
) -> None:
    _each(ids, index, config, json, lambda opened, one: opened.reference(one), _detail)


def remove(
    ids: Ids, index: IndexDir = None, config: Config = None, json: Json = False, no_color: NoColor = False
) -> None:
    _each(ids, index, config, json, lambda opened, one: opened.remove(one), _changed)


def quarantine(
    ids: Ids,
    reason: Annotated[
        str | None, typer.Option("--reason", metavar="TEXT", help="Why, for whoever looks later.")
    ] = None,
    index: IndexDir = None,
    config: Config = None,
    json: Json = False,
    no_color: NoColor = False,
) -> None:
    _each(ids, index, config, json, lambda opened, one: opened.quarantine(one, reason), _changed)


def restore(
    ids: Ids, index: IndexDir = None, config: Config = None, json: Json = False, no_color: NoColor = False
) -> None:
    _each(ids, index, config, json, lambda opened, one: opened.restore(one), _changed)


def exclude(
    ids: Ids,
    start: Annotated[float, typer.Option("--start", metavar="S", min=0, help="Where the stretch begins.")],
    end: Annotated[float, typer.Option("--end", metavar="S", min=0, help="Where it ends.")],
    index: IndexDir = None,
    config: Config = None,
    json: Json = False,
    no_color: NoColor = False,
) -> None:
    _each(ids, index, config, json, lambda opened, one: opened.exclude(one, start, end), _changed)


def _each(
    ids: list[str],
    index: IndexDir,
    config: Config,
    json: bool,
    do: Callable[[Index, str], Reference],
    line: Callable[[Reference], str],
) -> None:
    """Do something with every work named; all must be there before the first is touched."""
    with index_for(config, index) as opened:
        for one in ids:
            opened.reference(one)
        done = [do(opened, one) for one in dict.fromkeys(ids)]
        if json:
            emit_json({"references": [one.model_dump(mode="json") for one in done], "revision": opened.revision})
        else:
            for reference in done:
                emit(line(reference))


def _pages(index: Index, kind: str | None, status: str | None, tags: dict[str, str]) -> Iterator[Reference]:
    cursor = None
    while True:
        page = index.references(kind=kind, status=status, tags=tags or None, cursor=cursor, limit=PAGE)  # type: ignore[arg-type]
        yield from page.items
        cursor = page.cursor
        if cursor is None:
            return


def _label(reference: Reference) -> str:
    from simcheck.files import printable

    return printable(reference.label)


def _changed(reference: Reference) -> str:
    return f"{reference.id}  {reference.status}  {_label(reference)}"


def _detail(reference: Reference) -> str:
    from simcheck.files import printable

    facts = reference.model_dump(mode="json", exclude_none=True, exclude_defaults=True)
    facts["status"] = reference.status
    return "\n".join(f"{name + ':':<16}{printable(_text(value))}" for name, value in facts.items()) + "\n"


def _text(value: object) -> str:
    if isinstance(value, dict):
        return ", ".join(f"{key}={item}" for key, item in value.items())
    if isinstance(value, list):
        return ", ".join(_text(item) for item in value)
    return str(value)
