"""Parts that moved by themselves: their shifts are found among wrong pairs, put back they give the picture."""

from __future__ import annotations

from pathlib import Path

import cv2
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image
from samples import NAMES, blocked_thrice, grey, menu, photograph, registered

import simcheck
from simcheck.kinds.image import geometry, pixels, shifting, undoing

SIZE = (1.0, 0.75)


def rows(places: np.ndarray) -> np.ndarray:
    """Places (n, 2) as those of features of one size and turn: (n, 4)."""
    return np.c_[places, np.full(len(places), 0.02), np.zeros(len(places))]


def strips(picture: np.ndarray, steps: list[int]) -> np.ndarray:
    """Upright strips of a picture, each moved down by so many pixels; black comes from outside."""
    parts = np.array_split(picture, len(steps), axis=1)
    return np.hstack([cv2.warpAffine(part, np.float64([[1, 0, 0], [0, 1, step]]), part.shape[1::-1])
                      for part, step in zip(parts, steps, strict=True)])  # fmt: skip


@given(st.lists(st.integers(-9, 9), min_size=2, max_size=6, unique=True), st.booleans(), st.integers(0, 99))
def test_shifts_are_found_among_as_many_wrong_pairs(steps: list[int], flip: bool, seed: int) -> None:
    rng = np.random.default_rng(seed)
    source = rng.uniform((0, 0), SIZE, (30 * len(steps), 2))
    moves = np.repeat(np.array(steps), 30)[:, None] * (0.0, 0.02)
    wrong = rng.uniform((0, 0), SIZE, (2, len(source), 2))
    output, reference = (np.r_[rows(a), rows(b)] for a, b in ((source + moves, wrong[0]), (source, wrong[1])))
    found = shifting.found(output, reference, geometry.turn_matrix(4, SIZE) if flip else np.eye(3), flip, SIZE)
    assert found is not None
    first = found.steps[: len(steps)]
    assert np.abs(np.sort(first[:, 1]) - np.sort(steps) * 0.02).max() < 0.004
    assert np.abs(first[:, 0]).max() < 0.004


def test_one_transform_has_no_shifts() -> None:
    places = rows(np.random.default_rng(1).uniform((0, 0), SIZE, (80, 2)))
    assert shifting.found(places, places, np.eye(3), False, SIZE) is None


@pytest.mark.parametrize("flip", [False, True])
@pytest.mark.parametrize("negative", [False, True])
def test_put_back_parts_give_the_picture_and_say_where_they_come_from(flip: bool, negative: bool) -> None:
    picture = grey("coffee")
    steps = [-24, 12, 40, 0, -36]
    output = strips(picture, steps)
    output = np.ascontiguousarray(output[:, ::-1]) if flip else output
    output = 255 - output if negative else output
    matrix = geometry.turn_matrix(4, SIZE) if flip else np.eye(3)
    shifts = shifting.Shifts(matrix, flip, np.array([[0, step / 640] for step in steps]), 50)
    back = shifting.put_back(output, picture, shifts, negative)
    assert back is not None
    inner = np.s_[60:-60, 40:-40]
    shown = back.picture[:, ::-1] if flip else back.picture
    shown = 255 - shown if negative else shown
    assert pixels.correlation(*(part[inner].astype(float) for part in (strips(picture, steps), picture))) < 0.9
    assert pixels.correlation(*(part[inner].astype(float) for part in (shown, picture))) > 0.97
    # The middle of the third strip comes from forty pixels further down.
    left, top, right, bottom = back.box((0.45, 0.3, 0.55, 0.4))
    assert (left, right) == pytest.approx((0.45, 0.55), abs=0.01)
    assert (top, bottom) == pytest.approx((0.3 + 40 / 640, 0.4 + 40 / 640), abs=0.02)


