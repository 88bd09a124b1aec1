"""Drawn pictures of one template with other contents, to teach the pair network what is no copy.

Tables, calendars, grids of icons, stamps, sheets of music, listings, cards, forms, slides and patterns: ``style`` draws
what all pictures of a template share (places, colours, headings), ``content`` what differs.
"""

from __future__ import annotations

from collections.abc import Callable

import cv2
import numpy as np
from PIL import Image, ImageDraw

from benchmarks.images.edits.base import RGB, to_bytes
from benchmarks.images.edits.overlay import font, sentence

Random = np.random.Generator
Template = Callable[[Random, Random], RGB]


def ink(rng: Random, darkest: int = 0, lightest: int = 120) -> tuple[int, int, int]:
    red, green, blue = (int(one) for one in rng.integers(darkest, lightest, 3))
    return red, green, blue


def sheet(style: Random, tall: bool | None = None) -> tuple[Image.Image, ImageDraw.ImageDraw]:
    """An empty sheet: white, pale or dark."""
    width, height = (int(one) for one in style.integers(380, 720, 2))
    if tall is not None and tall != (height > width):
        width, height = height, width
    paper = ((255, 255, 255), ink(style, 225, 256), ink(style, 0, 70))[int(style.choice(3, p=(0.5, 0.35, 0.15)))]
    image = Image.new("RGB", (width, height), paper)
    return image, ImageDraw.Draw(image)


def contrasting(image: Image.Image, rng: Random) -> tuple[int, int, int]:
    """A colour that can be read on the sheet."""
    return ink(rng) if image.getpixel((1, 1))[0] > 128 else ink(rng, 170, 256)  # type: ignore[index]


def table(style: Random, content: Random) -> RGB:
    image, draw = sheet(style)
    colour, rows, columns = contrasting(image, style), int(style.integers(5, 14)), int(style.integers(2, 7))
    top = int(image.height * style.uniform(0.05, 0.2))
    draw.text((14, top * 0.3), sentence(style, 2, 4), fill=colour, font=font(max(top * 0.45, 12)))
    high, wide = (image.height - top - 12) / rows, (image.width - 28) / columns
    if style.random() < 0.5:
        draw.rectangle([14, top, image.width - 14, top + high], fill=ink(style, 60, 220))
    for row in range(rows + 1):
        draw.line([14, top + row * high, image.width - 14, top + row * high], fill=colour)
    for column in range(columns + 1 if style.random() < 0.6 else 0):
        draw.line([14 + column * wide, top, 14 + column * wide, image.height - 12], fill=colour)
    for row in range(rows):
        for column in range(columns):
            words = str(int(content.integers(1, 99999))) if column else sentence(content, 1, 2)
            draw.text((20 + column * wide, top + (row + 0.2) * high), words, fill=colour, font=font(high * 0.5))
    return np.asarray(image)


def calendar(style: Random, content: Random) -> RGB:
    image, draw = sheet(style)
    colour, mark = contrasting(image, style), ink(style, 60, 240)
    top, wide = image.height * 0.2, image.width / 7
    draw.text((14, top * 0.25), sentence(content, 1, 2), fill=mark, font=font(top * 0.4))
    first, days, high = int(content.integers(7)), int(content.integers(28, 32)), (image.height - top) / 6
    for day in range(days):
        x, y = (first + day) % 7 * wide, top + (first + day) // 7 * high
        draw.rectangle([x, y, x + wide, y + high], outline=colour)
        draw.text((x + 4, y + 3), str(day + 1), fill=colour, font=font(high * 0.35))
        if content.random() < 0.15:
            draw.ellipse([x + wide * 0.5, y + high * 0.45, x + wide * 0.85, y + high * 0.85], fill=mark)
    return np.asarray(image)


