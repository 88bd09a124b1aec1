"""Families of edits for the held-out test of the image encoder.

Written apart from the training's edits and with other means (Pillow and numpy, not OpenCV), so that the test does
not ask for what was rehearsed. Each family takes a seeded generator, the work and an unrelated picture.
"""

from __future__ import annotations

import math
import random

import numpy as np
from PIL import Image, ImageChops, ImageDraw, ImageFilter, ImageOps

from benchmarks.encoder_edits_mild import (
    Family,
    Picture,
    blurred,
    caption,
    colour,
    ghosted,
    graded,
    grey,
    noise,
    pixelated,
    recompressed,
    small,
    squeezed,
    stamped,
    tinted,
)


def cartoon(rng: random.Random, p: Picture, _: Picture) -> Picture:
    flat = ImageOps.posterize(p.filter(ImageFilter.ModeFilter(7)), rng.choice((2, 3)))
    lines = ImageOps.invert(p.convert("L").filter(ImageFilter.GaussianBlur(1)).filter(ImageFilter.FIND_EDGES))
    return ImageChops.multiply(flat, ImageOps.autocontrast(lines, cutoff=3).convert("RGB"))


def pencil(rng: random.Random, p: Picture, _: Picture) -> Picture:
    """A pencil drawing: lightness divided by its own blur."""
    light = np.asarray(p.convert("L"), np.float32)
    soft = np.asarray(p.convert("L").filter(ImageFilter.GaussianBlur(rng.uniform(2, 6))), np.float32)
    lines = np.clip(light / np.maximum(soft, 1) * 255, 0, 255)
    return Image.fromarray((255 * (lines / 255) ** rng.uniform(2, 4)).astype(np.uint8)).convert("RGB")


def contours(rng: random.Random, p: Picture, _: Picture) -> Picture:
    """Only outlines on white."""
    lines = p.convert("L").filter(ImageFilter.GaussianBlur(rng.uniform(0.8, 1.8))).filter(ImageFilter.CONTOUR)
    return ImageOps.autocontrast(lines, cutoff=2).convert("RGB")


def mirrored(_: random.Random, p: Picture, __: Picture) -> Picture:
    return ImageOps.mirror(p)


def turned_little(rng: random.Random, p: Picture, _: Picture) -> Picture:
    return p.rotate(rng.choice((-1, 1)) * rng.uniform(8, 20), Image.Resampling.BICUBIC, expand=rng.random() < 0.5)


def turned_quarter(rng: random.Random, p: Picture, _: Picture) -> Picture:
    return p.transpose(rng.choice((Image.Transpose.ROTATE_90, Image.Transpose.ROTATE_180, Image.Transpose.ROTATE_270)))


def perspective(rng: random.Random, p: Picture, _: Picture) -> Picture:
    w, h = p.size
    a, b, c, d = (rng.uniform(0, 0.22) for _ in range(4))
    quad = (-a * w, -b * h, -c * w * 0.5, h * (1 + d), w * (1 + b * 0.7), h * (1 + a), w * (1 + d * 0.5), -c * h)
    return p.transform(p.size, Image.Transform.QUAD, quad, Image.Resampling.BILINEAR, fillcolor=(40, 40, 40))


def _cropped(rng: random.Random, p: Picture, share: float) -> Picture:
    w, h = int(p.width * math.sqrt(share)), int(p.height * math.sqrt(share))
    x, y = rng.randint(0, p.width - w), rng.randint(0, p.height - h)
    return p.crop((x, y, x + w, y + h))


def crop_50(rng: random.Random, p: Picture, _: Picture) -> Picture:
    return _cropped(rng, p, 0.5)


def crop_25(rng: random.Random, p: Picture, _: Picture) -> Picture:
    return _cropped(rng, p, 0.25)


def crop_10(rng: random.Random, p: Picture, _: Picture) -> Picture:
    return _cropped(rng, p, 0.1)


def _pasted(rng: random.Random, p: Picture, other: Picture, share: float) -> Picture:
    back = other.resize((480, 360))
    ratio = max(0.6, min(1.7, p.width / p.height))
    h = int(math.sqrt(share * 480 * 360 / ratio))
    w = min(480, int(h * ratio))
    back.paste(p.resize((w, h)), (rng.randint(0, 480 - w), rng.randint(0, max(0, 360 - h))))
    return back


def paste_40(rng: random.Random, p: Picture, other: Picture) -> Picture:
    return _pasted(rng, p, other, 0.4)


def paste_20(rng: random.Random, p: Picture, other: Picture) -> Picture:
    return _pasted(rng, p, other, 0.2)


def paste_8(rng: random.Random, p: Picture, other: Picture) -> Picture:
    return _pasted(rng, p, other, 0.08)


