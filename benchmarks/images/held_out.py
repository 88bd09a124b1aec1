"""Edits that are only measured: nothing in simcheck was tuned with them. Made with Pillow and scikit-image, where the
others use OpenCV."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from PIL import Image, ImageChops, ImageDraw, ImageFilter, ImageOps
from skimage.exposure import equalize_adapthist
from skimage.restoration import denoise_tv_chambolle
from skimage.segmentation import slic
from skimage.transform import swirl as skimage_swirl

from benchmarks.images.edits.base import RGB, Edit, Edited, colour, edit, pick, scaling, shifting
from benchmarks.images.edits.overlay import font, sentence


def dither(edited: Edited, rng: np.random.Generator, _: Sequence[RGB]) -> Edited:
    """A printed palette of 2 to 16 colours with Floyd and Steinberg's dither, as an old GIF."""
    image = Image.fromarray(edited.picture)
    if rng.random() < 0.3:
        return edited.recoloured(np.asarray(image.convert("1").convert("RGB")))
    palette = image.quantize(int(rng.integers(4, 17)))
    return edited.recoloured(np.asarray(image.quantize(palette=palette).convert("RGB")))


def superpixels(edited: Edited, rng: np.random.Generator, _: Sequence[RGB]) -> Edited:
    """Stained glass: 500 to 1500 SLIC segments in their mean colours."""
    labels = slic(edited.picture, n_segments=int(rng.integers(500, 1500)), compactness=10, start_label=0)
    counts = np.maximum(1, np.bincount(labels.ravel()))
    means = np.stack([np.bincount(labels.ravel(), edited.picture[..., c].ravel()) / counts for c in range(3)], 1)
    return edited.recoloured(means[labels].astype(np.uint8))


def swirl(edited: Edited, rng: np.random.Generator, _: Sequence[RGB]) -> Edited:
    """A whirl around a place, strongest in its middle."""
    width, height = edited.size
    picture = skimage_swirl(  # type: ignore[no-untyped-call]  # scikit-image has no types
        edited.picture,
        center=(width * rng.uniform(0.3, 0.7), height * rng.uniform(0.3, 0.7)),
        strength=rng.uniform(0.8, 2.5) * (1 if rng.random() < 0.5 else -1),
        radius=max(width, height) * rng.uniform(0.4, 0.7),
        preserve_range=True,
        mode="reflect",
    )
    return edited.recoloured(picture.astype(np.uint8))


def story(edited: Edited, rng: np.random.Generator, _: Sequence[RGB]) -> Edited:
    """A story in portrait format: the picture over its own blurred enlargement, with a line of text."""
    wide, high = 540, 960
    image = Image.fromarray(edited.picture)
    canvas = ImageOps.fit(image, (wide, high)).filter(ImageFilter.GaussianBlur(float(rng.uniform(15, 35))))
    share = rng.uniform(0.75, 1.0)
    inner = round(wide * share), round(wide * share * image.height / image.width)
    x, y = (wide - inner[0]) // 2, round((high - inner[1]) * rng.uniform(0.25, 0.75))
    canvas.paste(image.resize(inner, Image.Resampling.LANCZOS), (x, y))
    ImageDraw.Draw(canvas).text(
        (wide / 2, high * rng.uniform(0.05, 0.12)),
        sentence(rng, 2, 4),
        fill=(255, 255, 255),
        font=font(34),
        anchor="mm",
    )
    matrix = shifting(x, y) @ scaling(inner[0] / image.width, inner[1] / image.height)
    return edited.moved(np.asarray(canvas), matrix)


