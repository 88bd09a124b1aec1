"""The policy decides, and says which rule did; what it does not cover is held."""

from __future__ import annotations

import contextlib
import hashlib
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from simcheck import policy
from simcheck.errors import PolicyError

HEAD = 'schema = "simcheck.policy/1"\nname = "mine"\nversion = 3\n'


def parsed(rules: str = "") -> policy.Policy:
    return policy.parse((HEAD + rules).encode(), "mine.toml")


def test_what_no_rule_covers_is_review() -> None:
    assert parsed().judge_match({"score": 0.0}) == ("review", policy.UNCOVERED)


def test_the_first_rule_that_applies_decides() -> None:
    rules = """
[[match]]
rule = "own"
when = ["reference.licence in ['CC0-1.0', 'own']"]
decision = "pass"
[[match]]
rule = "high"
when = ["score >= 0.9"]
decision = "block"
[[match]]
rule = "rest"
decision = "pass"
"""
    mine = parsed(rules)
    assert mine.judge_match({"score": 0.99, "reference.licence": "CC0-1.0"}) == ("pass", "own")
    assert mine.judge_match({"score": 0.99}) == ("block", "high")
    assert mine.judge_match({"score": 0.9}) == ("block", "high")
    assert mine.judge_match({"score": 0.8999}) == ("pass", "rest")


def test_a_condition_about_something_absent_does_not_hold() -> None:
    for op, value in ((">=", "0"), ("!=", "'x'"), ("in", "['x']"), ("==", "false")):
        assert not policy.Condition.parse(f"signals.inliers {op} {value}").holds({"score": 1.0})


@pytest.mark.parametrize(
    ("rules", "says"),
    [
        ('[[match]]\nrule = "a"\nwhen = ["scor >= 1"]\ndecision = "pass"', "'scor'"),
        ('[[match]]\nrule = "a"\nwhen = ["score >= high"]\ndecision = "pass"', "'high' is no value"),
        ('[[match]]\nrule = "a"\nwhen = ["score >= true"]\ndecision = "pass"', "needs a number"),
        ('[[match]]\nrule = "a"\nwhen = ["type in \'exact\'"]\ndecision = "pass"', "needs a list"),
        ('[[match]]\nrule = "a"\nwhen = ["score"]\ndecision = "pass"', "is no condition"),
        ('[[match]]\nrule = "a"\ndecision = "hold"', "match.0.decision"),
        ('[[match]]\nrule = "a"\ndecision = "pass"\n' * 2, "stands twice"),
        ('[[output]]\nrule = "a"\ndecision = "pass"', "output.0.decision"),
        ("threshold = 0.5", "threshold"),
        ("[[match", "is not TOML"),
    ],
)
def test_a_wrong_policy_is_refused_with_the_place_and_the_reason(rules: str, says: str) -> None:
    with pytest.raises(PolicyError, match=r"mine\.toml") as caught:
        parsed(rules)
    assert says in caught.value.message


def test_the_hash_is_the_files(tmp_path: Path) -> None:
    path = tmp_path / "p.toml"
    path.write_bytes(policy.default_bytes())
    assert policy.load(path).hash == "sha256:" + hashlib.sha256(policy.default_bytes()).hexdigest()
    assert policy.load(path) == policy.load()


def test_a_missing_policy_says_how_to_make_one(tmp_path: Path) -> None:
    with pytest.raises(PolicyError, match="simcheck policy init"):
        policy.load(tmp_path / "none.toml")


def test_the_worst_output_rule_wins() -> None:
    mine = parsed(
        '[[output]]\nrule = "a"\nwhen = ["output.frames > 1"]\ndecision = "review"\n'
        '[[output]]\nrule = "b"\nwhen = ["output.frames > 5"]\ndecision = "block"\n'
    )
    assert mine.judge_output({"output.frames": 1}) is None
    assert mine.judge_output({"output.frames": 2}).rule == "a"  # type: ignore[union-attr]
    assert mine.judge_output({"output.frames": 9}).rule == "b"  # type: ignore[union-attr]


