"""Things put on top: text, emoji, logos, watermarks, scribbles, other pictures. The geometry stays."""

from __future__ import annotations

from collections.abc import Sequence

import cv2
import numpy as np
from PIL import Image, ImageDraw, ImageFont

from benchmarks.images.edits.base import RGB, Edited, colour, pick, scale_to

WORDS = """
    the best day ever when nobody was looking summer sale only today follow for more wait until end
    original content do not repost made with love breaking news new drop free shipping vote now link in bio
    monday mood keep calm and carry on limited edition photo by studio north all rights reserved preview sample
""".split()  # noqa: SIM905 (a list of sixty strings is no easier to read)


def sentence(rng: np.random.Generator, low: int, high: int) -> str:
    """``low`` to ``high`` words, in one of three ways of writing."""
    return written(" ".join(str(word) for word in rng.choice(WORDS, int(rng.integers(low, high + 1)))), rng)


def written(words: str, rng: np.random.Generator) -> str:
    """Words in capitals, as a sentence or as a title."""
    return [words.upper(), words.capitalize(), words.title()][int(rng.integers(3))]


def font(size: float) -> ImageFont.FreeTypeFont:
    """Pillow's own typeface: no file of the system is read."""
    loaded = ImageFont.load_default(size=max(6.0, size))
    if not isinstance(loaded, ImageFont.FreeTypeFont):
        raise RuntimeError("Pillow was built without FreeType; install a wheel of Pillow that has it.")
    return loaded


def write(
    picture: RGB, text: str, place: tuple[float, float], size: float, fill: tuple[int, int, int], edge: int
) -> RGB:
    """Text with an outline of ``edge`` pixels in the opposite lightness, ``place`` is its upper left corner."""
    image = Image.fromarray(picture)
    outline = (0, 0, 0) if sum(fill) > 380 else (255, 255, 255)
    ImageDraw.Draw(image).text(place, text, fill=fill, font=font(size), stroke_width=edge, stroke_fill=outline)
    return np.asarray(image)


def text(edited: Edited, rng: np.random.Generator, _: Sequence[RGB]) -> Edited:
    """One to four lines of text anywhere, 4 to 12 % of the height."""
    picture = edited.picture
    width, height = edited.size
    for _line in range(int(rng.integers(1, 5))):
        size = height * rng.uniform(0.04, 0.12)
        place = rng.uniform(0, width * 0.5), rng.uniform(0, height * 0.9)
        picture = write(picture, sentence(rng, 1, 5), place, size, colour(rng), int(rng.integers(0, 3)))
    return edited.recoloured(picture)


