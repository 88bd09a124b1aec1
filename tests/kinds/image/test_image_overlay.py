"""What lies over a copy has its outlines in the output alone; of two designs each has its own."""

from __future__ import annotations

from pathlib import Path

import cv2
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image
from samples import NAMES, grey, menu, photograph, registered, straight, table

from simcheck.kinds.image import overlay


def share(output: np.ndarray, reference: np.ndarray) -> float | None:
    """Of both, laid on each other as they are."""
    return overlay.share(straight(output, reference))


def stickers(picture: np.ndarray) -> np.ndarray:
    out = picture.copy()
    for place, radius, tone in (((160, 130), 60, 170), ((450, 300), 80, 90), ((330, 120), 40, 140)):
        cv2.circle(out, place, radius, (tone,) * 3, -1, cv2.LINE_AA)
        cv2.circle(out, place, radius, (255 - tone,) * 3, 3, cv2.LINE_AA)
    return out


def words(picture: np.ndarray) -> np.ndarray:
    out = picture.copy()
    for line, text in enumerate(("Silver", "Morning")):
        for thick, tone in ((12, 0), (5, 255)):
            place = 40, 150 + 140 * line
            cv2.putText(out, text, place, cv2.FONT_HERSHEY_SIMPLEX, 3, (tone,) * 3, thick, cv2.LINE_AA)
    return out


def panel(picture: np.ndarray) -> np.ndarray:
    """White, and nine tenths of it hide what is beneath."""
    out = picture.copy()
    out[60:300, 90:420] = (0.1 * out[60:300, 90:420] + 225).astype(np.uint8)
    return out


def softer(picture: np.ndarray) -> np.ndarray:
    """With half of the contrast, and the losses of a JPEG."""
    coded = cv2.imencode(".jpg", (0.5 * picture + 20).astype(np.uint8), [cv2.IMWRITE_JPEG_QUALITY, 60])[1]
    return np.asarray(cv2.imdecode(coded, cv2.IMREAD_GRAYSCALE))


@pytest.mark.parametrize("over", [stickers, words, panel])
@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("faded", [False, True])
def test_what_is_laid_over_a_copy_is_seen(name: str, over: object, faded: bool) -> None:
    assert callable(over)
    output = over(grey(name))
    found = share(softer(output) if faded else output, grey(name))
    assert found is not None
    assert found > 0.55


@pytest.mark.parametrize("name", NAMES)
def test_what_the_reference_alone_has_counts_against_it(name: str) -> None:
    found = share(grey(name), stickers(grey(name)))
    assert found is not None
    assert found < -0.55


@given(st.integers(0, 5000), st.sampled_from(NAMES))
@settings(max_examples=25, deadline=None)
def test_both_ways_are_opposite(seed: int, name: str) -> None:
    """Each outline that is the output's alone is the reference's alone when they change places."""
    rng = np.random.default_rng(seed)
    output = grey(name).copy()
    for _ in range(3):
        x, y = int(rng.integers(60, 580)), int(rng.integers(60, 420))
        cv2.circle(output, (x, y), int(rng.integers(25, 60)), int(rng.integers(256)), -1, cv2.LINE_AA)
    mine, theirs, mask, to_patch, frame = straight(output, grey(name))
    one, other = (overlay.share((*both, mask, to_patch, frame)) for both in ((mine, theirs), (theirs, mine)))
    assert (one is None) == (other is None)
    if one is not None and other is not None:
        assert abs(one + other) < 0.2


@pytest.mark.parametrize("seed", range(6))
def test_of_two_tables_of_one_template_each_has_its_own_outlines(seed: int) -> None:
    first, second = (cv2.cvtColor(table(number), cv2.COLOR_RGB2GRAY) for number in (2 * seed, 2 * seed + 1))
    found = share(second, first)
    assert found is not None
    assert abs(found) < 0.45


@pytest.mark.parametrize("name", NAMES)
def test_where_nothing_or_little_differs_nothing_is_said(name: str) -> None:
    assert share(grey(name), grey(name)) is None
    assert share(softer(grey(name)), grey(name)) is None
    dotted = grey(name).copy()
    cv2.circle(dotted, (300, 200), 6, 255, -1)
    assert share(dotted, grey(name)) is None
    mine, _, mask, to_patch, frame = straight(grey(name), grey(name))
    assert overlay.share((mine, 255 - mine, np.zeros_like(mask), to_patch, frame)) is None
    assert overlay.share((np.full_like(mine, 90), np.full_like(mine, 110), mask, to_patch, frame)) is None


def badges(picture: np.ndarray) -> np.ndarray:
    """Four round faces."""
    out, dark = picture.copy(), (30, 30, 30)
    for place, radius, colour in (
        ((150, 150), 55, (230, 180, 30)), ((440, 300), 75, (20, 60, 120)), ((330, 400), 45, (200, 40, 60)),
        ((560, 120), 50, (90, 160, 70)),
    ):  # fmt: skip
        cv2.circle(out, place, radius, colour, -1, cv2.LINE_AA)
        cv2.circle(out, place, radius, dark, 3, cv2.LINE_AA)
        cv2.ellipse(out, place, (radius // 2, radius // 2), 0, 20, 160, dark, 4, cv2.LINE_AA)
    return out


def test_a_design_under_stickers_is_held_and_others_of_its_template_are_not(tmp_path: Path) -> None:
    gate = registered(tmp_path, {"menu": menu(1), "coffee": photograph("coffee")})
    for name, picture in (("copy", badges(menu(1))), ("twin", menu(2)), ("covered twin", badges(menu(3)))):
        Image.fromarray(picture).save(tmp_path / f"{name}.png")
    report = gate.check(tmp_path / "copy.png")
    assert (report.decision, report.matches[0].rule) == ("review", "image.overlaid")
    assert report.matches[0].score < 0.6  # the places under the faces differ as another menu's words do
    assert report.matches[0].signals["overlaid"] > 0.9
    assert gate.check(tmp_path / "twin.png").decision == "pass"
    assert gate.check(tmp_path / "covered twin.png").decision == "pass"