def test_default_policy_lets_rights_pass_before_anything_is_held() -> None:
    default = policy.load()
    exact = {"type": "exact", "score": 1.0, "output.kind": "image", "allowed": True}
    assert default.judge_match(exact) == ("pass", "reuse.allowed")
    assert default.judge_match({**exact, "allowed": False}) == ("block", "exact")


def judged(score: float, signals: dict[str, object], coverage: float = 0.9) -> tuple[str, str]:
    """What the default policy says about a match between pictures, of which the pair network is not sure."""
    facts = {"output.kind": "image", "type": "altered", "allowed": False, "score": score}
    covered = {"coverage.output": coverage, "coverage.reference": coverage}
    named = {f"signals.{name}": value for name, value in {"alike": 2.5, "aligned_by": "features", **signals}.items()}
    return policy.load().judge_match({**facts, **covered, **named})


def test_default_policy_takes_a_frame_for_shared_where_places_agree() -> None:
    """A stylised copy whose middle disagrees is no frame: nothing but outlines lies on the work's."""
    frame = {
        "disputed": 0.24, "plain": 0.17, "inside": 0.6, "shifted": 0.0, "outlined": True, "pdq_distance": 100,
        "inliers": 15,
    }  # fmt: skip
    assert judged(0.99, frame) == ("pass", "image.shared-frame")
    assert judged(0.99, {**frame, "inliers": 0}) == ("block", "image.block")
    assert judged(0.99, {**frame, "inliers": 44, "pdq_distance": 60}) == ("block", "image.block")


def test_default_policy_takes_nothing_in_register_for_a_second_photograph() -> None:
    """Another picture laid over a copy takes what is finest from it, but the copy stays where the work has it."""
    blend = {
        "fine": 0.71, "inliers": 24, "paper": 0.3, "pdq_distance": 74, "outline_distance": 106, "kept": 0.6,
        "explained": 0.55,
    }  # fmt: skip
    assert judged(0.99, {**blend, "shifted": 0.03}) == ("pass", "image.same-subject")
    assert judged(0.99, {**blend, "shifted": 0.003}) == ("review", "image.taken-again")


def test_default_policy_lets_a_person_see_what_the_pair_network_knows() -> None:
    """A copy that was bent loses what is finest, like a second photograph; of small ones nothing is as fine."""
    bent = {
        "fine": 0.79, "inliers": 41, "paper": 0.34, "pdq_distance": 74, "outline_distance": 86, "kept": 0.46,
        "explained": 0.52, "shifted": 0.02, "side": 240,
    }  # fmt: skip
    assert judged(1.0, {**bent, "alike": 3.0}) == ("review", "image.taken-again")
    assert judged(1.0, {**bent, "kept": 0.7}) == ("review", "image.taken-again")
    assert judged(1.0, bent) == ("pass", "image.same-subject")
    small = {**bent, "fine": 0.92, "side": 176}
    assert judged(1.0, small) == ("pass", "image.same-subject-small")
    assert judged(1.0, {**small, "alike": 4.0}) == ("pass", "image.same-subject-small")
    assert judged(1.0, small, 0.1)[0] == "block"


