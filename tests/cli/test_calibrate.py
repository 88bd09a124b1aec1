"""Thresholds for a rate of false alarms: right on made distributions, honest where there is little to go by."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from cli_world import Call
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image
from scipy.stats import beta

from simcheck import policy
from simcheck.calibration import thresholds
from simcheck.calibration.promise import reliability
from simcheck.calibration.thresholds import current, log_odds, rate, rewritten, score_of, share_interval, threshold
from simcheck.cli import calibrate
from simcheck.cli.calibrate import Checked, Scored


def drawn(number: int, seed: int, middle: float = -6.0, spread: float = 1.0) -> list[float]:
    """Scores whose log-odds are logistic: their tail is exponential, and their quantiles are known."""
    odds = np.random.default_rng(seed).logistic(middle, spread, number)
    return [score_of(one) for one in odds]


@pytest.mark.parametrize("rate", [0.05, 1e-2, 1e-3, 1e-4])
def test_the_rate_holds_for_outputs_that_were_never_seen(rate: float) -> None:
    """Over many samples: as many unrelated outputs reach the threshold as was asked for, or fewer, not far fewer."""
    true = -6.0 + np.log((1 - rate) / rate)
    found = [threshold(drawn(500, seed), 500, rate) for seed in range(20)]
    odds = np.array([log_odds([one.score])[0] for one in found if one])
    assert (odds >= true).mean() >= 0.85
    assert np.median(odds) - true < 3.0
    inside = [log_odds([one.low])[0] <= true <= log_odds([one.high])[0] for one in found if one]
    assert np.mean(inside) >= 0.8


def test_rarer_is_higher_and_outputs_without_a_match_count() -> None:
    scores = drawn(300, 1)
    by_rate = [threshold(scores, 300, rate) for rate in (0.05, 1e-2, 1e-3, 1e-4)]
    values = [one.score for one in by_rate if one]
    assert values == sorted(values)
    assert len(values) == 4
    alone, among = threshold(scores, 300, 1e-3), threshold(scores, 3000, 1e-3)
    assert alone is not None
    assert among is not None
    assert among.score < alone.score


def test_too_few_matches_are_no_tail() -> None:
    assert threshold([0.2] * 10, 500, 1e-4) is None
    assert threshold([], 500, 1e-4) is None
    assert rate([0.2] * 10, 500, 0.8) is None


@pytest.mark.parametrize("score", [0.0003, 0.01, 0.1, 0.8])
def test_how_many_reach_a_score_is_told_where_none_of_the_sample_does(score: float) -> None:
    """Counted below, extrapolated above: near the true share, and the interval has it mostly."""
    true = 1 / (1 + np.exp(log_odds([score])[0] + 6.0))
    found = [one for seed in range(20) if (one := rate(drawn(500, seed), 500, score))]
    assert len(found) == 20
    assert 0.5 < np.median([one.share for one in found]) / true < 2
    assert np.mean([one.low <= true <= one.high for one in found]) >= 0.8


def test_a_threshold_for_a_rate_has_that_rate() -> None:
    """The two readings of the tail agree: what is proposed for one in a thousand is reached by so many at most."""
    scores = drawn(400, 3)
    proposed = threshold(scores, 400, 1e-3)
    assert proposed is not None
    there = rate(scores, 400, proposed.score)
    assert there is not None
    assert there.share < there.high == pytest.approx(1e-3, rel=0.01)


def test_the_interval_does_not_depend_on_how_much_is_drawn_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """A large sample is drawn anew a few rows at a time, so that memory does not grow with it."""
    scores = drawn(300, 2)
    whole = threshold(scores, 300, 1e-3)
    monkeypatch.setattr(thresholds, "AT_ONCE", 1000)
    parts = threshold(scores, 300, 1e-3)
    assert whole is not None
    assert parts is not None
    assert log_odds([parts.high])[0] == pytest.approx(log_odds([whole.high])[0], abs=0.3)


def balanced(number: int, seed: int, overdone: float = 1.0) -> tuple[list[float], list[float]]:
    """Scores of unrelated outputs (three times as many) and copies, drawn so that a score is the probability where both
    are equally many; ``overdone`` stretches the log-odds afterwards."""
    rng = np.random.default_rng(seed)
    copies, unrelated = rng.normal(2, 2, number), rng.normal(-2, 2, 3 * number)  # so these are their log-odds
    return [score_of(one * overdone) for one in unrelated], [score_of(one * overdone) for one in copies]


def test_scores_that_are_what_they_say_fit_and_those_that_overdo_do_not() -> None:
    fitting = reliability(*balanced(2000, 1), [0.8, 0.97])
    assert [row.low for row in fitting] == [0.0, 0.1, 0.5, 0.8, 0.97]
    assert sum(row.outputs for row in fitting) == 8000
    assert sum(row.verdict == "fits" for row in fitting) >= 4
    overdone = reliability(*balanced(2000, 2, overdone=2.5), [0.8, 0.97])
    assert overdone[-1].verdict == "too high"
    assert overdone[0].verdict == "too low"


def test_outputs_without_a_match_have_no_score_to_be_judged() -> None:
    rows = reliability([0.0] * 50, [1.0] * 5, [0.8, 0.97])
    assert [(row.low, row.outputs, row.unrelated, row.verdict) for row in rows] == [(0.97, 5, 0, "fits")]


@settings(max_examples=25, deadline=None)
@given(st.lists(st.floats(0, 1), min_size=11, max_size=60), st.floats(1e-6, 0.5), st.integers(0, 50))
def test_a_threshold_is_a_score_inside_its_interval(scores: list[float], rate: float, more: int) -> None:
    found = threshold(scores, len(scores) + more, rate)
    assert found is not None
    assert 0 < found.low <= found.score <= found.high < 1


@pytest.mark.parametrize(("hits", "of"), [(8, 10), (1, 500), (0, 10), (10, 10), (37, 4000), (3999, 4000)])
def test_shares_have_the_exact_interval(hits: int, of: int) -> None:
    """Clopper and Pearson, as the quantiles of the beta distribution give it."""
    low = beta.ppf(0.025, hits, of - hits + 1) if hits else 0.0
    high = beta.ppf(0.975, hits + 1, of - hits) if hits < of else 1.0
    assert share_interval(hits, of) == pytest.approx((low, high), abs=1e-9)


def test_a_rewritten_policy_has_the_thresholds_and_everything_else() -> None:
    before = policy.default_bytes().decode()
    after = rewritten(before, "image", {"review": 0.625, "block": 0.875})
    old, new = policy.parse(before.encode(), "a"), policy.parse(after.encode(), "b")
    assert new.version == old.version + 1
    facts = {"output.kind": "image", "coverage.reference": 0.5, "coverage.output": 0.5, "signals.alike": 2.5}
    for score, decision in ((0.62, "pass"), (0.63, "review"), (0.87, "review"), (0.88, "block")):
        assert new.judge_match({**facts, "score": score})[0] == decision
    again = {"signals.fine": 0.7, "signals.inliers": 40, "signals.shifted": 0.1, "signals.pdq_distance": 90,
             "signals.kept": 0.6, "signals.explained": 0.6}  # fmt: skip
    bent = {"signals.bent": True, "signals.plain": 0.3, "signals.changed": 2}
    under = {"signals.overlaid": 0.9, "signals.fine": 0.97, "signals.kept": 0.5, "signals.alike_parts": 0.0}
    for signals, rule in (
        (again, "image.other-shot"),
        (again | {"signals.alike": 4.0}, "image.taken-again"),
        (bent, "image.bent-design"),
        (bent | {"signals.bent": False}, "image.changed-places"),
        (under, "image.overlaid-sure"),
    ):
        assert new.judge_match({**facts, **signals, "score": 0.62})[1] != rule
        assert [new.judge_match({**facts, **signals, "score": score})[1] for score in (0.63, 0.86)] == [rule, rule]
    assert [rule.rule for rule in new.match] == [rule.rule for rule in old.match]
    assert after.count("#") == before.count("#")
    with pytest.raises(ValueError, match=r"no rules text\.review"):
        rewritten(before, "text", {"review": 0.6, "block": 0.9})


def test_thresholds_are_read_from_a_policy_also_very_small_ones() -> None:
    before = policy.default_bytes().decode()
    rules = {rule.rule: rule.when for rule in policy.parse(before.encode(), "a").match}
    assert f"score >= {current(before, 'image')['review']:g}" in rules["image.review"]
    for scores in ({"review": 2.5e-05, "block": 0.999998}, {"review": 0.5, "block": 0.75}):
        before = rewritten(before, "image", scores)
        assert current(before, "image") == scores
    with pytest.raises(ValueError, match=r"no rules text\.review"):
        current(before, "text")


@pytest.fixture
def scored(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    """Folders ``no`` and ``yes`` whose outputs have made scores."""
    groups: dict[str, list[float]] = {"no": drawn(400, 5), "yes": drawn(50, 6, 9.0)}

    def checked(settings: Any, folder: Path, files: Any, quiet: bool) -> Checked:
        scores = [Scored(f"{folder}/{at}.png", score) for at, score in enumerate(groups[str(folder)])]
        return Checked(scores, [], 3, {"image.score": "image-0"}, policy.load().state)

    monkeypatch.setattr(calibrate, "_checked", checked)
    monkeypatch.chdir(tmp_path)
    for folder in groups:
        Path(folder).mkdir()
    return tmp_path


def test_calibrate_writes_a_policy_and_a_picture(call: Call, scored: Path) -> None:
    options = ["--negatives", "no", "--positives", "yes", "--false-alarms", "1e-3"]
    answer = call("calibrate", *options, "--json").json
    review, block = answer["thresholds"]["review"], answer["thresholds"]["block"]
    assert review["score"] < block["score"]
    assert review["found"] >= block["found"] > 0.5
    assert answer["highest"][0]["score"] == max(drawn(400, 5))
    assert (answer["references"], answer["policy"]["name"]) == (3, "default")
    present = answer["present"]["block"]
    assert present["expected_interval"][0] <= present["expected"] <= present["expected_interval"][1]
    assert sum(row["outputs"] for row in answer["reliability"]) == 450
    done = call("calibrate", *options, "--out", "policy.toml", "--plot", "scores.png")
    assert done.code == 0
    assert "Wrote policy.toml" in done.out
    assert "Counting alone proves no more than 0.92 % (95 %)" in done.out
    low, high = share_interval(2, 400)
    assert f"review: score >= 0.6 reached by 2 unrelated ({100 * low:.2g} % to {100 * high:.2g} %)" in done.out
    written = (scored / "policy.toml").read_text()
    assert f"{review['score']:.6g}" in written
    assert "for 0.001 false alarms, from 400 unrelated outputs, 3 works, image-0." in written.splitlines()[0]
    assert call("policy", "check", "policy.toml").code == 0
    with Image.open(scored / "scores.png") as picture:
        assert picture.format == "PNG"
        assert len(picture.getcolors(100_000) or ()) > 5
    assert call("calibrate", *options, "--out", "policy.toml").code == 2
    assert call("calibrate", *options, "--false-alarms", "2").code == 2


@pytest.mark.parametrize(("asked", "verdict"), [("0.2", "kept"), ("0.02", "open"), ("1e-6", "broken")])
def test_calibrate_says_whether_the_policy_in_use_keeps_the_rate(
    call: Call, scored: Path, asked: str, verdict: str
) -> None:
    """One in sixty or so of these unrelated outputs reaches 0.12."""
    text = rewritten(policy.default_bytes().decode(), "image", {"review": 0.12, "block": 0.5})
    Path("mine.toml").write_text(text)
    done = call("calibrate", "--negatives", "no", "--policy", "mine.toml", "--false-alarms", asked, "--json")
    assert done.json["present"]["review"]["score"] == 0.12
    assert done.json["present"]["review"]["verdict"] == verdict
    assert "reliability" not in done.json


def test_calibrate_says_whether_scores_fit(call: Call, scored: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Copies that score like unrelated outputs: the scores are called too low, and the thresholds are to be gone by."""
    fitting = call("calibrate", "--negatives", "no", "--positives", "yes")
    assert "The scores (image-0)" in fitting.out
    wrong = call("calibrate", "--negatives", "no", "--positives", "no")
    assert "scores too low" in wrong.out
    assert "go by the thresholds proposed here" in wrong.out


