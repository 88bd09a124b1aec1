"""The benchmark of steps: every kind is measured, and one gate goes without the step."""

from __future__ import annotations

from types import SimpleNamespace

import numpy as np
import pytest

from benchmarks.images import steps
from benchmarks.images.data import random
from benchmarks.images.edits import FAMILIES
from simcheck.kinds.image import pieces, undoing
from simcheck.policy import load


def test_every_kind_of_bend_is_measured_and_moves_what_is_in_the_picture() -> None:
    assert len(steps.STEPS["bends"].kinds) == 8
    y, x = np.mgrid[0:120, 0:160]
    squares = np.where((x // 20 + y // 20) % 2, 200, 40).astype(np.uint8)
    picture = np.repeat(squares[..., None], 3, 2)
    for name in steps.STEPS["bends"].kinds:
        edited = FAMILIES[name](picture, random("bend", name), [])
        assert edited.picture.shape == picture.shape
        assert edited.boxes is None, "No matrix says where it went."
        assert np.abs(edited.picture.astype(int) - picture).mean() > 10, name


def test_one_arm_looks_for_no_bend(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(undoing, "straight", undoing.straight)  # put back after the test
    checker = SimpleNamespace(policy=load())
    steps.no_bends(checker)
    assert checker.policy.listed_from == 0
    look, found = object(), object()
    assert undoing.straight(look, None, found) == (look, found)  # type: ignore[arg-type]


def test_a_copy_in_pieces_has_its_pieces_elsewhere() -> None:
    rng = np.random.default_rng(3)
    picture = rng.integers(0, 256, (120, 160, 3), np.uint8)
    for name in ("shuffled", "panels", "mirrored"):
        edited = FAMILIES[name](picture, random("pieces", name), [])
        assert edited.boxes is None, "No matrix says where it went."
    half = FAMILIES["mirrored"](picture, random("pieces", "half"), []).picture
    assert any(np.array_equal(half, np.flip(half, axis)) for axis in (0, 1))


def test_one_arm_looks_at_the_whole_only(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pieces, "known", pieces.known)  # put back after the test
    checker = SimpleNamespace(policy=load())
    steps.no_pieces(checker)
    assert checker.policy.listed_from == 0
    found = object()
    assert pieces.known(None, None, found, None) is found  # type: ignore[arg-type, comparison-overlap]


@pytest.mark.parametrize(("step", "name"), [("shifts", "joined"), ("covers", "uncovered")])
def test_one_arm_undoes_nothing(monkeypatch: pytest.MonkeyPatch, step: str, name: str) -> None:
    monkeypatch.setattr(undoing, name, getattr(undoing, name))  # put back after the test
    checker = SimpleNamespace(policy=load())
    steps.STEPS[step].without(checker)
    assert checker.policy.listed_from == 0
    assert getattr(undoing, name)(None, None, None, None) is None
