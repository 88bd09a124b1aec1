"""Receipts: what is published is what was checked, and every change to a signed one is seen."""

from __future__ import annotations

import copy
import hashlib
import hmac
import json
import os
import re
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from hook_world import report_of
from hypothesis import given, settings
from hypothesis import strategies as st

from simcheck import receipts
from simcheck.errors import SettingsError, StorageError, UsageError
from simcheck.receipts import Published, Refusal

NOW = datetime(2026, 11, 22, 21, 0, tzinfo=UTC)
DAY_S = 86_400
KEY = b"a key"


def published(path: str, data: bytes) -> Published:
    return Published(path, hashlib.sha256(data).hexdigest(), len(data))


def made(key: bytes | None = None) -> dict[str, Any]:
    reports = [
        report_of("out/a.png", b"a"),
        report_of("out/ü.png", b"u", "review"),
        report_of("out/c.png", b"c", "block"),
        report_of("out/d.png", b"d", "unchecked"),
        report_of("out/e.png", None, "unchecked"),
    ]
    return receipts.make(reports, key, NOW)


def refused(
    raw: dict[str, Any], *files: Published, key: bytes | None = None, age_s: float = 0, max_age_s: int = DAY_S
) -> list[Refusal]:
    receipt, _ = receipts.parse(json.dumps(raw).encode(), "receipt")
    now = NOW + timedelta(seconds=age_s)
    return receipts.refusals(receipt, raw, files, max_age_s=max_age_s, key=key, now=now)


def test_a_receipt_is_as_the_contract_says() -> None:
    raw = made()
    assert list(raw) == ["schema", "created_at", "index", "policy", "models", "files", "signature"]
    assert raw["schema"] == "simcheck.receipt/1"
    assert raw["created_at"] == "2026-11-22T21:00:00Z"
    assert (raw["index"], raw["policy"], raw["signature"]) == ({"revision": 7}, {"hash": "sha256:aa"}, None)
    assert raw["files"][0] == {
        "path": "out/a.png",
        "sha256": hashlib.sha256(b"a").hexdigest(),
        "bytes": 1,
        "decision": "pass",
        "check_id": "01JD3Z8Q4M5T6V7W8X9Y0Z1A2B",
    }


def test_the_signature_is_the_hmac_of_the_canonical_form() -> None:
    raw = made(KEY)
    body = {name: value for name, value in raw.items() if name != "signature"}
    text = json.dumps(body, sort_keys=True, separators=(",", ":"))
    assert raw["signature"] == "hmac-sha256:" + hmac.new(KEY, text.encode(), hashlib.sha256).hexdigest()


def test_what_was_checked_and_passed_may_be_published() -> None:
    assert refused(made(), published("out/a.png", b"a")) == []
    assert refused(made(KEY), published("out/a.png", b"a"), key=KEY) == []


def test_a_file_that_was_moved_is_known_by_its_bytes() -> None:
    assert refused(made(), published("/srv/www/a-final.png", b"a")) == []


@pytest.mark.parametrize(
    ("path", "data", "reason", "unchecked"),
    [
        ("out/a.png", b"changed", "not what was checked", False),
        ("out/a.png", b"c", "not what was checked", False),
        ("./out/../out/a.png", b"changed", "not what was checked", False),
        ("out/z.png", b"z", "never checked", False),
        ("out/ü.png", b"u", "held: review", False),
        ("out/c.png", b"c", "held: block", False),
        ("renamed.png", b"c", "held: block", False),
        ("out/d.png", b"d", "held: unchecked", True),
        ("out/e.png", b"e", "could not be read", True),
    ],
)
def test_what_must_not_be_published(path: str, data: bytes, reason: str, unchecked: bool) -> None:
    [refusal] = refused(made(), published("out/a.png", b"a"), published(path, data))
    assert reason in refusal.reason
    assert refusal.unchecked is unchecked


def test_a_content_that_was_held_under_any_path_is_held() -> None:
    reports = [report_of("a.png", b"same"), report_of("b.png", b"same", "block")]
    raw = receipts.make(reports, None, NOW)
    assert [one.reason for one in refused(raw, published("a.png", b"same"))] == ["a.png is held: block"]


@pytest.mark.parametrize(("age_s", "ok"), [(0, True), (DAY_S, True), (DAY_S + 1, False), (-60, True), (-61, False)])
def test_too_old_and_from_the_future(age_s: float, ok: bool) -> None:
    assert (refused(made(), published("out/a.png", b"a"), age_s=age_s) == []) is ok


def test_max_age_is_the_callers() -> None:
    file = published("out/a.png", b"a")
    assert refused(made(), file, age_s=1800, max_age_s=1800) == []
    assert "too old" in refused(made(), file, age_s=1801, max_age_s=1800)[0].reason


def test_where_there_is_a_key_an_unsigned_or_wrongly_signed_receipt_is_refused() -> None:
    file = published("out/a.png", b"a")
    assert "not signed" in refused(made(), file, key=KEY)[0].reason
    assert "signature is wrong" in refused(made(b"another key"), file, key=KEY)[0].reason
    unreadable = made(KEY) | {"signature": "hmac-sha256:ä"}
    assert "signature is wrong" in refused(unreadable, file, key=KEY)[0].reason


