"""The scorer is held against cases counted by hand: one that counts wrongly misleads everything tuned with it."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import binom
from sklearn.metrics import average_precision_score

from benchmarks.images import metrics
from benchmarks.images.outcome import Answer, Outcome, SharedPairs
from benchmarks.images.summary import beside, shared_pairs, told

BOX = (0.0, 0.0, 10.0, 10.0)


def outcome(truth, *answers, case="c", source="s", boxes=None):
    decisions = [one.decision for one in answers]
    worst = next((d for d in ("block", "review") if d in decisions), "pass")
    return Outcome(case, "family", (source,), truth, sorted(answers, key=lambda a: -a.score), worst, boxes)


def test_family_counts_only_its_own_reference():
    """A held match of another reference on the same output is no success for the true one."""
    outcomes = [
        outcome(("a",), Answer("a", 0.99, "block", (BOX, BOX)), Answer("b", 0.2, "pass"), boxes=(BOX, BOX)),
        outcome(("b",), Answer("a", 0.97, "block"), Answer("b", 0.6, "review")),
        outcome(("c",), Answer("a", 0.97, "block")),
        outcome(("d",)),
    ]
    row = metrics.family_row("family", outcomes, threshold=0.7, ordinary=0.5)
    assert (row.chances, row.top, row.held, row.block) == (4, 0.25, 0.5, 0.25)
    assert (row.scored, row.scored_ordinary) == (0.25, 0.5)
    assert (row.iou_output, row.iou_reference) == (1.0, 1.0)


def test_several_works_in_one_output_are_a_chance_each():
    row = metrics.family_row("f", [outcome(("a", "b"), Answer("b", 0.9, "block"))], 0.0, 0.0)
    assert (row.chances, row.held, row.top) == (2, 0.5, 0.5)


def test_a_score_equal_to_the_best_negative_is_not_found():
    row = metrics.family_row("f", [outcome(("a",), Answer("a", 0.7, "review"))], 0.7, 0.0)
    assert row.scored == 0.0


def test_a_tie_with_a_wrong_reference_is_not_on_top():
    row = metrics.family_row("f", [outcome(("a",), Answer("a", 0.7, "review"), Answer("b", 0.7, "review"))], 0.0, 0.0)
    assert row.top == 0.0


def test_a_family_without_chances_is_an_error():
    with pytest.raises(ValueError, match="no output with a reference"):
        metrics.family_row("f", [outcome(())], 0.0, 0.0)


def test_iou_by_hand():
    assert metrics.iou(BOX, (5.0, 0.0, 10.0, 10.0)) == pytest.approx(1 / 3)
    assert metrics.iou(BOX, (10.0, 0.0, 10.0, 10.0)) == 0.0
    assert metrics.iou(BOX, BOX) == 1.0


boxes = st.tuples(*[st.integers(0, 20)] * 2, *[st.integers(1, 15)] * 2)


@given(boxes, boxes)
def test_iou_against_counted_pixels(first, second):
    def mask(box):
        grid = np.zeros((40, 40), bool)
        grid[box[1] : box[1] + box[3], box[0] : box[0] + box[2]] = True
        return grid

    a, b = mask(first), mask(second)
    assert metrics.iou(first, second) == pytest.approx((a & b).sum() / (a | b).sum())


@given(st.integers(0, 300), st.integers(1, 300))
def test_clopper_pearson_is_where_the_binomial_tails_hold_a_fortieth(hits, trials):
    """The definition: at the lower end as many hits or more have probability 0.025, at the upper as many or fewer."""
    hits = min(hits, trials)
    low, high = metrics.clopper_pearson(hits, trials)
    assert low <= hits / trials <= high
    if hits:
        assert binom.sf(hits - 1, trials, low) == pytest.approx(0.025, abs=1e-6)
    if hits < trials:
        assert binom.cdf(hits, trials, high) == pytest.approx(0.025, abs=1e-6)


def test_clopper_pearson_without_hits_is_the_closed_form():
    assert metrics.clopper_pearson(0, 500) == pytest.approx((0.0, 1 - 0.025 ** (1 / 500)))
    assert metrics.clopper_pearson(0, 0) == (0.0, 1.0)


def test_alarms_are_counted_by_output():
    negatives = [
        outcome((), Answer("a", 0.96, "block"), Answer("b", 0.6, "review")),
        outcome((), Answer("a", 0.6, "review")),
        outcome((), Answer("a", 0.1, "pass")),
        outcome(()),
    ]
    found = metrics.alarms(negatives)
    assert (found.outputs, found.review, found.block) == (4, 1, 1)
    assert (found.held_low, found.held_high) == metrics.clopper_pearson(2, 4)
    assert metrics.best_negative(negatives) == 0.96


def test_copies_stand_beside_what_copies_nothing():
    copies = [outcome(("r",), Answer("r", 0.9, "block")), outcome(("r",), Answer("x", 0.9, "block"))]
    others = [outcome((), Answer("x", 0.7, "review")), outcome(())]
    found = beside("twins", [*others, *copies])
    assert found["copies"] == {"outputs": 2, "held": 0.5, "block": 0.5}
    assert {name: found["twins"][name] for name in ("outputs", "review", "block")} == {
        "outputs": 2, "review": 1, "block": 0,
    }  # fmt: skip
    assert told(beside("others", [*others, *copies])) == (
        "of 2 copies held 0.500, blocked 0.500; of 2 others 1 review, 0 block", [0.5, 0.5, 0.5],
    )  # fmt: skip


def test_listed_pairs_are_left_out_and_nothing_else():
    shared = SharedPairs({("00001", "00002"): "the same photograph"}, [("a logo", frozenset({"00001", "00003"}))])
    found = outcome(
        (),
        Answer("00002_a.jpg", 0.96, "block"),
        Answer("00003_b.jpg", 0.9, "block"),
        Answer("00004_c.jpg", 0.6, "review"),
        source="00001_x.jpg",
    )
    changed = shared.without(found)
    assert [one.reference for one in changed.answers] == ["00004_c.jpg"]
    assert changed.decision == "review"
    assert shared.reason(("00009_y.jpg", "00003_b.jpg"), "00001_x.jpg") == "a logo"
    assert shared.reason(("00002_a.jpg",), "00003_b.jpg") is None
    untouched = outcome((), Answer("00002_a.jpg", 0.96, "block"), source="00003_b.jpg")
    assert shared.without(untouched) is untouched


def test_a_listed_pair_is_not_left_out_where_it_is_right():
    shared = SharedPairs({}, [("a logo", frozenset({"00001", "00003"}))])
    both = outcome(("00003_b.jpg",), Answer("00003_b.jpg", 0.9, "block"), source="00001_x.jpg")
    assert shared.without(both) is both


def test_the_committed_list_is_read():
    shared = shared_pairs()
    assert shared.reason(
        ("00406_houses-houses-dataset-353-frontal.jpg",), "00074_houses-houses-dataset-293-kitchen.jpg"
    )
    assert all(len(members) > 1 and reason for reason, members in shared.groups)


def test_reliability_counts_every_match_once():
    outcomes = [
        outcome(("a",), Answer("a", 1.0, "block"), Answer("b", 0.9, "review")),
        outcome((), Answer("b", 0.45, "pass")),
    ]
    bins = metrics.reliability(outcomes, [0.0, 0.5, 0.9, 1.0])
    assert [(one.matches, one.right) for one in bins] == [(1, 0.0), (0, None), (2, 0.5)]
    assert bins[-1].mean_score == pytest.approx(0.95)


def test_micro_average_precision_by_hand():
    """Ranking right, wrong, right with three chances: (1 + 2/3) / 3."""
    outcomes = [
        outcome(("a",), Answer("a", 0.9, "block"), Answer("x", 0.8, "block")),
        outcome(("b",), Answer("b", 0.7, "review")),
        outcome(("c",)),
    ]
    assert metrics.micro_average_precision(outcomes) == pytest.approx((1 + 2 / 3) / 3)


@given(st.lists(st.tuples(st.booleans(), st.floats(0, 1)), min_size=1, max_size=30, unique_by=lambda one: one[1]))
def test_micro_average_precision_against_scikit_learn(pairs):
    """Where every true reference is named, µAP is scikit-learn's average precision."""
    outcomes = [outcome(("a",) if right else (), Answer("a", score, "pass")) for right, score in pairs]
    labels = [right for right, _ in pairs]
    if not any(labels):
        assert metrics.micro_average_precision(outcomes) == 0.0
        return
    assert metrics.micro_average_precision(outcomes) == pytest.approx(
        average_precision_score(labels, [score for _, score in pairs])
    )
