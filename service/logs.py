"""One JSON object a line on stderr. No key, no header, no query and no content of a file is ever logged."""

from __future__ import annotations

import json
import logging
import sys
import traceback
from datetime import UTC, datetime
from typing import Any

FIELDS = ("request_id", "method", "path", "status", "elapsed_ms", "received_bytes", "client", "key", "job")
"""What a line may carry beside ``time``, ``level``, ``logger``, ``message`` and ``exception``; nothing else gets in."""


class JsonLines(logging.Formatter):
    """``logging`` records as JSON, which keeps line breaks and control characters of a hostile path harmless."""

    def format(self, record: logging.LogRecord) -> str:
        line: dict[str, Any] = {
            "time": datetime.fromtimestamp(record.created, UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ"),
            "level": record.levelname.lower(),
            "logger": record.name,
            "message": record.getMessage(),
        }
        line |= {name: getattr(record, name) for name in FIELDS if hasattr(record, name)}
        if record.exc_info and record.exc_info[1] is not None:
            line["exception"] = "".join(traceback.format_exception(record.exc_info[1]))
        return json.dumps(line, ensure_ascii=True, default=str)


def configure(level: int = logging.INFO) -> None:
    """Send simcheck's and uvicorn's log to stderr as JSON lines; each line once."""
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(JsonLines())
    for name in ("simcheck", "uvicorn"):
        logger = logging.getLogger(name)
        logger.handlers = [handler]
        logger.setLevel(level)
        logger.propagate = False