def collage_4(rng: random.Random, p: Picture, other: Picture) -> Picture:
    """Two by two; the other three panels are parts of one unrelated picture."""
    sheet = Image.new("RGB", (480, 480), "white")
    mine = rng.randrange(4)
    for n in range(4):
        panel = p if n == mine else _cropped(rng, other, 0.35)
        sheet.paste(panel.resize((232, 232)), (n % 2 * 244 + 2, n // 2 * 244 + 2))
    return sheet


def screenshot(rng: random.Random, p: Picture, _: Picture) -> Picture:
    page = Image.new("RGB", (540, 760), rng.choice(("white", "#15202b", "#f0f2f5")))
    draw = ImageDraw.Draw(page)
    draw.rectangle((0, 0, 540, 56), fill=tuple(rng.randint(0, 255) for _ in range(3)))
    draw.ellipse((16, 72, 60, 116), fill="#8899aa")
    caption(page, "someone @someone · 2 h", (0.13, 0.105), 0.035, "#667788")
    shown = ImageOps.contain(p, (508, 500))
    page.paste(shown, (16, 130))
    for line in range(3):
        caption(page, "what a day, look at this one", (0.03, 0.85 + line * 0.045), 0.035, "#667788")
    return page


def meme(rng: random.Random, p: Picture, _: Picture) -> Picture:
    tall = int(p.height * rng.uniform(0.15, 0.3))
    out = Image.new("RGB", (p.width, p.height + tall), "white")
    out.paste(p, (0, tall))
    caption(out, "when the build is green", (0.04, 0.03), 0.075, "black")
    caption(out, "AND NOBODY KNOWS WHY", (0.06, 0.87), 0.07, "white", outline=3)
    return out


def letterbox(rng: random.Random, p: Picture, _: Picture) -> Picture:
    bar = int(p.height * rng.uniform(0.15, 0.35))
    box = (0, bar, 0, bar) if rng.random() < 0.5 else (bar, 0, bar, 0)
    return ImageOps.expand(p, box, rng.choice(("black", "white")))


def warped(rng: random.Random, p: Picture, _: Picture) -> Picture:
    """Drawn anew in other proportions: a mesh of 6 × 6 cells with moved knots."""
    w, h = p.size
    n = 6
    knots = {
        (i, j): (
            w * (i + (rng.uniform(-0.35, 0.35) if 0 < i < n else 0)) / n,
            h * (j + (rng.uniform(-0.35, 0.35) if 0 < j < n else 0)) / n,
        )
        for i in range(n + 1)
        for j in range(n + 1)
    }
    mesh = []
    for i in range(n):
        for j in range(n):
            box = (w * i // n, h * j // n, w * (i + 1) // n, h * (j + 1) // n)
            quad = (*knots[i, j], *knots[i, j + 1], *knots[i + 1, j + 1], *knots[i + 1, j])
            mesh.append((box, quad))
    return p.transform(p.size, Image.Transform.MESH, mesh, Image.Resampling.BILINEAR)


def painted(rng: random.Random, p: Picture, _: Picture) -> Picture:
    """Oil paint: the most frequent value of a neighbourhood, then a little relief."""
    small_side = ImageOps.contain(p, (256, 256))
    return small_side.filter(ImageFilter.ModeFilter(rng.choice((7, 9)))).filter(ImageFilter.EDGE_ENHANCE)


def denoised(rng: random.Random, p: Picture, _: Picture) -> Picture:
    """Fine detail gone, as after strong denoising: three medians, then sharpened."""
    p = ImageOps.contain(p, (224, 224))
    for _step in range(3):
        p = p.filter(ImageFilter.MedianFilter(5))
    return p.filter(ImageFilter.UnsharpMask(3, 180, 0))


def redrawn(rng: random.Random, p: Picture, other: Picture) -> Picture:
    """As a generator would repeat it: warped, painted, in other light, a third replaced."""
    p = painted(rng, warped(rng, p, other), other)
    hole = Image.new("L", p.size, 0)
    w, h = p.size
    x, y = rng.uniform(0, 0.5) * w, rng.uniform(0, 0.5) * h
    ImageDraw.Draw(hole).ellipse((x, y, x + w * 0.6, y + h * 0.6), fill=255)
    p = Image.composite(other.resize(p.size), p, hole.filter(ImageFilter.GaussianBlur(6)))
    return graded(rng, p, other) if rng.random() < 0.5 else colour(rng, p, other)


def _mix(rng: random.Random, p: Picture, other: Picture, steps: tuple[tuple[Family, ...], ...]) -> Picture:
    for choices in steps:
        p = rng.choice(choices)(rng, p.convert("RGB"), other)
    return p


def mix_light(rng: random.Random, p: Picture, other: Picture) -> Picture:
    return _mix(rng, p, other, ((crop_50, letterbox, turned_little), (colour, stamped, grey, recompressed)))


def mix_heavy(rng: random.Random, p: Picture, other: Picture) -> Picture:
    steps = (
        (mirrored, turned_little, perspective),
        (crop_50, paste_40, meme),
        (graded, painted, noise),
        (recompressed,),
    )
    return _mix(rng, p, other, steps)


_ALL: tuple[Family, ...] = (
    *(recompressed, small, squeezed, colour, graded, tinted, grey, noise),
    *(stamped, ghosted, blurred, pixelated, cartoon, pencil, contours, mirrored),
    *(turned_little, turned_quarter, perspective, crop_50, crop_25, crop_10, paste_40, paste_20),
    *(paste_8, collage_4, screenshot, meme, letterbox, warped, painted, denoised),
    *(redrawn, mix_light, mix_heavy),
)
FAMILIES: dict[str, Family] = {edit.__name__: edit for edit in _ALL}
