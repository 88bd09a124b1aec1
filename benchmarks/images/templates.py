"""Drawn pictures of one template with other contents, to teach the pair network what is no copy.

Tables, calendars, grids of icons, stamps, sheets of music, listings, cards, forms, slides, boards, dials, codes, maps,
faces and patterns: ``style`` draws what all pictures of a template share (places, colours, headings), ``content`` what
differs. `before`: another thing before the same ground.
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


def board(style: Random, content: Random) -> RGB:
    """Squares of a game or a puzzle: some dark, with another letter, figure or piece in each."""
    image, draw = sheet(style)
    colour, dark, count = contrasting(image, style), ink(style, 20, 160), int(style.integers(6, 15))
    side, checked, filled = min(image.size) * 0.92 / count, style.random() < 0.4, style.uniform(0.3, 0.9)
    left, top = (image.width - side * count) / 2, (image.height - side * count) / 2
    for row in range(count):
        for column in range(count):
            x, y = left + column * side, top + row * side
            full = (row + column) % 2 == 0 if checked else content.random() < 0.2
            draw.rectangle([x, y, x + side, y + side], outline=colour, fill=dark if full else None)
            if content.random() < filled and not (full and not checked):
                place = x + side / 2, y + side / 2
                if checked:
                    draw.ellipse([x + 4, y + 4, x + side - 4, y + side - 4], fill=ink(content, 0, 256))
                else:
                    draw.text(place, sentence(content, 1, 1)[:1], fill=colour, font=font(side * 0.6), anchor="mm")
    return np.asarray(image)


def dial(style: Random, content: Random) -> RGB:
    """Clocks and gauges: the hands differ."""
    image, draw = sheet(style)
    colour, count = contrasting(image, style), int(style.integers(1, 4))
    r, ticks = min(image.width / count, image.height) * 0.44, int(style.choice([8, 10, 12, 60]))
    for number in range(count):
        x, y = image.width * (number + 0.5) / count, image.height / 2
        draw.ellipse([x - r, y - r, x + r, y + r], outline=colour, width=int(style.integers(1, 10)))
        for angle in np.linspace(0, 2 * np.pi, ticks, endpoint=False):
            a, b = np.cos(angle), np.sin(angle)
            draw.line([x + a * r * 0.82, y + b * r * 0.82, x + a * r * 0.92, y + b * r * 0.92], fill=colour, width=2)
        for length in (0.5, 0.75):
            angle = content.uniform(0, 2 * np.pi)
            ends = [x, y, x + np.cos(angle) * r * length, y + np.sin(angle) * r * length]
            draw.line(ends, fill=colour, width=max(2, int(r * 0.06)))
        draw.text((x, y + r * 0.4), sentence(style, 1, 1), fill=colour, font=font(r * 0.14), anchor="mm")
    return np.asarray(image)


def code(style: Random, content: Random) -> RGB:
    """A square code with corner marks, or bars, with words below."""
    image, draw = sheet(style)
    colour, count = contrasting(image, style), int(style.integers(17, 42))
    side = min(image.size) * 0.72 / count
    left, top = (image.width - side * count) / 2, image.height * 0.08
    if style.random() < 0.4:
        for place in np.cumsum(content.uniform(1, 4, 200)) * side * 0.5:
            if place < side * count:
                width = float(content.uniform(0.3, 1.2)) * side
                draw.rectangle([left + place, top, left + place + width, top + side * count * 0.6], fill=colour)
    else:
        cells = content.random((count, count)) < 0.5
        for row, column in ((0, 0), (0, count - 7), (count - 7, 0)):
            cells[row : row + 7, column : column + 7] = True
            cells[row + 1 : row + 6, column + 1 : column + 6] = False
            cells[row + 2 : row + 5, column + 2 : column + 5] = True
        for row, column in np.argwhere(cells):
            x, y = left + column * side, top + row * side
            draw.rectangle([x, y, x + side - 1, y + side - 1], fill=colour)
    place = image.width / 2, image.height * 0.92
    draw.text(place, sentence(content, 1, 3), fill=colour, font=font(image.height * 0.05), anchor="mm")
    return np.asarray(image)


def streets(style: Random, content: Random) -> RGB:
    """A map in one style: streets, water, parks, pins."""
    image, draw = sheet(style)
    width, height = image.size
    draw.rectangle([0, 0, width, height], fill=ink(style, 215, 245))
    road, green, water = ink(style, 150, 256), ink(style, 120, 210), ink(style, 120, 210)
    for fill in (green, green, water):
        spots = content.uniform(0, 1, (5, 2)) * 0.3 * width + content.uniform(0, 1, 2) * np.array([width, height])
        draw.polygon([(float(x), float(y)) for x, y in spots], fill=fill)
    for _ in range(int(content.integers(12, 30))):
        ends = [float(one) for one in content.uniform(0, 1, 4) * np.array([width, height, width, height])]
        if content.random() < 0.6:
            ends[2 + int(content.integers(2))] = ends[int(content.integers(2))]
        draw.line(ends, fill=road, width=int(content.integers(2, 9)))
    for _ in range(int(content.integers(3, 12))):
        place = float(content.uniform(0, width)), float(content.uniform(0, height))
        draw.text(place, sentence(content, 1, 1), fill=(60, 60, 60), font=font(13))
    return np.asarray(image)


def face(style: Random, content: Random) -> RGB:
    """A drawn face or mascot: the same head and colours, another expression."""
    image, draw = sheet(style)
    x, y, r = image.width / 2, image.height / 2, min(image.size) * style.uniform(0.25, 0.42)
    skin, hair, colour = ink(style, 120, 256), ink(style, 0, 200), ink(style, 0, 90)
    draw.pieslice([x - r * 1.15, y - r * 1.3, x + r * 1.15, y + r], 180, 360, fill=hair)
    draw.ellipse([x - r, y - r, x + r, y + r], fill=skin, outline=colour, width=4)
    apart, size, look = style.uniform(0.25, 0.5), style.uniform(0.08, 0.2), content.uniform(-0.06, 0.06, 2)
    for side in (-1, 1):
        eye_x, eye_y = x + side * apart * r, y - 0.2 * r
        if content.random() < 0.15:
            draw.line([eye_x - size * r, eye_y, eye_x + size * r, eye_y], fill=colour, width=4)
            continue
        draw.ellipse([eye_x - size * r, eye_y - size * r, eye_x + size * r, eye_y + size * r], fill=(255, 255, 255))
        centre_x, centre_y, dot = eye_x + look[0] * r, eye_y + look[1] * r, size * r * 0.5
        draw.ellipse([centre_x - dot, centre_y - dot, centre_x + dot, centre_y + dot], fill=colour)
    wide, open_ = content.uniform(0.2, 0.5) * r, content.uniform(0.03, 0.3) * r
    mouth = [x - wide, y + 0.45 * r - open_, x + wide, y + 0.45 * r + open_]
    if content.random() < 0.4:
        draw.ellipse(mouth, fill=colour)
    else:
        start = 0 if content.random() < 0.7 else 180
        draw.arc(mouth, start, start + 180, fill=colour, width=max(3, int(r * 0.05)))
    draw.text((x, image.height * 0.93), sentence(content, 1, 2), fill=colour, font=font(18), anchor="mm")
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


def grain(rng: Random, size: tuple[int, int]) -> RGB:
    """Wood, cloth, plaster: noise drawn out one way, in two colours; size is (width, height)."""
    noise = rng.random((size[1], size[0]), np.float32)
    along, across = rng.uniform(2, 60), rng.uniform(0.8, 6)
    noise = cv2.GaussianBlur(noise, (0, 0), sigmaX=along, sigmaY=across)
    values = np.sin((noise - noise.mean()) / (noise.std() + 1e-6) * rng.uniform(0.5, 4)) * 0.5 + 0.5
    values = values if rng.random() < 0.5 else cv2.rotate(cv2.resize(values, size[::-1]), cv2.ROTATE_90_CLOCKWISE)
    first, second = (np.array(ink(rng, 0, 256), float) for _ in range(2))
    return to_bytes(first + values[..., None] * (second - first))


def before(ground: RGB, picture: RGB, style: Random, content: Random) -> RGB:
    """A part of a picture, cut out along a smooth line, before a ground: things on one table, people before one wall.

    ``style`` says how large it is, and how far from the middle things lie; ``content`` draws the outline and the place.
    """
    height, width = ground.shape[:2]
    large, spread = style.uniform(0.35, 0.8), style.uniform(0, 0.15)
    angle = np.linspace(0, 2 * np.pi, 90, endpoint=False)
    radius = 0.36 + sum(
        content.normal(0, 0.12 / (k + 1)) * np.cos(k * angle + content.uniform(0, 6)) for k in range(1, 6)
    )
    side = large * min(height, width)
    middle = np.array([width, height]) * (0.5 + content.normal(0, 1, 2) * spread)
    outline = middle + np.stack([np.cos(angle), np.sin(angle)], 1) * np.clip(radius, 0.1, 0.6)[:, None] * side
    mask = np.zeros((height, width), np.uint8)
    cv2.fillPoly(mask, [outline.astype(np.int32)], 255)
    mask = cv2.GaussianBlur(mask, (0, 0), 1.2)
    thing = cv2.resize(picture, (width, height), interpolation=cv2.INTER_AREA)
    shade = cv2.GaussianBlur(np.roll(mask, (8, 8), (0, 1)), (0, 0), 9)[..., None] / 255 * style.uniform(0, 0.5)
    share = mask[..., None] / 255
    return to_bytes(thing * share + ground * (1 - shade) * (1 - share))


TEMPLATES: tuple[Template, ...] = (
    *(table, calendar, icons, stamp, music, listing, card, chart, board, dial, code, streets, face, pattern),
)
