"""Texts from bytes: encodings, formats, and places that lead back into the file."""

from __future__ import annotations

import numpy as np
import pytest

from simcheck.decode.limits import Limits
from simcheck.decode.sniff import sniff
from simcheck.errors import MediaError
from simcheck.kinds.text import decode, origin
from simcheck.kinds.text.describe import Visible
from simcheck.kinds.text.words import words_of

TEXT = "Été à la mer – “quoted”, naïve œuvre.\r\nSecond line, the end.\n"


def seen(data: bytes) -> tuple[Visible, dict[str, object]]:
    out = decode.decode(data, Limits())
    return Visible(out.arrays["text"].tobytes().decode(), out.arrays["pieces"]), dict(out.facts)


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be", "utf-32", "cp1252"])
def test_encodings_give_the_same_text_and_places(encoding: str) -> None:
    data = TEXT.encode(encoding)
    assert sniff(data).kind == "text"
    found, facts = seen(data)
    assert found.text == TEXT
    assert facts["characters"] == len(TEXT)
    assert origin.place(found.pieces, 4, 9) == (4, 9)


@pytest.mark.parametrize(
    ("encoding", "text"),
    [
        ("cp1251", "Все счастливые семьи похожи друг на друга, каждая несчастливая семья несчастлива по-своему."),
        ("koi8_r", "Все счастливые семьи похожи друг на друга, каждая несчастливая семья несчастлива по-своему."),
        ("shift_jis", "吾輩は猫である。名前はまだ無い。どこで生れたかとんと見当がつかぬ。"),
        ("euc_jp", "吾輩は猫である。名前はまだ無い。どこで生れたかとんと見当がつかぬ。"),
        ("gb18030", "话说天下大势，分久必合，合久必分。周末七国分争，并入于秦。"),
        ("big5", "子曰：學而時習之，不亦說乎？有朋自遠方來，不亦樂乎？"),
        ("euc_kr", "나는 고양이다. 이름은 아직 없다. 어디서 태어났는지 도무지 짐작이 가지 않는다."),
        ("cp1253", "Όλες οι ευτυχισμένες οικογένειες μοιάζουν μεταξύ τους, κάθε δυστυχισμένη με τον τρόπο της."),
        ("cp1255", "כל המשפחות המאושרות דומות זו לזו, אך כל משפחה אומללה היא אומללה בדרכה שלה."),
        ("cp1256", "كل العائلات السعيدة تتشابه، لكن كل عائلة تعيسة هي تعيسة بطريقتها الخاصة."),
        ("cp1250", "Wszystkie szczęśliwe rodziny są do siebie podobne, każda nieszczęśliwa na swój sposób."),
        (
            "cp1254",
            "Bütün mutlu aileler birbirine benzer, her mutsuz ailenin kendine özgü bir mutsuzluğu vardır. "
            "Oblonskilerin evinde her şey altüst olmuştu.",
        ),
        ("cp1252", "Toutes les familles heureuses se ressemblent, mais chaque famille malheureuse l’est à sa façon."),
    ],
    ids=lambda value: value if value.isascii() else "",
)
@pytest.mark.parametrize("times", [1, 2000])
def test_encodings_from_before_unicode_are_told_by_what_they_say(encoding: str, text: str, times: int) -> None:
    """Long ones, too, of which only the beginning is looked at."""
    whole = (text + "\n") * times
    found, facts = seen(whole.encode(encoding))
    assert (found.text == whole, facts["encoding"]) == (True, encoding)


@pytest.mark.parametrize(
    "data",
    [
        bytes(range(256)) * 8,
        b"\x00\x01\x02 text",
        bytes(range(128, 256)) * 20,
        "话说天下大势，分久必合".encode()[:-1] * 9,
        "Été à la mer, ".encode() * 9 + b"\xc3",
    ],
)
def test_what_is_no_text_in_a_known_encoding_is_refused(data: bytes) -> None:
    assert sniff(data).kind != "text"
    with pytest.raises(MediaError) as caught:
        decode.decode(data, Limits())
    assert caught.value.code == "unreadable"


