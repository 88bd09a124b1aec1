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


def test_default_policy_sends_one_thing_photographed_twice_to_a_person() -> None:
    """A copy that was bent loses what is finest, like a second photograph; what lies in its place does not move."""
    again = {
        "fine": 0.79, "inliers": 41, "shifted": 0.02, "pdq_distance": 84, "kept": 0.46, "explained": 0.52, "alike": 4.0,
    }  # fmt: skip
    assert judged(1.0, again) == ("review", "image.taken-again")
    for other in ({"fine": 0.88}, {"inliers": 5}, {"shifted": 0.0}, {"pdq_distance": 82}, {"kept": 0.7}):
        assert judged(1.0, {**again, **other}) == ("block", "image.block")
    assert judged(0.4, again) == ("pass", "image.unlike")


def test_default_policy_sends_a_second_shot_to_a_person_where_the_network_is_not_quite_sure() -> None:
    """Of two portraits a second apart nearly all agrees but what is finest; the score may be 1."""
    shot = {"fine": 0.87, "inliers": 6, "shifted": 0.006, "pdq_distance": 60, "kept": 0.94, "alike": 3.9}
    parts = {"alike_parts": 3.1, "explained": 0.9}
    assert judged(1.0, {**shot, **parts}) == ("review", "image.other-shot")
    for other in (
        {"fine": 0.88}, {"fine": None}, {"inliers": 5}, {"shifted": 0.0}, {"pdq_distance": 58}, {"kept": 0.95},
        {"alike": 4.0},
    ):  # fmt: skip
        assert judged(1.0, {**shot, **parts, **other})[0] == "block"
    assert judged(0.59, {**shot, **parts}) == ("pass", "image.unlike")


def test_default_policy_blocks_what_is_one_in_every_part() -> None:
    """Neither lost details nor changed places then leave a doubt, and a little less of a score is enough."""
    lost = {"fine": 0.8, "inliers": 9, "shifted": 0.1, "pdq_distance": 90}
    for doubt in ({}, {"plain": 0.3, "changed": 3}, lost):
        sure = {"alike": 4.0 if doubt is lost else 3.0, "alike_parts": 3.0}
        one = {**doubt, "kept": 0.6, "explained": 0.6}
        assert judged(0.95, {**sure, **one}) == ("block", "image.every-part")
        assert judged(0.94, {**sure, **one})[0] == "review"
        for other in ({"alike": 2.9}, {"alike_parts": 2.9}):
            assert judged(0.95, {**sure, **one, **other})[0] == "review"


def test_default_policy_holds_a_work_in_pieces_whatever_its_score() -> None:
    """Tiles are small, and of all that overlaps hardly anything is one; that several lie apart is chance in no pair."""
    assert judged(0.01, {"pieces": 3, "alike": -4.0, "fine": 0.7}) == ("block", "image.pieces-sure")
    assert judged(0.01, {"pieces": 2, "kept": 0.12, "alike": -4.0, "fine": 0.7}) == ("review", "image.pieces")
    assert judged(0.01, {"pieces": 2, "kept": 0.11, "alike": -4.0, "fine": 0.7}) == ("pass", "image.unlike")  # words
    assert judged(0.99, {"pieces": 2, "alike": 0.5}) == ("block", "image.block")
    assert judged(0.01, {"pieces": 1, "alike": -4.0, "fine": 0.7}) == ("pass", "image.unlike")


def test_default_policy_takes_designs_of_one_template_for_others() -> None:
    """Other words in many places of a page; few changed places may be a text over a copy, which a person sees."""
    page = {"plain": 0.35, "changed": 5, "alike_parts": 1.9, "shifted": 0.1}
    assert judged(0.99, page) == ("pass", "image.same-template")
    for other in ({"plain": 0.34}, {"changed": 4}, {"alike_parts": 2.0}, {"shifted": 0.2}):
        assert judged(0.99, {**page, **other}) == ("review", "image.changed-places")
    assert judged(0.99, {**page, "plain": 0.1, "changed": 8}) == ("block", "image.block")
    assert judged(0.99, {**page, "plain": 0.3, "changed": 1}) == ("block", "image.block")
    assert judged(0.4, {**page, "changed": 4}) == ("pass", "image.unlike")


