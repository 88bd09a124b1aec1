"""``simcheck policy``: see, test and begin a policy."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

import typer

from simcheck.cli.help import teach
from simcheck.cli.options import Config, Json, NoColor, PolicyFile
from simcheck.cli.output import emit, emit_json
from simcheck.errors import StorageError, UsageError

SHOW = teach(
    "Write the policy in force, as it stands in its file; its hash is in every report.",
    "simcheck policy show",
    "simcheck policy show --json --policy studio.toml",
)
CHECK = teach(
    "Say whether a policy file is sound: nothing is checked against the index.",
    "simcheck policy check studio.toml",
    codes={0: "the policy is sound", 2: "it is not; the message names the place"},
)
INIT = teach(
    "Write the built-in policy with its comments to a new file, to be changed there and named with --policy.",
    "simcheck policy init studio.toml",
)


def register(app: typer.Typer) -> None:
    group = typer.Typer(name="policy", help="See, test and begin a policy.", rich_markup_mode=None)
    group.command("show", help=SHOW)(show)
    group.command("check", help=CHECK)(check)
    group.command("init", help=INIT)(init)
    app.add_typer(group)


def show(policy: PolicyFile = None, config: Config = None, json: Json = False, no_color: NoColor = False) -> None:
    from simcheck import policy as policies
    from simcheck import settings as configuration

    path = configuration.load(config, {"policy": policy}).policy
    chosen = policies.load(path)
    if json:
        emit_json(_facts(chosen, path))
    else:
        emit(f"# {path or 'built in'}, {chosen.hash}")
        emit((path.read_bytes() if path else policies.default_bytes()).decode("utf-8").rstrip("\n"))


def check(
    file: Annotated[Path | None, typer.Argument(metavar="FILE", help="The policy [else the one in force].")] = None,
    config: Config = None,
    json: Json = False,
    no_color: NoColor = False,
) -> None:
    from simcheck import policy as policies
    from simcheck import settings as configuration

    path = configuration.load(config, {"policy": file}).policy
    chosen = policies.load(path)
    if json:
        emit_json(_facts(chosen, path))
    else:
        named = f"{chosen.name}, version {chosen.version}"
        rules = len(chosen.match) + len(chosen.output) + len(chosen.reference)
        emit(f"{path or 'the built-in policy'} is sound: {named}, {rules} rules, {chosen.hash}")


def init(
    file: Annotated[Path, typer.Argument(metavar="FILE", help="Where to write it.")] = Path("policy.toml"),
    no_color: NoColor = False,
) -> None:
    from simcheck import policy as policies

    try:
        with file.open("xb") as stream:
            stream.write(policies.default_bytes())
    except FileExistsError:
        raise UsageError(f"{file} is there already and stays as it is: name another file") from None
    except OSError as fault:
        raise StorageError(f"{file} cannot be written ({fault.strerror})") from None
    emit(f'Wrote {file}; use it with --policy {file}, or `policy = "{file}"` in simcheck.toml.')


def _facts(chosen: Any, path: Path | None) -> dict[str, Any]:
    """The policy as JSON, with its hash and where it stands (null: built in)."""
    return {
        **chosen.model_dump(mode="json", by_alias=True),
        "hash": chosen.hash,
        "path": None if path is None else str(path),
    }
