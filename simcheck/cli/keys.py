"""``simcheck keys``: who may call the service."""

from __future__ import annotations

from dataclasses import asdict
from typing import TYPE_CHECKING, Annotated, Literal

import typer

from simcheck.cli.help import teach
from simcheck.cli.options import Config, IndexDir, Json, NoColor
from simcheck.cli.output import emit, emit_json, say
from simcheck.cli.session import index_for

if TYPE_CHECKING:
    from simcheck.keys import Key

CREATE = teach(
    "Make a key for the service and print it: once, only its hash is kept. A register key may also check, an admin key "
    "may do everything.",
    "simcheck keys create --role check --name 'render farm'",
    "export SIMCHECK_KEY=$(simcheck keys create --role check)",
)
LIST = teach(
    "List the keys, revoked ones too; the secrets are kept nowhere.", "simcheck keys list", "simcheck keys list --json"
)
REVOKE = teach("Revoke a key: the service refuses it from now on.", "simcheck keys revoke 01JD3Z8Q4M5T6V7W8X9Y0Z1A2B")


def register(app: typer.Typer) -> None:
    group = typer.Typer(name="keys", help="Who may call the service.", rich_markup_mode=None)
    group.command("create", help=CREATE)(create)
    group.command("list", help=LIST)(list_)
    group.command("revoke", help=REVOKE)(revoke)
    app.add_typer(group)


def create(
    role: Annotated[Literal["check", "register", "admin"], typer.Option("--role", help="What the key may do.")],
    name: Annotated[str, typer.Option("--name", metavar="TEXT", help="Whose key it is.")] = "",
    index: IndexDir = None,
    config: Config = None,
    json: Json = False,
    no_color: NoColor = False,
) -> None:
    from simcheck import keys

    with index_for(config, index) as opened:
        key, secret = keys.create(opened, role, name)
    if json:
        emit_json({**asdict(key), "key": secret})
    else:
        emit(secret)
        say(f"Key {key.id} ({key.role}) is shown this once; keep it where secrets are kept.")


def list_(index: IndexDir = None, config: Config = None, json: Json = False, no_color: NoColor = False) -> None:
    from simcheck import keys

    with index_for(config, index) as opened:
        listed = keys.listing(opened)
    if json:
        emit_json({"keys": [asdict(key) for key in listed]})
        return
    for key in listed:
        emit(_line(key))
    if not listed:
        emit("No keys.")


def revoke(
    key_id: Annotated[str, typer.Argument(metavar="ID", help="The key's id, as `simcheck keys list` shows it.")],
    index: IndexDir = None,
    config: Config = None,
    json: Json = False,
    no_color: NoColor = False,
) -> None:
    from simcheck import keys

    with index_for(config, index) as opened:
        key = keys.revoke(opened, key_id)
    if json:
        emit_json(asdict(key))
    else:
        emit(_line(key))


def _line(key: Key) -> str:
    state = f"revoked {key.revoked_at}" if key.revoked_at else "active"
    return f"{key.id}  {key.role:<8}  {key.created_at}  {state}  {key.name}".rstrip()