def icons(style: Random, content: Random) -> RGB:
    """A grid of simple shapes with a word below each."""
    image, draw = sheet(style)
    colour, rows, columns = contrasting(image, style), int(style.integers(2, 7)), int(style.integers(2, 7))
    wide, high = image.width / columns, image.height / rows
    palette = [ink(style, 30, 230) for _ in range(4)]
    for row in range(rows):
        for column in range(columns):
            x, y, side = column * wide + wide * 0.25, row * high + high * 0.15, min(wide, high) * 0.5
            fill, box = palette[int(content.integers(4))], [x, y, x + side, y + side]
            shape = int(content.integers(5))
            if shape == 0:
                draw.ellipse(box, fill=fill)
            elif shape == 1:
                draw.rectangle(box, fill=fill)
            elif shape == 2:
                draw.polygon([(x, y + side), (x + side / 2, y), (x + side, y + side)], fill=fill)
            elif shape == 3:
                draw.arc(box, 20, 300, fill=fill, width=max(2, int(side / 7)))
            else:
                draw.regular_polygon((x + side / 2, y + side / 2, side / 2), int(content.integers(5, 9)), fill=fill)
            draw.text((x, y + side * 1.15), sentence(content, 1, 1), fill=colour, font=font(max(side * 0.22, 8)))
    return np.asarray(image)


def stamp(style: Random, content: Random) -> RGB:
    """An emblem: rings, a heading, another motif."""
    image, draw = sheet(style)
    colour = ink(style, 20, 200)
    x, y, r = image.width / 2, image.height / 2, min(image.size) * 0.42
    for step in range(int(style.integers(1, 4))):
        ring = r * (1 - 0.09 * step)
        draw.ellipse([x - ring, y - ring, x + ring, y + ring], outline=colour, width=int(style.integers(2, 9)))
    draw.text((x, y - r * 0.5), sentence(style, 1, 2), fill=colour, font=font(r * 0.16), anchor="mm")
    points = [
        (x + r * content.uniform(0.1, 0.45) * np.cos(a), y + r * 0.15 + r * content.uniform(0.1, 0.4) * np.sin(a))
        for a in np.linspace(0, 2 * np.pi, int(content.integers(3, 14)), endpoint=False)
    ]
    draw.polygon(points, fill=colour if content.random() < 0.5 else None, outline=colour)
    draw.text((x, y + r * 0.6), sentence(content, 1, 2), fill=colour, font=font(r * 0.14), anchor="mm")
    return np.asarray(image)


def music(style: Random, content: Random) -> RGB:
    image, draw = sheet(style, tall=True)
    colour, staves = contrasting(image, style), int(style.integers(4, 9))
    high = image.height / (staves + 0.6)
    for number in range(staves):
        top, gap = high * (number + 0.6), high * 0.1
        for line in range(5):
            draw.line([20, top + line * gap, image.width - 20, top + line * gap], fill=colour)
        x = 50.0
        while x < image.width - 30:
            y = top + gap * content.uniform(-1, 5)
            draw.ellipse(
                [x, y, x + gap * 1.3, y + gap], fill=colour if content.random() < 0.7 else None, outline=colour
            )
            draw.line([x + gap * 1.3, y + gap / 2, x + gap * 1.3, y - gap * 3], fill=colour)
            x += content.uniform(1.8, 5) * gap
    return np.asarray(image)


def listing(style: Random, content: Random) -> RGB:
    """Lines of words, indented and coloured: a program, a chat, a menu."""
    image, draw = sheet(style)
    base, size = contrasting(image, style), style.uniform(10, 22)
    accents, bubbles = [ink(style, 60, 240) for _ in range(3)], style.random() < 0.35
    y = style.uniform(10, 50)
    draw.rectangle([0, 0, image.width, y * 0.8], fill=accents[0])
    while y < image.height - size * 2:
        indent = float(content.integers(0, 4)) * size * 1.5 + 14
        words = sentence(content, 1, 7)
        if bubbles:
            right = indent + len(words) * size * 0.55
            draw.rounded_rectangle([indent - 6, y - 3, right, y + size * 1.4], 8, fill=accents[1])
        colour = base if content.random() < 0.6 else accents[int(content.integers(3))]
        draw.text((indent, y), words, fill=colour, font=font(size))
        y += size * (2.0 if bubbles else 1.45)
    return np.asarray(image)


