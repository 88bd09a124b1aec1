"""A picture of the distributions: scores of unrelated outputs and of copies, and the thresholds between them, those
proposed with their intervals and those in use."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np
from PIL import Image, ImageDraw, ImageFont

from simcheck.calibration.thresholds import EDGE, Threshold, log_odds

SIZE = (960, 480)
LEFT, RIGHT, TOP, BOTTOM = 50, 930, 130, 410
LABELS, ROW = 44, 20
"""Where the first label of a line stands, and how far below it the next."""
LEAST = 3
"""A bar is so many pixels high at least: one output of thousands is what a threshold is about."""
BINS = 48
AXIS = "best score of an output; those without any match stand at the left end"
TICKS = (1e-6, 1e-4, 0.01, 0.1, 0.5, 0.9, 0.99, 0.9999, 1 - 1e-6)
PROPOSED, PRESENT = (180, 0, 0), (110, 110, 110)
COLOURS = {"negatives": (70, 110, 200), "positives": (215, 120, 40)}


def draw(
    path: Path,
    groups: Mapping[str, Sequence[float]],
    proposed: Mapping[str, Threshold],
    present: Mapping[str, float],
) -> None:
    """Write a PNG. ``groups``: scores by name (``negatives``, ``positives``), each drawn as shares of its own number;
    ``proposed`` and ``present``: thresholds by name. The axis is the log-odds, so that both ends can be read. Raises
    OSError."""
    image = Image.new("RGB", SIZE, "white")
    pen = ImageDraw.Draw(image, "RGBA")
    font = ImageFont.load_default(14)
    low, high = log_odds([EDGE])[0], log_odds([1 - EDGE])[0]

    def across(score: float) -> float:
        return float(LEFT + (log_odds([score])[0] - low) / (high - low) * (RIGHT - LEFT))

    shares = {
        name: np.histogram(log_odds(scores), BINS, (low, high))[0] / max(len(scores), 1)
        for name, scores in groups.items()
    }
    tallest = max((float(one.max()) for one in shares.values()), default=0) or 1.0
    for name, share in shares.items():
        for number, part in enumerate(share):
            left = LEFT + number * (RIGHT - LEFT) / BINS
            if part > 0:
                top = min(BOTTOM - part / tallest * (BOTTOM - TOP), BOTTOM - LEAST)
                pen.rectangle((left, top, left + (RIGHT - LEFT) / BINS - 1, BOTTOM), fill=(*COLOURS[name], 130))
    pen.line((LEFT, BOTTOM, RIGHT, BOTTOM), fill="black")
    for tick in TICKS:
        pen.line((across(tick), BOTTOM, across(tick), BOTTOM + 5), fill="black")
        pen.text((across(tick), BOTTOM + 8), f"{tick:.6g}", fill="black", font=font, anchor="ma")
    for one in proposed.values():
        pen.rectangle((across(one.low), TOP, across(one.high), BOTTOM), fill=(*PROPOSED, 25))
    lines = [(one.score, f"{name} proposed {one.score:.6g}", PROPOSED) for name, one in proposed.items()]
    lines += [(score, f"{name} in use {score:.6g}", PRESENT) for name, score in present.items()]
    # A label stands left of its line, above where the lines further left begin.
    for number, (score, label, colour) in enumerate(sorted(lines, reverse=True)):
        top = LABELS + number * ROW
        pen.line((across(score), top, across(score), BOTTOM), fill=colour, width=2)
        pen.text((across(score) - 6, top - 2), label, fill=colour, font=font, anchor="ra")
    for number, (name, scores) in enumerate(groups.items()):
        pen.rectangle((LEFT + 170 * number, 14, LEFT + 170 * number + 14, 28), fill=(*COLOURS[name], 130))
        pen.text((LEFT + 170 * number + 20, 13), f"{name} ({len(scores)})", fill="black", font=font)
    pen.text(((LEFT + RIGHT) / 2, BOTTOM + 34), AXIS, fill="black", font=font, anchor="ma")
    image.save(path, format="PNG")
