"""What a longer copy explains is not told again."""

from __future__ import annotations

import numpy as np

from simcheck.kinds.text.claims import INSIDE_BITS, SHORT_BITS, STRONGER, Claims
from simcheck.kinds.text.passages import Passage
from simcheck.kinds.text.verify import LEAST_PASSAGE


def passage(first: int, words: int, bits: float, shift: int = 0) -> Passage:
    at = np.arange(first, first + words)
    return Passage(np.stack([at, at + shift], axis=1), bits)


def test_a_phrase_of_a_copied_passage_is_no_find_in_another_work() -> None:
    claims = Claims(500)
    long, phrase = passage(100, 200, 2000.0), passage(150, 9, 90.0)
    assert claims.told([long]) == [long]
    assert claims.told([phrase]) == []


def test_a_phrase_elsewhere_is_a_find_in_another_work_but_not_beside_a_long_copy_of_the_same() -> None:
    claims = Claims(500)
    long, phrase = passage(100, 200, 2000.0), passage(400, 9, 90.0)
    assert claims.told([long, phrase]) == [long]
    assert claims.told([phrase]) == [phrase]


def test_what_tells_enough_by_itself_is_always_told() -> None:
    """Two works hold the same passage, one of them only a part."""
    claims = Claims(500)
    long, part = passage(100, 200, 2000.0), passage(150, 25, INSIDE_BITS)
    beside = passage(400, 14, SHORT_BITS)
    assert Claims(500).told([long, beside]) == [long, beside]
    assert claims.told([long]) == [long]
    assert claims.told([part]) == [part]
    assert claims.told([passage(150, 24, INSIDE_BITS - 1)]) == []


def test_what_is_not_much_stronger_explains_nothing() -> None:
    claims = Claims(500)
    other = passage(100, 20, 90.0 * STRONGER - 1)
    phrase = passage(105, 9, 90.0)
    assert claims.told([other, phrase]) == [other, phrase]
    assert claims.told([phrase]) == [phrase]


def test_what_only_reaches_into_an_explained_passage_is_told_when_the_rest_tells_enough() -> None:
    claims = Claims(500)
    claims.told([passage(100, 200, 2000.0)])
    mostly_outside = passage(90, 12, LEAST_PASSAGE * 1.3)
    half_outside = passage(94, 12, LEAST_PASSAGE * 1.3)
    assert claims.told([mostly_outside]) == [mostly_outside]
    assert claims.told([half_outside]) == []
