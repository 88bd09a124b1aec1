"""The benchmark of designs: its works, its twins and its copies."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from skimage import data

from benchmarks.images import designs
from benchmarks.images.edits.base import RGB
from benchmarks.images.layouts import quiz, sudoku


@pytest.fixture
def drawn(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> tuple[list[designs.Registered], list[designs.Case]]:
    monkeypatch.setattr(designs, "CACHE", tmp_path)
    monkeypatch.setattr(designs, "TEMPLATES_OF", {"A": {"quiz": quiz, "sudoku": sudoku}})
    monkeypatch.setattr(designs, "load_half", lambda _: type("Half", (), {"backgrounds": ()}))
    monkeypatch.setattr(designs, "read_all", lambda _: [np.ascontiguousarray(data.coffee())] * 12)
    return designs.designs("A", 2, 1)


def test_twins_are_other_contents_and_copies_are_of_registered_works(
    drawn: tuple[list[designs.Registered], list[designs.Case]],
) -> None:
    works, cases = drawn
    assert len({work.name for work in works}) == 2 * 2 * designs.WORKS
    twins = [case for case in cases if not case.truth]
    copies = [case for case in cases if case.truth]
    assert len(twins) == 2 * 2 * designs.OTHERS
    assert 0.7 * designs.EDITS * len(works) < len(copies) <= designs.EDITS * len(works)
    assert {case.truth[0] for case in copies} <= {work.name for work in works}
    assert len({case.family for case in copies}) > 4
    registered = {work.file.name: read(work.file) for work in works}
    for twin in twins:
        mine = read(twin.file)
        same_style = [one for name, one in registered.items() if name[:-6] == twin.file.name[:-6]]
        assert len(same_style) == designs.WORKS
        assert all((np.abs(mine.astype(int) - one) > 20).mean() > 0.002 for one in same_style)


def test_two_contents_that_are_one_picture_count_once() -> None:
    def same(_: np.random.Generator, content: np.random.Generator) -> RGB:
        return np.full((90, 120, 3), 250 if content.random() < 0.5 else 10, np.uint8)

    assert sorted(int(one[0, 0, 0]) for one in designs.contents("same", same, 0, 1)) == [10, 250]


def read(file: Path) -> np.ndarray:
    return np.asarray(Image.open(file).convert("RGB"))