def test_calibrate_refuses_a_policy_without_thresholds_before_anything_is_checked(call: Call, scored: Path) -> None:
    text = policy.default_bytes().decode().replace("image.review", "image.second")
    Path("mine.toml").write_text(text)
    done = call("calibrate", "--negatives", "no", "--policy", "mine.toml")
    assert done.code == 2
    assert "has no rules image.review and image.block" in done.err


def test_calibrate_tells_at_once_what_is_not_there(call: Call, scored: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Not after an hour of checks."""
    monkeypatch.setattr(calibrate, "_checked", None)
    for wrong, words in (
        (["--positives", "nonesuch"], "no file or folder at nonesuch"),
        (["--plot", "none/x.png"], "there is no folder none"),
        (["--out", "none/x.toml"], "there is no folder none"),
        (["--policy", "none.toml"], "no policy at none.toml"),
    ):
        done = call("calibrate", "--negatives", "no", *wrong)
        assert (done.code, words in done.err) == (2, True), wrong


def test_calibrate_on_files_says_what_little_can_be_said(call: Call, copied: Path) -> None:
    """Sixty blank pictures match nothing: the thresholds stay. Too few outputs are refused."""
    (copied / "no").mkdir()
    for number in range(60):
        Image.new("RGB", (9, 9), (number, 0, 0)).save(copied / "no" / f"{number}.png")
    (copied / "no" / "broken.png").write_bytes(b"\x89PNG\r\n\x1a\n")
    before = call("history", "--json").out
    done = call("calibrate", "--negatives", "no", "--out", "policy.toml")
    assert done.code == 3
    assert "the thresholds stay." in done.out
    assert "reached by 0 unrelated (0 % to 6 %)" in done.out
    assert "not checked: broken.png" in done.err
    assert not (copied / "policy.toml").exists()
    assert call("history", "--json").out == before
    few = call("calibrate", "--negatives", "out")
    assert few.code == 2
    assert "at least 50 are needed" in few.err