def draw_emoji(side: int, rng: np.random.Generator) -> Image.Image:
    """One drawn emoji, RGBA (side, side): a face in several moods, a heart or a star."""
    image = Image.new("RGBA", (side, side))
    draw = ImageDraw.Draw(image)

    def oval(x: float, y: float, w: float, h: float, fill: tuple[int, int, int]) -> None:
        draw.ellipse([x * side, y * side, (x + w) * side, (y + h) * side], fill=fill)

    kind = rng.random()
    if kind < 0.2:
        oval(0.04, 0.08, 0.5, 0.5, (225, 30, 60))
        oval(0.46, 0.08, 0.5, 0.5, (225, 30, 60))
        draw.polygon(
            [(0.07 * side, 0.44 * side), (0.93 * side, 0.44 * side), (0.5 * side, 0.95 * side)], fill=(225, 30, 60)
        )
        return image
    if kind < 0.35:
        angles = np.arange(10) * np.pi / 5 - np.pi / 2
        radii = np.where(np.arange(10) % 2 == 0, 0.48, 0.2) * side
        points = np.c_[np.cos(angles), np.sin(angles)] * radii[:, None] + side / 2
        draw.polygon([(float(x), float(y)) for x, y in points], fill=(250, 200, 40))
        return image
    oval(0.02, 0.02, 0.96, 0.96, (252, 205, 60))
    if rng.random() < 0.3:
        draw.rectangle([0.14 * side, 0.3 * side, 0.86 * side, 0.47 * side], fill=(20, 20, 20))
    else:
        oval(0.26, 0.28, 0.13, 0.19, (60, 40, 10))
        oval(0.61, 0.28, 0.13, 0.19, (60, 40, 10))
    mouth = [0.25 * side, 0.4 * side, 0.75 * side, 0.8 * side]
    if rng.random() < 0.5:
        draw.chord(mouth, 0, 180, fill=(120, 40, 20))
    else:
        draw.arc(mouth, 20, 160, fill=(90, 40, 10), width=max(2, side // 18))
    if rng.random() < 0.4:
        oval(0.1, 0.45, 0.14, 0.25, (90, 170, 240))
    return image


def emoji(edited: Edited, rng: np.random.Generator, _: Sequence[RGB]) -> Edited:
    """One to six emoji, 8 to 30 % of the shorter side."""
    image = Image.fromarray(edited.picture).convert("RGBA")
    width, height = edited.size
    for _one in range(int(rng.integers(1, 7))):
        side = round(min(width, height) * rng.uniform(0.08, 0.3))
        one = draw_emoji(side, rng).rotate(rng.uniform(-30, 30), Image.Resampling.BICUBIC)
        image.alpha_composite(one, (int(rng.integers(width - side)), int(rng.integers(height - side))))
    return edited.recoloured(np.asarray(image.convert("RGB")))


def draw_logo(side: int, rng: np.random.Generator) -> Image.Image:
    """A drawn company logo with its name, RGBA (side, side)."""
    image = Image.new("RGBA", (side, side))
    draw = ImageDraw.Draw(image)
    ink, paper = colour(rng), colour(rng)
    if rng.random() < 0.5:
        draw.rounded_rectangle([0, 0, side - 1, side - 1], radius=side // 6, fill=(*paper, 255))
    else:
        draw.ellipse([0, 0, side - 1, side - 1], fill=(*paper, 255))
    if ink == paper:
        ink = (200, 30, 40)
    for _shape in range(int(rng.integers(2, 5))):
        x, y = rng.uniform(0.15, 0.5, 2) * side
        w, h = rng.uniform(0.15, 0.38, 2) * side
        tint = tuple(int(v) for v in np.clip(np.array(ink) + rng.integers(-60, 61, 3), 0, 255))
        kind = rng.integers(3)
        if kind == 0:
            draw.ellipse([x, y, x + w, y + h], fill=tint)
        elif kind == 1:
            draw.polygon([(x, y + h), (x + w / 2, y), (x + w, y + h)], fill=tint)
        else:
            draw.arc([x, y, x + w, y + h], 30, 300, fill=tint, width=max(2, side // 12))
    name = "".join(str(letter) for letter in rng.choice(list("ABDEIKLMNORSTUVXYZ"), int(rng.integers(3, 7))))
    draw.text((side * 0.5, side * 0.78), name, fill=ink, font=font(side * 0.2), anchor="mm")
    return image


def logo(edited: Edited, rng: np.random.Generator, _: Sequence[RGB]) -> Edited:
    """One or two logos, 12 to 35 % of the shorter side, mostly in a corner."""
    image = Image.fromarray(edited.picture).convert("RGBA")
    width, height = edited.size
    for _one in range(int(rng.integers(1, 3))):
        side = round(min(width, height) * rng.uniform(0.12, 0.35))
        one = draw_logo(side, rng)
        if rng.random() < 0.7:
            x = int(rng.choice([side // 8, width - side - side // 8]))
            y = int(rng.choice([side // 8, height - side - side // 8]))
        else:
            x, y = int(rng.integers(width - side)), int(rng.integers(height - side))
        image.alpha_composite(one, (x, y))
    return edited.recoloured(np.asarray(image.convert("RGB")))


def draw_watermark(size: tuple[int, int], words: str, letter: float, angle: float, strength: float) -> Image.Image:
    """Words over the whole of a picture, slanted and repeated, RGBA; ``strength`` 0 to 1."""
    width, height = size
    side = round(1.5 * max(width, height))
    sheet = Image.new("RGBA", (side, side))
    draw = ImageDraw.Draw(sheet)
    face = font(letter)
    step_x = draw.textlength(words, font=face) + letter * 1.5
    for row, y in enumerate(np.arange(0, side, letter * 3.2)):
        for x in np.arange(-step_x * (row % 2) / 2, side, step_x):
            draw.text((x, y), words, fill=(255, 255, 255, round(255 * strength)), font=face)
    turned = sheet.rotate(angle, Image.Resampling.BICUBIC)
    left, top = (side - width) // 2, (side - height) // 2
    return turned.crop((left, top, left + width, top + height))


def watermark(edited: Edited, rng: np.random.Generator, _: Sequence[RGB]) -> Edited:
    """A slanted watermark over all, 15 to 50 % opaque."""
    letter = max(edited.size) * rng.uniform(0.04, 0.09)
    sheet = draw_watermark(edited.size, sentence(rng, 1, 2), letter, rng.uniform(15, 50), rng.uniform(0.15, 0.5))
    image = Image.fromarray(edited.picture).convert("RGBA")
    image.alpha_composite(sheet)
    return edited.recoloured(np.asarray(image.convert("RGB")))


def scribble(edited: Edited, rng: np.random.Generator, _: Sequence[RGB]) -> Edited:
    """Drawn over by hand: two to six thick strokes, and now and then a bar that hides something."""
    picture = edited.picture.copy()
    width, height = edited.size
    thick = max(2, round(min(width, height) * rng.uniform(0.006, 0.025)))
    for _stroke in range(int(rng.integers(2, 7))):
        walk = np.cumsum(rng.normal(0, 0.09, (12, 2)), 0) + rng.uniform(0.15, 0.85, 2)
        points = (walk * np.array([width, height])).astype(np.int32)
        cv2.polylines(picture, [points], False, colour(rng), thick, cv2.LINE_AA)
    if rng.random() < 0.5:
        x, y = int(rng.integers(width * 3 // 4)), int(rng.integers(height * 3 // 4))
        cv2.rectangle(picture, (x, y), (x + width // 4, y + height // 8), (0, 0, 0), -1)
    return edited.recoloured(picture)


def inset(edited: Edited, rng: np.random.Generator, backgrounds: Sequence[RGB]) -> Edited:
    """One or two other pictures on top, each 25 to 45 % of the sides."""
    picture = edited.picture.copy()
    width, height = edited.size
    for _one in range(int(rng.integers(1, 3))):
        share = rng.uniform(0.25, 0.45)
        small = scale_to(pick(rng, backgrounds), (round(width * share), round(height * share)))
        x, y = int(rng.integers(width - small.shape[1])), int(rng.integers(height - small.shape[0]))
        picture[y : y + small.shape[0], x : x + small.shape[1]] = small
    return edited.recoloured(picture)
