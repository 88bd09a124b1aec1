"""From shared passages to what the report says: regions, shares, signals, type and score."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from simcheck.calibration import ScoreModel
from simcheck.kinds.base import Finding
from simcheck.kinds.text import origin
from simcheck.kinds.text.describe import StoredText, Visible
from simcheck.kinds.text.passages import Passage, gains
from simcheck.kinds.text.signals import evidence
from simcheck.kinds.text.verify import LEAST_PASSAGE, Prepared
from simcheck.report import Coverage, MatchType, Place, Region

SHOWN = 500
"""Code points of a passage that a report carries (CONTRACT)."""
SAME_WORDS = 0.97
"""From this share of equal words on, on both sides, a passage is called verbatim."""
WHOLE = 0.98
NOT_OURS = 0.8
"""A passage with this share of its words in excluded parts of the reference is left out."""
QUOTED = 0.95
"""A passage with this share of its words in marked quotations is a quotation."""


@dataclass(frozen=True)
class Spans:
    """A passage's first and last word: of the output and of the reference, as numbers of words, end exclusive."""

    output: tuple[int, int]
    reference: tuple[int, int]

    @classmethod
    def of(cls, passage: Passage) -> Spans:
        low, high = passage.pairs.min(axis=0), passage.pairs.max(axis=0) + 1
        return cls((int(low[0]), int(high[0])), (int(low[1]), int(high[1])))


def is_boilerplate(passage: Passage, mask: np.ndarray, words: Prepared) -> bool:
    """``mask``: bool, for each word of the output, whether it is boilerplate. A passage is where what the others tell
    would not be told by itself."""
    gain = gains(passage.pairs, words.alone, words.following)
    common = mask[passage.pairs[:, 0]]
    return bool(common.any()) and passage.bits * float(gain[~common].sum() / gain.sum()) < LEAST_PASSAGE


def standing(passages: Sequence[Passage], excluded: np.ndarray) -> list[Passage]:
    """Those that are no excluded parts of the reference. ``excluded``: bool, for each of its words."""
    return [one for one in passages if excluded[one.pairs[:, 1]].mean() < NOT_OURS]


def type_of(passage: Passage) -> MatchType:
    """``verbatim`` where nearly every word of both sides is the same and in order, else ``altered``."""
    spans = Spans.of(passage)
    longer = max(spans.output[1] - spans.output[0], spans.reference[1] - spans.reference[0])
    in_order = bool((np.diff(passage.pairs[:, 1]) > 0).all())
    return "verbatim" if in_order and len(passage.pairs) >= SAME_WORDS * longer else "altered"


def longest_run(pairs: np.ndarray) -> tuple[int, int]:
    """First and last (exclusive) of the most pairs that follow each other word by word in both texts."""
    breaks = np.flatnonzero((np.diff(pairs, axis=0) != 1).any(axis=1)) + 1
    limits = np.concatenate([[0], breaks, [len(pairs)]])
    best = int(np.diff(limits).argmax())
    return int(limits[best]), int(limits[best + 1])


def make(
    output: Visible,
    words: Prepared,
    stored: StoredText,
    passages: Sequence[Passage],
    *,
    model: ScoreModel,
    references: int,
    boilerplate: np.ndarray,
    excluded: np.ndarray,
) -> Finding | None:
    """What the report says of these passages; None where there are none. ``boilerplate``: bool for each word of the
    output, ``excluded``: bool for each word of the reference that is in one of its exclusions: both leave numerator and
    denominator. What is boilerplate throughout is told all the same, with coverage 0 and the signal that says so."""
    if not passages:
        return None
    common = [one for one in passages if is_boilerplate(one, boilerplate, words)]
    own = [one for one in passages if not any(one is other for other in common)]
    told = own or passages
    signals = _signals(words, told, boilerplate if own else np.zeros_like(boilerplate))
    signals["boilerplate"] = round(len(common) / len(passages), 4)
    counted = ~boilerplate, ~(excluded | _inside(common, 1, len(excluded)))
    coverage = Coverage(
        output=_share(own, 0, counted[0]),
        reference=_share(own, 1, counted[1]),
    )
    types = {type_of(one): sum(len(p.pairs) for p in told if type_of(p) == type_of(one)) for one in told}
    kind: MatchType = max(types, key=lambda name: types[name])
    if kind == "verbatim" and all(_spanned(own, side, counted[side]) >= WHOLE for side in (0, 1)):
        kind = "near-exact"
    score = model.probability(evidence(signals), references)
    ordered = sorted(told, key=lambda one: -one.bits)
    return Finding(score, kind, coverage, tuple(_region(output, words, stored, one) for one in ordered), signals)


def _share(passages: Sequence[Passage], side: int, counted: np.ndarray) -> float:
    """Share of a text's counted words that are repeated: a word that was replaced is not."""
    repeated = np.zeros(len(counted), bool)
    for one in passages:
        repeated[one.pairs[:, side]] = True
    return float((repeated & counted).sum() / max(int(counted.sum()), 1))


def _spanned(passages: Sequence[Passage], side: int, counted: np.ndarray) -> float:
    """Share of a text's counted words that stand between the first and the last word of a passage."""
    return float((_inside(passages, side, len(counted)) & counted).sum() / max(int(counted.sum()), 1))


def _inside(passages: Sequence[Passage], side: int, size: int) -> np.ndarray:
    """bool (size,): a text's words between the first and the last one of a passage."""
    inside = np.zeros(size, bool)
    for one in passages:
        first, end = (Spans.of(one).output, Spans.of(one).reference)[side]
        inside[first:end] = True
    return inside


def _signals(words: Prepared, passages: Sequence[Passage], boilerplate: np.ndarray) -> dict[str, Any]:
    """What rules of the policy may name, see `simcheck.kinds.text.signals`. Marked quotations are told apart: where
    there are other passages too, these alone make the signals."""
    plain = [one for one in passages if words.quoted[one.pairs[:, 0]].mean() < QUOTED]
    longest: tuple[int, int, float] = (0, 0, 0.0)
    for one in plain or passages:
        pairs = one.pairs[~boilerplate[one.pairs[:, 0]]]
        first, end = longest_run(pairs)
        run = pairs[first:end]
        length = int(words.words.ends[run[-1, 0]] - words.words.starts[run[0, 0]])
        told = float(gains(run, words.alone, words.following).sum())
        longest = max(longest, (length, len(run), told))
    copied = [np.unique(np.concatenate([one.pairs[:, 0] for one in some])) for some in (plain or passages, passages)]
    return {
        "verbatim_characters": longest[0],
        "verbatim_words": longest[1],
        "verbatim_bits": round(longest[2], 1),
        "copied_words": len(copied[0]),
        "bits": round(max(one.bits for one in plain or passages), 1),
        "words": len(words.words),
        "passages": len(passages),
        "quoted_passages": len(passages) - len(plain),
        "quoted": round(float(words.quoted[copied[1]].mean()), 4) if plain else 1.0,
    }


def _region(output: Visible, words: Prepared, stored: StoredText, passage: Passage) -> Region:
    spans = Spans.of(passage)
    ours = int(words.words.starts[spans.output[0]]), int(words.words.ends[spans.output[1] - 1])
    theirs = stored.characters(*spans.reference)
    return Region(
        output=_place(origin.place(output.pieces, *ours), output.text[ours[0] : min(ours[1], ours[0] + SHOWN)]),
        reference=_place(stored.place(*theirs), stored.passage(*theirs, SHOWN)),
        type=type_of(passage),
    )


def _place(span: tuple[int, int], text: str) -> Place:
    return Place(start=span[0], end=span[1], text=text)
