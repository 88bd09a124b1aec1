"""A heavy mix of four edits of different sorts, in the order in which people do them."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from benchmarks.images.edits import codec, degrade, drawn, geometry, layout, overlay, tone
from benchmarks.images.edits.base import RGB, Edited, Step

SORTS: tuple[tuple[Step, ...], ...] = (
    (tone.grey, tone.grade, tone.duotone, tone.exposure, drawn.stylise),
    (geometry.flip, geometry.turn(3, 15), geometry.perspective, geometry.crop(0.4, 0.75), codec.squeeze),
    (overlay.text, overlay.emoji, overlay.logo, overlay.watermark, overlay.scribble),
    (layout.border, layout.meme, layout.screenshot, layout.letterbox, layout.paste(0.35, 0.6), layout.filmed),
    (codec.jpeg, codec.reupload, degrade.noise, degrade.blur),
)


def heavy(edited: Edited, rng: np.random.Generator, backgrounds: Sequence[RGB]) -> Edited:
    """One edit of each of four sorts."""
    for sort in sorted(rng.permutation(len(SORTS))[:4]):
        steps = SORTS[sort]
        edited = steps[int(rng.integers(len(steps)))](edited, rng, backgrounds)
    return edited