def polaroid(edited: Edited, rng: np.random.Generator, backgrounds: Sequence[RGB]) -> Edited:
    """A print with a white edge, turned by up to 25 degrees, on a table, with its shadow."""
    image = Image.fromarray(edited.picture)
    edge = round(max(image.size) * rng.uniform(0.04, 0.08))
    card = ImageOps.expand(image, (edge, edge, edge, edge * 3), (246, 244, 238)).convert("RGBA")
    degrees = rng.uniform(-25, 25)
    turned = card.rotate(degrees, Image.Resampling.BICUBIC, expand=True)
    margin = round(max(turned.size) * rng.uniform(0.05, 0.3))
    size = turned.width + 2 * margin, turned.height + 2 * margin
    table = ImageOps.fit(Image.fromarray(pick(rng, backgrounds)), size).filter(ImageFilter.GaussianBlur(2))
    shadow = Image.new("L", size)
    shadow.paste(turned.getchannel("A").point(lambda value: value // 2), (margin + edge // 2, margin + edge // 2))
    dark = ImageChops.multiply(table, Image.new("RGB", size, (70, 70, 70)))
    table = Image.composite(dark, table, shadow.filter(ImageFilter.GaussianBlur(8)))
    table.paste(turned, (margin, margin), turned)
    angle = np.radians(degrees)
    turn = np.array([[np.cos(angle), np.sin(angle), 0], [-np.sin(angle), np.cos(angle), 0], [0, 0, 1]])
    matrix = shifting(size[0] / 2, size[1] / 2) @ turn @ shifting(edge - card.width / 2, edge - card.height / 2)
    return edited.moved(np.asarray(table), matrix)


def halves(edited: Edited, rng: np.random.Generator, _: Sequence[RGB]) -> Edited:
    """Cut in two and joined the other way round; no single matrix says where things are."""
    side = int(rng.integers(2))
    shift = round(edited.picture.shape[side] * rng.uniform(0.35, 0.65))
    return edited.scattered(np.roll(edited.picture, shift, axis=side))


def smoothed(edited: Edited, rng: np.random.Generator, _: Sequence[RGB]) -> Edited:
    """Total variation denoising, then local histogram equalisation: the look of some phone filters."""
    calm = denoise_tv_chambolle(edited.picture, weight=float(rng.uniform(0.08, 0.25)), channel_axis=-1)  # type: ignore[no-untyped-call]
    vivid = equalize_adapthist(np.clip(calm, 0, 1), clip_limit=float(rng.uniform(0.01, 0.05)))
    return edited.recoloured((vivid * 255).astype(np.uint8))


def poster(edited: Edited, rng: np.random.Generator, _: Sequence[RGB]) -> Edited:
    """A promotion poster: the middle of the picture in a circle or a slanted band on one colour, with large type."""
    image = Image.fromarray(edited.picture)
    width, height = image.size
    mask = Image.new("L", image.size)
    draw = ImageDraw.Draw(mask)
    if rng.random() < 0.5:
        radius = min(width, height) * rng.uniform(0.38, 0.5)
        draw.ellipse([width / 2 - radius, height / 2 - radius, width / 2 + radius, height / 2 + radius], fill=255)
    else:
        lean, band = width * rng.uniform(0.05, 0.2), width * rng.uniform(0.3, 0.4)
        middle = width / 2
        corners = [(middle - band + lean, 0), (middle + band + lean, 0), (middle + band - lean, height)]
        draw.polygon([*corners, (middle - band - lean, height)], fill=255)
    paper = colour(rng)
    canvas = Image.composite(image, Image.new("RGB", image.size, paper), mask)
    ink = (0, 0, 0) if sum(paper) > 380 else (255, 255, 255)
    ImageDraw.Draw(canvas).text(
        (width * 0.04, height * 0.8), sentence(rng, 1, 3).upper(), fill=ink, font=font(height / 9)
    )
    return edited.scattered(np.asarray(canvas))


HELD_OUT: dict[str, Edit] = {
    "held-dither": edit(dither),
    "held-superpixels": edit(superpixels),
    "held-swirl": edit(swirl),
    "held-story": edit(story),
    "held-polaroid": edit(polaroid),
    "held-halves": edit(halves),
    "held-smoothed": edit(smoothed),
    "held-poster": edit(poster),
}
