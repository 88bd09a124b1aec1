"""Designs composed at random: certificates, infographics, forms, slides, pages, menus, screens and what lies between.

Each of the ``templates`` is one kind of design. Here ``style`` draws how a sheet is cut into cells, what stands in each
(words, figures, tables, charts, pictures, icons, rows of a form), in which letters, colours and frames; ``content``
draws the words, numbers and pictures. So there are as many templates as random numbers.
"""

from __future__ import annotations

import string
from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

import cv2
import matplotlib
import numpy as np
from PIL import Image, ImageDraw, ImageFont

from benchmarks.images.data import pictures, read
from benchmarks.images.edits import overlay
from benchmarks.images.edits.base import RGB, cover, to_bytes
from benchmarks.images.templates import Random

Colour = tuple[int, int, int]
Box = tuple[float, float, float, float]
"""Left, top, right, bottom in pixels."""
LETTERS = "STIXGeneral", "STIXGeneralBol", "STIXGeneralItalic", "cmr10", "cmss10", "cmtt10", "DejaVuSansMono"
"""Of matplotlib's typefaces those that no layout to report on is set in (``layouts``), beside Pillow's own."""
SIDES = 380, 860
FIXED = 0.3
"""Share of the cells whose content all designs of one template share."""
RECOLOURED = 0.25
"""Share of the templates whose designs have colours of their own."""


@dataclass(frozen=True)
class Look:
    """What the cells of a design have in common."""

    draw: ImageDraw.ImageDraw
    image: Image.Image
    ink: Colour
    accents: tuple[Colour, ...]
    letters: str | None
    size: float

    def font(self, factor: float = 1.0) -> ImageFont.FreeTypeFont:
        return typeface(self.letters, max(7, round(self.size * factor)))


@lru_cache(maxsize=512)
def typeface(letters: str | None, size: int) -> ImageFont.FreeTypeFont:
    if letters is None:
        return overlay.font(size)
    return ImageFont.truetype(str(Path(matplotlib.get_data_path()) / "fonts" / "ttf" / f"{letters}.ttf"), size)


def words(rng: Random, low: int, high: int) -> str:
    """So many words, of the edits' or of syllables that nobody uses, in one of three ways of writing."""
    if rng.random() < 0.4:
        return overlay.sentence(rng, low, high)
    some = [
        "".join(rng.choice(list("bcdfghklmnprstvw")) + rng.choice(list("aeiou")) for _ in range(rng.integers(1, 5)))
        for _ in range(int(rng.integers(low, high + 1)))
    ]
    return overlay.written(" ".join(some), rng)


def figure(rng: Random) -> str:
    """A number as people write it: money, per cent, a date, a time, a code."""
    a, b, c = (int(one) for one in rng.integers(1, 99, 3))
    code = "".join(rng.choice(list(string.ascii_uppercase + string.digits), 6))
    return (f"{a}%", f"{a * 37:,}", f"{a}.{b:02d}", f"${a * b}", f"{a % 28 + 1}.{b % 12 + 1}.20{c:02d}",
            f"{a % 24}:{b % 60:02d}", code)[int(rng.integers(7))]  # fmt: skip


