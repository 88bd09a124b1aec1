"""``simcheck hook verify``: hold files against a receipt, just before they are published."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from simcheck.cli.help import teach
from simcheck.cli.options import Config, Json, NoColor
from simcheck.cli.output import emit, emit_json, say
from simcheck.errors import UsageError

HELP = teach(
    "Hold files against a receipt, byte for byte: each must be in it, unchanged, and have passed. The receipt must not "
    "be older than --max-age and, where SIMCHECK_RECEIPT_KEY is set, be signed with that key.",
    "simcheck hook verify publish.receipt.json dist/a.png dist/b.png",
    "simcheck hook verify publish.receipt.json dist/ --max-age 30m",
    codes={
        0: "everything is what was checked, and passed",
        1: "refused: a file is held, changed or not in the receipt; or the receipt is too old or not signed as it must",
        2: "nothing was decided: no receipt, a file that does not exist, wrong usage",
        3: "some files could not be checked or read, all others passed",
    },
)


def register(group: typer.Typer) -> None:
    group.command("verify", help=HELP)(verify)


def verify(
    receipt: Annotated[Path, typer.Argument(metavar="RECEIPT", help="What `simcheck hook run` wrote.")],
    files: Annotated[list[str], typer.Argument(metavar="FILE", help="What is to be published; folders are walked.")],
    max_age: Annotated[str, typer.Option("--max-age", metavar="AGE", help="As 24h, 30m or 7d.")] = "24h",
    config: Config = None,
    json: Json = False,
    no_color: NoColor = False,
) -> int:
    from simcheck import receipts
    from simcheck import settings as configuration
    from simcheck.hooks.duration import parse_duration
    from simcheck.hooks.items import files as files_of
    from simcheck.hooks.items import published

    max_age_s = parse_duration(max_age)
    key = receipts.signing_key()
    limits = configuration.load(config).limits
    parsed, raw = receipts.read(receipt)
    ready = list(published(files_of(files, receipt), limits.max_bytes))
    if not ready:
        raise UsageError("there are no files to verify, so there is nothing to publish")
    refused = receipts.refusals(parsed, raw, ready, max_age_s=max_age_s, key=key)
    if json:
        emit_json({"verified": len(ready) if not refused else 0, "refused": [vars(one) for one in refused]})
    for one in refused:
        say(f"simcheck: {one.reason}")
    if refused:
        return 3 if all(one.unchecked for one in refused) else 1
    if not json:
        number = "1 file is" if len(ready) == 1 else f"{len(ready)} files are"
        signed = "signed" if key else "signature not looked at" if parsed.signature else "not signed"
        emit(f"{number} what was checked at {parsed.created_at} ({signed})")
    return 0
