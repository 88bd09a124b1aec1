"""The signals of a match between two texts, and the terms of evidence that the score model reads.

| signal | meaning |
|---|---|
| `verbatim_characters`, `verbatim_words` | the longest run that is equal word by word, as it stands in the output |
| `verbatim_bits` | what this run tells; 30 rare words about 250, a common phrase of the same length a third of that |
| `copied_words` | words of the output that stand in the reference, in passages |
| `bits` | what the best passage tells |
| `words` | words of the output |
| `passages` | how many there are |
| `quoted_passages` | how many of these are marked quotations; where there are others, what stands above is of those |
| `quoted` | share of the words of all passages that stand in marked quotations |
| `boilerplate` | share of the passages that are boilerplate and were left out |
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any


def evidence(signals: Mapping[str, Any]) -> dict[str, float]:
    """``bits`` of the best passage, less those that a longer output finds by chance (log2 of its words)."""
    return {"bits": signals["bits"] - math.log2(max(signals["words"], 1))}
