"""What a viewer sees: colours through the file's own profile, as every browser shows them.

A profile decides what a picture looks like: without it, CMYK is a guess, and a picture whose profile swaps channels
would be checked in other colours than it is published in. Most files carry sRGB or something that cannot be told from
it; those are recognised by what their profile does to a lattice of colours, not by its name, and left as they are.
"""

from __future__ import annotations

import functools
import io

import numpy as np
from PIL import Image, ImageCms

_SPACES = {"L": "GRAY", "RGB": "RGB ", "CMYK": "CMYK"}
_SAME = 6
"""Levels of 255. A profile that moves no colour of the lattice further than this is taken for sRGB: the variants of
sRGB in circulation differ by up to 3 levels, Adobe RGB, Display P3 and ProPhoto by more than 30."""


def to_srgb(picture: Image.Image, profile: bytes | None, gamma: float | None = None) -> Image.Image:
    """An RGB picture (no alpha) in sRGB. ``picture``: mode L, RGB or CMYK. A profile that is damaged or of another
    colour space is ignored, as viewers do. ``gamma``: of a PNG without profile (its gAMA chunk), about 0.455 where it
    changes nothing."""
    transform = _transform(profile, picture.mode) if profile else None
    if transform is not None:
        return ImageCms.applyTransform(picture, transform) or picture
    plain = picture if picture.mode == "RGB" else picture.convert("RGB")
    if not gamma or gamma < 0 or abs(_SCREEN * gamma - 1) < _SAME_GAMMA:
        return plain
    curve = 255 * (np.arange(256) / 255) ** (1 / (_SCREEN * gamma))
    return plain.point(np.rint(curve).astype(int).tolist() * 3)


_SCREEN, _SAME_GAMMA = 2.2, 0.05
"""The exponent of an sRGB screen, and the difference that libpng's own threshold lets pass (PNG_GAMMA_THRESHOLD)."""


@functools.lru_cache(maxsize=16)
def _transform(profile: bytes, mode: str) -> ImageCms.ImageCmsTransform | None:
    """From the profile to sRGB, or None where it is unusable or changes nothing to speak of."""
    try:
        source = ImageCms.ImageCmsProfile(io.BytesIO(profile))
        if source.profile.xcolor_space != _SPACES[mode]:
            return None
        target = ImageCms.createProfile("sRGB")
        transform = ImageCms.buildTransform(source, target, mode, "RGB", ImageCms.Intent.RELATIVE_COLORIMETRIC)
        if mode == "CMYK":
            return transform
        lattice = _lattice(mode)
        seen = np.asarray(ImageCms.applyTransform(lattice, transform), np.int16)
    except (ImageCms.PyCMSError, OSError, ValueError, TypeError):
        return None
    return None if np.abs(seen - np.asarray(lattice.convert("RGB"), np.int16)).max() <= _SAME else transform


def _lattice(mode: str) -> Image.Image:
    """729 colours spread over the cube, or all 256 greys."""
    if mode == "L":
        return Image.fromarray(np.arange(256, dtype=np.uint8)[None])
    steps = np.linspace(0, 255, 9).astype(np.uint8)
    cube = np.stack(np.meshgrid(steps, steps, steps, indexing="ij"), axis=-1).reshape(27, 27, 3)
    return Image.fromarray(np.ascontiguousarray(cube))
