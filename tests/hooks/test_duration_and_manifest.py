"""Ages and manifests: what is accepted, what is refused, and that nothing else ever happens."""

from __future__ import annotations

import contextlib
import json
import os

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from simcheck.errors import UsageError
from simcheck.hooks.duration import parse_duration
from simcheck.hooks.manifest import parse_manifest


@pytest.mark.parametrize(
    ("text", "seconds"),
    [
        ("24h", 86_400),
        ("30m", 1_800),
        ("7d", 604_800),
        ("90s", 90),
        ("1d12h", 129_600),
        ("1h30m5s", 5_405),
        ("01h", 3_600),
    ],
)
def test_ages(text: str, seconds: int) -> None:
    assert parse_duration(text) == seconds


@pytest.mark.parametrize(
    "text", ["", "24", "h", "-1h", "1.5h", "24 h", "1h1h", "5s1h", "0s", "0h0m", "1w", "١h", "1h\n"]
)
def test_no_ages(text: str) -> None:
    with pytest.raises(UsageError, match="no length of time"):
        parse_duration(text)


@settings(deadline=None)
@given(st.integers(0, 999), st.integers(0, 999), st.integers(0, 999), st.integers(1, 999))
def test_an_age_is_the_sum_of_its_parts(days: int, hours: int, minutes: int, seconds: int) -> None:
    assert parse_duration(f"{days}d{hours}h{minutes}m{seconds}s") == ((days * 24 + hours) * 60 + minutes) * 60 + seconds


@settings(deadline=None)
@given(st.text(max_size=20))
def test_an_age_is_a_number_of_seconds_or_refused(text: str) -> None:
    with contextlib.suppress(UsageError):
        assert parse_duration(text) >= 1


# A name as a file system has it: bytes without NUL, and without the line feed that ends a line.
NAMES = st.binary(min_size=1, max_size=30).filter(lambda name: b"\0" not in name).map(os.fsdecode)
LINES = NAMES.filter(lambda name: "\n" not in name and not name.endswith("\r") and name.strip() != "")


@settings(deadline=None)
@given(st.lists(LINES, min_size=1, max_size=8).filter(lambda names: names[0].lstrip()[:1] not in "[{"))
def test_lines_come_back_as_they_are(names: list[str]) -> None:
    data = os.fsencode("\n".join(names))
    if not data.startswith(b"\xef\xbb\xbf"):
        assert parse_manifest(data, "m") == names
        assert parse_manifest(data + b"\n\n", "m") == names
        assert parse_manifest(data.replace(b"\n", b"\r\n") + b"\r\n", "m") == names


@settings(deadline=None)
@given(st.lists(NAMES, min_size=1, max_size=8), st.booleans(), st.booleans())
def test_json_comes_back_as_it_is(names: list[str], wrapped: bool, objects: bool) -> None:
    listed = [{"path": name, "note": 1} if objects else name for name in names]
    assert parse_manifest(json.dumps({"files": listed} if wrapped else listed).encode(), "m") == names


@settings(deadline=None)
@given(st.binary(max_size=200))
def test_any_bytes_are_a_list_of_paths_or_refused(data: bytes) -> None:
    try:
        paths = parse_manifest(data, "m")
    except UsageError:
        return
    assert paths
    assert all(path and "\0" not in path for path in paths)


@pytest.mark.parametrize(
    ("data", "sentence"),
    [
        (b"", "names no files"),
        (b"\n \n\r\n", "names no files"),
        (b"[]", "names no files"),
        (b'["a.png"', "begins like JSON and is none"),
        (b"[x].png", "a path that begins so is written ./"),
        (b"[" * 100_000, "begins like JSON and is none"),
        (b'{"outputs": ["a.png"]}', "has no list of files"),
        (b'{"files": "a.png"}', "has no list of files"),
        (b'["a.png", 3]', "has 3 among its files"),
        (b'[{"name": "a.png"}]', "which is no path"),
        (b'["a\\u0000b"]', "cannot be a file"),
        (b"a\0b", "cannot be a file"),
        (b'[""]', "cannot be a file"),
    ],
)
def test_no_manifests(data: bytes, sentence: str) -> None:
    with pytest.raises(UsageError, match=sentence.replace(".", r"\.").replace("[", r"\[")):
        parse_manifest(data, "publish.txt")


def test_a_byte_order_mark_is_no_part_of_the_first_path() -> None:
    assert parse_manifest(b"\xef\xbb\xbfa.png\r\nb c.png\n", "m") == ["a.png", "b c.png"]
