"""What a file is, from its bytes."""

from __future__ import annotations

import pytest
from decode_files import saved, scene
from hypothesis import given
from hypothesis import strategies as st

from simcheck.decode.sniff import DECODERS, IMAGES, Sniffed, refusal, sniff

FTYP = b"\0\0\0\x1cftyp"
KNOWN = {
    b"": (None, "empty"),
    FTYP + b"heic\0\0\0\0mif1heic": ("image", "heic"),
    FTYP + b"mif1\0\0\0\0mif1avif": ("image", "avif"),
    FTYP + b"isom\0\0\0\0isomiso2": ("video", "mp4"),
    FTYP + b"qt  \0\0\0\0qt  ": ("video", "mp4"),
    FTYP + b"M4A \0\0\0\0isomiso2": ("audio", "m4a"),
    b"<svg xmlns='http://www.w3.org/2000/svg'/>": ("image", "svg"),
    b"\xef\xbb\xbf<?xml version='1.0'?>\n<!-- a -->\n<svg:svg>": ("image", "svg"),
    b"%PDF-1.7\n%\xe2\xe3": ("text", "pdf"),
    b"RIFF\x24\0\0\0WAVEfmt ": ("audio", "wav"),
    b"RIFF\x24\0\0\0AVI LIST": ("video", "avi"),
    b"RIFF\x24\0\0\0WEBPVP8 ": ("image", "webp"),
    b"ID3\x04\0\0": ("audio", "mp3"),
    b"\xff\xfb\x90\x00": ("audio", "mp3"),
    b"\xff\xf1\x50\x80": ("audio", "aac"),
    b"OggS\0\x02" + bytes(20) + b"\x01vorbis": ("audio", "ogg"),
    b"OggS\0\x02" + bytes(20) + b"\x80theora": ("video", "ogv"),
    b"fLaC\0\0\0\x22": ("audio", "flac"),
    b"FORM\0\0\0\x10AIFFCOMM": ("audio", "aiff"),
    b"\x1a\x45\xdf\xa3\x9fB\x86\x81\x01B\x82\x84webm": ("video", "webm"),
    b"\x1a\x45\xdf\xa3\x9fB\x86\x81\x01B\x82\x88matroska": ("video", "mkv"),
    (b"\x47" + bytes(187)) * 3: ("video", "mpeg-ts"),
    b"PK\x03\x04\x14\0": (None, "zip"),
    b"\x1f\x8b\x08\0": (None, "gzip"),
    b"version https://git-lfs.github.com/spec/v1\noid sha256:00\nsize 1\n": (None, "git-lfs-pointer"),
    b"plain words\r\n\twith a tab": ("text", "utf-8"),
    "Wörter\f".encode(): ("text", "utf-8"),
    "Wörter".encode("utf-16"): ("text", "utf-16-le"),
    b"BM is how this text begins": ("text", "utf-8"),
    b"<p>not <svg</p>": ("text", "utf-8"),
    b"a\0b": (None, "unknown"),
    b"\xe4 latin-1": ("text", "cp1252"),
    b"\xff\xfe\x00": (None, "unknown"),
    bytes(4): (None, "unknown"),
}


@pytest.mark.parametrize(("data", "expected"), KNOWN.items())
def test_known_beginnings(data: bytes, expected: tuple[str | None, str]) -> None:
    assert sniff(data) == Sniffed(*expected)  # type: ignore[arg-type]


@pytest.mark.parametrize("name", IMAGES)
def test_pictures_that_are_decoded(name: str) -> None:
    """Every format that is promised, as written by Pillow, is recognised and not refused."""
    found = sniff(saved(scene(), name.upper()))
    assert found == Sniffed("image", name)
    assert refusal(found) is None


@pytest.mark.parametrize("found", [Sniffed(*value) for value in dict.fromkeys(KNOWN.values())], ids=lambda f: f.format)
def test_refusals_are_one_clear_sentence(found: Sniffed) -> None:
    """A refusal names what the file is; only what a decoder takes is let through."""
    refused = refusal(found)
    if found.kind in DECODERS and (found.kind != "image" or found.format in IMAGES):
        assert refused is None
    else:
        assert refused is not None
        assert refused.code == ("empty" if found.format == "empty" else "unsupported")
        assert refused.message.endswith(".")
        assert "\n" not in refused.message


def test_long_text_is_cut_between_characters() -> None:
    """The first 64 KiB decide, also where they end within a character."""
    for shift in range(4):
        assert sniff(b"x" * shift + "☃".encode() * 40_000).kind == "text"
    assert sniff(b"x" * 65_535 + "☃".encode()).kind == "text"
    assert sniff("☃".encode()[:2]).kind is None, "a text that ends within a character is none"


@given(st.binary(max_size=400))
def test_never_raises(data: bytes) -> None:
    found = sniff(data)
    assert found.format
    refusal(found)
