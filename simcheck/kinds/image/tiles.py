"""Parts of a large reference that are stored by themselves: a thumbnail of the whole keeps too little of them.

A thumbnail has 400 pixels on its longer side, so a crop to a fiftieth of a photograph of twelve megapixels, which is a
picture of 640 pixels by itself, is 57 pixels wide in it. A picture of more than four megapixels is stored whole and in
overlapping tiles: two by two, or, where it is long (a comic strip, a panorama), one beside the other. Each takes as
many bytes as a small reference does. The place of such a segment has ``x``, ``y``, ``width`` and ``height``, in pixels
of the upright whole.
"""

from __future__ import annotations

from collections.abc import Mapping

from simcheck.kinds.image.geometry import Box

LEAST_PIXELS = 4_000_000
"""Full size from which a reference is stored in tiles too."""
LONG = 2.5
"""Longer by shorter side from which the tiles lie in one line."""
MOST_IN_LINE = 6

PixelBox = tuple[int, int, int, int]
"""x, y, width, height in pixels of the upright picture."""


def boxes(width: int, height: int) -> list[PixelBox]:
    """The tiles of a picture of this full size, none where it is small."""
    if width * height < LEAST_PIXELS:
        return []
    long = max(width, height) / min(width, height)
    if long < LONG:
        across = down = 2
    else:
        line = min(round(1.25 * long - 0.5), MOST_IN_LINE)  # each a fifth longer than the picture is high
        across, down = (line, 1) if width > height else (1, line)
    return [(x, y, w, h) for y, h in _cuts(height, down) for x, w in _cuts(width, across)]


def _cuts(length: int, parts: int) -> list[tuple[int, int]]:
    """Start and length of equal parts of a line. Neighbours share a third: what is no larger lies whole in one."""
    part = round(3 * length / (2 * parts + 1))
    return [(round((length - part) * number / max(parts - 1, 1)), part) for number in range(parts)]


def fractions(box: PixelBox, width: int, height: int) -> Box:
    """The same box in fractions of the picture's longer side, as `geometry` has them."""
    longer = max(width, height)
    x, y, w, h = box
    return x / longer, y / longer, (x + w) / longer, (y + h) / longer


def place(box: PixelBox) -> dict[str, float | int]:
    """What a segment says of itself."""
    return dict(zip(("x", "y", "width", "height"), box, strict=True))


def box_of(where: Mapping[str, float | int], facts: Mapping[str, float | int]) -> PixelBox:
    """What a segment with this place shows of a picture with these facts: a tile, else the whole."""
    if is_tile(where):
        return int(where["x"]), int(where["y"]), int(where["width"]), int(where["height"])
    return 0, 0, int(facts["width"]), int(facts["height"])


def is_tile(where: Mapping[str, float | int]) -> bool:
    """Whether a segment with this place is a tile."""
    return "width" in where
