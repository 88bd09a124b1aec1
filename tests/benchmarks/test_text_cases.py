"""The text benchmark's cases are what they say: who wrote what, what was spliced where, what the library holds."""

from __future__ import annotations

import numpy as np
import pytest

from benchmarks.text.data import Work, parted
from benchmarks.text.edits import EDITS
from benchmarks.text.library import WORDS, library
from benchmarks.text.peers import MinHashLSH, Winnowing
from benchmarks.text.sentences import GROUPS, signals
from benchmarks.text.splices import KNOWN_BY, _once, cases


def text(seed: int, words: int) -> str:
    rng = np.random.default_rng(seed)
    return " ".join("".join(rng.choice(list("abcdefghijklmnop"), 6)) for _ in range(words))


def work(number: int, author: str, words: int = 3_000) -> Work:
    return Work(f"{number}.txt", author, "en", text(number, words))


def test_the_parts_share_no_author() -> None:
    group = [work(number, f"author {number // 2}", 10) for number in range(9)]
    held, others = parted(group)
    assert {one.author for one in held}.isdisjoint(one.author for one in others)
    assert sorted(one.name for one in held + others) == sorted(one.name for one in group)
    assert held
    assert others


def test_a_case_holds_the_passage_where_it_says_and_its_host_is_by_another_author() -> None:
    held, others = [work(1, "a"), work(2, "b")], [work(3, "c"), work(4, "d"), work(5, "e")]
    for case in cases(held, others, ["verbatim"], [40, 200], 3, "test"):
        source = next(one for one in held if one.name == case.truth.source)
        theirs = source.text[case.truth.source_start : case.truth.source_end]
        assert case.text[case.truth.start : case.truth.end] == theirs
        assert len(theirs.split()) == case.length
        assert len(case.text.split()) == 1_500 + case.length


def test_no_passage_is_taken_that_stands_twice() -> None:
    chapter = text(1, 60).split()
    words = [*chapter, *text(2, 30).split(), *chapter]
    rng = np.random.default_rng(0)
    for _ in range(20):
        first = _once(words, 20, rng)
        assert " ".join(words).count(" ".join(words[first + 10 : first + 10 + KNOWN_BY])) == 1


def test_a_library_has_the_words_asked_for_and_the_real_works_first() -> None:
    real = {"en": [work(1, "a")], "fr": [work(2, "b")]}
    held = list(library(real, 36_000, "test"))
    assert [one.name for one in held if one.author != "Markov"] == ["1.txt", "2.txt"]
    total = sum(len(one.text.split()) for one in held)
    assert 36_000 <= total < 36_000 + 2 * WORDS


@pytest.mark.parametrize("edit", sorted(EDITS))
def test_every_edit_leaves_most_of_a_passage(edit: str) -> None:
    words = ("The quick brown fox jumps over the lazy dog; it was late. He went home, and slept well! " * 6).split()
    out = EDITS[edit](words, ["other", "words"], np.random.default_rng(1))
    assert 0.6 * len(words) <= len(out.split()) <= 1.6 * len(words)


@pytest.mark.parametrize("make", [Winnowing, MinHashLSH])
def test_peers_find_a_verbatim_passage(make: type[Winnowing] | type[MinHashLSH]) -> None:
    if make is MinHashLSH:
        pytest.importorskip("datasketch")
    held, others = [work(1, "a"), work(2, "b")], [work(3, "c"), work(4, "d"), work(5, "e")]
    peer = make(held)
    for case in cases(held, others, ["verbatim"], [400], 2, "test"):
        assert any(found.meets(case.truth) for found in peer.find(case.name, case.text))


def test_signals_of_sentences_fill_their_groups_and_fall_with_what_is_shared() -> None:
    one = "The clerk carried seven heavy books to the old library in March."
    same, near, far = (signals(one, other) for other in (one, one.replace("seven", "many"), "Rain fell on us."))
    assert len(same) == max(group.stop for group in GROUPS.values())
    for at in (1, 3, 8, 13):
        assert same[at] > near[at] > far[at]
