"""The mild half of the families in :mod:`benchmarks.encoder_edits`: colours, quality, stamps."""

from __future__ import annotations

import io
import random
from collections.abc import Callable

import numpy as np
from PIL import Image, ImageDraw, ImageEnhance, ImageFilter, ImageFont, ImageOps

Picture = Image.Image
Family = Callable[[random.Random, Picture, Picture], Picture]


def _jpeg(picture: Picture, quality: int) -> Picture:
    data = io.BytesIO()
    picture.save(data, "JPEG", quality=quality)
    return Image.open(data).convert("RGB")


def recompressed(rng: random.Random, p: Picture, _: Picture) -> Picture:
    return _jpeg(p, rng.randint(8, 25))


def small(rng: random.Random, p: Picture, _: Picture) -> Picture:
    side = rng.randint(56, 90)
    return p.resize((side, max(1, side * p.height // p.width)), Image.Resampling.LANCZOS)


def squeezed(rng: random.Random, p: Picture, _: Picture) -> Picture:
    return p.resize((int(p.width * rng.choice((0.5, 0.65, 1.6))), p.height))


def colour(rng: random.Random, p: Picture, _: Picture) -> Picture:
    for enhance in (ImageEnhance.Brightness, ImageEnhance.Contrast, ImageEnhance.Color):
        p = enhance(p).enhance(rng.uniform(0.55, 1.6))
    return p


def graded(rng: random.Random, p: Picture, _: Picture) -> Picture:
    """A strong film look: each channel bent by its own gamma and ends, saturation far up or down."""
    bands = []
    for band in p.split():
        low, high, gamma = rng.uniform(0, 70), rng.uniform(170, 255), rng.uniform(0.45, 2.2)
        bands.append(band.point([int(low + (high - low) * (v / 255) ** gamma) for v in range(256)]))
    return ImageEnhance.Color(Image.merge("RGB", bands)).enhance(rng.choice((0.2, 2.2)))


def tinted(rng: random.Random, p: Picture, _: Picture) -> Picture:
    """Two colours instead of all (gradient map)."""
    dark = tuple(rng.randint(0, 90) for _ in range(3))
    pale = tuple(rng.randint(170, 255) for _ in range(3))
    return ImageOps.colorize(p.convert("L"), dark, pale)


def grey(_: random.Random, p: Picture, __: Picture) -> Picture:
    return p.convert("L").convert("RGB")


def noise(rng: random.Random, p: Picture, _: Picture) -> Picture:
    grain = np.random.default_rng(rng.randint(0, 2**31)).normal(0, rng.uniform(18, 45), (p.height, p.width, 3))
    return Image.fromarray(np.clip(np.asarray(p) + grain, 0, 255).astype(np.uint8))


def caption(p: Picture, words: str, place: tuple[float, float], size: float, ink: str, outline: int = 0) -> None:
    font = ImageFont.load_default(max(8, size * p.width))
    at = (place[0] * p.width, place[1] * p.height)
    ImageDraw.Draw(p).text(at, words, fill=ink, font=font, stroke_width=outline, stroke_fill="black")


def stamped(rng: random.Random, p: Picture, _: Picture) -> Picture:
    """A watermark all over and a logo in a corner."""
    mark = p.copy()
    for row in range(4):
        caption(mark, "© agency proof " * 3, (rng.uniform(-0.2, 0), row / 4 + 0.08), 0.08, "white")
    p = Image.blend(p, mark, rng.uniform(0.4, 0.8))
    r = p.width // 7
    ImageDraw.Draw(p).ellipse((8, 8, 8 + r, 8 + r), fill=tuple(rng.randint(0, 255) for _ in range(3)))
    return p


def ghosted(rng: random.Random, p: Picture, other: Picture) -> Picture:
    return Image.blend(p, other.resize(p.size), rng.uniform(0.25, 0.45))


def blurred(rng: random.Random, p: Picture, _: Picture) -> Picture:
    return p.filter(ImageFilter.GaussianBlur(p.width * rng.uniform(0.012, 0.025)))


def pixelated(rng: random.Random, p: Picture, _: Picture) -> Picture:
    cells = rng.randint(24, 44)
    return p.resize((cells, cells), Image.Resampling.BOX).resize(p.size, Image.Resampling.NEAREST)
