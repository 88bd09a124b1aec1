"""What two pictures share without one being a copy of the other, through the whole gate at the built-in policy."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import cv2
import numpy as np
import pytest
from PIL import Image
from samples import photograph, registered, table

import simcheck

Dress = Callable[[np.ndarray], np.ndarray]


def meme(picture: np.ndarray) -> np.ndarray:
    """White letters with a black edge, above and below."""
    out = picture.copy()
    for text, y in (("ONE DOES NOT SIMPLY", 52), ("SKIP A MONDAY MORNING", 462)):
        for ink, width in ((0, 9), (255, 3)):
            cv2.putText(out, text, (36, y), cv2.FONT_HERSHEY_DUPLEX, 1.5, (ink,) * 3, width, cv2.LINE_AA)
    return out


def framed(picture: np.ndarray) -> np.ndarray:
    """A broad frame full of rings."""
    rng = np.random.default_rng(5)
    out = np.full_like(picture, (139, 90, 43))
    for x, y in rng.integers((0, 0), (640, 480), (260, 2)):
        cv2.circle(out, (int(x), int(y)), int(rng.integers(4, 10)), (230, 180, 60), 2, cv2.LINE_AA)
    out[84:396, 112:528] = cv2.resize(picture, (416, 312), interpolation=cv2.INTER_AREA)
    return out


def coded(picture: np.ndarray) -> np.ndarray:
    """A square code in a corner."""
    cells = np.random.default_rng(6).integers(0, 2, (25, 25)).astype(np.uint8) * 255
    out = picture.copy()
    out[290:470, 450:630] = 255
    out[300:460, 460:620] = cv2.resize(cells, (160, 160), interpolation=cv2.INTER_NEAREST)[..., None]
    return out


def windowed(picture: np.ndarray) -> np.ndarray:
    """A program's window with its menu and list around the picture."""
    out = np.full_like(picture, 236)
    for line in range(12):
        cv2.putText(out, f"Item {line * 37 % 11}", (12, 60 + 34 * line), cv2.FONT_HERSHEY_SIMPLEX, 0.6, (0,) * 3, 1)
        cv2.rectangle(out, (130, 44 + 34 * line), (160, 66 + 34 * line), (60, 90, 160), 2)
    cv2.rectangle(out, (0, 0), (640, 30), (90, 90, 100), -1)
    cv2.putText(out, "File   Edit   View   Tools   Help", (10, 21), cv2.FONT_HERSHEY_SIMPLEX, 0.6, (255,) * 3, 1)
    out[60:420, 190:610] = cv2.resize(picture, (420, 360), interpolation=cv2.INTER_AREA)
    return out


DRESSES: dict[str, Dress] = {"meme": meme, "frame": framed, "code": coded, "window": windowed}


@pytest.fixture(scope="module")
def checker(tmp_path_factory: pytest.TempPathFactory) -> simcheck.Checker:
    dressed = {
        f"{dress}-{name}": put_on(photograph(name))
        for dress, put_on in DRESSES.items()
        for name in ("coffee", "rocket", "chelsea")
    }
    return registered(tmp_path_factory.mktemp("shared"), dressed)


@pytest.mark.parametrize("dress", DRESSES)
def test_the_same_dress_on_another_picture_passes(checker: simcheck.Checker, tmp_path: Path, dress: str) -> None:
    """A caption, a frame, a code that registered works have too: reported at most, never held."""
    file = tmp_path / "out.jpg"
    Image.fromarray(DRESSES[dress](photograph("astronaut"))).save(file, quality=88)
    report = checker.check(file)
    assert report.decision == "pass", [(m.reference.name, m.score, m.rule, m.signals) for m in report.matches]


@pytest.mark.parametrize("dress", DRESSES)
def test_a_copy_is_held_whatever_it_wears(checker: simcheck.Checker, tmp_path: Path, dress: str) -> None:
    """The dressed work itself, recompressed and mirrored; and the picture in it without its dress."""
    dressed = DRESSES[dress](photograph("coffee"))
    for number, picture in enumerate((dressed, np.ascontiguousarray(dressed[:, ::-1]), photograph("coffee"))):
        file = tmp_path / f"{number}.jpg"
        Image.fromarray(picture).save(file, quality=70)
        report = checker.check(file)
        assert report.decision == "block"
        assert any(match.decision == "block" and "coffee" in match.reference.name for match in report.matches)


@pytest.mark.parametrize("round_", [False, True], ids=["rectangle", "oval"])
def test_a_piece_of_a_work_on_another_picture_is_held(checker: simcheck.Checker, tmp_path: Path, round_: bool) -> None:
    """A quarter of the registered picture, scaled, on a ninth of one that nobody registered."""
    piece = photograph("chelsea")[120:360, 200:520]
    piece = cv2.resize(piece, (240, 180), interpolation=cv2.INTER_AREA)
    output = photograph("astronaut")
    mask = np.full((180, 240, 1), not round_, np.float32)
    if round_:
        cv2.ellipse(mask, (120, 90), (114, 86), 0, 0, 360, 1.0, -1)
    output[20:200, 380:620] = output[20:200, 380:620] * (1 - mask) + piece * mask
    file = tmp_path / "out.jpg"
    Image.fromarray(output).save(file, quality=85)
    report = checker.check(file)
    assert report.decision != "pass", [(m.reference.name, m.score, m.rule, m.signals) for m in report.matches]
    assert "chelsea" in report.matches[0].reference.name


def test_a_table_with_other_numbers_passes_and_a_copy_is_held(tmp_path: Path) -> None:
    """Their lines are one, whatever stands between them; a copy may be small, blurred or cut."""
    gate = simcheck.open(tmp_path / "index")
    file = tmp_path / "table.png"
    for seed in range(3):
        Image.fromarray(table(seed)).save(file)
        gate.add(file.read_bytes(), name=f"table-{seed}")
    for seed in range(3, 6):
        Image.fromarray(table(seed)).save(file)
        report = gate.check(file)
        assert report.decision == "pass", [(m.reference.name, m.score, m.rule, m.signals) for m in report.matches]
    first = table(0)
    for copy in (
        cv2.resize(first, (320, 240), interpolation=cv2.INTER_AREA),
        cv2.blur(first, (7, 7)),
        first[60:400, 40:500],
    ):
        Image.fromarray(copy).save(file)
        assert gate.check(file).decision == "block"
