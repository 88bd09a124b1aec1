"""Hard negatives: pictures that look or are built alike without one being a copy of the other.

Every family has registered carriers and outputs that share with them only what the family is named after: the same
logo, caption, watermark, frame, meme text, user-interface chrome or letterbox around different photographs; pages of
one document, charts of one style, plain colours, gradients, noise, black frames; and the two halves of one photograph
(no pixel shared, the same wall and light).
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from PIL import Image, ImageDraw

from benchmarks.images.data import random
from benchmarks.images.edits.base import RGB, cover, scale_to, to_bytes
from benchmarks.images.edits.layout import draw_chrome, plain
from benchmarks.images.edits.overlay import draw_logo, draw_watermark, font, sentence

SYLLABLES = ("ha", "ri", "to", "men", "ka", "lo", "sen", "du", "pre", "ver", "al", "in", "ta", "ge", "mo", "re", "ni")
CANVAS = 512, 384
VARIANTS = 3

Dress = Callable[[RGB, np.random.Generator], RGB]
"""Put the same thing on any picture: the random numbers choose the variant, and are equal for all pictures of it."""


def same_logo(picture: RGB, rng: np.random.Generator) -> RGB:
    side = round(min(picture.shape[:2]) * rng.uniform(0.18, 0.3))
    image = Image.fromarray(picture).convert("RGBA")
    image.alpha_composite(draw_logo(side, rng), (image.width - side - side // 4, image.height - side - side // 4))
    return np.asarray(image.convert("RGB"))


def same_caption(picture: RGB, rng: np.random.Generator) -> RGB:
    image = Image.fromarray(picture)
    draw = ImageDraw.Draw(image)
    height = image.height * rng.uniform(0.16, 0.24)
    top = image.height - height
    paper = tuple(int(value) for value in rng.integers(0, 120, 3))
    draw.rectangle([0, top, image.width, image.height], fill=paper)
    for line in range(2):
        place = image.width * 0.04, top + height * (0.14 + 0.42 * line)
        draw.text(place, sentence(rng, 4, 6), fill=(255, 255, 255), font=font(height * 0.28))
    return np.asarray(image)


def same_watermark(picture: RGB, rng: np.random.Generator) -> RGB:
    image = Image.fromarray(picture).convert("RGBA")
    letter = image.width * rng.uniform(0.05, 0.09)
    image.alpha_composite(draw_watermark(image.size, sentence(rng, 1, 2), letter, 30.0, rng.uniform(0.3, 0.55)))
    return np.asarray(image.convert("RGB"))


def same_frame(picture: RGB, rng: np.random.Generator) -> RGB:
    """An ornamental frame: rows of diamonds and dots on one colour."""
    height, width = picture.shape[:2]
    edge = round(min(width, height) * rng.uniform(0.08, 0.12))
    paper, first, second = (tuple(int(value) for value in rng.integers(0, 256, 3)) for _ in range(3))
    image = Image.new("RGB", (width, height), paper)
    draw = ImageDraw.Draw(image)
    for x in np.arange(edge / 2, width, edge):
        for y in (edge / 2, height - edge / 2):
            _diamond(draw, x, y, edge * 0.4, first, second)
    for y in np.arange(edge / 2, height, edge):
        for x in (edge / 2, width - edge / 2):
            _diamond(draw, x, y, edge * 0.4, first, second)
    inner = width - 2 * edge, height - 2 * edge
    image.paste(Image.fromarray(cover(picture, inner)), (edge, edge))
    return np.asarray(image)


def _diamond(
    draw: ImageDraw.ImageDraw, x: float, y: float, r: float, first: tuple[int, ...], second: tuple[int, ...]
) -> None:
    draw.polygon([(x - r, y), (x, y - r), (x + r, y), (x, y + r)], fill=first)
    draw.ellipse([x - r / 3, y - r / 3, x + r / 3, y + r / 3], fill=second)


def same_meme(picture: RGB, rng: np.random.Generator) -> RGB:
    height, width = picture.shape[:2]
    bar = round(height * 0.25)
    image = Image.fromarray(plain((width, height + bar), (255, 255, 255)))
    image.paste(Image.fromarray(picture), (0, bar))
    draw = ImageDraw.Draw(image)
    for line in range(2):
        place = width / 2, bar * (0.3 + 0.4 * line)
        draw.text(place, sentence(rng, 4, 6), fill=(0, 0, 0), font=font(bar * 0.28), anchor="mm")
    return np.asarray(image)


def same_chrome(picture: RGB, rng: np.random.Generator) -> RGB:
    """The same page of the same program, with another picture on it."""
    size = 800, 600
    box = 150, 96, 500, 375
    canvas = draw_chrome(size, box, rng).copy()
    canvas[box[1] : box[1] + box[3], box[0] : box[0] + box[2]] = cover(picture, (box[2], box[3]))
    return canvas


def same_letterbox(picture: RGB, rng: np.random.Generator) -> RGB:
    height, width = picture.shape[:2]
    share = rng.uniform(0.12, 0.25)
    canvas = plain((width, height), (0, 0, 0)).copy()
    bar = round(height * share)
    canvas[bar : height - bar] = cover(picture, (width, height - 2 * bar))
    return canvas


DRESSES: dict[str, Dress] = {
    "same-logo": same_logo,
    "same-caption": same_caption,
    "same-watermark": same_watermark,
    "same-frame": same_frame,
    "same-meme": same_meme,
    "same-chrome": same_chrome,
    "same-letterbox": same_letterbox,
}


def dressed(family: str, variant: int, picture: RGB, canvas: tuple[int, int] | None = CANVAS) -> RGB:
    """A picture in the dress of a variant; on one canvas the shared part is the same to the pixel."""
    base = picture if canvas is None else cover(picture, canvas)
    return DRESSES[family](base, random("dress", family, variant))


def flat(rng: np.random.Generator) -> RGB:
    size = int(rng.integers(300, 900)), int(rng.integers(300, 900))
    red, green, blue = (int(value) for value in rng.integers(0, 256, 3))
    return plain(size, (red, green, blue))


def black(rng: np.random.Generator) -> RGB:
    """A black frame with the faint noise of a camera, or without."""
    size = int(rng.integers(300, 900)), int(rng.integers(300, 900))
    return to_bytes(np.abs(rng.normal(0, rng.choice([0.0, 1.0, 2.5]), (size[1], size[0], 3))))


def gradient(rng: np.random.Generator) -> RGB:
    """A linear or round gradient between two colours."""
    width, height = int(rng.integers(400, 800)), int(rng.integers(400, 800))
    y, x = np.mgrid[0 : 1 : height * 1j, 0 : 1 : width * 1j]
    if rng.random() < 0.6:
        angle = rng.uniform(0, 2 * np.pi)
        values = x * np.cos(angle) + y * np.sin(angle)
    else:
        values = np.hypot(x - rng.uniform(0.2, 0.8), y - rng.uniform(0.2, 0.8))
    values = (values - values.min()) / np.ptp(values)
    first, second = rng.uniform(0, 255, 3), rng.uniform(0, 255, 3)
    return to_bytes(first + values[..., None] * (second - first))


def noise(rng: np.random.Generator) -> RGB:
    """White, coarse or cloudy noise, grey or coloured."""
    size = int(rng.integers(400, 800)), int(rng.integers(400, 800))
    grain = int(rng.choice([1, 2, 8, 48]))
    channels = int(rng.choice([1, 3]))
    small = rng.uniform(0, 255, (size[1] // grain + 2, size[0] // grain + 2, channels)).astype(np.uint8)
    return scale_to(np.repeat(small, 3 // channels, axis=2), size)


def page(rng: np.random.Generator) -> RGB:
    """A page of one report: the same heading and footer, other words."""
    image = Image.new("RGB", (620, 877), (255, 255, 255))
    draw = ImageDraw.Draw(image)
    draw.text((60, 40), "Annual report of the harbour authority", fill=(30, 60, 120), font=font(22))
    draw.line([60, 76, 560, 76], fill=(30, 60, 120), width=2)
    y = 100.0
    while y < 800:
        if rng.random() < 0.08:
            draw.text((60, y + 6), sentence(rng, 2, 4), fill=(0, 0, 0), font=font(18))
            y += 34
        draw.text((60, y), _line(rng, 74), fill=(20, 20, 20), font=font(13))
        y += 19 if rng.random() < 0.88 else 34
    draw.text((300, 845), str(int(rng.integers(2, 400))), fill=(90, 90, 90), font=font(12))
    return np.asarray(image)


def _line(rng: np.random.Generator, letters: int) -> str:
    """Made-up words up to a length."""
    words = ""
    while len(words) < letters - 8:
        words += "".join(str(one) for one in rng.choice(SYLLABLES, int(rng.integers(1, 4)))) + " "
    return words


def chart(rng: np.random.Generator) -> RGB:
    """A bar, line, point or pie chart in one house style with other figures."""
    width, height = 640, 440
    image = Image.new("RGB", (width, height), (250, 250, 250))
    draw = ImageDraw.Draw(image)
    draw.text((60, 16), sentence(rng, 3, 5), fill=(40, 40, 40), font=font(20))
    inks = [(31, 119, 180), (255, 127, 14), (44, 160, 44), (214, 39, 40), (148, 103, 189)]
    kind = int(rng.integers(4))
    if kind == 3:
        ends = np.cumsum(rng.dirichlet(np.ones(5) * 2)) * 360
        for number, (start, end) in enumerate(zip([0.0, *ends[:-1]], ends, strict=True)):
            draw.pieslice([180, 80, 480, 380], float(start), float(end), fill=inks[number], outline=(255, 255, 255))
        return np.asarray(image)
    for step in range(6):
        level = 380 - step * 60
        draw.line([60, level, 610, level], fill=(215, 215, 215))
        draw.text((30, level - 8), str(step * 20), fill=(90, 90, 90), font=font(12))
    for series in range(int(rng.integers(1, 4))):
        values = np.clip(np.cumsum(rng.normal(0, 40, 10)) + rng.uniform(60, 240), 5, 300)
        points = [(90.0 + 52 * number, 380.0 - float(value)) for number, value in enumerate(values)]
        if kind == 0:
            for x, y in points:
                draw.rectangle([x + series * 14 - 20, y, x + series * 14 - 8, 380], fill=inks[series])
        elif kind == 1:
            draw.line(points, fill=inks[series], width=3)
        else:
            for left, top in rng.uniform((70, 90), (600, 370), (30, 2)):
                draw.ellipse([left - 4, top - 4, left + 4, top + 4], fill=inks[series])
    return np.asarray(image)


RENDERED: dict[str, Callable[[np.random.Generator], RGB]] = {
    "flat": flat,
    "black": black,
    "gradient": gradient,
    "noise": noise,
    "page": page,
    "chart": chart,
}
REGISTERED_RENDERED = {"flat": 3, "black": 1, "gradient": 4, "noise": 4, "page": 8, "chart": 8}
CHECKED_RENDERED = {"flat": 6, "black": 4, "gradient": 10, "noise": 10, "page": 30, "chart": 30}


def rendered(family: str, part: str, number: int) -> RGB:
    """A drawn picture; ``part`` (``registered`` or ``checked``) and number choose which."""
    return RENDERED[family](random("rendered", family, part, number))


def half_of(picture: RGB, left: bool) -> RGB:
    """The left or right 46 % of a picture (upper or lower of an upright one): no pixel is in both."""
    height, width = picture.shape[:2]
    if width >= height:
        keep = round(width * 0.46)
        return np.ascontiguousarray(picture[:, :keep] if left else picture[:, width - keep :])
    keep = round(height * 0.46)
    return np.ascontiguousarray(picture[:keep] if left else picture[height - keep :])


SERIES = ("houses", "clothing", "sd-img", "caltech-faces", "dedup-ref")
"""Beginnings of names whose pictures are siblings: rooms and fronts of houses, garments on floors, one prompt in many
styles, portraits before the same walls."""


def in_series(name: str) -> bool:
    """Whether a development picture has siblings; its name is a number, an underscore and the series."""
    return name.split("_", 1)[-1].startswith(SERIES)
