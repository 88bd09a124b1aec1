"""The reference as a part of something larger: frames, memes, screenshots, pastes, collages, a filmed screen."""

from __future__ import annotations

from collections.abc import Sequence

import cv2
import numpy as np
from PIL import Image, ImageDraw

from benchmarks.images.edits.base import (
    RGB,
    Edited,
    Matrix,
    Size,
    Step,
    colour,
    cover,
    cropped,
    pick,
    resized,
    shifting,
    to_bytes,
)
from benchmarks.images.edits.overlay import font, sentence


def placed(edited: Edited, canvas: RGB, x: int, y: int) -> Edited:
    """Put the picture on a canvas; ``x``, ``y`` is its upper left corner there."""
    canvas = canvas.copy()
    width, height = edited.size
    canvas[y : y + height, x : x + width] = edited.picture
    return edited.moved(canvas, shifting(x, y))


def plain(size: Size, fill: tuple[int, int, int]) -> RGB:
    return np.full((size[1], size[0], 3), fill, np.uint8)


def border(edited: Edited, rng: np.random.Generator, _: Sequence[RGB]) -> Edited:
    """A frame of 4 to 20 % on every side, of one colour, or a passe-partout of two."""
    width, height = edited.size
    left, right = (round(width * share) for share in rng.uniform(0.04, 0.2, 2))
    top, bottom = (round(height * share) for share in rng.uniform(0.04, 0.2, 2))
    canvas = plain((width + left + right, height + top + bottom), colour(rng))
    if rng.random() < 0.4:
        edge = max(2, min(left, right, top, bottom) // 3)
        canvas[top - edge : top + height + edge, left - edge : left + width + edge] = colour(rng)
    return placed(edited, canvas, left, top)


def letterbox(edited: Edited, rng: np.random.Generator, _: Sequence[RGB]) -> Edited:
    """Bars on two sides to fill another format (16:9, 9:16, 1:1, 21:9)."""
    width, height = edited.size
    shape = float(rng.choice([16 / 9, 9 / 16, 1.0, 21 / 9]))
    if abs(np.log(shape * height / width)) < 0.1:
        shape = 2 * width / height
    canvas_size = max(width, round(height * shape)), max(height, round(width / shape))
    canvas = plain(canvas_size, (0, 0, 0) if rng.random() < 0.7 else colour(rng))
    return placed(edited, canvas, (canvas_size[0] - width) // 2, (canvas_size[1] - height) // 2)


def meme(edited: Edited, rng: np.random.Generator, _: Sequence[RGB]) -> Edited:
    """Caption bars above and perhaps below, or capitals on the picture itself."""
    width, height = edited.size
    bar = round(height * rng.uniform(0.15, 0.32))
    below = bar if rng.random() < 0.4 else 0
    dark = rng.random() < 0.3
    paper, ink = ((0, 0, 0), (255, 255, 255)) if dark else ((255, 255, 255), (0, 0, 0))
    edited = placed(edited, plain((width, height + bar + below), paper), 0, bar)
    image = Image.fromarray(edited.picture)
    draw = ImageDraw.Draw(image)
    face = font(min(bar * 0.3, width * 0.07))
    draw.text((width / 2, bar * 0.3), sentence(rng, 3, 6), fill=ink, font=face, anchor="mm")
    draw.text((width / 2, bar * 0.7), sentence(rng, 3, 6), fill=ink, font=face, anchor="mm")
    if below:
        draw.text((width / 2, height + bar * 1.5), sentence(rng, 3, 6), fill=ink, font=face, anchor="mm")
    elif rng.random() < 0.5:
        draw.text(
            (width / 2, height + bar * 0.85),
            sentence(rng, 2, 4).upper(),
            fill=(255, 255, 255),
            font=face,
            anchor="mm",
            stroke_width=2,
            stroke_fill=(0, 0, 0),
        )
    return edited.recoloured(np.asarray(image))


def draw_chrome(size: Size, box: tuple[int, int, int, int], rng: np.random.Generator) -> RGB:
    """A window, browser or phone screen of a size, with a free place for a picture in ``box``."""
    width, height = size
    dark = rng.random() < 0.4
    paper, ink, bar = (
        ((24, 26, 30), (225, 225, 230), (44, 46, 52)) if dark else ((255, 255, 255), (40, 40, 45), (232, 234, 238))
    )
    image = Image.new("RGB", size, paper)
    draw = ImageDraw.Draw(image)
    x, y, _, h = box
    unit = max(10, round(width * 0.028))
    draw.rectangle([0, 0, width, round(unit * 2.4)], fill=bar)
    for number, tint in enumerate([(236, 95, 86), (245, 190, 60), (98, 198, 85)]):
        left = unit * (0.8 + number * 1.1)
        draw.ellipse([left, unit * 0.8, left + unit * 0.7, unit * 1.5], fill=tint)
    draw.rounded_rectangle([unit * 5, unit * 0.5, width - unit * 2, unit * 1.9], radius=unit // 2, fill=paper)
    draw.text(
        (unit * 5.6, unit * 0.7),
        "https://" + sentence(rng, 1, 2).lower().replace(" ", ".") + ".example",
        fill=ink,
        font=font(unit * 0.8),
    )
    draw.ellipse([x, max(unit * 2.6, y - unit * 2.4), x + unit * 2, max(unit * 4.6, y - unit * 0.4)], fill=colour(rng))
    draw.text((x + unit * 2.6, max(unit * 3, y - unit * 2)), sentence(rng, 2, 3), fill=ink, font=font(unit))
    for number in range(4):
        left = x + number * unit * 2.2
        draw.ellipse(
            [left, y + h + unit * 0.6, left + unit * 1.2, y + h + unit * 1.8], outline=ink, width=max(1, unit // 8)
        )
    line = y + h + unit * 2.4
    while line < height - unit:
        draw.text((x, line), sentence(rng, 3, 8), fill=ink, font=font(unit * 0.85))
        line += unit * 1.4
    return np.asarray(image)


def screenshot(edited: Edited, rng: np.random.Generator, _: Sequence[RGB]) -> Edited:
    """A screenshot of a post or page that shows the reference, at 45 to 90 % of the width of the window."""
    width, height = edited.size
    if rng.random() < 0.5:
        canvas = int(rng.integers(900, 1300)), int(rng.integers(600, 850))
        share = rng.uniform(0.4, 0.62)
    else:
        canvas = int(rng.integers(420, 620)), int(rng.integers(850, 1150))
        share = rng.uniform(0.75, 1.0)
    factor = min(canvas[0] * share / width, canvas[1] * 0.72 / height)
    edited = resized(edited, (round(width * factor), round(height * factor)))
    width, height = edited.size
    x = int(rng.integers(canvas[0] - width + 1))
    top = round(canvas[1] * 0.14)
    y = int(rng.integers(top, max(top + 1, canvas[1] - height - round(canvas[1] * 0.08))))
    return placed(edited, draw_chrome(canvas, (x, y, width, height), rng), x, y)


def paste(low: float, high: float) -> Step:
    """A step that puts the reference on a background, where it covers ``low`` to ``high`` of the area."""

    def step(edited: Edited, rng: np.random.Generator, backgrounds: Sequence[RGB]) -> Edited:
        side = int(rng.integers(512, 901))
        shape = np.exp(rng.uniform(-0.35, 0.35))
        canvas_size = round(side * float(np.sqrt(shape))), round(side / float(np.sqrt(shape)))
        canvas = cover(pick(rng, backgrounds), canvas_size)
        width, height = edited.size
        factor = float(np.sqrt(rng.uniform(low, high) * canvas_size[0] * canvas_size[1] / (width * height)))
        factor = min(factor, canvas_size[0] / width, canvas_size[1] / height)
        edited = resized(edited, (int(width * factor), int(height * factor)))
        x = int(rng.integers(canvas_size[0] - edited.size[0] + 1))
        y = int(rng.integers(canvas_size[1] - edited.size[1] + 1))
        return placed(edited, canvas, x, y)

    return step


def collage(count: int) -> Step:
    """A step that makes a contact sheet of ``count`` × ``count`` pictures, the reference one of them."""

    def step(edited: Edited, rng: np.random.Generator, backgrounds: Sequence[RGB]) -> Edited:
        side = int(rng.integers(640, 1025))
        gap = int(rng.integers(0, 16))
        cell = (side - gap * (count + 1)) // count
        canvas = plain((side, side), colour(rng))
        chosen = int(rng.integers(count * count))
        order = rng.permutation(len(backgrounds))
        for number in range(count * count):
            x = gap + (number % count) * (cell + gap)
            y = gap + (number // count) * (cell + gap)
            if number != chosen:
                canvas[y : y + cell, x : x + cell] = cover(backgrounds[int(order[number % len(order)])], (cell, cell))
            else:
                spot = x, y
        width, height = edited.size
        if rng.random() < 0.6:  # the middle fills the cell, as in most collage tools
            short = min(width, height)
            edited = cropped(edited, ((width - short) // 2, (height - short) // 2, short, short))
            edited = resized(edited, (cell, cell))
        else:
            factor = cell / max(width, height)
            edited = resized(edited, (min(cell, round(width * factor)), min(cell, round(height * factor))))
        return placed(edited, canvas, *spot)

    return step


def filmed(edited: Edited, rng: np.random.Generator, _: Sequence[RGB]) -> Edited:
    """Photographed from a screen: pixel grid with moiré, glow of a lamp, perspective, dark bezel, camera noise."""
    width, height = edited.size
    y, x = np.mgrid[0:height, 0:width].astype(np.float32)
    pitch, slant = rng.uniform(2.1, 3.7), rng.uniform(-0.15, 0.15)
    grid = 1 + rng.uniform(0.06, 0.2) * np.sin(2 * np.pi * (x + slant * y) / pitch)[..., None]
    if rng.random() < 0.6:
        rolling = np.sin(2 * np.pi * y / (height * rng.uniform(0.3, 0.9)) + rng.uniform(0, 6))
        grid = grid * (1 + rng.uniform(0.03, 0.12) * rolling[..., None])
    cx, cy, radius = rng.uniform(0, width), rng.uniform(0, height), max(width, height) * rng.uniform(0.15, 0.4)
    glow = np.exp(-((x - cx) ** 2 + (y - cy) ** 2) / (2 * radius**2))[..., None] * rng.uniform(20, 110)
    values = (
        edited.picture.astype(np.float32) * grid * rng.uniform(0.7, 1.05) * rng.uniform(0.85, 1.15, (1, 1, 3)) + glow
    )
    edited = edited.recoloured(to_bytes(values))
    margin = rng.uniform(0.02, 0.15)
    canvas = round(width * (1 + 2 * margin)), round(height * (1 + 2 * margin))
    start = np.array([[0, 0], [width, 0], [width, height], [0, height]], np.float32)
    drift = rng.uniform(-0.09, 0.09, (4, 2)) * np.array([width, height])
    end = (start + np.array([width * margin, height * margin]) + drift).astype(np.float32)
    matrix: Matrix = np.asarray(cv2.getPerspectiveTransform(start, end), np.float64)
    shade = int(rng.integers(4, 45))
    picture = cv2.warpPerspective(
        edited.picture, matrix, canvas, flags=cv2.INTER_LINEAR, borderValue=(shade, shade, shade)
    )
    blurred = cv2.GaussianBlur(picture, (0, 0), rng.uniform(0.5, 1.3)).astype(np.float32)
    return edited.moved(to_bytes(blurred + rng.normal(0, rng.uniform(2, 9), blurred.shape)), matrix)