def test_default_policy_takes_designs_with_other_parts_for_others() -> None:
    """A flyer of one template has the same picture, the same finest details, and another text in a quarter of it."""
    flyer = {"plain": 0.15, "changed": 5, "alike_parts": -1.1, "fine": 0.97, "shifted": 0.3}
    assert judged(0.96, flyer) == ("pass", "image.other-parts")
    for other in ({"changed": 4}, {"alike_parts": -1.0}, {"fine": 0.985}):
        assert judged(0.96, {**flyer, "plain": 0.2, **other}) == ("review", "image.changed-places")
    assert judged(1.0, {**flyer, "plain": 0.14}) == ("block", "image.block")


def test_default_policy_takes_designs_with_other_words_for_others() -> None:
    """What is put over a copy, or lost of it, has more or less there; a translation is the same in all that is left."""
    words = {"plain": 0.15, "changed": 3, "replaced": 0.75, "fine": 0.96, "alike_parts": 2.9, "shifted": 0.3}
    assert judged(0.96, words) == ("pass", "image.other-words")
    for other in ({"changed": 2}, {"replaced": 0.7}, {"fine": 0.97}, {"alike_parts": 3.0}):
        assert judged(0.96, {**words, "plain": 0.2, **other}) == ("review", "image.changed-places")
    assert judged(0.97, {**words, "plain": 0.2}) == ("review", "image.changed-places")
    assert judged(1.0, {**words, "plain": 0.14}) == ("block", "image.block")


def test_default_policy_takes_tables_with_other_numbers_for_others() -> None:
    """Thick lines agree nearly everywhere; of a copy corners agree, too, or every part is one."""
    sheet = {"one_tone": 0.5, "kept": 0.94, "inliers": 0, "alike_parts": 1.4}
    assert judged(1.0, sheet) == ("pass", "image.same-sheet")
    for other in ({"inliers": 10}, {"alike_parts": 2.0}, {"alike": 4.0}, {"one_tone": 0.44}, {"kept": 0.79}):
        assert judged(1.0, {**sheet, **other}) == ("block", "image.block")


def test_default_policy_takes_other_contents_of_one_template_for_others() -> None:
    """Infographics and certificates have less even ground than pages; a bent copy changes fewer places."""
    contents = {"plain": 0.18, "changed": 6, "fine": 0.93, "alike_parts": 1.9}
    assert judged(0.9, contents) == ("pass", "image.other-contents")
    for other in ({"changed": 5}, {"fine": 0.94}, {"alike_parts": 2.0}):
        assert judged(0.9, {**contents, **other}) == ("review", "image.changed-places")


def test_default_policy_sends_a_bent_design_with_changed_places_to_a_person() -> None:
    for places in ({"plain": 0.18, "changed": 7, "fine": 0.9}, {"plain": 0.4, "changed": 12, "alike_parts": -2.0}):
        assert judged(0.6, {"alike_parts": 0.2, **places, "bent": True}) == ("review", "image.bent-design")
        assert judged(0.59, {"alike_parts": 0.2, **places, "bent": True})[0] == "pass"
        assert judged(0.6, {"alike_parts": 0.2, "shifted": 0.0, **places, "bent": False})[0] == "pass"


