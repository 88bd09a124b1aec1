"""``python slow_server.py INDEX SECONDS``: the service as it is run, with checks that take so long and tight limits.

The tests of signals and sockets start this; it is no test itself.
"""

from __future__ import annotations

import sys
import time
from pathlib import Path
from typing import Any

from simcheck.checker import Checker
from simcheck.decode.limits import Limits
from simcheck.service import server, wire
from simcheck.settings import ServiceSettings, Settings

check = Checker.check


def slow(*given: Any, **more: Any) -> Any:
    time.sleep(float(sys.argv[2]))
    return check(*given, **more)


if __name__ == "__main__":
    Checker.check = slow  # type: ignore[method-assign]
    wire.HEADERS_S = 1.0
    server.serve(
        Settings(
            index=Path(sys.argv[1]),
            workers=1,
            limits=Limits(max_bytes=20_000),
            service=ServiceSettings(upload_timeout_s=1.0, shutdown_s=20.0),
        ),
        "127.0.0.1",
        0,
    )
