"""What lies over a work in one tone: it is found and taken away from both pictures alike; two pictures stay two."""

from __future__ import annotations

from pathlib import Path

import cv2
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image
from samples import NAMES, blocked_thrice, grey, photograph, registered, table

import simcheck
from simcheck.encoders import pairs
from simcheck.kinds.image import alignment, covering, geometry


def bars(shape: tuple[int, ...], step: int = 60, thick: int = 26) -> np.ndarray:
    """Slanting bars, bool (h, w)."""
    y, x = np.indices(shape[:2])
    return np.asarray((x + y // 2) % step < thick)


def barred(picture: np.ndarray, tone: tuple[int, ...] | int) -> np.ndarray:
    out = picture.copy()
    out[bars(picture.shape)] = tone
    return out


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("tone", [0, 200, 255])
@pytest.mark.parametrize("flip", [False, True])
def test_bars_are_found_and_filled_in_both(name: str, tone: int, flip: bool) -> None:
    work = grey(name)
    matrix = geometry.turn_matrix(4, geometry.extent(640, 480)) if flip else np.eye(3)
    output = barred(np.ascontiguousarray(work[:, ::-1]) if flip else work, tone)
    clear = covering.cleared(output, work, matrix)
    assert clear is not None
    assert clear.share > 0.4
    back = clear.reference[:, ::-1] if flip else clear.reference
    inner = np.s_[8:-8, 8:-8]
    off = np.abs(clear.output.astype(int) - back)[inner]
    assert np.median(off) <= 2
    assert np.quantile(off, 0.95) < 16
    kept = ~bars(work.shape)
    kept &= np.abs(output.astype(int) - tone) > 2 * covering.TONE  # what has the bars' tone may be taken for them
    far = cv2.erode(kept.astype(np.uint8), np.ones((9, 9), np.uint8))[inner] > 0
    assert np.array_equal(clear.output[inner][far], output[inner][far])


def test_nothing_is_found_where_nothing_covers() -> None:
    for name in NAMES:
        work = grey(name)
        brighter = np.clip(work.astype(float) * 0.8 + 40, 0, 255).astype(np.uint8)
        for output in (work, brighter, cv2.GaussianBlur(work, (0, 0), 3), 255 - work):
            assert covering.cleared(output, work, np.eye(3)) is None, name


def test_other_letters_on_paper_are_no_cover() -> None:
    """Under either picture's ink the other has paper; without it both would be blank."""
    first, second = (cv2.cvtColor(table(seed), cv2.COLOR_RGB2GRAY) for seed in (1, 2))
    assert covering.cleared(first, second, np.eye(3)) is None


def test_a_patch_in_one_place_is_no_cover() -> None:
    """It may be another thing in front of the same scene."""
    work = grey("coffee")
    output = work.copy()
    output[100:400, 200:500] = 255
    assert covering.cleared(output, work, np.eye(3)) is None


@given(st.integers(1, 50), st.integers(1, 50), st.integers(0, 255), st.integers(0, 99))
def test_pictures_of_any_shape_are_safe_and_what_is_known_stays(width: int, height: int, tone: int, seed: int) -> None:
    rng = np.random.default_rng(seed)
    output, reference = (rng.integers(0, 256, (height, width), np.uint8) for _ in range(2))
    output[rng.random(output.shape) < 0.4] = tone
    clear = covering.cleared(output, reference, np.eye(3))
    if clear is not None:
        assert (clear.output.shape, clear.reference.shape) == (output.shape, reference.shape)
        assert 0 < clear.share <= 1
    cover = rng.random(output.shape) < rng.random()
    filled = covering.filled(output, cover)
    assert np.array_equal(filled[~cover], output[~cover])
    if not cover.all():
        assert filled.min() >= output[~cover].min() - 1.0
        assert filled.max() <= output[~cover].max() + 1.0


@pytest.fixture(scope="module")
def checker(tmp_path_factory: pytest.TempPathFactory) -> simcheck.Checker:
    return registered(tmp_path_factory.mktemp("covers"), {name: photograph(name) for name in NAMES})


@pytest.mark.parametrize("name", ["coffee", "chelsea"])
def test_a_barred_work_is_blocked(checker: simcheck.Checker, tmp_path: Path, name: str) -> None:
    for match in blocked_thrice(checker, tmp_path, barred(photograph(name), (240, 200, 30)), name, 88):
        assert match.signals["covered"] > 0.3
        assert match.signals["kept"] > 0.7


def test_strips_that_moved_are_one_picture_without_the_gaps_between_them(
    checker: simcheck.Checker, tmp_path: Path
) -> None:
    sheet = np.full((540, 640 + 6 * 30, 3), (30, 160, 90), np.uint8)
    left = 0
    for part, down in zip(np.array_split(photograph("chelsea"), 7, axis=1), (4, 52, 20, 60, 0, 36, 12), strict=True):
        sheet[down : down + 480, left : left + part.shape[1]] = part
        left += part.shape[1] + 30
    file = tmp_path / "strips.jpg"
    Image.fromarray(sheet).save(file, quality=88)
    report = checker.check(file)
    found = report.matches[0]
    assert (report.decision, found.reference.name) == ("block", "chelsea.png")
    assert found.signals["bent"]
    assert found.signals["covered"] > 0.3


def test_other_pictures_behind_bars_are_no_copies(tmp_path: Path) -> None:
    gate = registered(tmp_path, {name: photograph(name) for name in ("coffee", "astronaut")})
    for name in ("rocket", "chelsea"):
        for tone in (0, 128, 250):
            file = tmp_path / f"{name}-{tone}.jpg"
            Image.fromarray(barred(photograph(name), (tone,) * 3)).save(file, quality=90)
            assert gate.check(file).decision == "pass"


def test_other_pictures_laid_on_a_work_are_no_copies_of_it_without_the_bars() -> None:
    """What is filled is filled alike: it must not make two pictures one."""
    network = pairs.PairNetwork()
    for number, name in enumerate(NAMES):
        for other in NAMES[:number]:
            clear = covering.cleared(barred(grey(name), 200), grey(other), np.eye(3))
            assert clear is not None
            planes = clear.reference, clear.output, np.full((480, 640), 255, np.uint8)
            small = np.stack([cv2.resize(one, (pairs.SIDE, 72), interpolation=cv2.INTER_AREA) for one in planes])
            assert network.log_odds(alignment.centred(small)[None])[0] < 0
