"""Edits that put pictures together: pastes both ways, collages, text, memes, screenshots, borders."""

from __future__ import annotations

from collections.abc import Sequence

import cv2
import numpy as np

from simcheck.encoders.training.edits_base import Picture, Random, chance, colour, pick, to_bytes, uniform
from simcheck.encoders.training.edits_geometry import squash, turn

_LETTERS = "abcdefghijklmnopqrstuvwxyz ABCDEFGHIJKLMNOP 0123456789!?.,"
_FONTS = tuple(range(8))  # OpenCV's Hershey fonts


def _words(rng: Random, fewest: int = 3, most: int = 16) -> str:
    return "".join(pick(rng, _LETTERS) for _ in range(int(rng.integers(fewest, most + 1))))


def _write(rng: Random, picture: Picture, x: int, y: int, scale: float, ink: tuple[int, int, int]) -> None:
    thick = int(rng.integers(1, 4))
    font, words = pick(rng, _FONTS), _words(rng)
    if chance(rng, 0.3):  # an outline, as captions have
        outline = (0, 0, 0) if sum(ink) > 380 else (255, 255, 255)
        cv2.putText(picture, words, (x, y), font, scale, outline, thick + 2, cv2.LINE_AA)
    cv2.putText(picture, words, (x, y), font, scale, ink, thick, cv2.LINE_AA)