def test_default_policy_holds_a_piece_put_elsewhere() -> None:
    """Of small pictures nothing is as fine, and hardly a part of the whole is one; but what agrees is, by itself."""
    piece = {
        "alike": 0.2, "alike_parts": -3.0, "alike_piece": 3.9, "alike_piece_parts": 0.9, "shifted": 0.6, "side": 184,
        "plain": 0.06, "two_tones": 0.6, "fine": 0.92, "inliers": 37, "paper": 0.4, "pdq_distance": 110,
        "outline_distance": 116, "kept": 0.5, "explained": 0.5,
    }  # fmt: skip
    assert judged(0.99, piece, 0.3) == ("review", "image.piece")
    assert judged(0.99, {**piece, "alike_piece_parts": 2.0}, 0.3) == ("block", "image.piece-sure")
    assert judged(0.99, {**piece, "alike_piece": 1.9}, 0.3) == ("pass", "image.same-subject-small")
    assert judged(0.99, {**piece, "side": 80}, 0.3) == ("pass", "image.same-subject-small")
    assert judged(0.99, piece, 0.4) == ("pass", "image.same-subject-small")
    assert judged(0.7, {**piece, "side": 220}, 0.3) == ("pass", "image.unlike")
    small = {**piece, "alike_piece": 4.0, "alike_piece_parts": 3.0, "fine": 0.86}
    assert judged(0.3, small, 0.2) == ("review", "image.piece-small")
    for other in ({"fine": 0.7}, {"alike_piece": 3.9}, {"alike_piece_parts": 2.9}, {"shifted": 0.06}):
        assert judged(0.3, {**small, **other}, 0.2)[0] == "pass"
    assert judged(0.3, small, 0.3)[0] == "pass"
    drawn = {
        "alike": 2.3, "alike_parts": -0.6, "alike_piece": 2.5, "alike_piece_parts": 2.0, "fine": 0.965, "inliers": 10,
        "shifted": 0.05, "plain": 0.5, "two_tones": 0.95,
    }  # fmt: skip
    assert judged(0.6, drawn, 0.3) == ("review", "image.piece-drawn")
    for other in ({"alike": -0.1}, {"fine": 0.96}, {"shifted": 0.04}, {"alike_piece_parts": 1.9}):
        assert judged(0.6, {**drawn, **other}, 0.3)[0] == "pass"
    assert judged(0.6, drawn, 0.2)[0] == "pass"


def test_default_policy_holds_a_work_in_pieces_whatever_its_score() -> None:
    """Tiles are small, and of all that overlaps hardly anything is one; that several lie apart is chance in no pair."""
    assert judged(0.01, {"pieces": 3, "alike": -4.0, "fine": 0.7}, 0.04) == ("block", "image.pieces-sure")
    assert judged(0.01, {"pieces": 2, "alike": -4.0, "fine": 0.7}, 0.04) == ("review", "image.pieces")
    half = {"pieces": 2, "alike": 0.5, "alike_piece": 3.0, "alike_piece_parts": 2.0}
    assert judged(0.97, half) == ("block", "image.pieces-two")
    for other in ({"alike_piece": 2.9}, {"alike_piece_parts": 1.9}):
        assert judged(0.97, {**half, **other}) == ("review", "image.pieces")
    assert judged(0.96, half) == ("review", "image.pieces")
    assert judged(0.01, {"pieces": 1, "alike": -4.0, "fine": 0.7}, 0.1)[0] == "pass"


def test_default_policy_lets_pages_of_one_template_pass() -> None:
    """Tickets, tables and newspapers with other words, of which few places or none are counted."""
    ticket = {"plain": 0.45, "one_tone": 0.55, "changed": 3, "shifted": 0.001, "alike": 3.2, "alike_parts": 1.9}
    assert judged(0.98, ticket) == ("pass", "image.same-template-few")
    for other in ({"plain": 0.34}, {"changed": 2}, {"alike_parts": 2.0}, {"shifted": 0.2}):
        assert judged(0.98, {**ticket, **other})[0] == "review"
    table = {"plain": 0.24, "one_tone": 0.83, "changed": 0, "shifted": 0.002, "alike": 2.4, "alike_parts": 0.75}
    assert judged(0.98, table) == ("pass", "image.same-page")
    for other in ({"one_tone": 0.59}, {"alike_parts": 1.0}, {"shifted": 0.03}):
        assert judged(0.98, {**table, **other})[0] == "review"
    newspaper = {"plain": 0.13, "one_tone": 0.57, "changed": 0, "shifted": 0.001, "alike": 0.7, "alike_parts": -2.8}
    assert judged(0.98, newspaper) == ("pass", "image.same-page-parts")
    for other in ({"one_tone": 0.4}, {"alike_parts": -0.9}, {"plain": 0.09}):
        assert judged(0.98, {**newspaper, **other})[0] == "review"