CASES = {
    "html": (
        "<!DOCTYPE html><html><head><title>Not seen</title><style>p {}</style></head><body><!-- no -->\n"
        '<p class="a>b">The <b>qui</b>ck &quot;br&#111;wn&quot; fox</p><p>jumps &amp; runs</p>'
        "<script>var x = 1 < 2;</script>",
        ["The", "quick", "brown", "fox", "jumps", "runs"],
    ),
    "fdx": (
        '<?xml version="1.0"?>\n<FinalDraft DocumentType="Script"><Content>'
        '<Paragraph Type="Scene Heading"><Text>INT. HOUSE - DAY</Text></Paragraph>'
        '<Paragraph Type="Action"><Text>The q</Text><Text Style="Bold">uick</Text></Paragraph>'
        '<Paragraph Type="Dialogue"><Text>brown &amp; fox</Text></Paragraph></Content></FinalDraft>',
        ["The", "quick", "brown", "fox"],
    ),
    "srt": (
        "1\n00:00:01,000 --> 00:00:04,000\nThe <i>quick</i>\nbrown\n\n2\n00:00:05,000 --> 00:00:08,500\n{\\an8}fox 7\n",
        ["The", "quick", "brown", "fox", "7"],
    ),
    "vtt": (
        "WEBVTT - file\nX: 1\n\nNOTE not\nseen\n\nid\n00:01.000 --> 00:04.000 align:start\n<v Bob>The quick</v>\n\n"
        "00:05.000 --> 00:06.000\nbrown fox\n",
        ["The", "quick", "brown", "fox"],
    ),
    "fountain": (
        "Title: x\n\nINT. HOUSE - DAY\n\n/* cut\nout */\nThe quick\n[[note]]\n> CUT TO:\n\nBOB\nbrown fox\n",
        ["Title", "x", "The", "quick", "BOB", "brown", "fox"],
    ),
}


@pytest.mark.parametrize("name", sorted(CASES))
def test_formats_show_what_a_reader_sees(name: str) -> None:
    source, wanted = CASES[name]
    found, facts = seen(source.encode())
    words = words_of(found.text)
    spans = list(zip(words.starts.tolist(), words.ends.tolist(), strict=True))
    assert [found.text[a:b] for a, b in spans] == wanted
    assert facts["format"] == {"srt": "subtitles", "vtt": "subtitles"}.get(name, name)
    for (a, b), word in zip(spans, wanted, strict=True):
        start, end = origin.place(found.pieces, a, b)
        assert source[start] == word[0]
        assert source[:end].rstrip(";").endswith(word[-1])
        assert origin.visible(found.pieces, start) == a


def test_pieces_hold_together_in_every_format() -> None:
    for source, _ in CASES.values():
        found, _ = seen(source.encode())
        for at, character in enumerate(found.text):
            start, end = origin.place(found.pieces, at, at + 1)
            assert source[start:end] == character or end - start != 1 or character == "\n"
        assert (np.diff(found.pieces[:, 1]) >= 0).all()


@pytest.mark.parametrize(
    "data",
    [
        b"<html>" + b"<div>" * 200_000 + b"deep",
        b"<html>" + b"<!--" * 200_000,
        b"<html>" + b"<a b='" * 100_000,
        b"<html><script>" * 50_000,
        b"[[" * 300_000 + b"\nINT. X\n",
        b"word\n" * 1_000_000,
        b"x" * 3_000_000,
    ],
    ids=["deep", "comments", "attributes", "scripts", "notes", "lines", "one word"],
)
def test_hostile_texts_are_decoded_in_linear_time(data: bytes) -> None:
    """Quadratic time would take hours here, not fractions of a second."""
    found, _ = seen(data)
    words_of(found.text)


def test_entity_bombs_are_refused() -> None:
    bomb = b'<?xml version="1.0"?><!DOCTYPE a [<!ENTITY a "x"><!ENTITY b "&a;&a;">]><FinalDraft>&b;</FinalDraft>'
    with pytest.raises(MediaError, match="entities"):
        decode.decode(bomb, Limits())


def test_too_long_a_text_says_so() -> None:
    with pytest.raises(MediaError) as caught:
        decode.decode(b"a " * (decode.MOST_CHARACTERS // 2 + 1), Limits())
    assert caught.value.code == "too_large"


def test_a_mark_alone_is_empty() -> None:
    with pytest.raises(MediaError) as caught:
        decode.decode("".encode("utf-8-sig"), Limits())
    assert caught.value.code == "empty"
