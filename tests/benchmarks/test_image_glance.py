"""The benchmark of the glance counts each output once, and leaves out the last stage where it is told to."""

from __future__ import annotations

from types import SimpleNamespace

import numpy as np
import pytest

from benchmarks.images.glance import Stages
from benchmarks.images.pairs import Pair, counted
from simcheck.kinds.base import Media
from simcheck.kinds.image.kind import ImageKind
from simcheck.policy import load


def pair(output: str, decision: str, *, copy: bool = True) -> Pair:
    return Pair(output, "work", copy, 9, {}, "sketch", 0.9, "rule", decision)


def test_an_output_counts_once_by_its_own_work() -> None:
    every = [
        [pair("sketch/000", "block"), pair("sketch/000", "review")],
        [pair("sketch/001", "review")],
        [pair("sketch/002", "pass"), pair("sketch/002", "block", copy=False)],
        [],
    ]
    assert counted(every) == {"held": 0.5, "blocked": 0.25, "verified": 0.75}


@pytest.mark.parametrize(("stages", "lanes"), [(None, {"image.encoder", "image.outlines"}), (3, {"image.local"})])
def test_the_glance_is_the_last_stage(stages: int | None, lanes: set[str]) -> None:
    checker = SimpleNamespace(kinds={"image": ImageKind()}, policy=load())
    Stages(stages)(checker)
    assert checker.policy.listed_from == 0
    picture = np.random.default_rng(1).integers(0, 256, (60, 80, 3)).astype(np.uint8)
    media = Media("image", {"width": 80, "height": 60, "frames": 1}, {"frame/0": picture})
    *_, last = checker.kinds["image"].inspect(media).probes()
    assert {probe.lane for probe in last} == lanes