def test_default_policy_lets_one_ground_and_one_place_pass() -> None:
    ground = {"outlined": True, "alike": 1.3, "alike_parts": -3.6, "disputed": 0.29, "shifted": 0.0, "plain": 0.08}
    assert judged(0.98, ground) == ("pass", "image.same-ground-lines")
    for other in ({"outlined": False}, {"alike_parts": -0.9}, {"disputed": 0.1}, {"shifted": 0.02}):
        assert judged(0.98, {**ground, **other})[0] == "review"
    scene = {
        "fine": 0.81, "alike": 1.1, "inliers": 25, "shifted": 0.1, "paper": 0.3, "pdq_distance": 110,
        "outline_distance": 114, "kept": 0.75, "explained": 0.76,
    }  # fmt: skip
    assert judged(0.95, scene) == ("pass", "image.same-subject-near")
    for other in ({"alike": 1.5}, {"pdq_distance": 95}, {"outline_distance": 99}, {"kept": 0.78}):
        assert judged(0.95, {**scene, **other})[0] == "review"


def test_default_policy_holds_a_work_in_its_place_under_shadows() -> None:
    """Stripes of shadow are new to the pair network; a hash, many places and half of the texture know the work."""
    shaded = {
        "alike": -3.6, "shifted": 0.003, "inliers": 34, "pdq_distance": 66, "kept": 0.5, "explained": 0.5,
        "plain": 0.09, "disputed": 0.05,
    }  # fmt: skip
    assert judged(0.47, shaded) == ("review", "image.in-place")
    for other in ({"shifted": 0.01}, {"inliers": 24}, {"pdq_distance": 74}, {"plain": 0.2}, {"disputed": 0.15}):
        assert judged(0.47, {**shaded, **other})[0] == "pass"
    barred = {**shaded, "inliers": 40, "pdq_distance": 64, "kept": 0.2, "plain": 0.15, "one_tone": 0.3, "changed": 0}
    assert judged(0.1, barred) == ("review", "image.in-place-near")
    for other in ({"inliers": 39}, {"pdq_distance": 66}, {"plain": 0.16}, {"one_tone": 0.5}, {"shifted": 0.004}):
        assert judged(0.1, {**barred, **other})[0] == "pass"


def test_default_policy_lets_two_pictures_before_one_ground_pass() -> None:
    """Three quarters of the pixels are the same, in place, around another thing. Many agreeing places, a near hash or
    the pair network say that it is the work, with something put onto it."""
    ground = {
        "outlined": False, "disputed": 0.17, "shifted": 0.0, "inliers": 48, "pdq_distance": 100, "kept": 0.8,
        "explained": 0.79, "alike": 1.9,
    }  # fmt: skip
    assert judged(1.0, ground) == ("pass", "image.same-ground")
    assert judged(1.0, {**ground, "inliers": 183}) == ("review", "image.review")
    assert judged(1.0, {**ground, "pdq_distance": 40}) == ("review", "image.review")
    assert judged(1.0, {**ground, "alike": 2.0}) == ("block", "image.block")


