"""The PAN measures on cases that can be worked out by hand."""

from __future__ import annotations

import math

import pytest

from benchmarks.text.metrics import Passage, measure

CASE = Passage("d", 100, 200, "s", 500, 600)


def test_the_whole_passage_once_is_one() -> None:
    found = measure([CASE], [CASE])
    assert (found.precision, found.recall, found.granularity, found.plagdet) == (1, 1, 1, 1)


def test_half_of_it_halves_recall_only() -> None:
    found = measure([CASE], [Passage("d", 100, 150, "s", 500, 550)])
    assert (found.precision, found.recall) == (1, 0.5)
    assert found.plagdet == pytest.approx(2 / 3)


def test_twice_too_long_halves_precision_only() -> None:
    found = measure([CASE], [Passage("d", 100, 300, "s", 500, 700)])
    assert (found.precision, found.recall) == (0.5, 1)


def test_two_pieces_cost_granularity() -> None:
    pieces = [Passage("d", 100, 150, "s", 500, 550), Passage("d", 150, 200, "s", 550, 600)]
    found = measure([CASE], pieces)
    assert (found.precision, found.recall, found.granularity) == (1, 1, 2)
    assert found.plagdet == pytest.approx(1 / math.log2(3))


@pytest.mark.parametrize(
    "wrong",
    [
        Passage("d", 100, 200, "other", 500, 600),
        Passage("d", 100, 200, "s", 700, 800),
        Passage("d", 300, 400, "s", 500, 600),
        Passage("e", 100, 200, "s", 500, 600),
    ],
)
def test_a_detection_must_meet_both_sides(wrong: Passage) -> None:
    found = measure([CASE], [wrong])
    assert (found.precision, found.recall, found.plagdet) == (0, 0, 0)


def test_nothing_found_is_nothing() -> None:
    assert measure([CASE], []).plagdet == 0