def test_default_policy_holds_a_small_part_of_a_large_work_and_a_piece_on_another_picture() -> None:
    part = {
        "alike": 3.0, "alike_parts": 2.0, "fine": 0.9, "explained": 0.85, "plain": 0.1, "two_tones": 0.5,
    }  # fmt: skip
    assert judged(0.3, part) == ("block", "image.same-pixels")
    for other in ({"alike": 2.9}, {"alike_parts": 1.9}, {"fine": 0.89}, {"explained": 0.84}, {"plain": 0.2}):
        assert judged(0.3, {**part, **other}) == ("pass", "image.unlike")
    piece = {
        "alike": 0.2, "alike_parts": -3.0, "alike_piece": 2.0, "alike_piece_parts": 0.0, "shifted": 0.6, "side": 184,
        "plain": 0.06, "two_tones": 0.6, "fine": 0.92, "kept": 0.15,
    }  # fmt: skip
    assert judged(0.1, piece, 0.3) == ("review", "image.piece")
    for other in (
        {"alike_piece": 1.9},
        {"kept": 0.14},
        {"shifted": 0.01},
        {"side": 80},
        {"plain": 0.2},
        {"two_tones": 0.8},
    ):
        assert judged(0.1, {**piece, **other}, 0.3) == ("pass", "image.unlike")
    assert judged(0.1, {**piece, "kept": 0.14, "two_tones": 0.95}, 0.3) == ("pass", "image.shared-letters")
    assert judged(0.01, piece, 0.3) == ("pass", "image.unlike")
    assert judged(0.1, piece, 0.04)[0] == "pass"


def test_default_policy_lets_a_detail_pass_unless_the_whole_is_one() -> None:
    """A stamp or a logo is less than a twentieth of both; so little may agree of a sketch, too, but that is alike."""
    detail = {"alike": 1.9, "alike_parts": 1.4}
    assert judged(1.0, detail, 0.04) == ("pass", "image.shared-detail")
    for other in ({"alike": 2.0}, {"alike_parts": 1.5}):
        assert judged(1.0, {**detail, **other}, 0.04) == ("block", "image.block")
    assert judged(1.0, detail, 0.06) == ("block", "image.block")


def test_default_policy_reviews_a_drawing_of_which_only_the_outlines_are_left() -> None:
    """Second photographs keep more of the texture, charts and icons are of one tone, or their parts are others."""
    drawing = {
        "outlined": True, "outlines": 0.4, "kept": 0.34, "one_tone": 0.54, "alike": 1.5, "alike_parts": -0.5,
    }  # fmt: skip
    assert judged(0.1, drawing, 0.04) == ("review", "image.drawing")
    assert judged(0.1, {**drawing, "two_tones": 0.95}, 0.3) == ("review", "image.drawing")
    for other in (
        {"outlined": False},
        {"outlines": 0.39},
        {"kept": 0.35},
        {"one_tone": 0.55},
        {"alike": 1.4},
        {"alike_parts": -0.6},
    ):
        assert judged(0.1, {**drawing, **other}, 0.3) == ("pass", "image.unlike")
    assert judged(1.0, drawing) == ("block", "image.block")


def test_default_policy_lets_pass_what_many_works_have() -> None:
    code = {"shared_by": 2, "kept": 0.44, "explained": 0.3}
    assert judged(1.0, code, 0.4) == ("pass", "image.shared-by-many")
    for other in ({"shared_by": 1}, {"kept": 0.45}):
        assert judged(1.0, {**code, **other}, 0.4) == ("block", "image.block")
    assert judged(1.0, code, 0.5) == ("block", "image.block")


def test_default_policy_lets_letters_pass_that_are_strewn_over_two_pictures() -> None:
    """A stock agency's name, at another place; a logo that is the whole work, or the whole output, is none."""
    letters = {"two_tones": 0.92, "kept": 0.59, "alike": 2.9}
    assert judged(1.0, letters, 0.44) == ("pass", "image.shared-letters")
    for other in ({"two_tones": 0.91}, {"kept": 0.6}, {"alike": 3.0, "alike_parts": 2.9}):
        assert judged(1.0, {**letters, **other}, 0.44) == ("block", "image.block")
    assert judged(1.0, letters, 0.45) == ("block", "image.block")
    assert judged(1.0, {**letters, "pieces": 3}, 0.44) == ("pass", "image.shared-letters")
    assert judged(1.0, {**letters, "pieces": 3, "kept": 0.6}, 0.44) == ("block", "image.pieces-sure")