def test_default_policy_takes_designs_of_one_template_for_others() -> None:
    """Other words in many places, or hardly a part that is one; few changed places may be a text over a copy."""
    design = {"plain": 0.34, "changed": 0, "alike": 4.0, "alike_parts": 1.1, "shifted": 0.1}
    assert judged(0.99, {**design, "alike_parts": 2.9}) == ("review", "image.changed-parts")
    assert judged(0.99, {**design, "alike_parts": 3.0}) == ("block", "image.block")
    assert judged(0.99, {**design, "changed": 5}) == ("pass", "image.same-template")
    assert judged(0.99, {**design, "changed": 5, "shifted": 0.2}) == ("review", "image.changed-places")
    assert judged(0.99, {**design, "changed": 4}) == ("review", "image.changed-places")
    assert judged(0.99, {**design, "changed": 9, "alike_parts": 1.2}) == ("review", "image.changed-places")
    even = {**design, "plain": 0.35, "changed": 5, "alike_parts": 2.9}
    assert judged(0.99, even) == ("pass", "image.same-template-even")
    assert judged(0.99, {**even, "alike_parts": 3.0}) == ("review", "image.changed-places")
    assert judged(0.99, {**design, "alike": 3.9, "alike_parts": -0.1}) == ("pass", "image.same-template-parts")
    assert judged(0.99, {**design, "alike_parts": -0.1}) == ("review", "image.changed-parts")
    assert judged(0.99, {**design, "alike": -0.1, "alike_parts": None}) == ("pass", "image.same-template-whole")
    assert judged(0.7, {**design, "changed": 4}) == ("pass", "image.unlike")
    assert judged(0.99, {**design, "plain": 0.1, "changed": 8}) == ("block", "image.block")


def test_default_policy_takes_no_photograph_for_a_design() -> None:
    """A caption changes a photograph in many places; nothing in it is even ground."""
    photograph = {"plain": 0.05, "changed": None, "alike": 4.0, "alike_parts": -1.0}
    assert judged(0.99, photograph) == ("block", "image.block")
    assert judged(0.99, {**photograph, "alike": -0.1}) == ("review", "image.review")


def test_default_policy_takes_no_place_for_shared_where_outlines_are_near() -> None:
    """A poster made of the work: few tones are left, the outlines' hash is not far."""
    poster = {
        "shifted": 0.0, "inliers": 47, "pdq_distance": 80, "outline_distance": 70, "kept": 0.4, "explained": 0.4,
        "disputed": 0.05,
    }  # fmt: skip
    assert judged(1.0, poster, 0.5) == ("block", "image.block")
    assert judged(1.0, {**poster, "outline_distance": 90}, 0.5) == ("pass", "image.shared-place")
    assert judged(1.0, {**poster, "outline_distance": 90, "alike": 3.0}, 0.5) == ("block", "image.block")


@given(st.floats(0, 1), st.floats(0, 1), st.floats(0, 1))
def test_default_policy_covers_every_picture_and_never_blocks_the_less_sure(a: float, b: float, share: float) -> None:
    default = policy.load()
    order = ["pass", "review", "block"]

    def decision(score: float) -> int:
        facts = {
            "output.kind": "image", "type": "altered", "allowed": False,
            "score": score, "coverage.reference": share, "coverage.output": share,
        }  # fmt: skip
        verdict, rule = default.judge_match(facts)
        assert rule != policy.UNCOVERED
        return order.index(verdict)

    low, high = sorted((a, b))
    assert decision(low) <= decision(high)


@given(st.text(max_size=60))
def test_no_text_breaks_the_parser(text: str) -> None:
    """Any text either is a condition, which any facts answer, or is refused with the one error of the parser."""
    with contextlib.suppress(ValueError):
        assert policy.Condition.parse(text).holds({}) is False


def test_default_policy_asks_the_pair_network_before_it_lets_a_small_part_pass() -> None:
    """A few blocks of a sketch agree, but the network sees one picture: a person looks; a stamp passes."""
    sketch = {
        "aligned_by": "whole", "one_tone": 0.3, "outlined": False, "plain": 0.1, "alike": 2.0, "alike_parts": 2.0,
    }  # fmt: skip
    assert judged(0.3, sketch, 0.04) == ("review", "image.alike")
    assert judged(0.9, {**sketch, "alike_parts": 1.4}, 0.04) == ("pass", "image.shared-detail-whole")
    assert judged(0.3, {**sketch, "alike": 1.9}, 0.04) == ("pass", "image.unlike")
    assert judged(0.9, {**sketch, "aligned_by": "slid"}, 0.04) == ("pass", "image.shared-detail")
    assert judged(0.3, {**sketch, "aligned_by": "slid"}) == ("pass", "image.unlike")
    assert judged(0.3, {**sketch, "one_tone": 0.7}, 0.04) == ("pass", "image.unlike")
    assert judged(0.3, {**sketch, "alike_parts": 0.9}) == ("pass", "image.unlike")


