"""``simcheck serve``: the HTTP service."""

from __future__ import annotations

from typing import Annotated

import typer

from simcheck.cli.help import teach
from simcheck.cli.options import Config, IndexDir, NoColor, PolicyFile

HELP = teach(
    "Serve the gate over HTTP until it is stopped (Ctrl-C or SIGTERM lets running checks finish). Callers need a key; "
    "/docs shows the calls.",
    "simcheck serve --port 8000",
    "simcheck serve --host 0.0.0.0 --index studio.simcheck",
    "simcheck serve --no-keys",
)


def register(app: typer.Typer) -> None:
    app.command("serve", help=HELP)(serve)


def serve(
    host: Annotated[str, typer.Option("--host", metavar="ADDRESS", help="Where to listen.")] = "127.0.0.1",
    port: Annotated[int, typer.Option("--port", metavar="PORT", min=0, max=65535, help="On which port.")] = 8000,
    workers: Annotated[
        int, typer.Option("--workers", metavar="N", min=1, max=64, help="Processes; each loads the index.")
    ] = 1,
    no_keys: Annotated[bool, typer.Option("--no-keys", help="No key is needed; only on a loopback address.")] = False,
    policy: PolicyFile = None,
    index: IndexDir = None,
    config: Config = None,
    no_color: NoColor = False,
) -> None:
    from simcheck import settings as configuration

    settings = configuration.load(config, {"index": index, "policy": policy})
    from simcheck.service.server import serve as run

    run(settings, host, port, workers, no_keys)
