"""The score model: its formula, the size of the index, fitting, and what is said when it is damaged."""

from __future__ import annotations

import json
import math
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from simcheck.calibration import ScoreModel, fit, load_model, model
from simcheck.calibration.trees import Trees
from simcheck.errors import ModelError
from simcheck.kinds.image.signals import DIRECTIONS, evidence, numbers

SIGNALS = {
    "cosine": 0.6, "cosine_above": 0.5, "pdq_distance": 30, "phash_distance": 4, "outline_distance": 40, "inliers": 40,
    "correlation": 0.9, "detail": 0.8, "outlines": 0.8, "agreement": 0.9, "inside": 0.9, "blocks": 200,
    "disputed": 0.05, "plain": 0.1, "one_tone": 0.3, "outlined": False, "aligned_by": "features", "fit": 40.0,
    "paper": 0.3, "alike": 4.5, "alike_parts": 4.0, "coverage_output": 0.9, "coverage_reference": 1.0,
    "alike_piece": None, "alike_piece_parts": None, "pieces": None, "fine": 0.95, "shifted": 0.2, "side": 200,
    "two_tones": 0.4, "kept": 0.9, "explained": 0.9, "changed": None, "scale": 0.8,
}  # fmt: skip


def scored(signals: Mapping[str, Any], references: int) -> float:
    """By the shipped model."""
    return load_model("image").probability(evidence(signals), references, numbers(signals))


def test_probability_is_the_logistic_of_the_sum() -> None:
    plain = ScoreModel("t-1", {"a": 2.0, "b": 0.5}, -1.0, 100, 0.7)
    assert plain.probability({"a": 1.0, "b": 2.0}, 100) == pytest.approx(1 / (1 + math.exp(-2.0)))


def test_the_same_evidence_means_less_in_a_larger_index_and_never_more_in_a_smaller_one() -> None:
    plain = ScoreModel("t-1", {"a": 1.0}, 0.0, 100, 0.7)
    assert plain.log_odds({"a": 1.0}, 10_000) == pytest.approx(1.0 - 1.4)
    assert plain.log_odds({"a": 1.0}, 3) == plain.log_odds({"a": 1.0}, 100)


def test_missing_evidence_is_an_error_that_names_it() -> None:
    with pytest.raises(ModelError, match="needs b"):
        ScoreModel("t-1", {"a": 1.0, "b": 1.0}, 0.0, 1, 0.0).probability({"a": 1.0}, 1)
    with pytest.raises(ModelError, match="needs s"):
        ScoreModel("t-1", {"a": 1.0}, 0.0, 1, 0.0, Trees(["s"], [])).probability({"a": 1.0}, 1)


def test_trees_add_to_the_sum_and_null_goes_where_they_say() -> None:
    trees = Trees(["s", "t"], [[0, 0.5, 1, -1.0, [1, 2.0, 0, 0.25, 0.75]], 0.125])
    model = ScoreModel("t-1", {"a": 1.0}, 0.0, 100, 0.0, trees)
    for s, t, added in ((0.5, 9.0, -1.0), (0.6, 2.0, 0.25), (0.6, 2.1, 0.75), (None, 0.0, -1.0), (0.6, None, 0.75)):
        assert model.log_odds({"a": 2.0}, 100, {"s": s, "t": t}) == pytest.approx(2.0 + added + 0.125)


def test_an_unknown_or_damaged_model_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(ModelError, match=r"nonesuch\.json"):
        load_model("nonesuch")
    (tmp_path / "broken.json").write_text("{")
    monkeypatch.setattr(model, "FOLDER", tmp_path)
    with pytest.raises(ModelError, match=r"broken\.json"):
        load_model("broken")


@pytest.mark.parametrize("name", [name for name, direction in DIRECTIONS.items() if direction])
def test_more_evidence_never_lowers_the_shipped_score(name: str) -> None:
    """Each signal moved towards a copy, in steps from far against it, leaves the score or raises it: bits that differ,
    what is disputed and even ground go down, all others up."""
    shipped = load_model("image")
    pieces = {"alike_piece": 1.0, "alike_piece_parts": 1.0, "pieces": 1}
    start = {**SIGNALS, **pieces, "alike": 1.0, "alike_parts": 0.0, "fine": 0.85, "kept": 0.6, "explained": 0.6}
    most = {"inliers": 80, "blocks": 300, "fit": 60, "pdq_distance": 128, "phash_distance": 32, "outline_distance": 128}
    log_odds = name.startswith("alike")
    low, high = (-6.0, 8.0) if log_odds else (1, 3) if name == "pieces" else (0.0, float(most.get(name, 1.0)))
    steps = np.linspace(low, high, 25)[:: DIRECTIONS[name]]
    moved = [{**start, name: round(float(value), 3)} for value in steps]
    odds = [shipped.log_odds(evidence(one), 349, numbers(one)) for one in moved]
    assert (np.diff(odds) >= -1e-9).all()
    assert scored(SIGNALS, 1000) > 0.9


