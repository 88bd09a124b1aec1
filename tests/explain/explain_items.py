"""Items to explain, made here: a report, the output's pixels, a stored thumbnail."""

from __future__ import annotations

import io
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from PIL import Image

from simcheck.explain import ExplainItem
from simcheck.index.base import StoredReference, StoredSegment
from simcheck.kinds.base import Media
from simcheck.reference import Reference
from simcheck.report import (
    Coverage,
    Decision,
    Fault,
    IndexState,
    Match,
    Output,
    Place,
    PolicyState,
    ReferenceSummary,
    Region,
    Report,
)

Box = tuple[int, int, int, int]
ID = "01M82YMAM6HRDKM1VVHVPMZWY3"


def thumbnail(picture: np.ndarray, format: str = "WEBP", side: int = 400) -> bytes:
    out = io.BytesIO()
    small = Image.fromarray(picture)
    small.thumbnail((side, side))
    small.save(out, format, quality=90)
    return out.getvalue()


def media(picture: np.ndarray) -> Media:
    height, width = picture.shape[:2]
    return Media("image", {"width": width, "height": height, "frames": 1}, {"frame/0": picture})


def stored(picture: np.ndarray, format: str = "WEBP", **about: Any) -> StoredReference:
    height, width = picture.shape[:2]
    reference = Reference(
        id=ID,
        kind="image",
        sha256="0" * 64,
        bytes=1,
        added_at="2026-11-22T21:00:00Z",
        **({"name": "harbour.jpg"} | about),
    )
    segment = StoredSegment(0, {}, {}, {"thumbnail": thumbnail(picture, format)})
    return StoredReference(reference, {"width": width, "height": height}, (segment,))


def match(boxes: Sequence[tuple[Box, Box]], signals: Mapping[str, Any] | None = None, **changes: Any) -> Match:
    about = {name: changes.pop(name) for name in ("name", "title", "creator", "licence", "tags") if name in changes}
    values: dict[str, Any] = {
        "reference": ReferenceSummary(id=ID, kind="image", **({"name": "harbour.jpg"} | about)),
        "score": 0.998,
        "type": "partial",
        "decision": "block",
        "rule": "image.block",
        "coverage": Coverage(output=0.46, reference=0.94),
        "regions": tuple(Region(output=Place(box=here), reference=Place(box=there)) for here, there in boxes),
        "signals": dict(signals or {"cosine": 0.71, "inliers": 143}),
    }
    return Match(**(values | changes))


def report(*matches: Match, decision: Decision = "block", path: str = "out/a.png", **changes: Any) -> Report:
    values: dict[str, Any] = {
        "id": "01J0000000000000000000000A",
        "checked_at": "2026-11-22T21:00:00Z",
        "elapsed_ms": 84,
        "output": Output(path=path, sha256="ab" * 32, bytes=12345, kind="image", width=400, height=300),
        "decision": decision,
        "reason": "Repeats “Starry harbour” (94 % of it).",
        "score": matches[0].score if matches else 0.0,
        "matches": matches,
        "index": IndexState(revision=812, references=25000),
        "policy": PolicyState(name="default", version=1, hash="sha256:" + "cd" * 32),
        "models": {"image": "simcheck-image-2"},
    }
    return Report(**(values | changes))


def unchecked(path: str = "out/bad.png") -> ExplainItem:
    fault = Fault(code="unreadable", message="bad.png: The picture (PNG) is damaged.")
    return ExplainItem(report(decision="unchecked", path=path, reason=fault.message, score=None, error=fault))


def patches(width: int, height: int, seed: int = 3) -> np.ndarray:
    """A picture of large patches in different colours, with no symmetry."""
    rng = np.random.default_rng(seed)
    small = rng.integers(0, 255, (6, 8, 3), dtype=np.uint8)
    return np.asarray(Image.fromarray(small).resize((width, height), Image.Resampling.BICUBIC))