def text(rng: Random, picture: Picture) -> Picture:
    """One to five lines of letters anywhere; half of the time faint, as watermarks are."""
    h, w = picture.shape[:2]
    out = picture.copy()
    for _ in range(int(rng.integers(1, 6))):
        place = int(rng.integers(-10, w // 2 + 1)), int(rng.integers(8, h + 1))
        _write(rng, out, *place, uniform(rng, 0.3, 1.6) * w / 112, colour(rng))
    if chance(rng, 0.5):
        return out
    share = uniform(rng, 0.25, 0.7)
    return cv2.addWeighted(out, share, picture, 1 - share, 0)


def shapes(rng: Random, picture: Picture) -> Picture:
    """Discs, faces (emoji), boxes and bars on top."""
    h, w = picture.shape[:2]
    out = picture.copy()
    for _ in range(int(rng.integers(1, 5))):
        tint, x, y = colour(rng), int(rng.integers(0, w)), int(rng.integers(0, h))
        r = int(rng.integers(max(3, w // 20), max(5, w // 4)))
        kind = rng.random()
        if kind < 0.25:
            cv2.circle(out, (x, y), r, tint, -1, cv2.LINE_AA)
        elif kind < 0.5:
            cv2.circle(out, (x, y), r, (255, 205, 50), -1, cv2.LINE_AA)
            for dx in (-r // 3, r // 3):
                cv2.circle(out, (x + dx, y - r // 4), max(1, r // 7), (60, 40, 20), -1, cv2.LINE_AA)
            cv2.ellipse(out, (x, y + r // 5), (r // 2 + 1, r // 3 + 1), 0, 0, 180, (60, 40, 20), 2, cv2.LINE_AA)
        elif kind < 0.8:
            cv2.rectangle(out, (x, y), (x + r, y + int(r * uniform(rng, 0.3, 2))), tint, -1)
        else:
            cv2.line(out, (x, y), (int(rng.integers(0, w)), int(rng.integers(0, h))), tint, max(1, r // 6))
    return out


def paste_onto(rng: Random, picture: Picture, background: Picture) -> Picture:
    """The picture covers 8 to 65 % of another one, sometimes turned or with round corners."""
    size = picture.shape[0]
    out = squash(background, size).copy()
    area = uniform(rng, 0.28, 0.8) ** 2
    aspect = uniform(rng, 0.75, 1.33)
    h, w = (min(size, max(8, round(size * (area * a) ** 0.5))) for a in (aspect, 1 / aspect))
    small = cv2.resize(picture, (w, h), interpolation=cv2.INTER_AREA)
    mask = np.full((h, w), 255, np.uint8)
    kind = rng.random()
    if kind < 0.12:
        mask[:] = 0
        cv2.ellipse(mask, (w // 2, h // 2), (w // 2, h // 2), 0, 0, 360, 255, -1)
    elif kind < 0.3:
        both = turn(rng, np.dstack([small, mask]), 25) if chance(rng, 0.5) else np.dstack([small, mask])
        small, mask = both[..., :3], both[..., 3]
    y, x = int(rng.integers(0, size - h + 1)), int(rng.integers(0, size - w + 1))
    share = mask.astype(np.float32)[..., None] / 255 * uniform(rng, 0.8, 1.0)
    out[y : y + h, x : x + w] = to_bytes(share * small + (1 - share) * out[y : y + h, x : x + w])
    return out


def paste_over(rng: Random, picture: Picture, other: Picture) -> Picture:
    """A piece of another picture lies on top of 2 to 25 %."""
    size = picture.shape[0]
    h, w = (max(4, round(size * uniform(rng, 0.15, 0.5))) for _ in range(2))
    y, x = int(rng.integers(0, size - h + 1)), int(rng.integers(0, size - w + 1))
    small = cv2.resize(other, (w, h), interpolation=cv2.INTER_AREA)
    share = uniform(rng, 0.55, 1)
    out = picture.copy()
    out[y : y + h, x : x + w] = cv2.addWeighted(
        small, share, np.ascontiguousarray(out[y : y + h, x : x + w]), 1 - share, 0
    )
    return out


def ghost(rng: Random, picture: Picture, other: Picture) -> Picture:
    """The two pictures blended; this one keeps 45 to 85 %."""
    share = uniform(rng, 0.45, 0.85)
    return cv2.addWeighted(picture, share, squash(other, picture.shape[0]), 1 - share, 0)


def collage(rng: Random, picture: Picture, others: Sequence[Picture]) -> Picture:
    """One panel of 1×2 to 3×3, the others filled with other pictures; sometimes with gaps."""
    size = picture.shape[0]
    rows, columns = pick(rng, ((1, 2), (2, 1), (2, 2), (2, 2), (1, 3), (3, 3)))
    gap = int(rng.integers(0, 6)) if chance(rng, 0.6) else 0
    out = np.full((size, size, 3), colour(rng), np.uint8)
    mine = int(rng.integers(0, rows * columns))
    for panel in range(rows * columns):
        y, x = panel // columns * size // rows + gap // 2, panel % columns * size // columns + gap // 2
        h, w = max(2, size // rows - gap), max(2, size // columns - gap)
        source = picture if panel == mine else others[panel % len(others)]
        out[y : y + h, x : x + w] = cv2.resize(source, (w, h), interpolation=cv2.INTER_AREA)
    return out


def border(rng: Random, picture: Picture) -> Picture:
    """A frame, bars above and below or at the sides, filled or with the picture's own blur."""
    size = picture.shape[0]
    top, bottom, left, right = (int(rng.integers(0, size // 3)) for _ in range(4))
    kind = rng.random()
    if kind < 0.35:
        left = right = 0
    elif kind < 0.6:
        top = bottom = 0
    framed = cv2.copyMakeBorder(picture, top, bottom, left, right, cv2.BORDER_CONSTANT, value=colour(rng))
    if chance(rng, 0.2):
        back = cv2.GaussianBlur(cv2.resize(picture, framed.shape[1::-1]), (0, 0), size / 12)
        back[top : top + size, left : left + size] = picture
        framed = back
    return squash(framed, size)


def meme(rng: Random, picture: Picture) -> Picture:
    """Large letters above and below, on the picture or on bars of one colour."""
    size = picture.shape[0]
    out = picture.copy()
    if chance(rng, 0.6):
        top, bottom = (int(uniform(rng, 0.1, 0.3) * size) if chance(rng, 0.75) else 0 for _ in range(2))
        bar = (255, 255, 255) if chance(rng, 0.6) else colour(rng)
        out = squash(cv2.copyMakeBorder(out, top, bottom, 0, 0, cv2.BORDER_CONSTANT, value=bar), size).copy()
    ink = pick(rng, ((255, 255, 255), (0, 0, 0), colour(rng)))
    for place in (0.05, 0.12, 0.9, 0.97):
        if chance(rng, 0.6):
            _write(
                rng,
                out,
                int(rng.integers(0, max(1, size // 6))),
                int(place * size) + 5,
                uniform(rng, 0.4, 1.0) * size / 112,
                ink,
            )
    return out


def screenshot(rng: Random, picture: Picture) -> Picture:
    """The picture inside a page or an app: bars, buttons, lines of text, avatars."""
    size = picture.shape[0]
    dark = chance(rng, 0.35)
    page = np.full((size, size, 3), int(rng.integers(10, 50)) if dark else int(rng.integers(235, 256)), np.uint8)
    ink = (200, 200, 205) if dark else (70, 70, 75)
    for _ in range(int(rng.integers(6, 18))):
        x, y = int(rng.integers(0, size)), int(rng.integers(0, size))
        cv2.rectangle(page, (x, y), (x + int(rng.integers(6, size // 2)), y + int(rng.integers(1, 4))), ink, -1)
    for y in (0, size - size // 12):
        if chance(rng, 0.7):
            cv2.rectangle(page, (0, y), (size, y + size // 12), colour(rng), -1)
    if chance(rng, 0.5):
        centre = (int(rng.integers(6, size - 6)), int(rng.integers(6, size - 6)))
        cv2.circle(page, centre, size // 16 + 1, colour(rng), -1, cv2.LINE_AA)
    h, w = (round(size * uniform(rng, 0.45, 0.9)) for _ in range(2))
    y, x = int(rng.integers(0, size - h + 1)), int(rng.integers(0, size - w + 1))
    page[y : y + h, x : x + w] = cv2.resize(picture, (w, h), interpolation=cv2.INTER_AREA)
    return page