def test_a_shared_logo_scores_low_and_signals_without_encoder_are_allowed() -> None:
    logo = {**SIGNALS, "cosine": None, "cosine_above": None, "pdq_distance": 120, "phash_distance": 30,
            "outline_distance": 110, "outlines": 0.1, "agreement": 0.03, "blocks": 7, "alike": -2.5,
            "alike_parts": None,
            "coverage_output": 0.03, "coverage_reference": 0.03}  # fmt: skip
    assert scored(logo, 1000) < 0.2


def test_fit_finds_planted_weights_and_no_negative_ones() -> None:
    rng = np.random.default_rng(0)
    terms = rng.random((4000, 3))
    odds = 6 * terms[:, 0] + 3 * terms[:, 1] - 4 * terms[:, 2] - 3
    copies = rng.random(4000) < 1 / (1 + np.exp(-odds))
    weights, _ = fit.fit([dict(zip("abc", row, strict=True)) for row in terms], copies)
    assert "c" not in weights
    assert weights["a"] > 1.5 * weights["b"] > 0


def test_slope_grows_with_how_much_the_best_of_many_gains() -> None:
    """Wrong pairs at random: the best of ten times as many is higher; where all are alike, only the floor is left."""
    rng = np.random.default_rng(1)
    pairs = [fit.Judged(f"o{o}", f"r{r}", False, 64, {}) for o in range(30) for r in range(64)]
    spread = fit.slope(pairs, rng.exponential(1.0, len(pairs)))
    assert 1.5 < spread < 3.5
    assert fit.slope(pairs, np.zeros(len(pairs))) == fit.LEAST_SLOPE


def test_slope_is_measured_between_sizes_on_the_same_outputs() -> None:
    """Ten times the references add two to every wrong pair; outputs that were checked at one size only do not count."""
    small = [fit.Judged(f"o{o}", f"r{r}", False, 64, {}) for o in range(30) for r in range(64)]
    large = [fit.Judged(f"o{o}", f"r{r}", False, 640, {}) for o in range(20) for r in range(640)]
    both = {pair.output for pair in large}
    odds = [99.0 if pair.output not in both else 2 * math.log10(pair.references / 64) for pair in (*small, *large)]
    assert fit.slope([*small, *large], np.array(odds)) > 1.0


def test_a_part_of_the_terms_is_fitted_and_the_others_stay() -> None:
    """Drawings among other pairs: their terms and the shift of their bias are found, nothing else moves."""
    rng = np.random.default_rng(2)
    before = {"version": "image-3", "weights": {"a": 1.5, "drawn_gone": 2.0}, "bias": -12.0, "fitted_on": {"pairs": 9}}
    pairs, every = [], []
    for number in range(300):
        drawn, copy = number % 3 == 0, bool(rng.random() < 0.4)
        pairs.append(fit.Judged(f"o{number}", "r", copy, 100, {"blocks": 40 if copy else 5}))
        fits = float(rng.uniform(0.6, 1.0) if copy else rng.uniform(0.0, 0.4))
        every.append({"a": 0.0 if drawn else 1.0, "drawn": float(drawn), "drawn_fit": fits if drawn else 0.0})
    after = fit.fit_terms(before, "drawn", pairs, every)
    assert after["weights"]["a"] == 1.5
    assert after["bias"] == -12.0
    assert "drawn_gone" not in after["weights"]
    assert after["fitted_on"] == {"pairs": 9, "drawn_pairs": 100, "drawn_copies": sum(p.copy for p in pairs[::3])}
    fitted = ScoreModel("t-1", after["weights"], after["bias"], 100, 0.0)
    assert fitted.probability({"a": 0.0, "drawn": 1.0, "drawn_fit": 0.9}, 100) > 0.9
    assert fitted.probability({"a": 0.0, "drawn": 1.0, "drawn_fit": 0.1}, 100) < 0.1
    with pytest.raises(ValueError, match="No right or no wrong pair"):
        fit.fit_terms(before, "drawn", pairs[1:2], every[1:2])


def test_a_drawing_on_the_outlines_scores_high_and_a_page_of_the_same_lines_does_not() -> None:
    drawing = {**SIGNALS, "outlined": True, "aligned_by": "whole", "inliers": 0, "fit": 14.0, "blocks": 90,
               "outline_distance": 78, "outlines": 0.6, "pdq_distance": 110, "cosine_above": 0.0,
               "paper": 0.6, "alike": 3.5}  # fmt: skip
    assert scored(drawing, 349) > 0.9
    page = {**drawing, "plain": 0.6, "one_tone": 0.8, "alike": 0.5, "alike_parts": -1.0}
    assert scored(page, 349) < 0.2
    assert scored({**drawing, "fit": 2.0, "blocks": 9, "alike": -2.0, "alike_parts": None}, 349) < 0.5
    # Two garments of one shape lie on each other; nobody would take one for a drawing of the other.
    shape = {**drawing, "fit": 9.2, "blocks": 49, "plain": 0.16, "paper": 0.39, "outlines": 0.48, "alike": -1.0,
             "alike_parts": None}  # fmt: skip
    assert scored({**shape, "outline_distance": 116}, 349) < 0.5
    assert scored({**shape, "outline_distance": 88, "alike": 3.0, "alike_parts": 3.0}, 349) > 0.9