@pytest.mark.parametrize(("name", "other"), [("chelsea", "coffee"), ("coffee", "astronaut"), ("astronaut", "chelsea")])
def test_no_picture_is_laid_together_from_shreds_of_another(name: str, other: str) -> None:
    """Words that repeat propose shifts that nothing else has made."""
    steps = np.array([[0, 0], [-0.64, 0], [-0.03, 0], [0.13, 0], [0.64, 0], [-0.13, 0], [-0.46, 0], [0.46, 0]])
    shifts = shifting.Shifts(np.eye(3), False, steps, 150)
    assert shifting.put_back(grey(other), grey(name), shifts, False) is None
    assert shifting.put_back(grey(name), grey(name), shifts, False) is not None


@given(st.integers(1, 60), st.integers(1, 60), st.booleans(), st.booleans(), st.integers(0, 99))
def test_pictures_of_any_shape_are_put_back_and_every_box_lies_inside(
    width: int, height: int, flip: bool, thin: bool, seed: int
) -> None:
    rng = np.random.default_rng(seed)
    shape = (height, width * 40) if thin else (height, width)
    output, reference = (rng.integers(0, 256, shape, np.uint8) for _ in range(2))
    size = geometry.extent(shape[1], shape[0])
    matrix = geometry.turn_matrix(4, size) if flip else np.eye(3)
    shifts = shifting.Shifts(matrix, flip, rng.normal(0, 0.2, (3, 2)), 9)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(shifting, "TORN", 1.0)
        back = shifting.put_back(output, reference, shifts, False)
    assert back is not None
    assert back.picture.shape == shape
    low, high = np.sort(rng.uniform((0, 0), size, (2, 2)), axis=0)
    for box in ((*low, *high), (*size, *size), (0, 0, 0, 0)):
        left, top, right, bottom = back.box(box)
        assert 0 <= left <= right <= size[0]
        assert 0 <= top <= bottom <= size[1]


@pytest.fixture(scope="module")
def checker(tmp_path_factory: pytest.TempPathFactory) -> simcheck.Checker:
    return registered(tmp_path_factory.mktemp("shifts"), {name: photograph(name) for name in NAMES})


@pytest.mark.parametrize("name", ["coffee", "astronaut"])
def test_strips_are_blocked_with_the_box_of_all_of_them(checker: simcheck.Checker, tmp_path: Path, name: str) -> None:
    blocked_thrice(checker, tmp_path, strips(photograph(name), [-30, 18, -10, 34, -22, 26, 4, -34]), name, 85)


def captioned(picture: np.ndarray, lower: int) -> np.ndarray:
    """A meme's two lines, the second so many pixels down."""
    out = np.ascontiguousarray(picture)
    for words, y in (("WHEN THE ALARM RINGS", 60), ("BUT IT IS SATURDAY", lower)):
        for colour, thick in (((0,) * 3, 10), ((255,) * 3, 4)):
            cv2.putText(out, words, (25, y), cv2.FONT_HERSHEY_DUPLEX, 1.6, colour, thick, cv2.LINE_AA)
    return out


@pytest.mark.parametrize("lower", [380, 410])
def test_the_same_lines_in_other_places_of_another_picture_are_no_shifted_copy(tmp_path: Path, lower: int) -> None:
    gate = registered(tmp_path, {"meme": captioned(photograph("astronaut"), 440)})
    for name in ("coffee", "rocket", "chelsea"):
        file = tmp_path / f"{name}.png"
        Image.fromarray(captioned(photograph(name), lower)).save(file)
        report = gate.check(file, top=5)
        assert report.decision == "pass"
        assert not any(match.signals["bent"] for match in report.matches)


def test_of_a_design_many_places_must_agree_on_what_moved(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The boxes of another design of its template are moved parts, too, but fewer of its places agree."""
    gate = registered(tmp_path, {"menu": menu(1)})
    Image.fromarray(strips(menu(1), [-12, 16, -8, 14])).save(tmp_path / "strips.png")

    def bent() -> tuple[bool, int]:
        found = gate.check(tmp_path / "strips.png").matches[0].signals
        return found["bent"], found["inliers"]

    assert bent()[0]
    assert bent()[1] >= undoing.DESIGN_PLACES
    monkeypatch.setattr(undoing, "DESIGN_PLACES", 10_000)
    assert not bent()[0]
