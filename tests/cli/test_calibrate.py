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

from simcheck import policy
from simcheck.calibration.thresholds import log_odds, rewritten, score_of, share_interval, threshold
from simcheck.cli import calibrate
from simcheck.cli.calibrate import Scored


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


@settings(max_examples=25, deadline=None)
@given(st.lists(st.floats(0, 1), min_size=11, max_size=60), st.floats(1e-6, 0.5), st.integers(0, 50))
def test_a_threshold_is_a_score_inside_its_interval(scores: list[float], rate: float, more: int) -> None:
    found = threshold(scores, len(scores) + more, rate)
    assert found is not None
    assert 0 < found.low <= found.score <= found.high < 1


def test_shares_have_wilsons_interval() -> None:
    low, high = share_interval(8, 10)
    assert (round(low, 3), round(high, 3)) == (0.490, 0.943)
    assert share_interval(0, 10)[0] == 0
    assert share_interval(10, 10)[1] == 1


def test_a_rewritten_policy_has_the_thresholds_and_everything_else() -> None:
    before = policy.default_bytes().decode()
    after = rewritten(before, "image", {"review": 0.625, "block": 0.875})
    old, new = policy.parse(before.encode(), "a"), policy.parse(after.encode(), "b")
    assert new.version == old.version + 1
    facts = {"output.kind": "image", "coverage.reference": 0.5, "coverage.output": 0.5}
    for score, decision in ((0.62, "pass"), (0.63, "review"), (0.87, "review"), (0.88, "block")):
        assert new.judge_match({**facts, "score": score})[0] == decision
    assert [rule.rule for rule in new.match] == [rule.rule for rule in old.match]
    assert after.count("#") == before.count("#")
    with pytest.raises(ValueError, match=r"no rules text\.review"):
        rewritten(before, "text", {"review": 0.6, "block": 0.9})


@pytest.fixture
def scored(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    """Folders ``no`` and ``yes`` whose outputs have made scores."""
    groups: dict[str, list[float]] = {"no": drawn(400, 5), "yes": drawn(50, 6, 9.0)}

    def scores(settings: Any, folder: Path, quiet: bool) -> tuple[list[Scored], list[Any]]:
        return [Scored(f"{folder}/{at}.png", score) for at, score in enumerate(groups[str(folder)])], []

    monkeypatch.setattr(calibrate, "_scores", scores)
    monkeypatch.chdir(tmp_path)
    return tmp_path


def test_calibrate_writes_a_policy_and_a_picture(call: Call, scored: Path) -> None:
    options = ["--negatives", "no", "--positives", "yes", "--false-alarms", "1e-3"]
    answer = call("calibrate", *options, "--json").json
    review, block = answer["thresholds"]["review"], answer["thresholds"]["block"]
    assert review["score"] < block["score"]
    assert review["found"] >= block["found"] > 0.5
    assert answer["highest"][0]["score"] == max(drawn(400, 5))
    done = call("calibrate", *options, "--out", "policy.toml", "--plot", "scores.png")
    assert done.code == 0
    assert "Wrote policy.toml" in done.out
    assert f"{review['score']:.6g}" in (scored / "policy.toml").read_text()
    assert call("policy", "check", "policy.toml").code == 0
    with Image.open(scored / "scores.png") as picture:
        assert picture.format == "PNG"
        assert len(picture.getcolors(100_000) or ()) > 5
    assert call("calibrate", *options, "--out", "policy.toml").code == 2
    assert call("calibrate", *options, "--plot", "none/x.png").code == 2
    assert call("calibrate", *options, "--false-alarms", "2").code == 2


def test_calibrate_on_files_says_what_little_can_be_said(call: Call, copied: Path) -> None:
    """Sixty blank pictures match nothing: the thresholds stay. Too few outputs are refused."""
    (copied / "no").mkdir()
    for number in range(60):
        Image.new("RGB", (9, 9), (number, 0, 0)).save(copied / "no" / f"{number}.png")
    (copied / "no" / "broken.png").write_bytes(b"\x89PNG\r\n\x1a\n")
    before = call("history", "--json").out
    done = call("calibrate", "--negatives", "no", "--out", "policy.toml")
    assert done.code == 3
    assert "the thresholds stay. Less than 0.05" in done.out
    assert "not checked: broken.png" in done.err
    assert not (copied / "policy.toml").exists()
    assert call("history", "--json").out == before
    few = call("calibrate", "--negatives", "out")
    assert few.code == 2
    assert "at least 50 are needed" in few.err
