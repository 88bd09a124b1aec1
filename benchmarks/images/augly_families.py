"""Edits of AugLy (Papakipos and Bitton 2022), where it is installed: only measured, like ``held_out``.

``pip install augly`` without its extra ``image``, which asks for a Pillow older than Python 3.11. Its meme and
perspective edits call functions that today's Pillow and numpy no longer have; those are left out here.
"""

from __future__ import annotations

from collections.abc import Sequence
from importlib import import_module
from importlib.util import find_spec
from typing import Any

import numpy as np
from PIL import Image

from benchmarks.images.edits.base import RGB, Edit, Edited, cropped, edit, pick


def available() -> bool:
    return find_spec("augly") is not None


def _augly() -> Any:
    return import_module("augly.image")


def emoji(edited: Edited, rng: np.random.Generator, _: Sequence[RGB]) -> Edited:
    """One of AugLy's emoji, up to 60 % of the height."""
    image = _augly().overlay_emoji(
        Image.fromarray(edited.picture),
        opacity=float(rng.uniform(0.6, 1)),
        emoji_size=float(rng.uniform(0.2, 0.6)),
        x_pos=float(rng.uniform(0.0, 0.6)),
        y_pos=float(rng.uniform(0.0, 0.6)),
    )
    return edited.recoloured(np.asarray(image.convert("RGB")))


def stripes(edited: Edited, rng: np.random.Generator, _: Sequence[RGB]) -> Edited:
    """Slanted stripes that hide up to 40 % of the picture."""
    image = _augly().overlay_stripes(
        Image.fromarray(edited.picture),
        line_width=float(rng.uniform(0.15, 0.4)),
        line_color=tuple(int(value) for value in rng.integers(0, 256, 3)),
        line_angle=float(rng.uniform(-90, 90)),
        line_density=float(rng.uniform(0.3, 0.6)),
        line_opacity=float(rng.uniform(0.6, 1.0)),
    )
    return edited.recoloured(np.asarray(image.convert("RGB")))


def screenshot(edited: Edited, _rng: np.random.Generator, _: Sequence[RGB]) -> Edited:
    """In AugLy's screenshot of a web page; where exactly, it does not say."""
    image = _augly().overlay_onto_screenshot(Image.fromarray(edited.picture))
    return edited.scattered(np.asarray(image.convert("RGB")))


def shuffled(edited: Edited, rng: np.random.Generator, _: Sequence[RGB]) -> Edited:
    """Five to 25 % of the pixels exchanged at random."""
    image = _augly().shuffle_pixels(
        Image.fromarray(edited.picture), factor=float(rng.uniform(0.05, 0.25)), seed=int(rng.integers(1000))
    )
    return edited.recoloured(np.asarray(image.convert("RGB")))


def onto_background(edited: Edited, rng: np.random.Generator, backgrounds: Sequence[RGB]) -> Edited:
    """Half-transparent on another picture, at 40 to 70 % of its sides."""
    image = _augly().overlay_onto_background_image(
        Image.fromarray(edited.picture),
        background_image=Image.fromarray(pick(rng, backgrounds)),
        opacity=float(rng.uniform(0.75, 1.0)),
        overlay_size=float(rng.uniform(0.4, 0.7)),
        x_pos=float(rng.uniform(0.0, 0.3)),
        y_pos=float(rng.uniform(0.0, 0.3)),
        scale_bg=True,
    )
    return edited.scattered(np.asarray(image.convert("RGB")))


def jitter_and_crop(edited: Edited, rng: np.random.Generator, _: Sequence[RGB]) -> Edited:
    """Brightness, contrast and saturation changed, then the middle 60 % of the sides, sharpened."""
    lib = _augly()
    image = lib.color_jitter(
        Image.fromarray(edited.picture),
        brightness_factor=float(rng.uniform(0.6, 1.5)),
        contrast_factor=float(rng.uniform(0.6, 1.6)),
        saturation_factor=float(rng.uniform(0.2, 2.0)),
    )
    edited = edited.recoloured(np.asarray(lib.sharpen(image, factor=float(rng.uniform(1, 8))).convert("RGB")))
    width, height = edited.size
    return cropped(edited, (width // 5, height // 5, width * 3 // 5, height * 3 // 5))


AUGLY: dict[str, Edit] = {
    "augly-emoji": edit(emoji),
    "augly-stripes": edit(stripes),
    "augly-screenshot": edit(screenshot),
    "augly-shuffled": edit(shuffled),
    "augly-background": edit(onto_background),
    "augly-jitter-crop": edit(jitter_and_crop),
}