def test_default_policy_takes_strokes_for_shared_unless_the_parts_are_one() -> None:
    """A caption's letters, or a bar beside two pictures; a pale sketch agrees in as few places."""
    strokes = {"outlined": True, "fit": 14.0, "outline_distance": 78, "plain": 0.2, "paper": 0.6, "alike": 0.9}
    assert judged(1.0, {**strokes, "alike_parts": 1.4}, 0.2) == ("pass", "image.shared-strokes")
    assert judged(1.0, {**strokes, "alike_parts": 2.4}, 0.2)[0] == "review"


def test_default_policy_takes_tables_with_other_numbers_for_others() -> None:
    """Thick lines agree nearly everywhere; of a copy corners agree, too, or every part is one."""
    sheet = {
        "one_tone": 0.5, "kept": 0.94, "inliers": 0, "alike_parts": 1.4, "plain": 0.1, "outlined": True, "paper": 0.6,
    }  # fmt: skip
    assert judged(1.0, sheet) == ("pass", "image.same-sheet-lines")
    assert judged(1.0, {**sheet, "inliers": 10})[0] == "block"
    assert judged(1.0, {**sheet, "inliers": 40, "alike_parts": -0.1}) == ("pass", "image.same-sheet")
    assert judged(1.0, {**sheet, "alike_parts": 2.0})[0] == "block"
    assert judged(1.0, {**sheet, "alike": 4.0})[0] == "block"
    assert judged(1.0, {**sheet, "one_tone": 0.44})[0] == "block"
    assert judged(1.0, {**sheet, "kept": 0.79})[0] == "block"


def test_default_policy_blocks_only_what_the_pair_network_takes_for_one_picture() -> None:
    assert judged(0.99, {"alike": 2.0}) == ("block", "image.block")
    assert judged(0.99, {"alike": 1.9}) == ("review", "image.review")


def test_default_policy_reviews_a_second_photograph_that_fits_by_its_outlines() -> None:
    """A drawing has paper; a photograph of the same scene fits as well."""
    scene = {"outlined": True, "paper": 0.22, "pdq_distance": 88, "alike": 3.6, "plain": 0.05}
    assert judged(0.999, scene) == ("review", "image.same-scene")
    assert judged(0.999, {**scene, "paper": 0.5}) == ("block", "image.block")
    assert judged(0.999, {**scene, "pdq_distance": 60}) == ("block", "image.block")


def test_default_policy_takes_the_same_frame_drawn_for_shared() -> None:
    frame = {"outlined": True, "disputed": 0.3, "plain": 0.43, "kept": 0.65, "explained": 0.63, "alike": 1.9}
    assert judged(0.94, frame) == ("pass", "image.shared-layout-lines")
    assert judged(0.94, {**frame, "kept": 0.85})[0] == "review"
    assert judged(0.94, {**frame, "alike": 2.0})[0] == "review"


def test_default_policy_takes_few_places_without_fine_details_for_another_picture() -> None:
    """Two portraits by one generator: seven places agree, nothing fine does; unless the pair network is sure."""
    portraits = {
        "fine": 0.58, "inliers": 7, "shifted": 0.36, "paper": 0.27, "pdq_distance": 114, "outline_distance": 116,
        "kept": 0.57, "explained": 0.51, "alike": 2.1,
    }  # fmt: skip
    assert judged(0.86, portraits) == ("pass", "image.same-subject")
    assert judged(0.86, {**portraits, "alike": 3.5}) == ("review", "image.taken-again")
    assert judged(0.86, {**portraits, "inliers": 5}) == ("review", "image.taken-again")
