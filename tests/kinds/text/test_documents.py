"""Documents: what is read of them, and every way they can be hostile, through the guarded child."""

from __future__ import annotations

import builtins
import importlib
import io
import random
import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import simcheck
from simcheck.decode.limits import Limits
from simcheck.decode.sniff import sniff
from simcheck.decode.worker import GuardPool
from simcheck.errors import MediaError
from simcheck.kinds.text import documents
from simcheck.settings import Settings
from tests.kinds.text.test_text_kind import HOST, WORK
from tests.kinds.text.text_documents import ODF, W, archive, docx, epub, locked, odt, pdf

PARAGRAPHS = ["The first paragraph – “quoted”, naïve.", "The second & last one."]
LINES = ["The harbour lay still in the first light.", "No boat had left."]
MADE = {
    "docx": (docx(PARAGRAPHS), "\n\n".join(PARAGRAPHS)),
    "odt": (odt(PARAGRAPHS), "\n\n".join(PARAGRAPHS)),
    "epub": (
        epub(["<p>One &amp; <i>t</i>wo.</p>", "<h1>Three</h1><p>four&nbsp;five</p>"]),
        "One & two.\n\nThree\n\nfour five",
    ),
    "pdf": (pdf([LINES, ["A second page."]]), "\n".join(LINES) + "\n\nA second page."),
}


@pytest.fixture(scope="module")
def guards() -> Iterator[GuardPool]:
    with GuardPool(1) as pool:
        yield pool


def text_of(guards: GuardPool, data: bytes) -> str:
    return guards.decode(data, Limits()).arrays["text"].tobytes().decode()


@pytest.mark.parametrize("name", sorted(MADE))
def test_a_document_is_read_in_the_child(guards: GuardPool, name: str) -> None:
    data, wanted = MADE[name]
    assert (sniff(data).kind, sniff(data).format) == ("text", name)
    media = guards.decode(data, Limits())
    text = media.arrays["text"].tobytes().decode()
    assert [line.strip() for line in text.replace("\xa0", " ").split("\n") if line.strip()] == wanted.replace(
        "\n\n", "\n"
    ).split("\n")
    assert (media.kind, media.facts["format"], media.facts["characters"]) == ("text", name, len(text))


@pytest.mark.parametrize("name", sorted(MADE))
def test_a_copy_in_a_document_is_found_at_its_place(tmp_path: Path, name: str) -> None:
    """Places count in the extracted text, whose passage the report carries."""
    passage = WORK[1_000:1_600]
    lines = [HOST[:900], passage, HOST[900:1_500]]
    make = {
        "docx": lambda: docx(lines), "odt": lambda: odt(lines),
        "epub": lambda: epub([f"<p>{line}</p>" for line in lines]),
        "pdf": lambda: pdf([[line[at : at + 80] for at in range(0, len(line), 80)] for line in lines]),
    }  # fmt: skip
    settings_ = Settings(sentences="off")
    with simcheck.open(tmp_path / "index", settings=settings_) as checker:
        checker.add(WORK.encode(), name="work.txt")
        data = make[name]()
        report, media = checker.examine(data, name="out")
        assert (report.decision, report.output.kind) == ("block", "text")
        [region] = report.matches[0].regions
        assert media is not None
        shown = media.arrays["text"].tobytes().decode()
        assert shown[int(region.output.start or 0) : int(region.output.end or 0)][:500] == region.output.text
        assert passage[20:60] in (region.output.text or "").replace("\n", "")


def test_deleted_hidden_and_doubled_parts_are_not_read(guards: GuardPool) -> None:
    body = (
        "<w:p><w:del><w:r><w:delText>gone</w:delText><w:t>too</w:t></w:r></w:del><w:r><w:t>kept</w:t><w:tab/>"
        "<w:instrText>PAGE</w:instrText></w:r><mc:Fallback><w:r><w:t>twice</w:t></w:r></mc:Fallback></w:p>"
    ).replace("<mc:", "<mc:", 1)
    mc = 'xmlns:mc="http://schemas.openxmlformats.org/markup-compatibility/2006"'
    notes = f"<w:footnotes {W}><w:footnote><w:p><w:r><w:t>note</w:t></w:r></w:p></w:footnote></w:footnotes>"
    data = docx(["One."], body.replace("<mc:Fallback>", f"<mc:Fallback {mc}>"), **{"word/footnotes.xml": notes})
    assert text_of(guards, data).split() == ["One.", "kept", "note"]
    tracked = (
        "<text:tracked-changes><text:p>gone</text:p></text:tracked-changes><text:p>a<text:s text:c='3'/>b</text:p>"
    )
    assert text_of(guards, odt(["One."], tracked)) == "One.\n\na   b"


