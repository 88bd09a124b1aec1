"""Receipts (``simcheck.receipt/1``): which bytes were checked, with what decision, signed where there is a key.

A receipt is complete or not there: it is written in one step, after the last file was decided.
"""

from __future__ import annotations

import hashlib
import hmac
import json
import os
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError, field_validator

from simcheck.errors import SettingsError, StorageError, UsageError
from simcheck.files import printable
from simcheck.report import Decision, Report

SCHEMA = "simcheck.receipt/1"
KEY_VARIABLE = "SIMCHECK_RECEIPT_KEY"
TIME = "%Y-%m-%dT%H:%M:%SZ"
MAX_SKEW_S = 60
"""A receipt may be this much younger than now: clocks of two machines differ."""
MAX_BYTES = 256 * 2**20


class _Strict(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", strict=True)


class ReceiptIndex(_Strict):
    revision: int


class ReceiptPolicy(_Strict):
    hash: str


class ReceiptFile(_Strict):
    """One file. ``sha256`` and ``bytes`` are null where it could not be read at all (it is ``unchecked`` then)."""

    path: str
    sha256: str | None = Field(pattern=r"^[0-9a-f]{64}$")
    bytes: int | None = Field(ge=0)
    decision: Decision
    check_id: str


class Receipt(_Strict):
    schema_: Literal["simcheck.receipt/1"] = Field(alias="schema")
    created_at: str
    index: ReceiptIndex
    policy: ReceiptPolicy
    models: dict[str, str]
    files: list[ReceiptFile] = Field(min_length=1)
    signature: str | None

    @field_validator("created_at")
    @classmethod
    def _is_a_time(cls, text: str) -> str:
        if datetime.strptime(text, TIME).strftime(TIME) != text:
            raise ValueError("not a time as 2026-11-22T21:00:00Z")
        return text

    @property
    def created(self) -> datetime:
        return datetime.strptime(self.created_at, TIME).replace(tzinfo=UTC)


@dataclass(frozen=True)
class Published:
    """A file about to be published: the path it was given with, the digest and number of its bytes."""

    path: str
    sha256: str
    bytes: int


@dataclass(frozen=True)
class Refusal:
    """Why something must not be published. ``unchecked``: only because the file could not be checked."""

    path: str | None
    reason: str
    unchecked: bool = False


def signing_key() -> bytes | None:
    """The key in ``SIMCHECK_RECEIPT_KEY``, None where it is not set. Raises SettingsError where it is set and empty: a
    secret that did not arrive must not turn signatures off."""
    text = os.environ.get(KEY_VARIABLE)
    if text is None:
        return None
    if not text.strip():
        raise SettingsError(f"{KEY_VARIABLE} is set and empty: give the key, or unset it for unsigned receipts")
    return os.fsencode(text)


def canonical(receipt: dict[str, Any]) -> bytes:
    """What is signed: the receipt without ``signature``, sorted keys, no spaces, ASCII."""
    body = {name: value for name, value in receipt.items() if name != "signature"}
    return json.dumps(body, sort_keys=True, separators=(",", ":"), ensure_ascii=True, allow_nan=False).encode("ascii")


def sign(receipt: dict[str, Any], key: bytes) -> str:
    """HMAC-SHA256 (RFC 2104) over the canonical form."""
    return f"hmac-sha256:{hmac.new(key, canonical(receipt), hashlib.sha256).hexdigest()}"


def make(reports: Sequence[Report], key: bytes | None, now: datetime | None = None) -> dict[str, Any]:
    """The receipt of a run. ``index.revision`` is the oldest that a file was checked against. Raises UsageError where
    the reports are none, or not of one policy and one set of models."""
    if not reports:
        raise UsageError("nothing was checked, so there is nothing to write a receipt about")
    for what in ("policy", "models"):
        if len({json.dumps(report.to_json()[what], sort_keys=True) for report in reports}) > 1:
            raise UsageError(f"the {what} changed while the files were checked: run it again")
    receipt: dict[str, Any] = {
        "schema": SCHEMA,
        "created_at": (now or datetime.now(UTC)).strftime(TIME),
        "index": {"revision": min(report.index.revision for report in reports)},
        "policy": {"hash": reports[0].policy.hash},
        "models": reports[0].models,
        "files": [
            {
                "path": report.output.path,
                "sha256": report.output.sha256,
                "bytes": report.output.bytes,
                "decision": report.decision,
                "check_id": report.id,
            }
            for report in reports
        ],
    }
    receipt["signature"] = None if key is None else sign(receipt, key)
    return receipt


def write(path: Path, receipt: dict[str, Any]) -> None:
    """Write in one step: whoever reads sees the old receipt or the whole new one. Raises StorageError."""
    data = (json.dumps(receipt, indent=2) + "\n").encode("ascii")
    temporary = path.with_name(f".{path.name}.{os.getpid()}.part")
    try:
        try:
            with temporary.open("wb") as stream:
                stream.write(data)
                stream.flush()
                os.fsync(stream.fileno())
            temporary.replace(path)
        finally:
            temporary.unlink(missing_ok=True)
    except OSError as fault:
        raise StorageError(f"the receipt {path} cannot be written ({fault.strerror})") from None


def read(path: Path) -> tuple[Receipt, dict[str, Any]]:
    """The receipt, and its JSON as it stands (what a signature is over). Raises UsageError for anything else."""
    try:
        data = path.read_bytes() if path.stat().st_size <= MAX_BYTES else b""
    except OSError as fault:
        raise UsageError(
            f"the receipt {path} cannot be read ({fault.strerror}); `simcheck hook run` writes one"
        ) from None
    return parse(data, str(path))


def parse(data: bytes, source: str) -> tuple[Receipt, dict[str, Any]]:
    """As `read`, from bytes."""
    try:
        raw = json.loads(data)
        return Receipt.model_validate(raw), raw
    except ValidationError as fault:
        first = fault.errors()[0]
        where = ".".join(str(part) for part in first["loc"]) or "the file"
        raise UsageError(f"{source} is no receipt of simcheck: {where}: {first['msg']}") from None
    except (ValueError, RecursionError) as fault:
        raise UsageError(f"{source} is no receipt of simcheck: {fault}") from None


def refusals(
    receipt: Receipt,
    raw: dict[str, Any],
    files: Sequence[Published],
    *,
    max_age_s: int,
    key: bytes | None,
    now: datetime | None = None,
) -> list[Refusal]:
    """Everything that speaks against publishing these files on this receipt; empty where they may be.

    Byte for byte: a file must have the bytes that the receipt has for its path. A file under a path the receipt does
    not know (it was moved or copied meanwhile) is found by its bytes.
    """
    if key is not None:
        if receipt.signature is None:
            return [Refusal(None, f"the receipt is not signed, and {KEY_VARIABLE} asks for a signature")]
        if not hmac.compare_digest(receipt.signature.encode(), sign(raw, key).encode()):
            return [Refusal(None, "the receipt's signature is wrong: it was changed, or signed with another key")]
    age_s = ((now or datetime.now(UTC)) - receipt.created).total_seconds()
    if age_s > max_age_s:
        return [Refusal(None, f"the receipt is from {receipt.created_at}, which is too old: check the files again")]
    if age_s < -MAX_SKEW_S:
        return [Refusal(None, f"the receipt is from {receipt.created_at}, which is yet to come: check the clocks")]
    return [refusal for file in files if (refusal := _refusal(receipt, file)) is not None]


def _refusal(receipt: Receipt, file: Published) -> Refusal | None:
    shown = printable(file.path)
    place = os.path.abspath(file.path)
    same_path = [entry for entry in receipt.files if os.path.abspath(entry.path) == place]
    same_bytes = [entry for entry in receipt.files if (entry.sha256, entry.bytes) == (file.sha256, file.bytes)]
    if same_path and not any(entry in same_bytes for entry in same_path):
        if all(entry.sha256 is None for entry in same_path):
            return Refusal(file.path, f"{shown} could not be read when it was to be checked", unchecked=True)
        return Refusal(file.path, f"{shown} is not what was checked: its bytes have changed since")
    if not same_bytes:
        return Refusal(file.path, f"{shown} is not in the receipt: it was never checked")
    held = [entry.decision for entry in same_bytes if entry.decision != "pass"]
    if held:
        return Refusal(
            file.path, f"{shown} is held: {', '.join(sorted(set(held)))}", unchecked=set(held) == {"unchecked"}
        )
    return None