def leaves(value: Any, way: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    """The way to every value in a JSON object."""
    if isinstance(value, dict | list):
        inner = value.items() if isinstance(value, dict) else enumerate(value)
        return [leaf for key, below in inner for leaf in leaves(below, (*way, key))]
    return [way]


def tampered(way: tuple[Any, ...]) -> dict[str, Any]:
    """A signed receipt with one value changed to another that has its form."""
    raw = copy.deepcopy(made(KEY))
    inner: Any = raw
    for key in way[:-1]:
        inner = inner[key]
    value = inner[way[-1]]
    other = {"decision": "pass" if value != "pass" else "block", "created_at": "2026-11-22T21:00:01Z"}.get(way[-1])
    if other is None and isinstance(value, str):
        other = ("0" if value[-1] != "0" else "1").join([value[:-1], ""])
    elif other is None:
        other = 1 if value is None else value + 1
    inner[way[-1]] = other
    return raw


@pytest.mark.parametrize("way", leaves(made(KEY)), ids=lambda way: ".".join(map(str, way)))
def test_every_changed_field_of_a_signed_receipt_is_refused(way: tuple[Any, ...]) -> None:
    raw = tampered(way)
    assert raw != made(KEY)
    try:
        refusals = refused(raw, published("out/a.png", b"a"), key=KEY)
    except UsageError:
        return  # it is no receipt any more, which ends with code 2
    assert refusals


def test_a_file_added_to_or_taken_from_a_signed_receipt_is_refused() -> None:
    for change in (lambda files: files.append(files[0]), lambda files: files.pop(), lambda files: files.reverse()):
        raw = made(KEY)
        change(raw["files"])
        assert "signature is wrong" in refused(raw, published("out/a.png", b"a"), key=KEY)[0].reason


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=10,
)


@settings(deadline=None)
@given(st.binary(max_size=200) | JSON.map(lambda value: json.dumps(value).encode()))
def test_anything_else_is_no_receipt(data: bytes) -> None:
    with pytest.raises(UsageError, match="no receipt"):
        receipts.parse(data, "x.json")


@settings(deadline=None)
@given(st.sampled_from(leaves(made())), JSON)
def test_a_receipt_with_a_strange_value_is_refused_or_read(way: tuple[Any, ...], value: Any) -> None:
    raw = copy.deepcopy(made())
    inner: Any = raw
    for key in way[:-1]:
        inner = inner[key]
    inner[way[-1]] = value
    with suppress(UsageError):
        receipt, back = receipts.parse(json.dumps(raw).encode(), "x.json")
        assert receipt.model_dump(mode="json", by_alias=True) == back


@pytest.mark.parametrize("text", ["2026-11-22T21:00:00", "2026-11-22 21:00:00Z", "2026-13-01T00:00:00Z", "now", ""])
def test_a_time_that_is_none(text: str) -> None:
    with pytest.raises(UsageError, match="created_at"):
        receipts.parse(json.dumps(made() | {"created_at": text}).encode(), "x.json")


def test_nothing_checked_gives_no_receipt() -> None:
    with pytest.raises(UsageError, match="nothing was checked"):
        receipts.make([], None)


def test_a_policy_or_model_that_changed_on_the_way_gives_no_receipt() -> None:
    other = report_of("b.png", b"b", policy={"name": "default", "version": 2, "hash": "sha256:bb"})
    with pytest.raises(UsageError, match="the policy changed"):
        receipts.make([report_of("a.png", b"a"), other], None)
    with pytest.raises(UsageError, match="the models changed"):
        receipts.make([report_of("a.png", b"a"), report_of("b.png", b"b", models={"image": "other"})], None)


def test_the_oldest_revision_stands_in_the_receipt() -> None:
    older = report_of("b.png", b"b", index={"revision": 5, "references": 3})
    assert receipts.make([report_of("a.png", b"a"), older], None)["index"] == {"revision": 5}


def test_writing_is_all_or_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "receipt.json"
    receipts.write(path, made())
    before = path.read_bytes()
    assert receipts.read(path)[1] == made()

    def full(descriptor: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(StorageError, match=re.escape(str(path))):
        receipts.write(path, made(KEY))
    assert path.read_bytes() == before
    assert os.listdir(tmp_path) == ["receipt.json"]


def test_where_there_is_no_folder_or_no_receipt(tmp_path: Path) -> None:
    with pytest.raises(StorageError, match="No such file"):
        receipts.write(tmp_path / "none" / "receipt.json", made())
    with pytest.raises(UsageError, match="simcheck hook run"):
        receipts.read(tmp_path / "receipt.json")


def test_the_key_is_the_environments(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("SIMCHECK_RECEIPT_KEY", raising=False)
    assert receipts.signing_key() is None
    monkeypatch.setenv("SIMCHECK_RECEIPT_KEY", "schlüssel")
    assert receipts.signing_key() == "schlüssel".encode()


@pytest.mark.parametrize("text", ["", " "])
def test_an_empty_key_does_not_turn_signatures_off(text: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SIMCHECK_RECEIPT_KEY", text)
    with pytest.raises(SettingsError, match="set and empty"):
        receipts.signing_key()
