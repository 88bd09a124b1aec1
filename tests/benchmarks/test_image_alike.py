"""What the pair network adds: counted on made-up pairs of which the truth is known."""

from __future__ import annotations

import numpy as np

from benchmarks.images import alike
from benchmarks.images.pairs import Pair

SIGNALS = {
    "cosine_above": 0.0, "pdq_distance": 110, "phash_distance": 24, "outline_distance": 110, "inliers": 0,
    "correlation": 0.3, "detail": 0.3, "outlines": 0.2, "agreement": 0.3, "inside": 0.6, "blocks": 30, "disputed": 0.05,
    "plain": 0.1, "one_tone": 0.3, "outlined": False, "aligned_by": "whole", "fit": 8.0, "paper": 0.3,
    "coverage_output": 0.5, "coverage_reference": 0.5,
}  # fmt: skip

WHAT = ("", "_sure", "_photo", "_parts", "_parts_photo", "_parts_lines")


def pair(number: int, copy: bool, odds: float, family: str) -> Pair:
    return Pair(
        f"{family}/{number}",
        "work",
        copy,
        349,
        {**SIGNALS, "alike": odds, "alike_parts": odds, "alike_piece": None, "alike_piece_parts": None},
        family,
        0.5,
        "image.unlike",
        "pass",
    )


def pairs_of(seed: int) -> list[Pair]:
    """Ten sketches that only the network sees, and a hundred unrelated outputs with two wrong pairs each."""
    rng = np.random.default_rng(seed)
    copies = [pair(number, True, float(rng.normal(4, 0.5)), "sketch") for number in range(alike.EACH)]
    wrong = [pair(number % 100, False, float(rng.normal(-3, 0.5)), "unrelated") for number in range(200)]
    return [*copies, *wrong]


def test_what_only_the_network_sees_is_found_with_its_terms_alone() -> None:
    known, asked = pairs_of(1), pairs_of(2)
    with_it, without = (alike.fitted_odds(known, asked, network) for network in (True, False))
    assert alike.by_family(asked, with_it)["sketch"] == 1.0
    assert alike.by_family(asked, without)["sketch"] == 0.0
    assert alike.found(asked, with_it, 0.0) == round(1 / len(alike.HARD), 4)


def test_a_wrong_pair_of_a_copys_output_sets_no_bound_and_each_output_counts_once() -> None:
    copies = [pair(0, True, 4.0, "sketch")]
    asked = [*copies, pair(0, False, 9.0, "sketch"), *(pair(n % 2, False, 0.0, "unrelated") for n in range(4))]
    odds = np.array([4.0, 9.0, 1.0, 2.0, 3.0, -1.0])
    assert alike.threshold(asked, odds, 0.0) == 3.0
    assert alike.threshold(asked, odds, 1.0) == 2.0


def test_the_networks_terms_are_left_out_by_name() -> None:
    one = pair(0, True, 4.0, "sketch")
    left = set(alike.terms(one, True)) - set(alike.terms(one, False))
    assert left == {f"{kind}alike{what}" for kind in ("", "drawn_") for what in WHAT}