def card(style: Random, content: Random) -> RGB:
    """A card, form or poster: the same frame, bars and fields, other words and another emblem."""
    image, draw = sheet(style)
    frame, bar, width, height = ink(style, 20, 230), ink(style, 20, 230), image.width, image.height
    edge = int(style.integers(4, 30))
    draw.rectangle([0, 0, width - 1, height - 1], outline=frame, width=edge)
    top = height * style.uniform(0.1, 0.25)
    draw.rectangle([edge, edge, width - edge, top], fill=bar)
    draw.text((edge + 10, top * 0.4), sentence(content, 1, 3), fill=(255, 255, 255), font=font(top * 0.3))
    field = [width * 0.12, top * 1.15, width * 0.88, height * style.uniform(0.5, 0.65)]
    draw.rectangle(field, fill=ink(style, 150, 256), outline=frame)
    for _ in range(int(content.integers(2, 7))):
        x, y = content.uniform(field[0], field[2]), content.uniform(field[1], field[3])
        r = content.uniform(0.03, 0.13) * width
        draw.ellipse([max(x - r, field[0]), max(y - r, field[1]), min(x + r, field[2]), min(y + r, field[3])],
                     fill=ink(content, 0, 256))  # fmt: skip
    y = field[3] + 14
    while y < height - edge - 24:
        draw.text((width * 0.12, y), sentence(content, 3, 6), fill=contrasting(image, style), font=font(16))
        y += 26
    return np.asarray(image)


def chart(style: Random, content: Random) -> RGB:
    """Bars, lines, points or a pie, in a style of its own."""
    image, draw = sheet(style, tall=False)
    colour, palette = contrasting(image, style), [ink(style, 20, 230) for _ in range(5)]
    kind, grid, width, height = int(style.integers(4)), int(style.integers(0, 9)), image.width, image.height
    draw.text((20, 8), sentence(content, 2, 5), fill=colour, font=font(height * 0.05))
    if kind == 3:
        ends, r = np.cumsum(content.dirichlet(np.ones(5) * 2)) * 360, height * 0.36
        box = [width / 2 - r, height * 0.54 - r, width / 2 + r, height * 0.54 + r]
        for number, (start, end) in enumerate(zip([0.0, *ends[:-1]], ends, strict=True)):
            draw.pieslice(box, float(start), float(end), fill=palette[number])
        return np.asarray(image)
    left, top, right, bottom = width * 0.1, height * 0.14, width * 0.95, height * 0.9
    for step in range(grid):
        level = top + (bottom - top) * step / grid
        draw.line([left, level, right, level], fill=palette[0] if step % 2 else colour)
    draw.line([left, top, left, bottom, right, bottom], fill=colour, width=2)
    count = int(style.integers(5, 14))
    x = np.linspace(left + 10, right - 20, count)
    for series in range(1, int(style.integers(2, 5))):
        y = np.clip(bottom - np.abs(np.cumsum(content.normal(0, 0.16, count)) + content.uniform(0.2, 0.7))
                    * (bottom - top), top, bottom)  # fmt: skip
        points = [(float(a), float(b)) for a, b in zip(x, y, strict=True)]
        if kind == 0:
            for a, b in points:
                draw.rectangle([a + 5 * series - 12, b, a + 5 * series, bottom], fill=palette[series])
        elif kind == 1:
            draw.line(points, fill=palette[series], width=3)
        else:
            for a, b in zip(content.uniform(left, right, 25), content.uniform(top, bottom, 25), strict=True):
                draw.ellipse([a - 4, b - 4, a + 4, b + 4], fill=palette[series])
    return np.asarray(image)


def pattern(style: Random, content: Random) -> RGB:
    """Stripes, checks, dots, bricks or plaid: of one kind, with another step, turn and colours."""
    kind = int(style.integers(5))
    y, x = np.mgrid[0:420, 0:560].astype(np.float64)
    angle, step = content.uniform(0, np.pi) * (content.random() < 0.4), content.uniform(12, 70)
    u, v = x * np.cos(angle) + y * np.sin(angle), y * np.cos(angle) - x * np.sin(angle)
    masks = (
        u % step < step / 2,
        (u % step < step / 2) ^ (v % step < step / 2),
        np.hypot(u % step - step / 2, v % step - step / 2) < step * content.uniform(0.15, 0.4),
        ((u + (v // step % 2) * step) % (2 * step) < step * 0.12) | (v % step < step * 0.12),
        (u % step < step * 0.3).astype(float) * 0.5 + (v % step < step * 0.3) * 0.5,
    )
    first, second = (np.array(ink(content, 0, 256), float) for _ in range(2))
    out = to_bytes(first + np.asarray(masks[kind], float)[..., None] * (second - first))
    return np.asarray(cv2.GaussianBlur(out, (0, 0), 0.8), np.uint8)


TEMPLATES: tuple[Template, ...] = (table, calendar, icons, stamp, music, listing, card, chart, pattern)
