"""The benchmark of works under things: its works, what lies over them, and what copies none."""

from __future__ import annotations

from pathlib import Path

import cv2
import numpy as np
import pytest
from skimage import data

from benchmarks.images import designs, gate, overlaid
from simcheck import policy


def test_each_work_is_covered_and_others_copy_none(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    files = []
    for number in range(8):
        files.append(tmp_path / f"{number}.png")
        cv2.imwrite(str(files[-1]), np.roll(data.coffee(), 70 * number, axis=1))
    for module in (overlaid, designs):
        monkeypatch.setattr(module, "CACHE", tmp_path)
    monkeypatch.setattr(overlaid, "load_half", lambda _: type("Half", (), {"backgrounds": (), "references": files}))
    monkeypatch.setattr(overlaid, "read_all", lambda _: [np.ascontiguousarray(data.coffee())] * 12)
    works, cases = overlaid.overlaid(4, 1)
    assert [work.name.rsplit("-", 1)[0] for work in works] == ["design"] * 4 + ["photograph"] * 4
    copies = [case for case in cases if case.truth]
    assert len(copies) == overlaid.EDITS * len(works)
    assert {case.family for case in copies} == set(overlaid.OVER)
    assert {name for case in copies for name in case.truth} == {work.name for work in works}
    others = [case for case in cases if not case.truth]
    assert len(others) == 2 * 4 * overlaid.OTHERS
    assert all(case.file.exists() for case in cases)
    assert len({case.name for case in cases}) == len(cases)
    assert {case.name.split("/")[0] for case in cases} == set(overlaid.KINDS)


def test_rules_are_left_out() -> None:
    checker = type("Checker", (), {"policy": policy.load()})()
    before = [rule.rule for rule in checker.policy.match]
    gate.without_rules(checker, overlaid.RULES)
    left = [rule.rule for rule in checker.policy.match]
    assert left == [name for name in before if name not in overlaid.RULES]
    assert len(before) - len(left) == len(overlaid.RULES)
