"""Edits of different sorts after each other, in the order in which people do them."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from benchmarks.images.edits import codec, degrade, drawn, geometry, layout, overlay, rerender, tone
from benchmarks.images.edits.base import RGB, Edited, Step

SORTS: tuple[tuple[Step, ...], ...] = (
    (tone.grey, tone.grade, tone.duotone, tone.exposure, drawn.stylise),
    (geometry.flip, geometry.turn(3, 15), geometry.perspective, geometry.crop(0.4, 0.75), codec.squeeze),
    (overlay.text, overlay.emoji, overlay.logo, overlay.watermark, overlay.scribble),
    (layout.border, layout.meme, layout.screenshot, layout.letterbox, layout.paste(0.35, 0.6), layout.filmed),
    (codec.jpeg, codec.reupload, degrade.noise, degrade.blur),
)

PLACES: tuple[Step, ...] = (
    *(geometry.crop(0.09, 0.2), geometry.crop(0.2, 0.55), geometry.turn(3, 18), geometry.perspective, geometry.flip),
    *(layout.paste(0.09, 0.2), layout.paste(0.2, 0.55), layout.border, layout.screenshot, layout.collage(2)),
)
LOSSES: tuple[Step, ...] = (
    *(degrade.blur, degrade.pixelate, degrade.noise, codec.jpeg, codec.squeeze, tone.posterise, tone.duotone),
    *(drawn.stylise, drawn.cartoon, rerender.painterly, rerender.elastic, rerender.remap),
)


def place_and_loss(edited: Edited, rng: np.random.Generator, backgrounds: Sequence[RGB]) -> Edited:
    """A part of the picture, or the picture at another place, and then less of it."""
    return _one_of_each((PLACES, LOSSES), edited, rng, backgrounds)


def heavy(edited: Edited, rng: np.random.Generator, backgrounds: Sequence[RGB]) -> Edited:
    """One edit of each of four sorts."""
    sorts = [SORTS[number] for number in sorted(rng.permutation(len(SORTS))[:4])]
    return _one_of_each(sorts, edited, rng, backgrounds)


def _one_of_each(
    sorts: Sequence[Sequence[Step]], edited: Edited, rng: np.random.Generator, backgrounds: Sequence[RGB]
) -> Edited:
    for steps in sorts:
        edited = steps[int(rng.integers(len(steps)))](edited, rng, backgrounds)
    return edited
