"""Sentences in English, French and other scripts; languages; likeness by chance; alignment of sentences."""

from __future__ import annotations

from itertools import product

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from simcheck.encoders.minilm import MiniLM
from simcheck.kinds.text import chance, paraphrase
from simcheck.kinds.text.language import language_of
from simcheck.kinds.text.semantic import covered, readable
from simcheck.kinds.text.sentences import LEAST_WORDS, MOST_CHARACTERS, MOST_WORDS, sentences

DIVIDED = [
    [
        "Mr. Smith went to St. Paul's, e.g. on Sunday, at 5 p.m. sharp.",
        "He did not like it at all!",
        "“Really?” she asked him in the dark.",
        "J. R. R. Tolkien had never been there.",
    ],
    [
        "Il dit : « Venez donc avec moi, mon ami ! »",
        "Puis il s’en alla vers la mer.",
        "M. Dupont et Mme. Durand restèrent là.",
        "— Non, dit-elle, je ne viendrai pas ce soir.",
    ],
    ["He waited for a long time… Nobody came to the house."],
]


@pytest.mark.parametrize("wanted", [DIVIDED[0], DIVIDED[1]], ids=["English", "French"])
def test_sentences_end_where_a_reader_sees_it(wanted: list[str]) -> None:
    text = " ".join(wanted)
    assert [text[start:end] for start, end in sentences(text)] == wanted


def test_japanese_needs_no_spaces() -> None:
    text = "彼は昨日の朝に東京へ行きました。とても楽しかったと言っていた！"
    assert [text[start:end] for start, end in sentences(text)] == [text[:16], text[16:]]


def test_an_empty_line_ends_a_sentence_and_short_ones_join() -> None:
    text = "No. Yes. But why would anybody do that?\n\nA heading here\n \nThe next paragraph has no end. None"
    assert [text[start:end] for start, end in sentences(text)] == [
        "No. Yes. But why would anybody do that?", "A heading here", "The next paragraph has no end. None",
    ]  # fmt: skip


@given(st.text(alphabet='aB.!? \n"»é。,;1', max_size=400))
def test_every_word_is_in_exactly_one_sentence(text: str) -> None:
    spans = sentences(text)
    assert (spans[1:, 0] >= spans[:-1, 1]).all()
    inside = "".join(text[start:end] for start, end in spans)
    assert "".join(inside.split()) == "".join(text.split())


@given(st.integers(1, 400), st.sampled_from(["w ", "word, ", "x", "漢"]))
@settings(max_examples=30)
def test_no_sentence_is_too_long(count: int, word: str) -> None:
    text = word * count * 10
    for start, end in sentences(text):
        assert end - start <= MOST_CHARACTERS
        assert len(text[start:end].split()) <= MOST_WORDS


def test_a_million_marks_take_no_time() -> None:
    """Quadratic time would take hours here."""
    for text in ("." * 1_000_000, "a. " * 300_000, "\n \n" * 300_000, '."' * 500_000, " " * 1_000_000, ". »" * 300_000):
        assert len(sentences(text)) <= len(text) / LEAST_WORDS


@pytest.mark.parametrize(
    ("text", "language"),
    [
        ("The old man walked slowly down to the harbour and he was alone.", "en"),
        ("Le vieil homme descendit lentement vers le port, et il ne dit rien.", "fr"),
        ("Wir haben die Zahlung noch nicht erhalten.", "de"),
        ("Он пришёл домой поздно ночью.", "cyrillic"),
        ("彼は昨日東京へ行きました。", "japanese"),
        ("Zyx wvu tsr.", None),
        ("12 34", None),
    ],
)
def test_languages(text: str, language: str | None) -> None:
    assert language_of(text) == language


def test_what_an_english_encoder_cannot_read() -> None:
    assert readable("Été à la mer")
    assert readable("1234")
    assert not readable("Он пришёл домой")


