"""The benchmark of growing indexes: what is counted, on made checks and on a handful of made pictures."""

import json
import math

import numpy as np
import pytest
from PIL import Image

from benchmarks.common import plots
from benchmarks.images import gate, growth, pairs, sizes
from benchmarks.images.cases import Case, Registered
from benchmarks.images.choice import families
from benchmarks.images.data import random
from benchmarks.images.growth import Best, Seen
from benchmarks.images.outcome import SharedPairs
from benchmarks.images.pairs import Pair
from benchmarks.images.strangers import enlarged
from simcheck.errors import UsageError


def photograph(number, size=(256, 192)):
    rng = random("made", number)
    picture = np.zeros((size[1], size[0], 3))
    for cells in (3, 8, 24, 64):
        layer = rng.uniform(0, 255, (cells, cells, 3)).astype(np.uint8)
        picture += np.asarray(Image.fromarray(layer).resize(size, Image.Resampling.BICUBIC)) / 4
    return picture.astype(np.uint8)


@pytest.fixture
def works(tmp_path):
    found = []
    for number in range(6):
        file = tmp_path / f"{number:05}_made.png"
        Image.fromarray(photograph(number)).save(file)
        found.append(Registered(file.name, file))
    return found


def test_every_verified_pair_is_written_with_its_truth(works, tmp_path):
    """Also those that no report lists. A library that grew knows the names of old and new works."""
    small = gate.register(works[:4], tmp_path / "index")
    large = gate.grow(small, works[4:], tmp_path / "larger")
    assert sorted(large.names.values()) == [work.name for work in works]
    assert len(small.names) == 4
    file = tmp_path / "copy.jpg"
    Image.open(works[5].file).crop((20, 10, 256, 180)).save(file, quality=80)
    name = works[5].name
    case = Case("crop/000", "crop", name, (name,), (name,), file)
    (found,) = gate.run_each(large, [case], 1, pairs.collect, pairs.list_all)
    assert [pair.reference for pair in found if pair.copy] == [name]
    assert {pair.references for pair in found} == {6}
    assert all(pair.signals["blocks"] >= 0 for pair in found)
    pairs.write(tmp_path / "pairs.jsonl", found)
    line = json.loads((tmp_path / "pairs.jsonl").read_text().splitlines()[0])
    assert {"output", "reference", "copy", "references", "signals"} <= line.keys()
    assert pairs.never_verified(found, [case]) == []
    assert pairs.never_verified([], [case]) == ["never verified: 1 of crop"]


def test_a_look_counts_what_is_verified(works, tmp_path):
    library = gate.register(works, tmp_path / "index")
    case = Case("same/000", "same", works[0].name, (works[0].name,), (), works[0].file, round=0)
    (seen,) = gate.run_each(library, [case], 1, sizes.look, sizes.watched)
    assert len(seen.pairs) <= seen.verified <= 5
    assert seen.elapsed_ms > 0
    assert works[0].name not in {pair.reference for pair in seen.pairs}


def pair(output, reference, score, copy=False, rule="image.unlike", decision="pass"):
    return Pair(output, reference, copy, 10, {"odds": math.log(score / (1 - score))}, "f", score, rule, decision)


def test_shared_pairs_are_left_out_and_right_ones_stay():
    case = Case("a/0", "a", "1_x", ("1_x",), ("1_x",), None)
    found = [pair("a/0", "1_x", 0.9, copy=True), pair("a/0", "2_y", 0.3), pair("a/0", "3_z", 0.3)]
    kept = pairs.without_shared(found, [case], SharedPairs({("1", "2"): "a stamp", ("1", "1"): "itself"}))
    assert [one.reference for one in kept] == ["1_x", "3_z"]


def test_the_best_wrong_work_is_told_with_and_without_what_other_rules_decide():
    cases = [
        Case("a/0", "crop-10", "1_x", ("1_x",), ("1_x", "9_z"), None),
        Case("b/0", "unrelated", "2_x", ("2_x",), (), None),
        Case("c/0", "stranger", "3_x", ("3_x",), (), None),
    ]
    found = [
        pair("a/0", "1_x", 0.99, copy=True, rule="image.block", decision="block"),
        pair("b/0", "4_x", 0.9, rule="image.shared-detail"),
        pair("b/0", "5_x", 0.85, rule="image.review", decision="review"),
    ]
    costs = {case.name: (7, 100.0) for case in cases}
    seen = growth.seen(cases, found, costs, 349, lambda one: one.signals["odds"])
    assert [one.group for one in seen] == ["positive", "ordinary", "stranger"]
    assert (seen[1].wrong.reference, seen[1].decided.reference, seen[1].held_wrong) == ("4_x", "5_x", 1)
    assert seen[2].wrong is None
    figures = growth.at_size(seen)
    assert figures["positives"]["chances"] == 2
    assert figures["positives"]["verified"] == figures["positives"]["block"] == 0.5
    assert figures["negatives"]["all"]["held"] == 1
    assert figures["negatives"]["stranger"]["odds"]["0.5"] is None
    assert figures["works_verified"]["most"] == 7
    assert "349 works" in growth.line(figures)
    assert [one["reference"] for one in sizes.alarms(seen)] == ["5_x"]


def grown(size, gain, number=200):
    """Outputs whose best wrong pair is a matter of chance, and ``gain`` higher for each tenfold."""
    values = np.random.default_rng(1).normal(-5, 1, number) + gain * math.log10(size / 100)
    best = [Best("r", 0.1, value, "image.unlike", "pass") for value in values]
    return [
        Seen(size, f"o{number}", "unrelated", "ordinary", one, None, 0, (), 24, 100.0)
        for number, one in enumerate(best)
    ]


def test_slope_is_what_the_same_outputs_gain():
    seen = [*grown(100, 1.5), *grown(1000, 1.5), *grown(10_000, 1.5)]
    found = growth.slope(seen, 0.9)
    assert found.slope == pytest.approx(1.5)
    assert found.low <= found.slope <= found.high
    assert growth.slope(seen, 0.9, decided=True) is None
    assert growth.slope(grown(100, 1.5), 0.9) is None


def test_copies_that_a_larger_index_loses_are_listed():
    def one(works, right):
        return Seen(works, "a", "crop-10", "positive", None, None, 0, right, 5, 1.0)

    small = one(349, ((0.99, "block"), (0.9, "review"), (0.2, "pass"), None))
    large = one(8000, ((0.98, "block"), (0.7, "pass"), (0.1, "pass"), None))
    assert sizes.lost([small, large], [349, 8000]) == [{"case": "a", "score_before": 0.9, "score_after": 0.7}]


def test_strangers_are_larger_and_no_two_alike():
    picture = photograph(1)
    one, other = (enlarged(picture, random("s", number)) for number in (1, 2))
    assert one.shape != other.shape
    assert 1.5 * 192 <= one.shape[0] <= 3 * 192 + 1


def test_families_are_named_or_refused():
    assert list(families("A", ["flip", "several"])) == ["flip", "several"]
    assert "held-swirl" in families("B", None)
    assert "held-swirl" not in families("A", None)
    with pytest.raises(UsageError, match="no family nonesuch"):
        families("A", ["nonesuch"])


def test_panels_are_drawn_also_with_missing_values(tmp_path):
    file = tmp_path / "sizes.png"
    plots.against_size(file, "t", "works", [10, 100], {"a": {"x": [1.0, None], "y": [0.5, 0.7]}, "b": {}})
    assert Image.open(file).width > 500
