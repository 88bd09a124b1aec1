"""A finding becomes a match: rights, the facts the policy sees, which matches are listed, the sentence to read."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from simcheck import policy, wording
from simcheck.index.base import StoredReference
from simcheck.kinds.base import Finding
from simcheck.matching import allowed, best_matches, exact_match, match_of
from simcheck.reference import Reference
from simcheck.report import Coverage, Match, Output, Place, ReferenceSummary, Region

OUTPUT = Output(path="a.png", kind="image", width=1000, height=800)


def reference(**changes: object) -> Reference:
    values = {"id": "R", "name": "harbour.jpg", "kind": "image", "sha256": "0" * 64, "bytes": 1, "added_at": "now"}
    return Reference.model_validate({**values, **changes})


def finding(score: float = 0.99, box: tuple[int, int, int, int] = (0, 0, 1000, 800)) -> Finding:
    place = Place(box=box)
    shared = Region(output=place, reference=place)
    return Finding(score, "altered", Coverage(output=1, reference=0.94), (shared,), {"cosine": 0.7, "alike": 4.0})


def match(score: float, decision: str, rule: str = "r") -> Match:
    place = Place(box=(0, 0, 10, 10))
    return Match.model_validate(
        {
            "reference": ReferenceSummary.of(reference()), "score": score, "type": "altered", "decision": decision,
            "rule": rule, "coverage": Coverage(output=1, reference=1),
            "regions": (Region(output=place, reference=place),), "signals": {},
        }
    )  # fmt: skip


@pytest.mark.parametrize(
    ("projects", "project", "tags", "may"),
    [
        (("film-7",), "film-7", {}, True),
        (("film-7",), "film-8", {}, False),
        (("film-7",), None, {}, False),
        (("campaign=spring",), None, {"campaign": "spring"}, True),
        (("campaign=spring",), None, {"campaign": "autumn"}, False),
        (("campaign",), None, {"campaign": "spring"}, False),
        ((), None, {}, False),
        (("",), "", {}, False),
    ],
)
def test_rights_name_a_project_or_a_tag(
    projects: tuple[str, ...], project: str | None, tags: dict[str, str], may: bool
) -> None:
    assert allowed(reference(allow_projects=projects), project, tags) is may


def test_an_allowed_match_is_reported_and_passes() -> None:
    output = OUTPUT.model_copy(update={"project": "film-7"})
    found = match_of(finding(), reference(allow_projects=("film-7",)), output, policy.load())
    assert (found.decision, found.rule, found.score) == ("pass", "reuse.allowed", 0.99)


def test_rules_see_tags_and_signals() -> None:
    text = b"""schema = "simcheck.policy/1"
name = "p"
version = 1
[[match]]
rule = "own"
when = ["reference.tags.rights == 'own'", "signals.cosine >= 0.5"]
decision = "pass"
"""
    mine = policy.parse(text, "p")
    assert match_of(finding(), reference(tags={"rights": "own"}), OUTPUT, mine).rule == "own"
    assert match_of(finding(), reference(), OUTPUT, mine).decision == "review"


def test_equal_bytes_are_certain_and_cover_both_sides() -> None:
    stored = StoredReference(reference(), {"width": 640, "height": 480}, ())
    found = exact_match(stored, OUTPUT, policy.load())
    assert (found.score, found.type, found.decision) == (1.0, "exact", "block")
    assert found.regions[0].reference.box == (0, 0, 640, 480)


@given(
    st.lists(st.tuples(st.floats(0, 1), st.sampled_from(["pass", "review", "block"])), max_size=12), st.integers(1, 5)
)
def test_a_bound_on_the_list_never_changes_the_decision(made: list[tuple[float, str]], top: int) -> None:
    matches = [match(score, decision) for score, decision in made]
    kept = best_matches(matches, top)
    assert [m for m in best_matches(matches, 99, 0.5) if m.decision == "pass" and m.score < 0.5] == []
    assert len(best_matches(matches, 99, 0.5)) == sum(m.decision != "pass" or m.score >= 0.5 for m in matches)
    assert len(kept) == min(top, len(matches))
    assert [m.score for m in kept] == sorted((m.score for m in kept), reverse=True)
    order = ["pass", "review", "block"]
    worst = max((order.index(m.decision) for m in matches), default=0)
    assert max((order.index(m.decision) for m in kept), default=0) == worst


@pytest.mark.parametrize(
    ("box", "words"),
    [
        ((0, 0, 1000, 800), ""),
        ((0, 0, 500, 800), ", in the left half of the output"),
        ((500, 0, 500, 800), ", in the right half of the output"),
        ((0, 400, 1000, 400), ", in the bottom half of the output"),
        ((700, 500, 250, 250), ", in the bottom right of the output"),
        ((400, 300, 200, 200), ", in the middle of the output"),
        ((0, 0, 1000, 150), ", in the top part of the output"),
    ],
)
def test_where_is_said_in_words(box: tuple[int, int, int, int], words: str) -> None:
    assert wording.position(OUTPUT, Place(box=box)) == words


def test_the_reason_names_the_work_that_made_the_decision() -> None:
    named = match_of(finding(box=(0, 0, 500, 800)), reference(title="Starry harbour"), OUTPUT, policy.load())
    said = wording.reason(OUTPUT, [named], "block")
    assert said == "Repeats “Starry harbour” (94 % of it, in the left half of the output)."
    several = named.model_copy(update={"regions": named.regions * 3})
    assert wording.about(OUTPUT, several) == "Repeats “Starry harbour” (94 % of it, in 3 places of the output)."
    assert wording.reason(OUTPUT, [], "pass") == "Nothing in the index is repeated."
