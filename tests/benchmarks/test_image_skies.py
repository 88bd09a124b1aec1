"""The benchmark of small things: what it cuts out, and what it draws."""

from __future__ import annotations

from pathlib import Path

import cv2
import numpy as np
import pytest
from skimage import data

from benchmarks.images import designs, skies
from simcheck.kinds.image.describe import ink_and_ground

THING = np.ascontiguousarray(data.coffee()[:100, :150])


def test_a_thing_on_a_white_ground_is_cut_out_with_its_holes() -> None:
    picture = np.full((200, 250, 3), 250, np.uint8)
    picture[50:150, 60:210] = THING
    picture[90:100, 120:130] = 255
    ink = skies.thing_in(picture)
    assert ink is not None
    assert cv2.boundingRect(ink.astype(np.uint8)) == (60, 50, 150, 100)
    assert ink[95, 125]
    assert skies.thing_in(np.ascontiguousarray(data.coffee())) is None
    assert skies.thing_in(np.full((200, 250, 3), 250, np.uint8)) is None


def test_works_are_small_things_on_grounds_of_many_tones(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for module in (skies, designs):
        monkeypatch.setattr(module, "CACHE", tmp_path)
    monkeypatch.setattr(skies, "load_half", lambda _: type("Half", (), {"backgrounds": ()}))
    monkeypatch.setattr(skies, "read_all", lambda _: [np.ascontiguousarray(data.coffee())] * 12)
    monkeypatch.setattr(skies, "things", lambda *_: [(THING, np.ones(THING.shape[:2], bool))] * 12)
    works, cases = skies.skies(6, 1)
    others = [case for case in cases if not case.truth]
    assert len(works) == len(others) == 6
    assert 6 < len(cases) - len(others) <= 12
    assert {name for case in cases for name in case.truth} <= {work.name for work in works}
    for work in works:
        share, apart = ink_and_ground(cv2.imread(str(work.file))[..., ::-1])
        assert 0 < share < 0.2
        assert apart > 1
