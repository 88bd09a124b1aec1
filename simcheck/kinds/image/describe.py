"""What the index stores for a reference picture: hashes, short codes of local features, a vector, a thumbnail."""

from __future__ import annotations

import io
from collections.abc import Mapping
from typing import Any

import cv2
import numpy as np
from PIL import Image

from simcheck.index.base import Segment
from simcheck.index.lanes import codebook
from simcheck.kinds.base import Description, Media
from simcheck.kinds.image import features, hashes, tiles, views
from simcheck.kinds.image.look import Encode, Look

REFERENCE_SIDE, REFERENCE_COUNT = 400, 256
THUMBNAIL_SIDE = 400
THUMBNAIL_BYTES = 7_800
"""What a thumbnail may take, so that a reference stays under 24 kB with its codes and vector, stored twice."""
PHASH, PDQ, LOCAL, ENCODER = "image.phash", "image.pdq", "image.local", "image.encoder"
OUTLINES = "image.outlines"
FIRST_QUALITY, BEST_QUALITY, LEAST_QUALITY = 30, 85, 5
BYTES_OVER_QUALITY = 0.7
"""How the logarithm of a JPEG's bytes grows with that of its quality (on photographs: 0.68 between 20 and 50)."""

FEW_FEATURES = 12
SMALL_INK = 0.06
EVEN_GROUND = 1.0
"""How far apart the tones of the ground's tiles lie (standard deviation, grey values) up to which it is of one colour,
as behind a logo or a title: a sky has 5, a smooth one 1.3, and what flies in it is a picture."""


def describe(media: Media, encode: Encode) -> Description:
    """A segment for each frame, then one for each tile of a large still picture. ``encode`` turns uint8 RGB pictures
    into unit vectors (n, d)."""
    segments, signals = [], []
    for number, picture in enumerate(frames(media)):
        segment, seen = described(picture, encode, place(media.facts, number))
        segments.append(segment)
        signals.append(seen)
    best = max(signals, key=lambda s: (s["features"], s["ink"]))
    if len(segments) == 1:
        width, height = int(media.facts["width"]), int(media.facts["height"])
        for box in tiles.boxes(width, height):
            segment, seen = described(views.cut(picture, tiles.fractions(box, width, height)), encode, tiles.place(box))
            if weak_because(seen) is None:  # a blank corner would match every blank picture
                segments.append(segment)
    return Description(segments, weak_because(best), best)


def described(
    picture: np.ndarray, encode: Encode, where: Mapping[str, float | int]
) -> tuple[Segment, dict[str, float]]:
    """What is stored of one picture, uint8 RGB (h, w, 3), and what tells whether it can be compared at all."""
    look = Look(picture, encode)
    local = features.extract(features.scaled(look.grey, REFERENCE_SIDE), REFERENCE_COUNT)
    pdq, quality = look.pdq
    entries = {
        PHASH: look.phash[:1],
        PDQ: pdq[:1],
        LOCAL: codebook.encode(local),
        ENCODER: look.vector[None],
        OUTLINES: look.outline_hash[:1],
    }
    inked, ground = ink_and_ground(picture)
    seen = {"features": float(len(local)), "pdq_quality": float(quality), "ink": inked, "ground": ground}
    return Segment(entries, {"thumbnail": thumbnail(picture)}, where), seen


def frames(media: Media) -> list[np.ndarray]:
    """The frames of a picture in order: uint8 RGB (h, w, 3) each."""
    names = sorted((n for n in media.arrays if n.startswith("frame/")), key=lambda n: int(n.split("/")[1]))
    return [media.arrays[name] for name in names]


def place(facts: Mapping[str, Any], frame: int) -> dict[str, float | int]:
    """Where a frame stands in a moving picture: start and end in seconds; nothing for a still one."""
    times = facts.get("times")
    if not times:
        return {}
    start, end = times[frame]
    return {"start": float(start), "end": float(end)}


def thumbnail(picture: np.ndarray) -> bytes:
    """JPEG, longer side at most 400 pixels, nearly as good as 7.8 kB allow; smaller where even the least quality takes
    more. (WebP is 0.8 dB better in the same bytes, and takes four times as long: a sixth of all that `add` does.)"""
    small = Image.fromarray(hashes.shrunk(picture, THUMBNAIL_SIDE))
    data = jpeg(small, FIRST_QUALITY)
    fitting = FIRST_QUALITY * (THUMBNAIL_BYTES / len(data)) ** (1 / BYTES_OVER_QUALITY)
    quality = round(min(max(fitting, LEAST_QUALITY), BEST_QUALITY))
    data = jpeg(small, quality)
    while len(data) > THUMBNAIL_BYTES:
        if quality > LEAST_QUALITY:
            quality = max(LEAST_QUALITY, round(quality * 0.85))
        else:
            small = small.reduce(2)
        data = jpeg(small, quality)
    return data


def jpeg(picture: Image.Image, quality: int) -> bytes:
    stream = io.BytesIO()
    picture.save(stream, "JPEG", quality=quality, optimize=True)
    return stream.getvalue()


def ink_and_ground(picture: np.ndarray) -> tuple[float, float]:
    """Share of the picture's 16 x 16 tiles that are not of one colour, 0 to 1, and how far apart the tones of the
    others lie: the standard deviation of their mean grey values, 0 where there are none."""
    grey = cv2.cvtColor(cv2.resize(picture, (256, 256), interpolation=cv2.INTER_AREA), cv2.COLOR_RGB2GRAY)
    tiles = grey.reshape(16, 16, 16, 16).astype(np.float32)
    inked = tiles.std(axis=(1, 3)) > 3
    ground = tiles.mean(axis=(1, 3))[~inked]
    return float(inked.mean()), float(ground.std()) if len(ground) else 0.0


def weak_because(signals: dict[str, float]) -> str | None:
    """One sentence where the picture would match too much, or could never be told from others; else None."""
    if signals["ink"] == 0:
        return "The picture is blank: every blank picture would match it."
    if signals["features"] < FEW_FEATURES:
        return f"The picture has only {signals['features']:.0f} details that can be compared."
    if signals["ink"] < SMALL_INK and signals["ground"] < EVEN_GROUND:
        return (
            "Nearly all of the picture is of one colour, as a bare logo is: it would match every work that carries it."
        )
    return None
