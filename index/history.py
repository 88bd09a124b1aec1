"""Checks, recorded for good.

A recorded REPORT is split in two: what must stay (ids, scores, hashes, decisions, places) goes into ``checks``, which
triggers keep from ever changing; what belongs to the works it names (names, titles, passages of text, the sentence that
quotes them) goes into ``check_contents``, a row for each work, which leaves when the work is removed.
"""

from __future__ import annotations

import copy
import json
from collections.abc import Mapping
from typing import Any

from sqlalchemy import Connection, insert, select

from simcheck.errors import CheckNotFoundError
from simcheck.index.base import Page
from simcheck.index.catalogue import REMOVED_NAME, read_cursor
from simcheck.index.database import Database
from simcheck.index.schema import CHECK_CONTENTS, CHECKS, REFERENCES
from simcheck.index.stored import chunks

_OWNED = ("name", "title", "creator", "licence", "tags")
_BLANK: dict[str, Any] = {"name": REMOVED_NAME, "title": None, "creator": None, "licence": None, "tags": {}}


def split(report: Mapping[str, Any]) -> tuple[dict[str, Any], dict[str, dict[str, Any]]]:
    """A REPORT without what belongs to the works, and that by reference id. `joined` puts them together again."""
    lasting = copy.deepcopy(dict(report))
    contents: dict[str, dict[str, Any]] = {}
    for place, match in enumerate(lasting.get("matches", [])):
        reference = match["reference"]
        owned = contents.setdefault(reference["id"], {"matches": {}})
        texts = [
            [side, number, region[side].pop("text")]
            for number, region in enumerate(match.get("regions", []))
            for side in ("output", "reference")
            if region.get(side, {}).get("text") is not None
        ]
        owned["matches"][str(place)] = {
            "reference": {name: reference.pop(name) for name in _OWNED if name in reference},
            "texts": texts,
        }
        labels = [owned["matches"][str(place)]["reference"].get(name) for name in ("title", "name")]
        if lasting.get("reason") and any(label and label in lasting["reason"] for label in labels):
            owned["reason"] = lasting["reason"]
            lasting["reason"] = f"Repeats the reference {reference['id']}, which was removed since."
    return lasting, contents


def joined(lasting: dict[str, Any], contents: Mapping[str, Mapping[str, Any]]) -> dict[str, Any]:
    """The REPORT again; what was removed since is blank in it."""
    for place, match in enumerate(lasting.get("matches", [])):
        owned = contents.get(match["reference"]["id"], {})
        content = owned.get("matches", {}).get(str(place), {})
        match["reference"].update(content.get("reference", _BLANK))
        for side, number, text in content.get("texts", []):
            match["regions"][number][side]["text"] = text
        lasting["reason"] = owned.get("reason", lasting.get("reason"))
    return lasting


class History:
    """Append, read; nothing else."""

    def __init__(self, database: Database) -> None:
        self._db = database

    def record(self, report: Mapping[str, Any], actor: str) -> None:
        lasting, contents = split(report)
        with self._db.write() as connection:
            number = connection.execute(
                insert(CHECKS).values(
                    id=report["id"],
                    checked_at=report["checked_at"],
                    actor=actor,
                    decision=report["decision"],
                    sha256=report["output"].get("sha256"),
                    revision=report["index"]["revision"],
                    policy=report["policy"]["hash"],
                    report=json.dumps(lasting),
                )
            ).lastrowid
            gone = _removed(connection, list(contents))
            contents = {one: content for one, content in contents.items() if one not in gone}
            if contents:
                connection.execute(
                    insert(CHECK_CONTENTS),
                    [
                        {"check": number, "reference_id": one, "content": json.dumps(content)}
                        for one, content in contents.items()
                    ],
                )

    def check(self, check_id: str) -> dict[str, Any]:
        with self._db.read() as connection:
            row = connection.execute(
                select(CHECKS.c.number, CHECKS.c.report).where(CHECKS.c.id == check_id)
            ).one_or_none()
            if row is None:
                raise CheckNotFoundError(f"there is no check with the id {check_id}")
            return joined(json.loads(row.report), self._contents(connection, [row.number])[row.number])

    def checks(self, decision: str | None, sha256: str | None, cursor: str | None, limit: int | None) -> Page:
        question = select(CHECKS.c.number, CHECKS.c.report).order_by(CHECKS.c.number.desc())
        if decision is not None:
            question = question.where(CHECKS.c.decision == decision)
        if sha256 is not None:
            question = question.where(CHECKS.c.sha256 == sha256)
        if cursor is not None:
            question = question.where(CHECKS.c.number < read_cursor(cursor))
        if limit is not None:
            question = question.limit(limit + 1)
        with self._db.read() as connection:
            rows = connection.execute(question).all()
            more = limit is not None and len(rows) > limit
            rows = rows[:limit] if more else rows
            contents = self._contents(connection, [row.number for row in rows])
        items = tuple(joined(json.loads(row.report), contents[row.number]) for row in rows)
        return Page(items, str(rows[-1].number) if more and rows else None)

    def _contents(self, connection: Connection, numbers: list[int]) -> dict[int, dict[str, Any]]:
        found: dict[int, dict[str, Any]] = {number: {} for number in numbers}
        for some in chunks(numbers):
            for row in connection.execute(select(CHECK_CONTENTS).where(CHECK_CONTENTS.c.check.in_(some))):
                found[row.check][row.reference_id] = json.loads(row.content)
        return found


def _removed(connection: Connection, reference_ids: list[str]) -> set[str]:
    """Those of the works that were removed, perhaps while the check ran."""
    question = select(REFERENCES.c.id).where(REFERENCES.c.status == "removed")
    return {
        one
        for ids in chunks(reference_ids)
        for one in connection.execute(question.where(REFERENCES.c.id.in_(ids))).scalars()
    }
