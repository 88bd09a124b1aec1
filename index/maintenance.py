"""What `simcheck index` does: look, prove, mend, shrink, move. Results are plain values that ``--json`` can print."""

from __future__ import annotations

from typing import Any

from sqlalchemy import func, select

from simcheck.index.archive import export, import_archive
from simcheck.index.compact import bytes_of, compact, rebuild
from simcheck.index.embedded import CATALOGUE, SNAPSHOTS, EmbeddedIndex
from simcheck.index.schema import CHECKS, REFERENCES, STATE, schema_version
from simcheck.index.verify import VerifyResult, verify

__all__ = ["VerifyResult", "compact", "export", "import_archive", "rebuild", "stats", "verify"]


def stats(index: EmbeddedIndex) -> dict[str, Any]:
    """What the index holds and how it searches. ``references`` counts by kind and status."""
    with index.reading() as connection:
        state = index.catalogue.state(connection)
        about = connection.execute(select(STATE)).one()
        references: dict[str, dict[str, int]] = {}
        for kind, status, count in connection.execute(
            select(REFERENCES.c.kind, REFERENCES.c.status, func.count()).group_by(
                REFERENCES.c.kind, REFERENCES.c.status
            )
        ):
            references.setdefault(kind, {})[status] = count
        checks = connection.execute(select(func.count()).select_from(CHECKS)).scalar_one()
        schema = schema_version(connection)
    catalogue = sum(path.stat().st_size for path in index.folder.glob(f"{CATALOGUE}*"))
    return {
        "index": str(index.folder),
        "index_id": about.index_id,
        "created_at": about.created_at,
        "schema": schema,
        "revision": state.revision,
        "references": references,
        "segments": state.next_segment - 1,
        "checks": checks,
        "lanes": [index.derived(spec.name).described(state) for spec in index.lanes],
        "bytes": {"catalogue": catalogue, "snapshots": bytes_of(index.folder / SNAPSHOTS)},
    }