def test_covered_is_a_share() -> None:
    spans = np.array([[0, 10], [10, 20], [30, 40]])
    assert covered(spans, np.array([[5, 12], [30, 40]])).tolist() == [0.5, 0.2, 1.0]
    assert covered(spans, np.empty((0, 2), np.int64)).tolist() == [0, 0, 0]


def unit(rows: np.ndarray) -> np.ndarray:
    return (rows / np.linalg.norm(rows, axis=1, keepdims=True)).astype(np.float32)


def test_chance_says_how_near_strangers_come() -> None:
    """The cosine that a bit more than one stranger in 2,000 exceeds tells about eleven bits, in a space like any."""
    rng = np.random.default_rng(0)
    background, strangers = unit(rng.normal(size=(1_500, 64))), unit(rng.normal(size=(200_000, 64)))
    probe = unit(rng.normal(size=(20, 64)))
    cosines = np.sort(probe @ strangers.T, axis=1)[:, -100]
    told = chance.tail(probe, background).bits(np.arange(20), cosines)
    assert np.median(told) == pytest.approx(np.log2(2_000), abs=1.5)


def test_where_all_sentences_are_alike_likeness_tells_less() -> None:
    """A language that the encoder does not know: every sentence is near every other."""
    rng = np.random.default_rng(1)
    background, middle = unit(rng.normal(size=(1_500, 64))), rng.normal(size=64) * 3
    alike = unit(middle + rng.normal(size=(300, 64)))
    cosines = alike[:10] @ alike[10]
    alone = chance.tail(alike[:10], background).bits(np.arange(10), cosines)
    among = chance.tail(alike[:10], background, alike).bits(np.arange(10), cosines)
    assert np.median(alone) > 20
    assert np.median(among) < 6


def test_the_shipped_background_is_of_the_packaged_encoder() -> None:
    held = chance.load(MiniLM.identity, MiniLM.dimensions)
    assert held.shape == (1_500, 384)
    assert np.allclose(np.linalg.norm(held, axis=1), 1, atol=1e-5)
    assert chance.load("another", 16).shape == (0, 16)


def near(points: np.ndarray) -> list[set[int]]:
    """Clusters by comparing every point with every other, until nothing changes."""
    groups = [{at} for at in range(len(points))]
    for one, other in product(range(len(points)), repeat=2):
        if np.abs(points[one] - points[other]).max() <= paraphrase.REACH:
            first = next(group for group in groups if one in group)
            second = next(group for group in groups if other in group)
            if first is not second:
                groups.remove(second)
                first |= second
    return groups


@given(st.lists(st.tuples(st.integers(0, 30), st.integers(0, 30)), max_size=60, unique=True))
def test_clusters_are_those_of_brute_force(places: list[tuple[int, int]]) -> None:
    points = np.array(sorted(places), np.int64).reshape(-1, 2)
    found = {frozenset(group.tolist()) for group in paraphrase.clusters(points)}
    assert found == {frozenset(group) for group in near(points)}


def test_a_passage_is_found_in_another_order_and_with_sentences_left_out() -> None:
    rng = np.random.default_rng(2)
    background = unit(rng.normal(size=(1_500, 128)))
    output, reference = unit(rng.normal(size=(60, 128))), unit(rng.normal(size=(400, 128)))
    for ours, theirs in ((20, 201), (21, 200), (23, 203)):
        output[ours] = unit(reference[theirs : theirs + 1] + 0.05 * rng.normal(size=(1, 128)))[0]
    most = np.full(60, 30.0), np.full(400, 30.0)
    [found] = paraphrase.passages(output, reference, most, background)
    assert found.pairs.tolist() == [[20, 201], [21, 200], [23, 203]]
    assert found.bits > 3 * 15 - 2 * paraphrase.STEP_BITS
    taken = output.copy()
    taken[[20, 21, 23]] = 0
    assert paraphrase.passages(taken, reference, most, background) == []
    short = np.full(60, 4.0), np.full(400, 30.0)
    assert paraphrase.passages(output, reference, short, background) == []
