"""The benchmark of bends: every kind is measured, and one arm looks for no bend."""

from __future__ import annotations

from types import SimpleNamespace

import numpy as np
import pytest

from benchmarks.images import bends
from benchmarks.images.data import random
from benchmarks.images.edits import FAMILIES
from simcheck.kinds.image import verify
from simcheck.policy import load


def test_every_kind_of_bend_is_measured_and_moves_what_is_in_the_picture() -> None:
    assert len(bends.BENT) == 8
    y, x = np.mgrid[0:120, 0:160]
    squares = np.where((x // 20 + y // 20) % 2, 200, 40).astype(np.uint8)
    picture = np.repeat(squares[..., None], 3, 2)
    for name in bends.BENT:
        edited = FAMILIES[name](picture, random("bend", name), [])
        assert edited.picture.shape == picture.shape
        assert edited.boxes is None, "No matrix says where it went."
        assert np.abs(edited.picture.astype(int) - picture).mean() > 10, name


def test_one_arm_looks_for_no_bend(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(verify, "straight", verify.straight)  # put back after the test
    checker = SimpleNamespace(policy=load())
    bends.as_they_are(checker)
    assert checker.policy.listed_from == 0
    look, found = object(), object()
    assert verify.straight(look, None, found) == (look, found)  # type: ignore[arg-type]
