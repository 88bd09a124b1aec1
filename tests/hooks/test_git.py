"""What is staged and what is pushed, in real repositories; contents and Git LFS pointers."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Callable
from pathlib import Path

import pytest
from hook_world import Repository, png

from simcheck.errors import UsageError
from simcheck.hooks import lfs
from simcheck.hooks.git import Blob, contents, pushed, staged
from simcheck.hooks.items import of_blobs, of_files, published

Make = Callable[..., Repository]
ZERO = "0" * 40
LIMIT = 2**20


def names(blobs: list[Blob]) -> set[str]:
    return {blob.path for blob in blobs}


def media(blobs: list[Blob]) -> dict[str, bytes]:
    return {item.name: item.source for item in of_blobs(blobs, LIMIT) if isinstance(item.source, bytes)}


# -- staged ------------------------------------------------------------------------------------------------------------


def test_the_staged_content_counts_not_the_working_file(repository: Make) -> None:
    here = repository()
    (here.top / "a.png").write_bytes(png(1))
    here.git("add", "a.png")
    (here.top / "a.png").write_bytes(png(2))
    assert media(staged()) == {"a.png": png(1)}
    assert media(staged(["a.png"])) == {"a.png": png(1)}


def test_staged_is_what_differs_from_head(repository: Make) -> None:
    here = repository()
    here.commit({"old.png": png(1), "gone.png": png(2), "moved.png": png(3), "text.txt": b"words"})
    here.git("rm", "--quiet", "gone.png")
    here.git("mv", "moved.png", "at new place.png")
    (here.top / "old.png").write_bytes(png(4))
    (here.top / "new\nline.png").write_bytes(png(5))
    (here.top / "-dash.png").write_bytes(png(6))
    here.git("add", "--all")
    (here.top / "not staged.png").write_bytes(png(7))
    assert names(staged()) == {"old.png", "at new place.png", "new\nline.png", "-dash.png"}
    assert media(staged(["-dash.png", "old.png", "text.txt"])) == {"-dash.png": png(6), "old.png": png(4)}


def test_names_that_are_no_text_and_names_that_look_like_patterns(repository: Make) -> None:
    here = repository()
    odd = os.fsdecode(b"\xff\xfe.png")
    for number, name in enumerate((odd, "*.png", ":(top)x.png", "é.png")):
        (here.top / name).write_bytes(png(number))
    here.git("add", "--all")
    assert names(staged()) == {odd, "*.png", ":(top)x.png", "é.png"}
    assert media(staged(["*.png"])) == {"*.png": png(1)}
    assert media(staged([odd])) == {odd: png(0)}


def test_links_and_submodules_hold_no_media(repository: Make) -> None:
    inner = repository("inner")
    inner.commit({"a.png": png(1)})
    here = repository("outer")
    (here.top / "link.png").symlink_to("target.png")
    here.git("-c", "protocol.file.allow=always", "submodule", "--quiet", "add", str(inner.top), "inner")
    here.git("add", "--all")
    assert names(staged()) == {".gitmodules"}
    assert media(staged()) == {}


def test_called_below_the_top(repository: Make, monkeypatch: pytest.MonkeyPatch) -> None:
    here = repository()
    here.git("config", "diff.relative", "true")
    (here.top / "below").mkdir()
    (here.top / "a.png").write_bytes(png(1))
    (here.top / "below" / "b.png").write_bytes(png(2))
    here.git("add", "--all")
    monkeypatch.chdir(here.top / "below")
    assert names(staged()) == {"a.png", "below/b.png"}
    assert names(staged(["b.png"])) == {"below/b.png"}


def test_outside_a_repository(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("GIT_CEILING_DIRECTORIES", str(tmp_path.parent))
    with pytest.raises(UsageError, match="not a git repository"):
        staged()


def test_without_git(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(UsageError, match="git cannot be run"):
        staged()


# -- pushed ------------------------------------------------------------------------------------------------------------


@pytest.fixture
def cloned(repository: Make) -> Repository:
    """A repository with one pushed commit (``a.png``) on a remote, where the test works."""
    bare = repository("remote.git", "--bare")
    here = repository("work")
    here.git("remote", "add", "origin", str(bare.top))
    here.commit({"a.png": png(1), "keep.txt": b"words"})
    here.git("push", "--quiet", "--set-upstream", "origin", "main")
    return here


def line(here: Repository, ref: str = "main", there: str | None = None, local: str | None = None) -> str:
    """What git writes to pre-push for one ref."""
    return f"refs/heads/{ref} {local or here.git('rev-parse', ref)} refs/heads/{ref} {there or ZERO}\n"


def test_only_what_is_new_in_the_push(cloned: Repository) -> None:
    there = cloned.git("rev-parse", "origin/main")
    cloned.commit({"b.png": png(2)})
    assert media(pushed([line(cloned, there=there)], "origin")) == {"b.png": png(2)}


def test_every_commit_of_the_push_counts_also_what_a_later_one_deletes(cloned: Repository) -> None:
    there = cloned.git("rev-parse", "HEAD")
    cloned.commit({"secret.png": png(2)})
    cloned.commit({"secret.png": None})
    assert media(pushed([line(cloned, there=there)], "origin")) == {"secret.png": png(2)}


def test_a_renamed_file_is_not_new(cloned: Repository) -> None:
    there = cloned.git("rev-parse", "HEAD")
    cloned.git("mv", "a.png", "b.png")
    cloned.commit({"keep.txt": b"other words"})
    assert media(pushed([line(cloned, there=there)], "origin")) == {}


def test_a_new_branch_brings_what_the_remote_has_not(cloned: Repository) -> None:
    cloned.git("checkout", "--quiet", "-b", "topic")
    cloned.commit({"c.png": png(3)})
    assert media(pushed([line(cloned, "topic")], "origin")) == {"c.png": png(3)}


def test_the_first_push_brings_everything(repository: Make) -> None:
    here = repository()
    here.commit({"a.png": png(1)})
    here.commit({"a.png": png(2)})
    found = [data for _, data in contents(pushed([line(here)], "origin"), LIMIT)]
    assert sorted(found) == sorted([png(1), png(2)])


def test_another_remote_has_nothing_yet(cloned: Repository) -> None:
    assert set(media(pushed([line(cloned)], "backup"))) == {"a.png"}


def test_a_push_to_a_bare_address(cloned: Repository) -> None:
    assert set(media(pushed([line(cloned)], "git@example.org:studio/film.git"))) == {"a.png"}


def test_a_forced_push_over_a_commit_that_was_never_fetched(cloned: Repository) -> None:
    """What the rewritten commits hold is looked at again, which costs time and lets nothing through."""
    cloned.commit({"c.png": png(3)})
    cloned.git("push", "--quiet")
    cloned.git("commit", "--quiet", "--amend", "--message", "again")
    cloned.commit({"d.png": png(4)})
    assert set(media(pushed([line(cloned, there="1" * 40)], "origin"))) == {"c.png", "d.png"}
    cloned.git("update-ref", "-d", "refs/remotes/origin/main")
    assert set(media(pushed([line(cloned, there="1" * 40)], "origin"))) == {"a.png", "c.png", "d.png"}


def test_a_deleted_ref_brings_nothing(cloned: Repository) -> None:
    there = cloned.git("rev-parse", "HEAD")
    assert pushed([f"(delete) {ZERO} refs/heads/main {there}\n"], "origin") == []
    assert pushed([], "origin") == []


def test_tags_light_and_annotated_and_on_single_files(cloned: Repository) -> None:
    cloned.commit({"e.png": png(5)})
    cloned.git("tag", "light")
    cloned.git("tag", "--annotate", "--message", "x", "heavy")
    cloned.git("reset", "--quiet", "--hard", "HEAD~1")
    (cloned.top / "loose.png").write_bytes(png(6))
    blob = cloned.git("hash-object", "-w", "loose.png")
    for tag in ("light", "heavy"):
        update = f"refs/tags/{tag} {cloned.git('rev-parse', tag)} refs/tags/{tag} {ZERO}"
        assert media(pushed([update], "origin")) == {"e.png": png(5)}
    assert list(media(pushed([f"refs/tags/loose {blob} refs/tags/loose {ZERO}"], "origin")).values()) == [png(6)]


def test_several_refs_at_once_and_each_content_once(cloned: Repository) -> None:
    there = cloned.git("rev-parse", "HEAD")
    cloned.commit({"one.png": png(7), "two.png": png(7)})
    cloned.git("branch", "topic")
    found = list(of_blobs(pushed([line(cloned, there=there), line(cloned, "topic")], "origin"), LIMIT))
    assert [item.source for item in found] == [png(7)]


def test_a_merge_brings_what_the_other_side_brings(cloned: Repository) -> None:
    there = cloned.git("rev-parse", "HEAD")
    cloned.git("checkout", "--quiet", "-b", "topic")
    cloned.commit({"topic.png": png(8)})
    cloned.git("checkout", "--quiet", "main")
    cloned.commit({"main.png": png(9)})
    cloned.git("merge", "--quiet", "--no-edit", "topic")
    assert set(media(pushed([line(cloned, there=there)], "origin"))) == {"topic.png", "main.png"}


def test_odd_names_in_a_push(cloned: Repository) -> None:
    there = cloned.git("rev-parse", "HEAD")
    odd = os.fsdecode(b"\xff.png")
    cloned.commit({odd: png(10), "sp ace.png": png(11)})
    assert set(media(pushed([line(cloned, there=there)], "origin"))) == {odd, "sp ace.png"}


def test_what_is_no_line_of_git_is_refused(cloned: Repository) -> None:
    with pytest.raises(UsageError, match="no line that git gives"):
        pushed(["main\n"], "origin")
    with pytest.raises(UsageError, match="rev-list"):
        pushed([f"refs/heads/main {'2' * 40} refs/heads/main {ZERO}"], "origin")


# -- contents ----------------------------------------------------------------------------------------------------------


def test_of_a_huge_content_only_the_first_bytes_are_read(repository: Make) -> None:
    here = repository()
    here.commit({"a": b"x" * 100_000, "b": b"y" * 10, "empty": b""})
    blobs = [Blob(here.git("rev-parse", f"HEAD:{name}"), name) for name in ("a", "b", "empty", "a")]
    assert [(blob.path, data) for blob, data in contents(blobs, 999)] == [
        ("a", b"x" * 1000),
        ("b", b"y" * 10),
        ("empty", b""),
    ]


def test_a_content_that_is_missing_stops_everything(repository: Make) -> None:
    repository()
    with pytest.raises(UsageError, match="git fsck"):
        list(contents([Blob("3" * 40, "a.png")], LIMIT))


def test_media_is_told_from_the_bytes(repository: Make) -> None:
    here = repository()
    here.commit({"picture.txt": png(1), "words.png": b"no picture", "empty.png": b"", "a.zip": b"PK\x03\x04rest"})
    assert set(media(pushed([line(here)], "origin"))) == {"picture.txt"}


# -- Git LFS -----------------------------------------------------------------------------------------------------------


def pointer(data: bytes, oid: str | None = None) -> bytes:
    oid = oid or hashlib.sha256(data).hexdigest()
    return f"version https://git-lfs.github.com/spec/v1\noid sha256:{oid}\nsize {len(data)}\n".encode()


def store(folder: Path, data: bytes, oid: str | None = None) -> None:
    oid = oid or hashlib.sha256(data).hexdigest()
    path = folder / "objects" / oid[:2] / oid[2:4] / oid
    path.parent.mkdir(parents=True)
    path.write_bytes(data)


def test_a_pointer_gives_the_media_in_the_repositorys_store(repository: Make) -> None:
    here = repository()
    store(here.top / ".git" / "lfs", png(1))
    here.commit({"a.png": pointer(png(1))})
    assert media(pushed([line(here)], "origin")) == {"a.png": png(1)}
    [item] = of_files(["a.png"], LIMIT)
    assert item.source == png(1)
    [file] = published(["a.png"], LIMIT)
    assert (file.sha256, file.bytes) == (hashlib.sha256(png(1)).hexdigest(), len(png(1)))


def test_the_store_may_be_elsewhere_and_worktrees_share_it(repository: Make) -> None:
    here = repository()
    here.commit({"keep.txt": b"words"})
    here.git("config", "lfs.storage", "elsewhere")
    store(here.top / ".git" / "elsewhere", png(1))
    here.git("worktree", "add", "--quiet", "../tree")
    for folder in (".", "../tree"):
        assert lfs.resolve(pointer(png(1)), folder, LIMIT) == png(1)


def test_a_pointer_that_cannot_be_resolved_stays_one_for_the_gate_to_hold(repository: Make) -> None:
    here = repository()
    here.commit({"a.png": pointer(png(1))})
    assert media(pushed([line(here)], "origin")) == {"a.png": pointer(png(1))}
    assert [item.source for item in of_files(["a.png"], LIMIT)] == ["a.png"]


def test_a_store_with_other_bytes_is_not_believed(repository: Make) -> None:
    here = repository()
    store(here.top / ".git" / "lfs", png(2), hashlib.sha256(png(1)).hexdigest())
    assert lfs.resolve(pointer(png(1)), ".", LIMIT) is None


@pytest.mark.parametrize(
    "data",
    [
        b"version https://git-lfs.github.com/spec/v1\noid sha256:../../etc/passwd\nsize 1\n",
        b"version https://git-lfs.github.com/spec/v1\nsize 1\n",
        pointer(b"x", "A" * 64),
        b"version https://git-lfs.github.com/spec/v2\noid sha256:" + b"a" * 64 + b"\nsize 1\n",
    ],
)
def test_a_broken_pointer_is_a_pointer_that_cannot_be_resolved(data: bytes, repository: Make) -> None:
    repository()
    assert lfs.is_pointer(data)
    assert lfs.resolve(data, ".", LIMIT) is None


def test_a_long_file_that_begins_like_a_pointer_is_none() -> None:
    assert not lfs.is_pointer(pointer(b"x") + b"#" * 1024)


def test_git_lfs_is_asked_where_the_store_has_nothing(
    repository: Make, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    repository()
    program = tmp_path / "bin" / "git-lfs"
    program.parent.mkdir()
    (tmp_path / "media").write_bytes(png(3))
    program.write_text(f'#!/bin/sh\n[ "$1" = smudge ] && [ -z "$GIT_LFS_SKIP_SMUDGE" ] && cat "{tmp_path}/media"\n')
    program.chmod(0o755)
    monkeypatch.setenv("PATH", str(program.parent), prepend=os.pathsep)
    monkeypatch.setenv("GIT_LFS_SKIP_SMUDGE", "1")
    assert lfs.resolve(pointer(png(3)), ".", LIMIT) == png(3)
    assert lfs.resolve(pointer(png(4)), ".", LIMIT) is None


def test_of_media_above_the_limit_only_so_much_is_read(repository: Make) -> None:
    here = repository()
    store(here.top / ".git" / "lfs", b"x" * 5000)
    assert lfs.resolve(pointer(b"x" * 5000), ".", 100) == b"x" * 101
