"""Words: what hides a copy makes no difference, and places are those of the text."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from simcheck.kinds.text import words
from simcheck.kinds.text.words import WORD, key, word_id, words_of


@pytest.mark.parametrize(
    ("hidden", "plain"),
    [
        ("COPY", "copy"),
        ("сору", "copy"),  # Cyrillic
        ("ｃｏｐｙ", "copy"),
        ("𝖈𝖔𝖕𝖞", "copy"),
        ("c\u200bo\u2060py", "copy"),
        ("ho\u00adme", "home"),
        ("ﬁnd", "find"),
        ("œuvre", "oeuvre"),
        ("Straße", "STRASSE"),
        ("h0us3", "house"),
        ("p@ssing", "passing"),
        ("été", "e\u0301te\u0301"),
        ("Élan", "elan"),
        ("f1ll", "fill"),
        ("ΤΑΒLE", "table"),
        ("exam-\n  ple", "example"),
        ("exam-\r\nple", "example"),
    ],
)
def test_what_hides_a_word_makes_no_difference(hidden: str, plain: str) -> None:
    assert word_id(hidden) == word_id(plain) != 0
    found = words_of(f"a {hidden} b")
    assert found.ids.tolist() == words_of(f"a {plain} b").ids.tolist()
    assert (found.starts[1], found.ends[1]) == (2, 2 + len(hidden))


@pytest.mark.parametrize(("one", "other"), [("1999", "1998"), ("cat", "car"), ("Москва", "Минск"), ("a", "e")])
def test_other_words_stay_others(one: str, other: str) -> None:
    assert key(one) != key(other)


def test_apostrophes_punctuation_and_hyphens_divide() -> None:
    text = "L’homme-orchestre, l'a dit: don't_go"
    found = words_of(text)
    assert [text[a:b] for a, b in zip(found.starts, found.ends, strict=True)] == [
        "L", "homme", "orchestre", "l", "a", "dit", "don", "t", "go",
    ]  # fmt: skip


def test_scripts_without_spaces_give_a_word_a_character() -> None:
    assert len(words_of("日本語 ไทย")) == 6


@settings(max_examples=300)
@given(st.text(alphabet="abIl10 \n\t\r-‐'’@$|!_.,é\u0301\u200b\u00adßœæаВ日本ª²½ﬁÅ“”", max_size=40))
def test_plain_words_are_hashed_as_all_others(text: str) -> None:
    """The way for plain words, all at once, finds what the regular expression and the key find one by one."""
    one_by_one = [(word_id(m.group()), *m.span()) for m in WORD.finditer(text) if word_id(m.group())]
    found = words_of(text)
    assert list(zip(found.ids.tolist(), found.starts.tolist(), found.ends.tolist(), strict=True)) == one_by_one


@settings(max_examples=100)
@given(st.text(max_size=80))
def test_any_text_has_words_in_order_inside_it(text: str) -> None:
    found = words_of(text)
    assert (found.starts < found.ends).all()
    assert (found.ends[:-1] <= found.starts[1:]).all()
    assert not len(found) or found.ends[-1] <= len(text)


def test_blocks_make_no_difference(monkeypatch: pytest.MonkeyPatch) -> None:
    text = "The quick exam-\n ple, 'twas  h0use\u200b \n\n over été. " * 40
    whole = words_of(text)
    monkeypatch.setattr(words, "BLOCK", 37)
    cut = words_of(text)
    assert whole.ids.tolist() == cut.ids.tolist()
    assert whole.starts.tolist() == cut.starts.tolist()