BOMB = '<!DOCTYPE a [<!ENTITY a "xxxxxxxxxx"><!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;">]>'
HOSTILE = {
    "encrypted pdf": (locked(MADE["pdf"][0], "secret"), "unreadable", "encrypted"),
    "scanned pdf": (pdf([[], []]), "empty", "text recognition"),
    "cut pdf": (MADE["pdf"][0][:200], "unreadable", "damaged"),
    "empty docx": (docx([]), "empty", "no text"),
    "inflating docx": (docx(["x" * 70_000_000]), "too_large", "64 MiB"),
    "entities in docx": (
        archive({"word/document.xml": f"{BOMB}<w:document {W}><w:p><w:t>&b;</w:t></w:p></w:document>"}),
        "unreadable",
        "entities",
    ),
    "entities in odt": (
        archive(
            {
                "mimetype": "application/vnd.oasis.opendocument.text",
                "content.xml": f"{BOMB}<office:d {ODF}>&b;</office:d>",
            },
            stored_first=True,
        ),
        "unreadable",
        "entities",
    ),
    "no book in epub": (
        archive({"mimetype": "application/epub+zip", "META-INF/container.xml": "<container/>"}, stored_first=True),
        "unreadable",
        "names no book",
    ),
    "missing chapter": (
        epub([], **{"OEBPS/book.opf": '<package xmlns="http://www.idpf.org/2007/opf"><manifest><item id="a" href="b"/>'
                    '</manifest><spine><itemref idref="a"/></spine></package>'}),
        "unreadable",
        "missing",
    ),
    "endless epub": (epub([], **{"OEBPS/book.opf": f"<package>{'<item/>' * 50_000}</package>"}), "too_large", "parts"),
    "cut docx": (MADE["docx"][0][:-30], "unreadable", "damaged"),
    "other zip": (archive({"a.txt": "text"}), "unsupported", "zip"),
}  # fmt: skip


@pytest.mark.parametrize("name", sorted(HOSTILE))
def test_hostile_documents_are_one_sentence(guards: GuardPool, name: str) -> None:
    data, code, said = HOSTILE[name]
    with pytest.raises(MediaError, match=said) as caught:
        guards.decode(data, Limits())
    assert caught.value.code == code
    assert "\n" not in caught.value.message


def test_an_owner_password_alone_hides_nothing(guards: GuardPool) -> None:
    assert "harbour" in text_of(guards, locked(MADE["pdf"][0], ""))


def test_encrypted_archives_say_so() -> None:
    data = bytearray(MADE["docx"][0])
    with zipfile.ZipFile(io.BytesIO(bytes(data))) as made:
        about = made.getinfo("word/document.xml")
    entry = bytes(data).rindex(b"PK\x01\x02")
    data[about.header_offset + 6] |= 1
    data[entry + 8] |= 1
    with pytest.raises(MediaError, match="encrypted"):
        documents.decode(bytes(data), Limits())


def test_deep_nesting_is_read(guards: GuardPool) -> None:
    deep = "<w:x>" * 200_000 + "</w:x>" * 200_000
    assert text_of(guards, docx(["One."], deep)) == "One."


def test_without_the_extra_the_sentence_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    real = builtins.__import__

    def without(name: str, *rest: Any, **more: Any) -> Any:
        if name.split(".")[0] in ("pypdf", "defusedxml"):
            raise ImportError(name)
        return real(name, *rest, **more)

    monkeypatch.setattr(builtins, "__import__", without)
    try:
        importlib.reload(documents)
        for data, _ in MADE.values():
            with pytest.raises(MediaError, match=r"pip install 'simcheck\[documents\]'") as caught:
                documents.decode(data, Limits())
            assert caught.value.code == "unsupported"
    finally:
        monkeypatch.undo()
        importlib.reload(documents)


@settings(max_examples=150, deadline=None)
@given(st.sampled_from(sorted(MADE)), st.randoms(use_true_random=False), st.integers(1, 30))
def test_damaged_documents_never_surprise(name: str, rng: random.Random, changes: int) -> None:
    """Bytes changed anywhere: either there is a text, or a MediaError says why not."""
    data = bytearray(MADE[name][0])
    for _ in range(changes):
        data[rng.randrange(len(data))] = rng.randrange(256)
    if sniff(bytes(data)).format != name:
        return
    try:
        found = documents.decode(bytes(data), Limits())
    except MediaError as error:
        code: str = error.code
    else:
        code = "none" if found.arrays["text"].size else "nothing found"
    assert code in ("none", "unreadable", "empty", "too_large", "unsupported")
