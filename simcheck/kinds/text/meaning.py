"""From passages that say the same to what the report says: regions, shares, signals, type and score."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from simcheck.calibration import ScoreModel
from simcheck.kinds.base import Finding
from simcheck.kinds.text import origin
from simcheck.kinds.text.describe import StoredText, Visible
from simcheck.kinds.text.language import language_of
from simcheck.kinds.text.paraphrase import STEP_BITS, MeaningPassage
from simcheck.kinds.text.words import Words, words_of
from simcheck.report import Coverage, MatchType, Place, Region

SHOWN = 500
"""Code points of a passage that a report carries (CONTRACT)."""
LEAST_EXCESS = 6.0
"""Bits beyond what the search through both texts gives by chance, of a passage that is told."""
MOST_EXCESS, MOST_EACH = 12.0, 14.0
"""More bits, in all and for each sentence, say no more: whether two passages mean the same is then for the cosine to
say."""
LONGEST = 2_000
"""Characters of a passage by which its language is told."""


@dataclass(frozen=True)
class Sides:
    """The two texts. ``ours`` and ``theirs``: int64 (n, 2), their sentences in visible characters; ``counted``: bool
    for each word of the output, those that are no boilerplate; ``size``: counted words of the reference."""

    output: Visible
    words: Words
    ours: np.ndarray
    counted: np.ndarray
    stored: StoredText
    theirs: np.ndarray
    size: int


def joined(
    found: Finding | None,
    passages: Sequence[MeaningPassage],
    sides: Sides,
    *,
    model: ScoreModel,
    references: int,
    multilingual: bool,
) -> Finding | None:
    """What the words found, with the passages that only say the same; None where there is neither."""
    searched = float(np.log2(max(len(sides.ours) * len(sides.theirs), 1)))
    told = [one for one in passages if one.bits - searched >= LEAST_EXCESS]
    if not told:
        return found
    scores = [_score(one, searched, model, references) for one in told]
    best = told[int(np.argmax(scores))]
    regions = [_region(one, sides, multilingual) for one in told]
    copied = np.zeros(len(sides.words), bool)
    repeated = 0
    for one in told:
        copied |= _within(sides.words.starts, sides.ours[one.pairs[:, 0]])
        repeated += sum(
            len(words_of(sides.stored.passage(start, end, end - start)))
            for start, end in sides.theirs[one.pairs[:, 1]].tolist()
        )
    signals: dict[str, Any] = {
        "meaning": round(max(scores), 4),
        "paraphrased_words": int((copied & sides.counted).sum()),
        "meaning_cosine": round(float(best.cosines.mean()), 4),
        "meaning_bits": round(best.bits - searched, 1),
        "sentences": sum(len(one.pairs) for one in told),
    }
    shares = (
        float((copied & sides.counted).sum() / max(int(sides.counted.sum()), 1)),
        repeated / max(sides.size, 1),
    )
    kind: MatchType = regions[0].type or "paraphrase"
    if found is None or found.signals.get("boilerplate") == 1.0:  # nobody's words say nothing of the rest
        return Finding(max(scores), kind, _coverage(*shares), tuple(regions), signals)
    # The two scores stay apart, so that a likely paraphrase makes no unlikely copy certain, nor the other way round.
    mostly = signals["paraphrased_words"] > found.signals.get("copied_words", 0)
    return replace(
        found,
        score=max(found.score, *scores) if mostly else found.score,
        type=kind if mostly else found.type,
        coverage=_coverage(found.coverage.output + shares[0], found.coverage.reference + shares[1]),
        regions=(*found.regions, *regions),
        signals={**found.signals, **signals},
    )


def _coverage(output: float, reference: float) -> Coverage:
    return Coverage(output=min(output, 1.0), reference=min(reference, 1.0))


def _score(passage: MeaningPassage, searched: float, model: ScoreModel, references: int) -> float:
    """That two passages are near is no chance, for the size of the search, and their sentences mean the same."""
    each = (passage.bits + STEP_BITS * (len(passage.pairs) - 1)) / len(passage.pairs)
    evidence = {
        "bits": min(passage.bits - searched - float(np.log2(max(references, 1))), MOST_EXCESS),
        "each": min(each, MOST_EACH),
        "cosine": float(passage.cosines.mean()),
    }
    return model.probability(evidence, references)


def _within(places: np.ndarray, spans: np.ndarray) -> np.ndarray:
    """bool (n,): which of these characters stand in one of the spans (in order)."""
    at = np.searchsorted(spans[:, 0], places, side="right") - 1
    out: np.ndarray = (at >= 0) & (places < spans[np.maximum(at, 0), 1])
    return out


def _region(passage: MeaningPassage, sides: Sides, multilingual: bool) -> Region:
    ours, theirs = sides.ours[passage.pairs[:, 0]], sides.theirs[passage.pairs[:, 1]]
    here = int(ours[:, 0].min()), int(ours[:, 1].max())
    there = int(theirs[:, 0].min()), int(theirs[:, 1].max())
    text, other = sides.output.text[here[0] : here[1]], sides.stored.passage(*there, LONGEST)
    kind: MatchType = "paraphrase"
    if multilingual:
        spoken = language_of(text[:LONGEST]), language_of(other)
        if None not in spoken and spoken[0] != spoken[1]:
            kind = "translation"
    output, reference = origin.place(sides.output.pieces, *here), sides.stored.place(*there)
    return Region(
        output=Place(start=output[0], end=output[1], text=text[:SHOWN]),
        reference=Place(start=reference[0], end=reference[1], text=other[:SHOWN]),
        type=kind,
    )
