"""The score of a text: fitted, falling with the size of the library and the length of the output."""

from __future__ import annotations

import numpy as np

from simcheck.calibration import load_model
from simcheck.kinds.text import background, verify
from simcheck.kinds.text.signals import evidence


def score(bits: float, words: int, references: int) -> float:
    return load_model("text").probability(evidence({"bits": bits, "words": words}), references)


def test_more_bits_score_higher_longer_outputs_and_larger_libraries_lower() -> None:
    assert score(50, 1_500, 100) < score(60, 1_500, 100) < score(80, 1_500, 100)
    assert score(60, 15_000, 100) < score(60, 1_500, 100)
    assert score(60, 1_500, 10_000) < score(60, 1_500, 100)


def test_what_unrelated_texts_share_is_no_find_and_twenty_rare_words_are() -> None:
    """The default policy holds from 0.998 on."""
    assert score(61, 1_500, 100) < 0.98
    assert score(150, 1_500, 100_000) > 0.998
    assert score(80, 1_500, 1_000) > 0.998


def test_words_of_an_unknown_language_tell_less_than_rare_words_of_a_known_one() -> None:
    known = np.ones(1_500, bool)
    known[::8] = False
    rare = verify._foreign(known)
    assert (rare[~known] == background.UNKNOWN_BITS).all()
    assert np.isinf(rare[known]).all()
    foreign = verify._foreign(np.zeros(1_500, bool))
    assert foreign.max() < 11
    assert verify._foreign(np.zeros(8, bool)).min() == background.UNKNOWN_BITS, "eight words show nothing"
