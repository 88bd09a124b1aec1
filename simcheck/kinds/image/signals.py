"""The signals of a match between two pictures, and the terms of evidence that the score model reads.

| signal | meaning |
|---|---|
| `cosine` | encoder's cosine of the best pair of views, −1 to 1; null where the encoder did not nominate the work |
| `pdq_distance` | bits of 256 that differ, best of eight turns and flips |
| `phash_distance` | bits of 64 that differ, likewise |
| `votes` | weight of the local features' votes |
| `inliers` | distinct places whose local features agree on one transform |
| `correlation` | of the aligned grey values inside the matched region, −1 to 1 |
| `detail` | the same without the low frequencies |
| `agreement` | share of the textured overlap whose aligned pixels agree, 0 to 1 |
| `blocks` | how many textured blocks agree (at most 324) |
| `coverage_output` | share of the output's area that is copied |
| `coverage_reference` | share of the reference's area that reappears |
| `mirrored` | true where the copy is mirrored |
| `negative` | true where its tones are inverted |
| `turn` | degrees by which the copy is turned, clockwise, −180 to 180 |
| `scale` | size of the copy in the output: its longer side as a share of the output's, for the whole reference |
| `aligned_by` | `features`, or `whole` where the transform is the hashes' or the encoder's guess |
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

CHANCE_INLIERS = 4
"""Unrelated pictures reach so many easily."""
UNLIKE = 0.25
"""Cosine up to which the encoder says nothing: pictures of strangers reach 0.35 at most, most stay far below."""
SMALLEST = 0.018
"""Coverage (e to the −4) below which a shared part is as good as nothing."""


def evidence(signals: Mapping[str, Any]) -> dict[str, float]:
    """The terms of evidence, each growing with the likelihood of a copy, from a match's signals."""
    correlation, detail = max(signals["correlation"], 0.0), max(signals["detail"], 0.0)
    share = signals["agreement"]
    covered = max(signals["coverage_output"], signals["coverage_reference"], SMALLEST)
    inliers = math.log1p(max(signals["inliers"] - CHANCE_INLIERS, 0))
    return {
        "correlation": correlation,
        "detail": detail,
        "blocks": math.log1p(signals["blocks"]),
        "share": share,
        "same": max(0.0, min((share - 0.75) / 0.25, detail)),
        "covered": math.log(covered / SMALLEST),
        "most": ramp(covered, 0.25, 0.6),
        "repeated": covered * share,
        "placed": inliers * ramp(covered, 0.3, 0.8),
        "pdq": max(0.0, 1 - signals["pdq_distance"] / 100),
        "phash": max(0.0, 1 - signals["phash_distance"] / 20),
        "cosine": max(0.0, (signals["cosine"] or 0.0) - UNLIKE),
    }


def ramp(value: float, low: float, high: float) -> float:
    """0 up to ``low``, 1 from ``high``."""
    return min(max((value - low) / (high - low), 0.0), 1.0)
