"""A picture of the distributions: scores of unrelated outputs and of copies, and the thresholds between them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np
from PIL import Image, ImageDraw, ImageFont

from simcheck.calibration.thresholds import EDGE, log_odds

SIZE = (960, 420)
LEFT, RIGHT, TOP, BOTTOM = 50, 930, 60, 350
BINS = 48
TICKS = (1e-6, 1e-4, 0.01, 0.1, 0.5, 0.9, 0.99, 0.9999, 1 - 1e-6)
COLOURS = {"negatives": (70, 110, 200), "positives": (215, 120, 40)}


def draw(path: Path, groups: Mapping[str, Sequence[float]], thresholds: Mapping[str, float]) -> None:
    """Write a PNG. ``groups``: scores by name (``negatives``, ``positives``), each drawn as shares of its own number;
    ``thresholds``: lines by name. The axis is the log-odds, so that both ends can be read. Raises OSError."""
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
            top = BOTTOM - part / tallest * (BOTTOM - TOP)
            if part > 0:
                pen.rectangle((left, top, left + (RIGHT - LEFT) / BINS - 1, BOTTOM), fill=(*COLOURS[name], 130))
    pen.line((LEFT, BOTTOM, RIGHT, BOTTOM), fill="black")
    for tick in TICKS:
        pen.line((across(tick), BOTTOM, across(tick), BOTTOM + 5), fill="black")
        pen.text((across(tick), BOTTOM + 8), f"{tick:.6g}", fill="black", font=font, anchor="ma")
    for number, (name, score) in enumerate(thresholds.items()):
        pen.line((across(score), TOP - 10, across(score), BOTTOM), fill=(180, 0, 0), width=2)
        pen.text(
            (across(score) - 5, TOP - 12 + 18 * number), f"{name} {score:.6g}", fill=(180, 0, 0), font=font, anchor="ra"
        )
    for number, (name, scores) in enumerate(groups.items()):
        pen.rectangle((LEFT + 170 * number, 14, LEFT + 170 * number + 14, 28), fill=(*COLOURS[name], 130))
        pen.text((LEFT + 170 * number + 20, 13), f"{name} ({len(scores)})", fill="black", font=font)
    pen.text(((LEFT + RIGHT) / 2, BOTTOM + 34), "best score of an output", fill="black", font=font, anchor="ma")
    image.save(path, format="PNG")