def test_default_policy_lets_the_same_words_on_two_pictures_pass() -> None:
    """A meme's words agree to the finest detail, and little of the ground between them; two lines may be two pieces."""
    words = {"fine": 0.92, "same_tones": 0.55, "kept": 0.29, "alike": 3.9}
    assert judged(1.0, words, 0.29) == ("pass", "image.same-words")
    assert judged(1.0, {**words, "pieces": 3}, 0.29) == ("pass", "image.same-words")
    for other in ({"fine": 0.91}, {"same_tones": 0.56}, {"same_tones": None}, {"kept": 0.3}, {"alike": 4.0}):
        assert judged(1.0, {**words, **other}, 0.29) == ("block", "image.block")
    assert judged(1.0, words, 0.3) == ("block", "image.block")


def test_default_policy_holds_a_work_under_things_laid_over_it() -> None:
    """What is covered differs as another design's words do; its outlines are the output's alone."""
    under = {"overlaid": 0.7, "fine": 0.96, "kept": 0.35, "alike": -1.0, "alike_parts": -2.0}
    template = {"plain": 0.4, "changed": 6, "shifted": 0.0, "replaced": 0.8}
    assert judged(0.01, {**under, **template}) == ("review", "image.overlaid")
    for other in (
        {"overlaid": 0.69}, {"overlaid": None}, {"fine": 0.95}, {"kept": 0.34}, {"alike": -1.1}, {"alike_parts": -2.1},
    ):  # fmt: skip
        assert judged(0.01, {**under, **template, **other})[0] == "pass"
    assert judged(0.99, under) == ("block", "image.block")


def test_default_policy_blocks_a_work_under_things_of_which_the_network_is_sure() -> None:
    under = {"overlaid": 0.9, "fine": 0.97, "kept": 0.35, "alike": 2.0, "alike_parts": 0.0}
    template = {"plain": 0.4, "changed": 6, "shifted": 0.0}
    assert judged(0.6, {**under, **template}) == ("block", "image.overlaid-sure")
    for other in ({"overlaid": 0.89}, {"fine": 0.969}, {"alike": 1.9}, {"alike_parts": -0.1}):
        assert judged(0.6, {**under, **template, **other}) == ("review", "image.overlaid")
    assert judged(0.59, {**under, **template}) == ("review", "image.overlaid")


def test_default_policy_holds_a_small_thing_on_an_even_ground() -> None:
    """So little texture scores low, though all of it agrees."""
    plane = {"one_tone": 0.93, "blocks": 30, "inliers": 12, "inside": 0.4, "kept": 0.6, "disputed": 0.02, "alike": 0.5}
    assert judged(0.01, plane) == ("review", "image.small-thing")
    assert judged(0.99, plane) == ("block", "image.block")
    for other in (
        {"one_tone": 0.92}, {"blocks": 31}, {"inliers": 11}, {"inside": 0.39}, {"kept": 0.59}, {"disputed": 0.03},
        {"alike": 0.49},
    ):  # fmt: skip
        assert judged(0.01, {**plane, **other}) == ("pass", "image.unlike")
    assert judged(0.01, {**plane, "alike": 1.9, "alike_parts": 0.0}, 0.04) == ("pass", "image.shared-detail")


def test_default_policy_lets_one_programs_page_around_two_pictures_pass() -> None:
    """Its header and its caption are two pieces where one picture is higher than the other."""
    page = {"pieces": 2, "plain": 0.17, "two_tones": 0.8, "kept": 0.39, "alike": 0.9}
    assert judged(1.0, page) == ("pass", "image.same-window")
    assert judged(1.0, {**page, "pieces": 3}) == ("pass", "image.same-window")
    assert judged(1.0, {**page, "pieces": 1}) == ("block", "image.block")
    for other in ({"plain": 0.16}, {"two_tones": 0.79}, {"kept": 0.4}, {"alike": 1.0}):
        assert judged(0.1, {**page, **other}) == ("review", "image.pieces")


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
