"""Pictures as they stand inside a page: data URIs, so that nothing is fetched."""

from __future__ import annotations

import base64
import io
from collections.abc import Mapping
from typing import Any

import numpy as np

from simcheck.decode.sniff import sniff

_SHOWN = frozenset({"webp", "jpeg", "png"})
"""What every browser shows; a stored thumbnail of anything else is left out."""


def embedded(frame: np.ndarray, side: int, quality: int = 80) -> str:
    """A frame (uint8 RGB) as WebP in a data URI, at most ``side`` pixels on the longer side."""
    from PIL import Image

    picture = Image.fromarray(frame)
    picture.thumbnail((side, side), Image.Resampling.BICUBIC, reducing_gap=1.25)
    out = io.BytesIO()
    picture.save(out, "WEBP", quality=quality, method=2)
    return data_uri("webp", out.getvalue())


def stored_picture(evidence: Mapping[str, bytes]) -> str | None:
    """A segment's stored thumbnail in a data URI; None where there is none that a browser shows."""
    data = evidence.get("thumbnail", b"")
    name = sniff(data).format
    return data_uri(name, data) if name in _SHOWN else None


def data_uri(format: str, data: bytes) -> str:
    return f"data:image/{format};base64,{base64.b64encode(data).decode()}"


def sides(facts: Mapping[str, Any]) -> tuple[int, int] | None:
    """Width and height of the upright picture in pixels, where the facts have them."""
    width, height = facts.get("width"), facts.get("height")
    if not isinstance(width, int) or not isinstance(height, int) or min(width, height) <= 0:
        return None
    return width, height
