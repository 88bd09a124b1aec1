"""The gate end to end, in process: what is held, what passes, what is recorded, and that it never lets through because
it broke."""

from __future__ import annotations

import io
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType

import pytest
from PIL import Image, ImageOps

import simcheck
from simcheck.checker import Checker
from simcheck.errors import IndexMissingError, MediaError, StorageError
from simcheck.kinds.base import Finding, Nomination
from simcheck.kinds.image.kind import ImageInspection

WORKS = ("astronaut", "camera", "chelsea", "coffee", "rocket")


@pytest.fixture(scope="module")
def checker(tmp_path_factory: pytest.TempPathFactory, pictures: dict[str, Path]) -> Iterator[Checker]:
    with simcheck.open(tmp_path_factory.mktemp("gate") / "index") as gate:
        gate.add_many([str(pictures[name]) for name in WORKS])
        yield gate


@pytest.fixture
def empty(tmp_path: Path) -> Iterator[Checker]:
    with simcheck.open(tmp_path / "index") as gate:
        yield gate


def saved(picture: Image.Image, path: Path, **options: object) -> Path:
    picture.save(path, **options)
    return path


def collage(pictures: dict[str, Path]) -> Image.Image:
    page = Image.open(pictures["motorcycle_left"]).convert("RGB").resize((1200, 900))
    page.paste(ImageOps.mirror(Image.open(pictures["coffee"])).resize((480, 320)), (690, 540))
    return page


def test_an_edited_copy_is_blocked_with_the_place(
    checker: Checker, pictures: dict[str, Path], tmp_path: Path, contract: ModuleType
) -> None:
    path = saved(collage(pictures), tmp_path / "collage.jpg")
    report = checker.check(path)
    assert contract.report_faults(report.to_json(), path) == []
    assert report.decision == "block"
    assert report.matches[0].reference.name == "coffee.png"
    x, y, width, height = report.matches[0].regions[0].output.box or (0, 0, 0, 0)
    wide = min(x + width, 1170) - max(x, 690)
    high = min(y + height, 860) - max(y, 540)
    assert wide * high / (width * height + 480 * 320 - wide * high) > 0.7
    assert report.matches[0].signals["mirrored"] is True


@pytest.mark.parametrize("name", ["flower", "motorcycle_left", "coins", "moon", "page", "brick"])
def test_an_unrelated_picture_passes(
    checker: Checker, pictures: dict[str, Path], name: str, contract: ModuleType
) -> None:
    report = checker.check(pictures[name])
    assert contract.report_faults(report.to_json(), pictures[name]) == []
    assert report.decision == "pass", report.reason


def test_the_same_bytes_are_exact(checker: Checker, pictures: dict[str, Path], contract: ModuleType) -> None:
    report = checker.check(pictures["chelsea"])
    assert contract.report_faults(report.to_json(), pictures["chelsea"]) == []
    assert (report.decision, report.matches[0].type, report.score) == ("block", "exact", 1.0)
    assert (report.output.width, report.output.height) == (451, 300)


def test_one_colour_passes_and_says_so(checker: Checker, tmp_path: Path) -> None:
    report = checker.check(saved(Image.new("RGB", (300, 200), "navy"), tmp_path / "navy.png"))
    assert report.decision == "pass"
    assert "nothing to compare" in report.reason


def test_rights_let_the_project_pass_and_nobody_else(empty: Checker, pictures: dict[str, Path]) -> None:
    empty.add(pictures["coffee"], allow_projects=("film-7", "campaign=spring"))
    assert empty.check(pictures["coffee"]).decision == "block"
    assert empty.check(pictures["coffee"], project="film-8").decision == "block"
    for report in (
        empty.check(pictures["coffee"], project="film-7"),
        empty.check(pictures["coffee"], tags={"campaign": "spring"}),
    ):
        assert (report.decision, report.matches[0].rule) == ("pass", "reuse.allowed")


def test_an_allowed_work_does_not_hide_another_that_looks_the_same(
    empty: Checker, pictures: dict[str, Path], tmp_path: Path
) -> None:
    empty.add(pictures["coffee"], allow_projects=("film-7",))
    other = saved(Image.open(pictures["coffee"]), tmp_path / "theirs.jpg", quality=80)
    empty.add(other, title="Theirs")
    report = empty.check(pictures["coffee"], project="film-7")
    assert report.decision == "block"
    assert {match.reference.name: match.decision for match in report.matches} == {
        "coffee.png": "pass",
        "theirs.jpg": "block",
    }


def test_a_quarantined_work_answers_nothing_until_it_is_restored(empty: Checker, pictures: dict[str, Path]) -> None:
    work = empty.add(pictures["coffee"])
    empty.index.quarantine(work.id, "under dispute")
    assert empty.check(pictures["coffee"]).decision == "pass"
    empty.index.restore(work.id)
    assert empty.check(pictures["coffee"]).decision == "block"


