"""Files are read once and whole; folders are walked without loops; nothing is left out silently."""

from __future__ import annotations

import hashlib
import io
import os
from pathlib import Path

import pytest

from simcheck.errors import MediaError, UsageError
from simcheck.files import printable, read_file, read_stream, walk


def test_the_hash_is_of_the_bytes_that_are_handed_on(tmp_path: Path) -> None:
    path = tmp_path / "a.bin"
    path.write_bytes(b"abc")
    file = read_file(path, "given/a.bin", 10)
    assert (file.data, file.path, file.name) == (b"abc", "given/a.bin", "a.bin")
    assert file.sha256 == hashlib.sha256(b"abc").hexdigest()


@pytest.mark.parametrize(("size", "fits"), [(9, True), (10, True), (11, False)])
def test_the_limit_is_exact(tmp_path: Path, size: int, fits: bool) -> None:
    path = tmp_path / "a.bin"
    path.write_bytes(b"x" * size)
    if fits:
        assert len(read_file(path, "a.bin", 10).data) == size
    else:
        with pytest.raises(MediaError, match=r"larger than the limit.*limits\.max_bytes") as caught:
            read_file(path, "a.bin", 10)
        assert caught.value.code == "too_large"


def test_what_is_no_regular_file_is_refused_at_once(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")
    (tmp_path / "dangling").symlink_to(tmp_path / "nowhere")
    (tmp_path / "loop").symlink_to(tmp_path / "loop")
    for name, code in (("pipe", "unsupported"), ("dangling", "unreadable"), ("loop", "unreadable")):
        with pytest.raises(MediaError) as caught:
            read_file(tmp_path / name, name, 10)
        assert caught.value.code == code
        assert caught.value.message.startswith(name)


def test_an_empty_stream_is_empty() -> None:
    with pytest.raises(MediaError) as caught:
        read_stream(io.BytesIO(), "-", 10)
    assert caught.value.code == "empty"


def test_walk_is_sorted_goes_into_hidden_files_and_leaves_the_index_alone(tmp_path: Path) -> None:
    for name in ("b.png", "a/z.png", "a/.hidden.png", ".simcheck/x", ".git/objects/x", "a/.git/y", "studio/catalogue.sqlite", "studio/x"):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_bytes(b"x")
    found = [os.path.relpath(path, tmp_path) for path in walk([tmp_path])]
    assert found == ["a/.hidden.png", "a/z.png", "b.png"]


def test_links_that_loop_are_followed_once(tmp_path: Path) -> None:
    (tmp_path / "a").mkdir()
    (tmp_path / "a" / "x.png").write_bytes(b"x")
    (tmp_path / "a" / "up").symlink_to(tmp_path)
    (tmp_path / "again").symlink_to(tmp_path / "a")
    assert [Path(path).name for path in walk([tmp_path])].count("x.png") == 1


def test_a_path_that_does_not_exist_is_wrong_usage_before_anything_is_read(tmp_path: Path) -> None:
    (tmp_path / "a.png").write_bytes(b"x")
    with pytest.raises(UsageError, match=r"none\.png"):
        next(walk([tmp_path / "a.png", tmp_path / "none.png"]))


@pytest.mark.parametrize(
    ("name", "shown"),
    [("été.png", "été.png"), ("a\nb\x1b[31m.png", r"a\nb\x1b[31m.png"), (os.fsdecode(b"a\xff.png"), r"a\xff.png")],
)
def test_odd_names_are_shown_as_plain_text(name: str, shown: str) -> None:
    assert printable(name) == shown
