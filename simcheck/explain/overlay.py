"""How a reference is laid onto an output: pure geometry on boxes and signals."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

Box = tuple[float, float, float, float]
Affine = tuple[float, float, float, float, float, float]
"""a, b, c, d, e, f as SVG writes ``matrix``: x' = a x + c y + e, y' = b x + d y + f."""

_STRAIGHT = 3.0
"""Degrees up to which a turn is none: boxes then tell both scales better than an angle does."""
_MARGIN = 0.08


def affine(reference: Box, output: Box, signals: Mapping[str, Any]) -> Affine:
    """From pixels of the reference to pixels of the output.

    ``signals["transform"]``, where the match has it, is the verified transform: a, b, c, d, e, f. Otherwise box is laid
    onto box (x, y, width, height), turned by ``turn`` degrees clockwise and mirrored where the signals say so.
    """
    given = signals.get("transform")
    if isinstance(given, list | tuple) and len(given) == 6 and all(isinstance(n, int | float) for n in given):
        a, b, c, d, e, f = (float(number) for number in given)
        if all(map(math.isfinite, (a, b, c, d, e, f))):
            return a, b, c, d, e, f
    turn = float(signals.get("turn") or 0.0)
    across, down = _scales(reference, output, turn)
    if signals.get("mirrored"):
        across = -across
    cos, sin = math.cos(math.radians(turn)), math.sin(math.radians(turn))
    a, b, c, d = cos * across, sin * across, -sin * down, cos * down
    x, y = reference[0] + reference[2] / 2, reference[1] + reference[3] / 2
    return a, b, c, d, output[0] + output[2] / 2 - a * x - c * y, output[1] + output[3] / 2 - b * x - d * y


def _scales(reference: Box, output: Box, turn: float) -> tuple[float, float]:
    """Along the reference's width and height. Boxes stand upright on both sides, so only at right angles do their sides
    say both scales; in between one scale is taken, with which the turned box has the output box's area about it."""
    quarter = abs(turn) % 180
    if min(quarter, 180 - quarter) <= _STRAIGHT:
        return output[2] / reference[2], output[3] / reference[3]
    if abs(quarter - 90) <= _STRAIGHT:
        return output[3] / reference[2], output[2] / reference[3]
    cos, sin = abs(math.cos(math.radians(turn))), abs(math.sin(math.radians(turn)))
    width, height = reference[2] * cos + reference[3] * sin, reference[2] * sin + reference[3] * cos
    scale = math.sqrt(output[2] / width * output[3] / height)
    return scale, scale


def window(box: Box, width: float, height: float) -> Box:
    """The part of a picture worth showing around a box: a margin of 8 % of its longer side, inside the picture."""
    margin = _MARGIN * max(box[2], box[3])
    left, top = max(box[0] - margin, 0.0), max(box[1] - margin, 0.0)
    right, bottom = min(box[0] + box[2] + margin, width), min(box[1] + box[3] + margin, height)
    return left, top, max(right - left, 1.0), max(bottom - top, 1.0)
