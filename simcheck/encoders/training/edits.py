"""The edited view of a training picture: what a copy looks like when it is found.

The recipe follows SSCD (Pizzi et al. 2022) and the winners of the Image Similarity Challenge 2021, with
re-rendering added: most of what hides a copy from alignment is a picture drawn anew.
All random choices come from the generator that is passed in: equal seeds give equal views.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial

import numpy as np

from simcheck.encoders.training import edits_colour as light
from simcheck.encoders.training import edits_geometry as geometry
from simcheck.encoders.training import edits_overlay as overlay
from simcheck.encoders.training import edits_redraw as redraw
from simcheck.encoders.training.edits_base import Edit, Picture, Random, chance, draw_one, pick

_QUALITY: tuple[tuple[float, Edit], ...] = (
    (0.18, light.blur),
    (0.08, light.noise),
    (0.06, light.pixelate),
    (0.04, light.sharpen),
)
_COLOUR: tuple[tuple[float, Edit], ...] = (
    (0.38, light.jitter),
    (0.14, light.grade),
    (0.06, light.hue),
    (0.06, light.duotone),
    (0.08, light.grey),
    (0.04, light.equalise),
    (0.06, light.relight),
    (0.02, light.invert),
    (0.02, light.solarise),
)
_REDRAW: tuple[tuple[float, Edit], ...] = (
    (0.34, redraw.drawing),
    (0.14, redraw.cartoon),
    (0.18, redraw.smooth),
    (0.14, redraw.strokes),
    (0.07, redraw.mosaic),
    (0.06, light.posterise),
    (0.07, redraw.detail),
)
_WARP: tuple[tuple[float, Edit], ...] = (
    (0.14, geometry.quarter_turn),
    (0.24, geometry.turn),
    (0.12, geometry.perspective),
    (0.06, partial(geometry.turn, most=180.0)),
    (0.12, geometry.elastic),
    (0.05, geometry.squeeze_parts),
    (0.04, geometry.wave),
)


def query(rng: Random, picture: Picture, others: Sequence[Picture], size: int) -> tuple[Picture, bool]:
    """An edited view, uint8, (size, size, 3), and whether some of ``others`` (at least one) can be seen in it."""
    hard = chance(rng, 0.8)
    out = (
        geometry.crop(rng, picture, 0.12 if hard else 0.4, size) if chance(rng, 0.6) else geometry.squash(picture, size)
    )
    if chance(rng, 0.4):
        out = geometry.mirror(rng, out)
    if chance(rng, 0.6):
        out = draw_one(rng, _WARP, out)
    redrawn = hard and chance(rng, 0.3)
    if redrawn and chance(rng, 0.25):
        out = redraw.replace_part(rng, out, others[0])
    out = draw_one(rng, _COLOUR, out)
    if chance(rng, 0.05):
        out = light.borrow_colours(rng, out, others[0])
    if redrawn:
        out = draw_one(rng, _REDRAW, out)
    mixed = False
    if hard and not (redrawn and chance(rng, 0.7)):
        out, mixed = _put_together(rng, out, others)
    out = draw_one(rng, _QUALITY, out)
    if chance(rng, 0.35):
        out = light.jpeg(rng, out)
    return np.ascontiguousarray(out), mixed


def _put_together(rng: Random, picture: Picture, others: Sequence[Picture]) -> tuple[Picture, bool]:
    kind = rng.random()
    if kind < 0.42:
        with_one: Sequence[Callable[[Random, Picture, Picture], Picture]] = (
            overlay.paste_onto,
            overlay.paste_onto,
            overlay.paste_over,
            overlay.ghost,
        )
        if chance(rng, 0.2):
            return overlay.collage(rng, picture, others), True
        return pick(rng, with_one)(rng, picture, others[0]), True
    alone: tuple[tuple[float, Edit], ...] = (
        (0.20, overlay.border),
        (0.16, overlay.text),
        (0.12, overlay.shapes),
        (0.12, overlay.meme),
        (0.14, overlay.screenshot),
        (0.10, light.screen),
    )
    return draw_one(rng, alone, picture), False