def test_a_blank_work_is_quarantined_when_it_is_added(empty: Checker, tmp_path: Path) -> None:
    path = saved(Image.new("RGB", (400, 300), "white"), tmp_path / "blank.png")
    done = empty.add_many([str(path)])
    assert done.added == 1
    assert "blank.png is quarantined" in done.notices[0]
    assert empty.index.reference(done.references[0][0]).status == "quarantined"


BAD = {
    "zero.png": (b"", "empty"),
    "cut.png": (None, "unreadable"),
    "noise.jpg": (bytes(range(256)) * 8, "unsupported"),
    "archive.png": (b"PK\x03\x04" + b"\0" * 100, "unsupported"),
}


@pytest.mark.parametrize("name", BAD)
def test_what_cannot_be_read_is_held_and_recorded(
    checker: Checker, pictures: dict[str, Path], tmp_path: Path, name: str, contract: ModuleType
) -> None:
    data, code = BAD[name]
    path = tmp_path / name
    path.write_bytes(pictures["coffee"].read_bytes()[:9000] if data is None else data)
    report = checker.check(path)
    if data != b"":
        assert contract.report_faults(report.to_json(), path) == []
    assert (report.decision, report.score) == ("unchecked", None)
    assert report.error is not None
    assert report.error.code == code
    assert name in report.error.message
    assert checker.index.check(report.id) == report.to_json()


def test_a_defect_of_ours_holds_the_output(
    checker: Checker, pictures: dict[str, Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(media: object) -> None:
        raise ZeroDivisionError

    monkeypatch.setattr(checker.kinds["image"], "inspect", broken)
    report = checker.check(pictures["flower"])
    assert report.decision == "unchecked"
    assert report.error is not None
    assert report.error.code == "internal"


def test_a_check_that_cannot_be_recorded_decides_nothing(
    checker: Checker, pictures: dict[str, Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*_: object) -> None:
        raise StorageError("no space is left")

    monkeypatch.setattr(checker.index, "record_check", full)
    with pytest.raises(StorageError):
        checker.check(pictures["flower"])


def test_no_index_is_said_with_how_to_make_one(tmp_path: Path, pictures: dict[str, Path]) -> None:
    with simcheck.open(tmp_path / "none") as gate, pytest.raises(IndexMissingError, match="simcheck add"):
        gate.check(pictures["flower"])
    assert not (tmp_path / "none").exists()


def test_bytes_and_streams_are_checked_like_files(checker: Checker, pictures: dict[str, Path]) -> None:
    data = pictures["rocket"].read_bytes()
    assert checker.check(data, name="r.jpg").output.path == "r.jpg"
    assert checker.check(io.BytesIO(data)).matches[0].reference.name == "rocket.jpg"


def test_a_bad_work_raises_and_leaves_nothing(empty: Checker, tmp_path: Path) -> None:
    (tmp_path / "bad.png").write_bytes(b"\x89PNG\r\n\x1a\nnothing")
    with pytest.raises(MediaError, match=r"bad\.png"):
        empty.add(tmp_path / "bad.png")
    assert empty.index.count() == 0


def test_a_folder_goes_on_after_bad_files_and_skips_what_is_there(
    empty: Checker, pictures: dict[str, Path], tmp_path: Path
) -> None:
    (tmp_path / "bad.png").write_bytes(b"no picture at all\x00\x01")
    paths = [str(pictures["coffee"]), str(tmp_path / "bad.png"), str(pictures["rocket"]), str(pictures["coffee"])]
    done = empty.add_many(paths)
    assert (done.added, done.skipped, [one.path for one in done.failed]) == (2, 1, [paths[1]])
    assert sorted(path for _, path, _ in done.references) == sorted([paths[0], paths[2], paths[3]])
    again = empty.add_many(paths)
    assert (again.added, again.skipped, len(again.failed)) == (0, 3, 1)
    assert again.revision == done.revision


def test_an_interrupted_folder_is_gone_on_with(
    empty: Checker, pictures: dict[str, Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("simcheck.registering.BATCH", 2)
    paths = [str(pictures[name]) for name in WORKS]
    done: list[str] = []

    def stop(path: str) -> None:
        done.append(path)
        if len(done) == 3:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        empty.add_many(paths, progress=stop)
    assert empty.index.count() == 2
    rest = empty.add_many(paths)
    assert (rest.added, rest.skipped) == (3, 2)
    assert empty.check(pictures["rocket"]).decision == "block"


def test_only_works_of_its_own_kind_make_a_score_less_certain(
    empty: Checker, pictures: dict[str, Path], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    texts = [f"The {n} wayward lanterns of Ostrava were lit by {n} quiet sisters of the mill." for n in range(3)]
    for number, text in enumerate(texts):
        empty.add(text.encode() * 3, name=f"{number}.txt")
    empty.add(pictures["coffee"])
    seen: list[int] = []
    verify = ImageInspection.verify

    def noted(self: ImageInspection, nomination: Nomination, references: int) -> Finding | None:
        seen.append(references)
        return verify(self, nomination, references)

    monkeypatch.setattr(ImageInspection, "verify", noted)
    empty.check(saved(Image.open(pictures["coffee"]).convert("RGB"), tmp_path / "copy.jpg", quality=60))
    assert set(seen) == {1}
