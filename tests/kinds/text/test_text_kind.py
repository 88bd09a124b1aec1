"""Texts through the whole gate: what is held, what is not, and where the report says it is."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

import simcheck
from simcheck.checker import Checker
from simcheck.report import Report
from simcheck.settings import Settings

SYLLABLES = [a + b for a in "bcdfghklmnprstvz" for b in ("a", "e", "i", "o", "u", "ai", "or", "en")]


def made(seed: int, words: int) -> str:
    """Text of made words in sentences: nothing in it is a common phrase, and no two seeds share more than chance."""
    rng = np.random.default_rng(seed)
    vocabulary = ["".join(rng.choice(SYLLABLES, rng.integers(2, 4))) for _ in range(words // 2)]
    out, left = [], words
    while left > 0:
        size = min(int(rng.integers(6, 16)), left)
        out.append(" ".join(rng.choice(vocabulary, size)).capitalize() + ".")
        left -= size
    return " ".join(out)


WORK = made(1, 5_000)
HOST = made(2, 800)


def spliced(passage: str) -> tuple[str, int]:
    """The passage in the middle of another text, and where it begins."""
    before = HOST[:2_000] + "\n\n"
    return before + passage + "\n\n" + HOST[2_000:], len(before)


@pytest.fixture
def checker(tmp_path: Path) -> Iterator[Checker]:
    # What the words find alone: encoding made words takes longer than everything else here.
    with simcheck.open(tmp_path / "index", settings=Settings(sentences="off")) as opened:
        opened.add(WORK.encode(), name="work.txt", title="The work")
        yield opened


def check(checker: Checker, text: str, name: str = "out.txt") -> Report:
    return checker.check(text.encode(), name=name)


def test_a_copied_passage_is_blocked_with_its_places(checker: Checker) -> None:
    """Deep in the work, across the border of two segments; both places lead to the passage."""
    middle = WORK.index(" ", len(WORK) * 2 // 5 - 200) + 1
    passage = WORK[middle : middle + 400].rsplit(" ", 1)[0]
    text, start = spliced(passage)
    report = check(checker, text)
    [match] = report.matches
    [region] = match.regions
    assert (report.decision, match.rule, match.type) == ("block", "text.verbatim", "verbatim")
    assert region.output.start is not None
    assert abs(region.output.start - start) <= 12
    assert text[int(region.output.start) : int(region.output.end or 0)].startswith(region.output.text or "?")
    theirs = WORK[int(region.reference.start or 0) : int(region.reference.end or 0)]
    assert theirs.startswith(region.reference.text or "?")
    assert match.signals["verbatim_characters"] >= 380


def test_an_altered_passage_is_held(checker: Checker) -> None:
    words = WORK[3_000:4_500].split()
    other = made(3, 400).split()
    text, _ = spliced(" ".join(other[at] if at % 3 == 2 else word for at, word in enumerate(words)))
    report = check(checker, text)
    assert report.held
    [match] = report.matches
    assert match.type == "altered"
    assert match.coverage.output == pytest.approx(match.signals["copied_words"] / len(text.split()), abs=0.01)


def test_a_phrase_of_the_copied_passage_in_another_work_is_no_second_find(checker: Checker) -> None:
    passage = WORK[3_000:5_000]
    phrase = " ".join(passage.split()[100:108])
    checker.add((made(11, 400) + " " + phrase + " " + made(12, 400)).encode(), name="other.txt")
    assert [match.reference.name for match in check(checker, spliced(passage)[0]).matches] == ["work.txt"]
    alone = check(checker, spliced(phrase)[0])
    assert {match.reference.name for match in alone.matches} == {"work.txt", "other.txt"}


def test_an_unrelated_text_passes_without_matches(checker: Checker) -> None:
    report = check(checker, HOST)
    assert (report.decision, report.matches) == ("pass", ())


def test_the_whole_work_in_disguise_is_near_exact(checker: Checker) -> None:
    report = check(checker, WORK.upper().replace("A", "А"))
    assert (report.decision, report.matches[0].type) == ("block", "near-exact")
    assert report.matches[0].coverage.reference == pytest.approx(1, abs=0.01)


def test_three_words_are_nothing_to_compare(checker: Checker) -> None:
    report = check(checker, "Only three words")
    assert report.decision == "pass"
    assert "nothing to compare" in report.reason


def test_boilerplate_counts_for_no_other_work(checker: Checker) -> None:
    clause = made(5, 120)
    checker.add((made(6, 300) + "\n" + clause).encode(), name="other.txt")
    text, _ = spliced(clause)
    assert check(checker, text).decision == "block"
    checker.add(clause.encode(), name="clause.txt", boilerplate=True)
    report = check(checker, text + "\n")
    assert report.decision == "pass"
    assert [match.rule for match in report.matches] == ["text.boilerplate"]
    assert report.matches[0].coverage.output == 0


def test_boilerplate_leaves_numerator_and_denominator(checker: Checker) -> None:
    """Half of the output is the clause, the other half is copied; of the work it is a fifth."""
    clause, story = made(5, 100), made(6, 400)
    checker.add((story + "\n" + clause).encode(), name="other.txt")
    output = " ".join(story.split()[:100]) + "\n" + clause
    [match] = check(checker, output).matches
    assert match.coverage.output == pytest.approx(1, abs=0.02)
    assert match.coverage.reference == pytest.approx(200 / 500, abs=0.02)
    checker.add(clause.encode(), name="clause.txt", boilerplate=True)
    [match] = check(checker, output + "\n").matches
    assert match.coverage.output == pytest.approx(1, abs=0.02)
    assert match.signals["verbatim_words"] == pytest.approx(100, abs=2)
    [match] = check(checker, made(8, 100) + "\n" + output).matches
    assert match.coverage.output == pytest.approx(100 / 200, abs=0.02)


def test_a_common_clause_inside_a_short_passage_does_not_make_it_a_copy(checker: Checker) -> None:
    """What stands beside the clause would not be told by itself."""
    clause, story = made(5, 60), made(6, 400)
    middle = " ".join(story.split()[200:203])
    checker.add((story[:900] + " " + middle + " " + clause + " " + story[900:]).encode(), name="other.txt")
    checker.add(clause.encode(), name="clause.txt", boilerplate=True)
    report = check(checker, spliced(middle + " " + clause)[0])
    assert report.decision == "pass"
    assert {match.rule for match in report.matches} == {"text.boilerplate"}


def test_licences_are_nobodys(checker: Checker) -> None:
    """The MIT licence is known as boilerplate without being registered as such."""
    grant = (
        "Permission is hereby granted, free of charge, to any person obtaining a copy of this software and associated "
        'documentation files (the "Software"), to deal in the Software without restriction, including without '
        "limitation the rights to use, copy, modify, merge, publish, distribute, sublicense, and/or sell copies of the "
        "Software, and to permit persons to whom the Software is furnished to do so, subject to the following "
        "conditions:"
    )
    checker.add((made(7, 300) + "\n" + grant).encode(), name="licensed.txt")
    report = check(checker, spliced(grant)[0])
    assert report.decision == "pass"
    assert {match.rule for match in report.matches} == {"text.boilerplate"}


def test_excluded_parts_of_a_reference_do_not_count(checker: Checker) -> None:
    text, _ = spliced(WORK[1_000:1_600])
    [match] = check(checker, text).matches
    checker.index.exclude(match.reference.id, 900, 1_700)
    assert check(checker, text + "\n").matches == ()


def test_a_marked_quotation_is_for_a_person_to_judge(checker: Checker) -> None:
    report = check(checker, spliced(f"“{WORK[1_000:1_600]}”")[0])
    assert (report.decision, report.matches[0].rule) == ("review", "text.quotation")
    assert report.matches[0].signals["quoted"] == 1


def test_a_quotation_is_told_apart_from_what_is_copied_without_marks(checker: Checker) -> None:
    """A long quotation does not make a short unmarked phrase a block, nor hide it."""
    quotation, phrase = WORK[1_000:1_600], " ".join(WORK[9_000:9_300].split()[1:19])
    report = check(checker, f"{HOST[:900]}\n“{quotation}”\n{HOST[900:1_800]} {phrase} {HOST[1_800:]}")
    [match] = report.matches
    assert (report.decision, match.rule) == ("review", "text.passage")
    assert (match.signals["passages"], match.signals["quoted_passages"]) == (2, 1)
    assert match.signals["verbatim_words"] <= 19


def test_a_refrain_counts_once_however_often_it_is_sung(checker: Checker) -> None:
    refrain = made(21, 24)
    checker.add((made(22, 200) + " " + refrain + " " + made(23, 200)).encode(), name="song.txt")
    once = check(checker, spliced(refrain)[0]).matches[0]
    again = check(checker, "\n".join(f"{made(30 + at, 30)}\n{refrain}" for at in range(6))).matches[0]
    assert len(again.regions) == 1
    assert again.signals["copied_words"] == once.signals["copied_words"] == 24
    assert again.signals["bits"] < once.signals["bits"]


def test_places_in_markup_are_those_of_the_file(checker: Checker) -> None:
    passage = WORK[1_000:1_500]
    page = f"<!DOCTYPE html><p>{HOST[:900]}</p>\n<p>{passage.replace(' ', ' <b>x</b> ', 1).replace('e', '&#101;')}</p>"
    [region] = check(checker, page, "out.html").matches[0].regions
    found = page[int(region.output.start or 0) : int(region.output.end or 0)]
    assert found.replace("&#101;", "e")[-60:] in passage
    assert region.output.text is not None
    assert "&#101;" not in region.output.text


def test_a_text_too_short_to_protect_is_quarantined(checker: Checker) -> None:
    reference = checker.add(b"Once upon a time.", name="short.txt")
    assert reference.status == "quarantined"
    assert "words" in (reference.status_reason or "")


def test_a_subtitle_finds_the_script_it_was_made_from(checker: Checker) -> None:
    lines = WORK[2_000:3_000].split(". ")
    cues = [f"{n}\n00:00:{n:02d},000 --> 00:00:{n:02d},900\n{line}\n" for n, line in enumerate(lines, 1)]
    report = check(checker, "\n".join(cues), "out.srt")
    assert report.decision == "block"
    assert len(report.matches[0].regions) == 1
