"""The semantic lane through the gate: what says the same in other words, what does not, and what was not looked for."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path

import numpy as np
import pytest

import simcheck
from simcheck.checker import Checker
from simcheck.encoders.base import Vectors
from simcheck.errors import IndexMismatchError
from simcheck.kinds.text import semantic
from simcheck.settings import Settings
from tests.kinds.text.test_text_kind import HOST

WRECK = (
    "The captain refused to leave the burning ship until every sailor had climbed into the boats. For three days the "
    "survivors drifted without water under a merciless sun. On the fourth morning a fishing vessel from the islands "
    "noticed their signal and took them aboard. The owner of the company denied that he had known about the rotten "
    "lifeboats."
)
RETOLD = (
    "Only when all of his crew were safely in the lifeboats would the skipper abandon the flaming vessel. They floated "
    "for three days beneath a pitiless sun with nothing to drink. A fishing boat from the archipelago finally saw them "
    "signalling on day four and picked them up. The firm's proprietor claimed he had no knowledge that the lifeboats "
    "were decayed."
)
GARDEN = (
    "My grandmother planted tomatoes behind the kitchen every spring. She watered them before sunrise, and nobody was "
    "allowed to touch the hose. In August we ate them with salt on the steps of the house. The seeds were dried on the "
    "window sill and kept in envelopes for the following year."
)


@pytest.fixture
def checker(tmp_path: Path) -> Iterator[Checker]:
    with simcheck.open(tmp_path / "index") as opened:
        opened.add(f"{GARDEN}\n\n{WRECK}\n\n{HOST}".encode(), name="work.txt", title="The wreck")
        yield opened


def test_a_passage_told_in_other_words_is_for_a_person_to_judge(checker: Checker) -> None:
    """No run of three words is shared; both places are those of the whole passage."""
    text = f"Once more about the sea.\n\n{RETOLD}\n\nThat is all there is to be said of it today."
    report = checker.check(text.encode(), name="out.txt")
    assert (report.decision, report.notes) == ("review", ())
    [match] = report.matches
    assert (match.type, match.rule) == ("paraphrase", "text.paraphrase")
    assert "in other words" in report.reason
    [region] = match.regions
    assert region.type == "paraphrase"
    assert text[int(region.output.start or 0) : int(region.output.end or 0)] == RETOLD == region.output.text
    assert region.reference.text == WRECK
    start = len(GARDEN) + 2
    assert (region.reference.start, region.reference.end) == (start, start + len(WRECK))
    assert match.signals["sentences"] == 4
    assert match.signals["paraphrased_words"] == len(RETOLD.split()) + 1  # "firm's" is two words
    assert 0.5 < match.coverage.output < 1


def test_paraphrase_alone_never_blocks(checker: Checker) -> None:
    assert checker.check(RETOLD.encode(), name="out.txt").decision == "review"


def test_another_text_about_the_sea_passes(checker: Checker) -> None:
    other = (
        "The harbour of the town was built by the Romans and is still used by fishermen today. Every morning the boats "
        "leave before dawn and return with sardines. Tourists like to photograph the lighthouse from the pier. In "
        "winter the storms are so strong that nobody goes out."
    )
    report = checker.check(other.encode(), name="out.txt")
    assert (report.decision, report.matches) == ("pass", ())


def test_what_the_words_tell_is_not_told_again(checker: Checker) -> None:
    """Verbatim and paraphrased passages of one work are regions of one match."""
    text = f"{GARDEN}\n\nSomething else stands here between the two.\n\n{RETOLD}"
    [match] = checker.check(text.encode(), name="out.txt").matches
    assert [region.type for region in match.regions] == ["verbatim", "paraphrase"]
    assert match.type == "paraphrase" or match.signals["copied_words"] >= match.signals["paraphrased_words"]
    only = checker.check(f"{GARDEN} \n".encode(), name="out.txt").matches[0]
    assert [region.type for region in only.regions] == ["verbatim"]
    assert "paraphrased_words" not in only.signals


def test_boilerplate_hides_no_paraphrase_and_a_paraphrase_no_boilerplate(checker: Checker) -> None:
    """What a work shares as boilerplate says nothing of what it shares otherwise."""
    clause = " ".join(f"{one} is hereby granted under section {at}" for at, one in enumerate(HOST.split()[:60]))
    checker.add(f"{WRECK}\n\n{clause}".encode(), name="other.txt")
    checker.add(clause.encode(), name="clause.txt", boilerplate=True)
    mine = {m.reference.name: m for m in checker.check(f"{clause}\n\n{RETOLD}".encode(), name="out.txt").matches}
    assert (mine["other.txt"].decision, mine["other.txt"].rule) == ("review", "text.paraphrase")
    assert "verbatim_characters" not in mine["other.txt"].signals
    report = checker.check(f"{clause}\n".encode(), name="out.txt")
    assert {m.rule for m in report.matches} == {"text.boilerplate"}


def test_excluded_parts_do_not_count(checker: Checker) -> None:
    start = len(GARDEN) + 2
    reference = checker.check(RETOLD.encode(), name="out.txt").matches[0].reference
    checker.index.exclude(reference.id, start, start + len(WRECK))
    assert checker.check(f"{RETOLD}\n".encode(), name="out.txt").matches == ()


def test_switched_off_the_report_says_so(tmp_path: Path) -> None:
    settings = Settings(sentences="off")
    with simcheck.open(tmp_path / "index", settings=settings) as checker:
        checker.add(WRECK.encode(), name="work.txt")
        report = checker.check(RETOLD.encode(), name="out.txt")
        assert (report.decision, report.models.get("text.sentences")) == ("pass", None)
        assert report.notes == (
            "Paraphrases were not looked for: the semantic lane is switched off (sentences = 'off').",
        )
    with simcheck.open(tmp_path / "index") as checker:
        checker.add(GARDEN.encode(), name="garden.txt")
        report = checker.check(f"{RETOLD}\n".encode(), name="out.txt")
        assert report.decision == "pass"
        assert report.notes[0].startswith("Paraphrases of 1 of the 2 texts in the index were not looked for")
        checker.index.remove(next(one.id for one in checker.index.references().items if one.name == "work.txt"))
        checker.add(WRECK.encode(), name="work.txt")
        again = checker.check(f"{RETOLD}\n\n".encode(), name="out.txt")
        assert (again.decision, again.notes) == ("review", ())


class Translator:
    """A multilingual encoder: sentences of one meaning have one vector, all others are nearly at right angles."""

    name, dimensions, identity, multilingual = "stub", 32, "stub-1", True
    MEANINGS = (
        ("the captain refused", "le capitaine refusa"),
        ("for three days", "pendant trois jours"),
        ("on the fourth", "le quatrième matin"),
        ("the owner of", "le propriétaire de"),
    )

    def encode(self, texts: Sequence[str]) -> Vectors:
        rows = []
        for text in texts:
            first = " ".join(text.lower().split()[:3])
            seed = next((n for n, pair in enumerate(self.MEANINGS) if first in pair), None)
            row = np.random.default_rng(sum(text.encode()) + 100 if seed is None else seed).normal(size=32)
            rows.append(row / np.linalg.norm(row))
        return np.array(rows, np.float32).reshape(-1, 32)


TRANSLATED = (
    "Le capitaine refusa de quitter le navire en flammes tant que tous les marins n’étaient pas dans les canots. "
    "Pendant trois jours les survivants dérivèrent sans eau sous un soleil impitoyable. Le quatrième matin un bateau "
    "de pêche des îles aperçut leur signal et les prit à bord. Le propriétaire de la compagnie nia qu’il savait que "
    "les canots étaient pourris."
)


def test_a_translation_is_found_with_a_multilingual_encoder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The seam: no multilingual model can be had here, so one is stood in for."""
    monkeypatch.setattr(semantic, "load_text_encoder", lambda spec: Translator())
    with simcheck.open(tmp_path / "index", settings=Settings(sentences="st:multilingual")) as checker:
        checker.add(f"{WRECK}\n\n{HOST}".encode(), name="work.txt")
        report = checker.check(TRANSLATED.encode(), name="out.txt")
        assert report.models["text.sentences"] == "stub"
        [match] = report.matches
        assert (report.decision, match.type, match.rule) == ("review", "translation", "text.paraphrase")
        assert [region.type for region in match.regions] == ["translation"]
        assert "translated" in report.reason
        same = checker.check(RETOLD.replace("Only when all", "The captain refused").encode(), name="x.txt")
        assert all(region.type != "translation" for one in same.matches for region in one.regions)


def test_vectors_of_another_encoder_are_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with simcheck.open(tmp_path / "index") as checker:
        checker.add(WRECK.encode(), name="work.txt")
    monkeypatch.setattr(semantic, "load_text_encoder", lambda spec: Translator())
    with (
        simcheck.open(tmp_path / "index", settings=Settings(sentences="st:multilingual")) as checker,
        pytest.raises(IndexMismatchError, match="cannot be compared"),
    ):
        checker.check(RETOLD.encode(), name="out.txt")


def test_a_check_of_a_text_needs_no_torch(checker: Checker) -> None:
    code = (
        "import sys, simcheck; checker = simcheck.open(sys.argv[1]); "
        "report = checker.check(sys.argv[2].encode(), name='out.txt'); checker.close(); "
        "print(report.decision, *{'torch', 'sentence_transformers'} & set(sys.modules))"
    )
    command = [sys.executable, "-c", code, str(checker.folder), RETOLD]
    run = subprocess.run(command, capture_output=True, text=True, check=True)
    assert run.stdout.split() == ["review"]
