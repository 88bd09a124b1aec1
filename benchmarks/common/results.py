"""Results as JSON that reads well in a diff: sorted by how they were made, floats of four digits."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict, is_dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from benchmarks.common.machine import commit, machine, versions

ROOT = Path(__file__).resolve().parents[2]
RESULTS = ROOT / "benchmarks" / "results"


def heading(benchmark: str) -> dict[str, Any]:
    """What stands at the top of every result."""
    return {
        "benchmark": benchmark,
        "made": datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ"),
        "commit": commit(ROOT),
        "machine": machine(),
        "versions": versions(),
    }


def write(name: str, result: Mapping[str, Any], folder: Path = RESULTS) -> Path:
    """Write ``name``.json; dataclasses become objects."""
    folder.mkdir(parents=True, exist_ok=True)
    file = folder / f"{name}.json"
    file.write_text(json.dumps(plain(result), indent=1, ensure_ascii=False) + "\n")
    return file


def plain(value: Any) -> Any:
    """JSON values, floats rounded to four digits after the point."""
    if is_dataclass(value) and not isinstance(value, type):
        return plain(asdict(value))
    if isinstance(value, Mapping):
        return {str(key): plain(one) for key, one in value.items()}
    if isinstance(value, list | tuple):
        return [plain(one) for one in value]
    return round(value, 4) if isinstance(value, float) else value
