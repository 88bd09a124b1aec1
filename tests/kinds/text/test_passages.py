"""Alignment and passages on made sequences, where the right answer is known."""

from __future__ import annotations

import numpy as np
import pytest

from simcheck.kinds.text import align
from simcheck.kinds.text.passages import Passage, gains, passages

RARE = np.float32(14.0)


def sequence(rng: np.random.Generator, length: int) -> np.ndarray:
    return rng.integers(1, 2**32, length, dtype=np.uint32)


def found(output: np.ndarray, reference: np.ndarray) -> list[Passage]:
    ours, theirs = np.full(len(output), RARE), np.full(len(reference), RARE)
    points = align.seed_points(output, reference, ours, theirs)
    clusters = sorted(
        align.clusters_of(align.runs_of(points, ours)), key=lambda cluster: -sum(run.bits for run in cluster)
    )
    pairs = align.matched(clusters, output, reference)
    return passages(pairs, gains(pairs, ours, ours), 50.0)


@pytest.fixture
def rng() -> np.random.Generator:
    return np.random.default_rng(3)


def edited(copied: np.ndarray, how: str, rng: np.random.Generator) -> np.ndarray:
    at = np.arange(len(copied))
    if how == "dropped":
        return copied[at % 5 != 4]
    if how == "inserted":
        return np.insert(copied, at[at % 5 == 4], sequence(rng, int((at % 5 == 4).sum())))
    if how == "shuffled":
        return np.concatenate([copied[first : first + 20] for first in (40, 0, 80, 20, 60)])
    every = {"verbatim": 1000, "every 3rd": 3, "every 2nd": 2}[how]
    return np.where(at % every == every - 1, sequence(rng, len(copied)), copied)


@pytest.mark.parametrize("how", ["verbatim", "every 3rd", "every 2nd", "dropped", "inserted", "shuffled"])
def test_one_passage_is_one_region_with_its_borders(how: str, rng: np.random.Generator) -> None:
    reference = sequence(rng, 2000)
    copied = edited(reference[700:800], how, rng)
    output = np.concatenate([sequence(rng, 300), copied, sequence(rng, 400)])
    [one] = found(output, reference)
    low, high = one.pairs.min(axis=0), one.pairs.max(axis=0)
    assert abs(low[0] - 300) <= 2
    assert abs(high[0] - (300 + len(copied) - 1)) <= 2
    assert abs(low[1] - 700) <= 2
    assert abs(high[1] - 799) <= 2
    assert (output[one.pairs[:, 0]] == reference[one.pairs[:, 1]]).all()
    for side in (0, 1):
        assert len(np.unique(one.pairs[:, side])) == len(one.pairs), "a word is matched once"


def test_two_passages_far_apart_are_two(rng: np.random.Generator) -> None:
    reference = sequence(rng, 3000)
    output = np.concatenate([reference[100:160], sequence(rng, 200), reference[2000:2060]])
    assert [(int(p.pairs[0, 1]), len(p.pairs)) for p in found(output, reference)] == [(100, 60), (2000, 60)]


def test_neighbours_in_the_output_from_far_places_are_two(rng: np.random.Generator) -> None:
    reference = sequence(rng, 3000)
    output = np.concatenate([reference[100:160], reference[2000:2060]])
    assert [len(p.pairs) for p in found(output, reference)] == [60, 60]


def test_chance_words_beside_a_passage_do_not_stretch_it(rng: np.random.Generator) -> None:
    """Three words right before the passage stand together elsewhere in the reference, too."""
    reference = sequence(rng, 2000)
    output = np.concatenate([sequence(rng, 50), reference[1500:1503], reference[700:760], sequence(rng, 50)])
    [one] = found(output, reference)
    assert one.pairs[0].tolist() == [53, 700]


def test_nothing_in_common_is_nothing(rng: np.random.Generator) -> None:
    assert found(sequence(rng, 500), sequence(rng, 500)) == []


def test_common_words_tell_too_little(rng: np.random.Generator) -> None:
    """Ten equal words of three bits each: less than the least passage."""
    pairs = np.stack([np.arange(10), np.arange(10)], axis=1)
    low = np.full(10, 3.0, np.float32)
    assert passages(pairs, gains(pairs, low, low), 36.0) == []


def test_a_run_grows_over_replaced_words_to_equal_ones(rng: np.random.Generator) -> None:
    """Common words make no seeds; those at the ends of a passage belong to it all the same."""
    reference = sequence(rng, 400)
    output = sequence(rng, 400)
    output[100:130] = reference[200:230]
    output[99], output[96], output[90] = reference[199], reference[196], reference[190]
    output[134] = reference[234]
    grown = align.extended(align.Run(105, 125, 100, 99.0), output, reference)
    assert (grown.start, grown.end) == (96, 130)
    output[133] = reference[233]
    assert align.extended(align.Run(105, 125, 100, 99.0), output, reference).end == 135


def test_a_run_at_the_edges_grows_no_further(rng: np.random.Generator) -> None:
    words = sequence(rng, 30)
    grown = align.extended(align.Run(10, 12, 0, 30.0), words, words)
    assert (grown.start, grown.end) == (0, 30)
    shifted = align.extended(align.Run(10, 12, -3, 30.0), np.concatenate([sequence(rng, 3), words]), words)
    assert (shifted.start, shifted.end) == (3, 33)
