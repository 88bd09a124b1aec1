"""Pictures for tests: photographs of scikit-image in one size, designs of two templates; a gate with some of them."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import cv2
import numpy as np
from PIL import Image
from skimage import data

import simcheck
from simcheck.kinds.image import fine, geometry, pixels
from simcheck.report import Match

NAMES = ("coffee", "rocket", "chelsea", "astronaut")


def photograph(name: str) -> np.ndarray:
    """A picture of ``skimage.data``, uint8 RGB (480, 640, 3)."""
    return cv2.resize(np.ascontiguousarray(getattr(data, name)()[..., :3]), (640, 480), interpolation=cv2.INTER_AREA)


def grey(name: str) -> np.ndarray:
    """The same in grey, uint8 (480, 640)."""
    return np.asarray(cv2.cvtColor(photograph(name), cv2.COLOR_RGB2GRAY))


def straight(output: np.ndarray, reference: np.ndarray) -> pixels.Overlap:
    """Both, uint8 grey (h, w), laid on each other as they are, at the side where what differs is looked for."""
    size = geometry.extent(reference.shape[1], reference.shape[0])
    shared = pixels.patches(output, reference, np.eye(3), size, size, fine.CHANGED_SIDE)
    assert shared is not None
    flat = fine.straight(shared)
    assert flat is not None
    return flat


def registered(folder: Path, works: Mapping[str, np.ndarray]) -> simcheck.Checker:
    """A gate with these works, by their names without suffix."""
    gate = simcheck.open(folder / "index")
    for name, picture in works.items():
        file = folder / f"{name}.png"
        Image.fromarray(picture).save(file)
        gate.add(file)
    return gate


def blocked_thrice(gate: simcheck.Checker, folder: Path, copy: np.ndarray, name: str, quality: int) -> list[Match]:
    """The matches of a copy as it is, mirrored and inverted, JPEG of a quality; each is blocked for the work ``name``,
    with most of the output covered, and mirrored where it is."""
    matches = []
    for number, picture in enumerate((copy, copy[:, ::-1], 255 - copy)):
        file = folder / f"{number}.jpg"
        Image.fromarray(np.ascontiguousarray(picture)).save(file, quality=quality)
        report = gate.check(file)
        found = report.matches[0]
        assert (report.decision, found.reference.name) == ("block", f"{name}.png")
        assert found.coverage.output > 0.7
        assert found.signals["mirrored"] == (number == 1)
        matches.append(found)
    return matches


def table(seed: int) -> np.ndarray:
    """Rows of numbers between thick lines, uint8 RGB (480, 640, 3)."""
    rng = np.random.default_rng(seed)
    picture = np.full((480, 640, 3), 255, np.uint8)
    for row in range(9):
        cv2.line(picture, (10, 20 + 55 * row), (630, 20 + 55 * row), (0, 0, 0), 3)
        for column in range(4 if row < 8 else 0):
            place = 20 + 155 * column, 62 + 55 * row
            cv2.putText(picture, f"{rng.integers(10_000, 99_999)}", place, cv2.FONT_HERSHEY_SIMPLEX, 1.2, (0, 0, 0), 3)
    return picture


def menu(seed: int) -> np.ndarray:
    """Dishes and prices in rows of one template, uint8 RGB (480, 640, 3)."""
    rng = np.random.default_rng(seed)
    picture = np.full((480, 640, 3), (214, 226, 232), np.uint8)
    picture[:70] = 60, 90, 140

    def written(text: str, place: tuple[int, int]) -> None:
        cv2.putText(picture, text, place, cv2.FONT_HERSHEY_SIMPLEX, 1.1, (60, 50, 40), 2, cv2.LINE_AA)

    written("Menu of the week", (30, 50))
    for top in range(90, 462, 62):
        cv2.rectangle(picture, (20, top), (620, top + 50), (190, 205, 215), -1)
        cv2.rectangle(picture, (24, top + 4), (70, top + 46), rng.integers(40, 200, 3).tolist(), -1)
        written("".join(rng.choice(list("abcdefghiklmnoprstu"), int(rng.integers(6, 12)))), (90, top + 36))
        written(f"{rng.integers(1, 99)}.{rng.integers(10, 99)}", (490, top + 36))
    return picture