def test_a_window_around_other_pictures_scores_low() -> None:
    """Much agrees, on even ground, around a large part that does not; a photograph that agrees scores high."""
    photo = {**SIGNALS, "disputed": 0.02, "plain": 0.05}
    window = {
        **SIGNALS,
        "inside": 0.6,
        "agreement": 0.6,
        "disputed": 0.25,
        "plain": 0.35,
        "one_tone": 0.6,
        "blocks": 100,
        "alike": -2.2,
        "alike_parts": None,
    }
    assert scored(window, 1000) < 0.5 < scored(photo, 1000)


def test_a_part_of_a_photograph_scores_high_however_small_it_is_and_a_caption_does_not() -> None:
    """A ninth of both pictures, clean and full of details; the same coverage of drawn letters stays below."""
    far = {"cosine": 0.1, "cosine_above": 0.0, "pdq_distance": 118, "phash_distance": 26, "outline_distance": 116,
           "outlines": 0.1}  # fmt: skip
    part = {**SIGNALS, **far, "inliers": 96, "correlation": 0.95, "detail": 0.9, "agreement": 0.12, "inside": 0.95,
            "blocks": 40, "plain": 0.07, "disputed": 0.0, "coverage_output": 0.12,
            "coverage_reference": 0.12}  # fmt: skip
    assert scored(part, 349) > 0.8
    caption = {**part, "inliers": 40, "plain": 0.24, "alike": -2.0, "alike_parts": None}
    assert scored(caption, 349) < 0.8


def test_a_piece_put_elsewhere_counts_by_what_the_network_says_of_it_alone() -> None:
    """The rest of both is another picture. In place it may be what a template shares; a small one may be a sign, one of
    few tones letters."""
    piece = {**SIGNALS, "cosine_above": 0.0, "pdq_distance": 112, "phash_distance": 26, "outline_distance": 112,
             "outlines": 0.1, "agreement": 0.3, "alike": 0.6, "alike_parts": -3.8, "alike_piece": 4.4,
             "alike_piece_parts": 4.2, "pieces": 1, "coverage_output": 0.06, "coverage_reference": 0.28}  # fmt: skip
    assert scored(piece, 349) > 0.9
    for other in ({"shifted": 0.01}, {"side": 80}, {"plain": 0.36}, {"plain": 0.12, "coverage_reference": 0.14},
                  {"plain": 0.2, "coverage_reference": 0.167},
                  {"two_tones": 0.95}, {"alike_piece_parts": None},
                  {"fine": 0.87}, {"fine": None}):  # fmt: skip
        assert scored({**piece, **other}, 349) < 0.75
    large = {**piece, "coverage_output": 0.42, "coverage_reference": 0.5, "inliers": 9}
    doubted = [scored({**large, "alike_piece": odds}, 349) for odds in (1.9, 2.0)]
    assert doubted[0] < doubted[1] - 0.1
    assert scored({**piece, "pieces": 2, "fine": None, "side": None}, 349) > 0.9


def test_reliability_counts_pairs_and_right_ones() -> None:
    rows = fit.reliability(np.array([0.05, 0.95, 0.99, 1.0]), np.array([False, True, True, False]))
    assert [(row["from"], row["pairs"]) for row in rows] == [(0.0, 1), (0.9, 3)]
    assert rows[1]["right"] == pytest.approx(2 / 3)


def test_fitting_writes_a_model_that_loads(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    lines = []
    for number in range(40):
        copy = number % 2 == 0
        signals = SIGNALS if copy else {**SIGNALS, "blocks": 3, "agreement": 0.02, "correlation": 0.2}
        record = {
            "output": str(number),
            "reference": str(number % 7),
            "copy": copy,
            "references": 50,
            "signals": signals,
        }
        lines.append(json.dumps(record))
    source = tmp_path / "matches.jsonl"
    source.write_text("\n".join(lines))
    fit.main(["image", str(source), str(tmp_path / "fitted.json")])
    monkeypatch.setattr(model, "FOLDER", tmp_path)
    fitted = load_model("fitted")
    assert fitted.version == "image-1"
    assert fitted.references == 50
    assert fitted.probability(evidence(SIGNALS), 50) > 0.8