def lines(box: Box, look: Look, style: Random, content: Random) -> None:
    """A paragraph, set left, in the middle or as a list."""
    size, way = style.choice([0.7, 0.85, 1.0, 1.3]), int(style.integers(3))
    step, y = look.size * size * style.uniform(1.15, 1.7), box[1]
    letters, colour = look.font(size), look.accents[0] if style.random() < 0.15 else look.ink
    room = max(int((box[2] - box[0]) / (look.size * size * 0.5)), 4)
    while y + step <= box[3]:
        text = words(content, 2, 12)[: room - 2 if content.random() < 0.7 else room // 2]
        if way == 1:
            look.draw.text(((box[0] + box[2]) / 2, y), text, fill=colour, font=letters, anchor="ma")
        else:
            look.draw.text((box[0], y), "- " * (way == 2) + text, fill=colour, font=letters)
        y += step


def headline(box: Box, look: Look, style: Random, content: Random) -> None:
    """One or two words or a number, as large as fits, and a small line below."""
    text = figure(content) if style.random() < 0.5 else words(content, 1, 2)
    high, wide = (box[3] - box[1]) * style.uniform(0.4, 0.7), (box[2] - box[0]) / max(len(text), 3) * 1.6
    factor = min(high, wide) / look.size
    place = (box[0] + box[2]) / 2, box[1] + (box[3] - box[1]) * 0.4
    look.draw.text(place, text, fill=look.accents[1], font=look.font(factor), anchor="mm")
    below = place[0], box[3] - look.size * 0.6
    look.draw.text(below, words(content, 1, 3), fill=look.ink, font=look.font(0.75), anchor="mm")


def form(box: Box, look: Look, style: Random, content: Random) -> None:
    """Rows of a label, which all share, and what was written."""
    step, y, split = look.size * style.uniform(1.5, 2.6), box[1], style.uniform(0.3, 0.6)
    rule, right = style.random() < 0.5, style.random() < 0.4
    while y + step <= box[3]:
        look.draw.text((box[0], y), words(style, 1, 2)[:14], fill=look.ink, font=look.font(0.75))
        value = figure(content) if style.random() < 0.5 else words(content, 1, 2)[:16]
        place = (box[2], y) if right else (box[0] + (box[2] - box[0]) * split, y)
        look.draw.text(place, value, fill=look.ink, font=look.font(), anchor="ra" if right else "la")
        if rule:
            look.draw.line([box[0], y + step * 0.9, box[2], y + step * 0.9], fill=look.accents[2])
        y += step


def grid(box: Box, look: Look, style: Random, content: Random) -> None:
    """A table of numbers or words, or a board of squares."""
    columns, step = int(style.integers(2, 7)), look.size * style.uniform(1.4, 2.4)
    rows, wide, board = max(int((box[3] - box[1]) / step), 1), (box[2] - box[0]) / columns, style.random() < 0.25
    ruled, headed, named = style.random() < 0.5, style.random() < 0.6, style.random() < 0.5
    for row in range(rows):
        for column in range(columns):
            x, y = box[0] + column * wide, box[1] + row * step
            filled = look.accents[int(content.integers(3))] if board and content.random() < 0.5 else None
            head = look.accents[0] if headed and row == 0 else filled
            look.draw.rectangle([x, y, x + wide, y + step], outline=look.ink if ruled else None, fill=head)
            if not board:
                text = words(style if row == 0 else content, 1, 1) if named or row == 0 else figure(content)
                look.draw.text((x + 4, y + step * 0.2), text[: int(wide / look.size * 2)], fill=look.ink,
                               font=look.font(0.85))  # fmt: skip


def diagram(box: Box, look: Look, style: Random, content: Random) -> None:
    """Bars, steps of a line, a pie or a ring, progress bars, dots."""
    kind, count = int(style.integers(6)), int(style.integers(3, 9))
    values = content.uniform(0.1, 1, count)
    left, top, right, bottom = box
    wide, high = right - left, bottom - top
    if kind == 0:
        for number, value in enumerate(values):
            x = left + wide * (number + 0.15) / count
            bar = [x, bottom - high * value, x + wide * 0.7 / count, bottom]
            look.draw.rectangle(bar, fill=look.accents[number % 3])
    elif kind == 1:
        for number, value in enumerate(values):
            y = top + high * (number + 0.2) / count
            look.draw.rectangle([left, y, right, y + high * 0.5 / count], outline=look.ink)
            look.draw.rectangle([left, y, left + wide * value, y + high * 0.5 / count], fill=look.accents[0])
    elif kind == 2:
        points = [(left + wide * n / (count - 1), bottom - high * value) for n, value in enumerate(values)]
        look.draw.line([left, top, left, bottom, right, bottom], fill=look.ink)
        look.draw.line(points, fill=look.accents[1], width=3)
    elif kind == 5:
        for x, y in content.uniform(0, 1, (count * 5, 2)):
            r = look.size * content.uniform(0.1, 0.5)
            x, y = left + r + (wide - 2 * r) * x, top + r + (high - 2 * r) * y
            look.draw.ellipse([x - r, y - r, x + r, y + r], fill=look.accents[int(content.integers(3))])
    else:
        ends, r = np.cumsum(values / values.sum()) * 360, min(wide, high) / 2
        x, y = (left + right) / 2, (top + bottom) / 2
        for number, (start, end) in enumerate(zip([0.0, *ends[:-1]], ends, strict=True)):
            look.draw.pieslice([x - r, y - r, x + r, y + r], start, end, fill=(*look.accents, look.ink)[number % 4])
        if kind == 4:
            look.draw.ellipse([x - r / 2, y - r / 2, x + r / 2, y + r / 2], fill=look.image.getpixel((1, 1)))


def picture(box: Box, look: Look, style: Random, content: Random) -> None:
    """A photograph, in a frame, round or bare."""
    size, way = (round(box[2] - box[0]), round(box[3] - box[1])), style.random()
    some = pictures("train")
    shown = Image.fromarray(cover(read(some[int(content.integers(len(some)))]), size))
    mask = Image.new("L", size, 0 if way < 0.25 else 255)
    if way < 0.25:
        ImageDraw.Draw(mask).ellipse([0, 0, size[0] - 1, size[1] - 1], fill=255)
    look.image.paste(shown, (round(box[0]), round(box[1])), mask)
    if way > 0.6:
        look.draw.rectangle(box, outline=look.ink, width=int(style.integers(1, 6)))


def icons(box: Box, look: Look, style: Random, content: Random) -> None:
    """Marks in a row or a column, with a word each."""
    lying, count = box[2] - box[0] > box[3] - box[1], int(style.integers(2, 6))
    long = (box[2] - box[0] if lying else box[3] - box[1]) / count
    side = min(long, (box[3] - box[1]) if lying else (box[2] - box[0])) * 0.6
    named = style.random() < 0.6
    for number in range(count):
        x, y = (box[0] + number * long, box[1]) if lying else (box[0], box[1] + number * long)
        fill, at, kind = look.accents[int(content.integers(3))], [x, y, x + side, y + side], int(content.integers(5))
        if kind == 0:
            look.draw.ellipse(at, fill=fill)
        elif kind == 1:
            look.draw.rounded_rectangle(at, side / 5, outline=fill, width=max(2, int(side / 8)))
        elif kind == 2:
            look.draw.regular_polygon((x + side / 2, y + side / 2, side / 2), int(content.integers(3, 8)), fill=fill)
        elif kind == 3:
            look.draw.arc(at, float(content.uniform(0, 180)), float(content.uniform(200, 360)), fill=fill, width=4)
        else:
            look.draw.text((x, y), words(content, 1, 1)[:2], fill=fill, font=look.font(side / look.size * 0.7))
        if named:
            place = (x, y + side * 1.1) if lying else (x + side * 1.3, y + side * 0.3)
            look.draw.text(place, words(content, 1, 1)[:10], fill=look.ink, font=look.font(0.75))


def hand(box: Box, look: Look, style: Random, content: Random) -> None:
    """Written or drawn by hand over a line: a signature, a sketch."""
    if style.random() < 0.6:
        look.draw.line([box[0], box[3] - look.size, box[2], box[3] - look.size], fill=look.ink)
    walk = np.cumsum(content.normal(0, 1, (int(content.integers(15, 50)), 2)) * (1, 0.6) + (0.4, 0), 0)
    walk = (walk - walk.min(0)) / (np.ptp(walk, 0) + 1e-6)
    places = [(box[0] + (box[2] - box[0]) * x, box[1] + (box[3] - box[1]) * 0.9 * y) for x, y in walk]
    look.draw.line(places, fill=look.accents[1], width=int(style.integers(1, 4)), joint="curve")


CELLS: tuple[Callable[[Box, Look, Random, Random], None], ...] = (
    *(lines, lines, lines, headline, form, form, grid, diagram, diagram, picture, picture, icons, hand),
)


def cells(box: Box, rng: Random, depth: int) -> list[Box]:
    """A box cut in two, three or four, each part again, until they are small."""
    wide, high = box[2] - box[0], box[3] - box[1]
    if depth == 0 or max(wide, high) < 170 or rng.random() < 0.12:
        return [box]
    parts, gap = int(rng.choice([2, 2, 3, 4])), rng.uniform(6, 22)
    ends = np.cumsum(rng.dirichlet(np.full(parts, rng.choice([4.0, 40.0]))))
    found = []
    for start, end in zip([0.0, *ends[:-1]], ends, strict=True):
        if wide > high * rng.uniform(0.7, 1.3):
            part = box[0] + start * wide, box[1], box[0] + end * wide - gap, box[3]
        else:
            part = box[0], box[1] + start * high, box[2], box[1] + end * high - gap
        if min(part[2] - part[0], part[3] - part[1]) > 26:
            found += cells(part, rng, depth - 1)
    return found


def ground(size: tuple[int, int], dark: bool, style: Random) -> Image.Image:
    """Paper, plain for the most part, else shaded or striped."""
    low, high = (0, 70) if dark else (215, 256)
    first, second = (style.integers(low, high, 3).astype(np.float64) for _ in range(2))
    way = style.random()
    y, x = np.mgrid[0 : size[1], 0 : size[0]]
    share = np.zeros(size[::-1])
    if way > 0.85:
        share = (x + y) // int(style.integers(4, 40)) % 2
    elif way > 0.65:
        share = y / size[1]
    return Image.fromarray(to_bytes(first + share[..., None] * (second - first)))


def frame(look: Look, style: Random) -> float:
    """None to four lines around the sheet; how wide they are in pixels."""
    edge, (width, height) = float(style.integers(4, 14)), look.image.size
    for number in range(int(style.choice([0, 0, 1, 2, 3, 4]))):
        thick, colour = int(style.integers(1, 7)), (*look.accents, look.ink)[int(style.integers(4))]
        if style.random() < 0.3:
            look.draw.rounded_rectangle([edge, edge, width - edge, height - edge], 18, outline=colour, width=thick)
        else:
            look.draw.rectangle([edge, edge, width - edge, height - edge], outline=colour, width=thick)
        edge += thick + float(style.integers(2, 10)) + number
    return edge + float(style.integers(4, 20))


def composed(style: Random, content: Random) -> RGB:
    """One design of the template that ``style`` draws."""
    width, height = (int(one) for one in style.integers(*SIDES, 2))
    dark = bool(style.random() < 0.2)
    colours = content if style.random() < RECOLOURED else style
    image = ground((width, height), dark, style)
    ink = (235, 235, 235) if dark else tuple(int(one) for one in style.integers(0, 80, 3))
    accents = tuple(tuple(int(one) for one in colours.integers(80 * dark, 256 if dark else 200, 3)) for _ in range(3))
    letters = (None, None, *LETTERS)[int(style.integers(len(LETTERS) + 2))]
    look = Look(ImageDraw.Draw(image), image, ink, accents, letters, float(style.uniform(10, 21)))  # type: ignore[arg-type]
    edge = frame(look, style)
    top = edge
    if style.random() < 0.75:
        high, middle = height * style.uniform(0.07, 0.2), style.random() < 0.5
        if style.random() < 0.4:
            look.draw.rectangle([edge, edge, width - edge, edge + high], fill=look.accents[0])
        text = words(style if style.random() < 0.6 else content, 1, 4)
        letter = min(high * 0.6, 1.7 * (width - 2 * edge) / max(len(text), 4)) / look.size
        place = (width / 2 if middle else edge + 10, edge + high / 2)
        look.draw.text(place, text, fill=look.ink, font=look.font(letter), anchor="mm" if middle else "lm")
        top += high + float(style.integers(4, 20))
    boxed = style.random()
    for box in cells((edge, top, width - edge, height - edge), style, int(style.integers(1, 4))):
        kind, draws, fixed = CELLS[int(style.integers(len(CELLS)))], int(style.integers(2**32)), style.random() < FIXED
        if boxed < 0.35:
            look.draw.rounded_rectangle(box, 6, outline=look.accents[2], width=2)
        inner = box[0] + 6, box[1] + 6, max(box[2] - 6, box[0] + 12), max(box[3] - 6, box[1] + 12)
        of_cell = np.random.default_rng(draws)
        kind(inner, look, of_cell, np.random.default_rng(draws + 1) if fixed else content)
    out = np.asarray(image)
    return np.asarray(cv2.GaussianBlur(out, (0, 0), 0.6)) if style.random() < 0.2 else out
