"""``simcheck hook run``: check what a script is about to publish, and write the receipt."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from simcheck.cli.deciding import count, exit_code, gate_for, gather, show_held, summary, summary_text
from simcheck.cli.help import CHECK_CODES, teach
from simcheck.cli.options import (
    Config,
    IndexDir,
    Json,
    NoColor,
    PolicyFile,
    Project,
    Quiet,
    Server,
    Tags,
    parse_tags,
)
from simcheck.cli.output import emit, emit_json, progress, say
from simcheck.cli.session import settings_for
from simcheck.errors import UsageError

if TYPE_CHECKING:
    from simcheck.report import Report

HELP = teach(
    "Check the files that a script is about to publish and write a receipt, which `simcheck hook verify` holds the "
    "files against just before they go out. The receipt is signed where SIMCHECK_RECEIPT_KEY is set. A manifest has "
    "one path a line, or is a JSON list; paths are relative to the folder of the call.",
    "simcheck hook run --manifest publish.txt --receipt publish.receipt.json",
    "simcheck hook run dist/ --project film-7",
    "ls dist/*.png | simcheck hook run --manifest - --server https://simcheck.studio.example",
    codes={**CHECK_CODES, 2: f"{CHECK_CODES[2]}; no receipt is written"},
)
RECEIPT = Path("simcheck.receipt.json")


def register(group: typer.Typer) -> None:
    group.command("run", help=HELP)(run)


def run(
    files: Annotated[list[str] | None, typer.Argument(metavar="FILE", help="What is to be published.")] = None,
    manifest: Annotated[
        str | None, typer.Option("--manifest", metavar="FILE", help="The list of what is to be published; - is stdin.")
    ] = None,
    receipt: Annotated[Path, typer.Option("--receipt", metavar="FILE", help="Where the receipt goes.")] = RECEIPT,
    project: Project = None,
    tag: Tags = None,
    server: Server = None,
    policy: PolicyFile = None,
    index: IndexDir = None,
    config: Config = None,
    json: Json = False,
    quiet: Quiet = False,
    no_color: NoColor = False,
) -> int:
    paths = _paths(files, manifest)
    from simcheck import receipts
    from simcheck.gate import Purpose
    from simcheck.hooks.items import files as files_of
    from simcheck.hooks.items import of_files

    purpose = Purpose(project, parse_tags(tag))
    settings = settings_for(config, index, policy, server)
    key = receipts.signing_key()
    paths = files_of(paths, receipt)
    if not paths:
        raise UsageError("there are no files to check, so there is nothing to publish")
    gate = gate_for(settings, "hook")
    try:
        with progress("Checking", len(paths), quiet, lines=not json) as advance:

            def each(report: Report) -> None:
                if not json:
                    show_held(report)
                advance()

            reports = gather(gate.check(of_files(paths, settings.limits.max_bytes), purpose), each)
    finally:
        gate.close()
    receipts.write(receipt, receipts.make(reports, key))
    counts = count(reports)
    if json:
        emit_json({"reports": [one.to_json() for one in reports], **summary(counts), "receipt": str(receipt)})
    else:
        emit(f"{summary_text(counts)}; receipt: {receipt}")
    code = exit_code(counts)
    if code:
        say("simcheck: do not publish: some files are held")
    return code


def _paths(files: list[str] | None, manifest: str | None) -> list[str]:
    from simcheck.hooks.manifest import parse_manifest

    if bool(files) == (manifest is not None):
        raise UsageError("name either the files or a --manifest of them")
    if manifest is None:
        return files or []
    try:
        data = sys.stdin.buffer.read() if manifest == "-" else Path(manifest).read_bytes()
    except OSError as fault:
        raise UsageError(f"the manifest {manifest} cannot be read ({fault.strerror})") from None
    return parse_manifest(data, manifest)
