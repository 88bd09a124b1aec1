"""What a file is, from its first bytes and never from its name.

Signatures as in the WHATWG MIME Sniffing Standard, the formats' own specifications, and `file(1)`'s magic for the
formats neither names. Formats that cannot be checked are recognised too, so that the refusal says what the file is.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from simcheck.decode.encoding import detect
from simcheck.errors import MediaError

if TYPE_CHECKING:
    from simcheck.reference import KindName

DECODERS: dict[str, str] = {
    "image": "simcheck.kinds.image.decode:decode",
    "text": "simcheck.kinds.text.decode:decode",
}
"""The kinds that are built in, and the function the guarded child runs for each: ``(data, limits) -> Decoded``."""

DOCUMENTS = frozenset({"pdf", "docx", "odt", "epub"})
"""Documents whose text is extracted, by a decoder of their own, for which a child of its own is started: importing what
it needs takes a third of a second."""
DOCUMENT_DECODER = "simcheck.kinds.text.documents:decode"

IMAGES = {
    "jpeg": "JPEG", "png": "PNG", "webp": "WebP", "gif": "GIF", "tiff": "TIFF", "bmp": "BMP", "avif": "AVIF",
}  # fmt: skip
"""Picture formats that are decoded, with the name Pillow has for each in capitals."""

_PREFIXES: tuple[tuple[bytes, KindName | None, str], ...] = (
    (b"\xff\xd8\xff", "image", "jpeg"),
    (b"\x89PNG\r\n\x1a\n", "image", "png"),
    (b"GIF87a", "image", "gif"),
    (b"GIF89a", "image", "gif"),
    (b"II*\x00", "image", "tiff"),
    (b"MM\x00*", "image", "tiff"),
    (b"II+\x00", "image", "tiff"),
    (b"MM\x00+", "image", "tiff"),
    (b"\xff\x0a", "image", "jpeg-xl"),
    (b"\x00\x00\x00\x0cJXL \r\n\x87\n", "image", "jpeg-xl"),
    (b"\x00\x00\x00\x0cjP  \r\n\x87\n", "image", "jpeg-2000"),
    (b"8BPS", "image", "psd"),
    (b"\x76\x2f\x31\x01", "image", "openexr"),
    (b"\x00\x00\x01\x00", "image", "ico"),
    (b"fLaC", "audio", "flac"),
    (b"ID3", "audio", "mp3"),
    (b"#!AMR", "audio", "amr"),
    (b"FLV\x01", "video", "flv"),
    (b"\x00\x00\x01\xba", "video", "mpeg"),
    (b"\x00\x00\x01\xb3", "video", "mpeg"),
    (b"PK\x03\x04", None, "zip"),
    (b"PK\x05\x06", None, "zip"),
    (b"\x1f\x8b\x08", None, "gzip"),
    (b"7z\xbc\xaf\x27\x1c", None, "7z"),
    (b"Rar!\x1a\x07", None, "rar"),
    (b"version https://git-lfs.github.com/spec/", None, "git-lfs-pointer"),
)
_RIFF: dict[bytes, tuple[KindName, str]] = {
    b"WEBP": ("image", "webp"),
    b"WAVE": ("audio", "wav"),
    b"AVI ": ("video", "avi"),
}
_BMP_HEADERS = frozenset({12, 40, 52, 56, 64, 108, 124})
_HEIC_BRANDS = frozenset({b"heic", b"heix", b"hevc", b"hevx", b"heim", b"heis", b"mif1", b"msf1"})
_HTML = re.compile(r"<(?:!doctype html|html)\b", re.IGNORECASE)
_HEAD = 65536


@dataclass(frozen=True)
class Sniffed:
    """``kind`` is None where the bytes belong to no kind simcheck will ever check (an archive, noise)."""

    kind: KindName | None
    format: str


def sniff(data: bytes) -> Sniffed:
    """Tell what these bytes are. Never raises; looks at the first 64 KiB at most. ``format`` is ``empty`` for no bytes,
    ``unknown`` where nothing fits."""
    head = bytes(data[:_HEAD])
    if not head:
        return Sniffed(None, "empty")
    for prefix, kind, name in _PREFIXES:
        if head.startswith(prefix):
            return _archive(data) if name == "zip" else Sniffed(kind, name)
    return _container(head) or _loose(head) or _text(head, whole=len(data) <= _HEAD) or Sniffed(None, "unknown")


def _archive(data: bytes) -> Sniffed:
    """Documents that are zip archives: EPUB and ODT say so in their first entry, which is not compressed (OCF 3.3,
    section 4.3; ODF 1.3, part 2, section 3.3); DOCX has its main part among the names."""
    first = bytes(data[30:128])
    if first.startswith(b"mimetypeapplication/epub+zip"):
        return Sniffed("text", "epub")
    if first.startswith(b"mimetypeapplication/vnd.oasis.opendocument.text"):
        return Sniffed("text", "odt")
    if b"word/document.xml" in bytes(data[:_HEAD]) or b"word/document.xml" in bytes(data[-_HEAD:]):
        return Sniffed("text", "docx")
    return Sniffed(None, "zip")


def decoder_of(sniffed: Sniffed) -> str:
    """The function that decodes what was sniffed so, and was not refused."""
    assert sniffed.kind is not None  # refusal() lets no other through
    return DOCUMENT_DECODER if sniffed.format in DOCUMENTS else DECODERS[sniffed.kind]


def _container(head: bytes) -> Sniffed | None:
    """Formats that name themselves inside a container: RIFF, ISO base media, Matroska, Ogg, IFF."""
    if head[:4] == b"RIFF" and head[8:12] in _RIFF:
        return Sniffed(*_RIFF[head[8:12]])
    if head[4:8] == b"ftyp":
        end = max(16, min(int.from_bytes(head[:4], "big"), 256))
        brands = [head[8:12]] + [head[at : at + 4] for at in range(16, end, 4)]
        if b"avif" in brands or b"avis" in brands:
            return Sniffed("image", "avif")
        if _HEIC_BRANDS.intersection(brands):
            return Sniffed("image", "heic")
        return Sniffed("audio", "m4a") if brands[0][:3] in (b"M4A", b"M4B") else Sniffed("video", "mp4")
    if head[:4] == b"\x1a\x45\xdf\xa3":
        return Sniffed("video", "webm" if b"webm" in head[:64] else "mkv")
    if head[:4] == b"OggS":
        return Sniffed("video", "ogv") if b"theora" in head[:128] else Sniffed("audio", "ogg")
    if head[:4] == b"FORM" and head[8:12] in (b"AIFF", b"AIFC"):
        return Sniffed("audio", "aiff")
    return None


def _loose(head: bytes) -> Sniffed | None:
    """Formats with a short signature, which a second field must confirm."""
    if head[:2] == b"BM" and int.from_bytes(head[14:18], "little") in _BMP_HEADERS:
        return Sniffed("image", "bmp")
    if head[0] == 0xFF and len(head) > 2 and head[1] & 0xE0 == 0xE0:
        layer, rate = head[1] >> 1 & 3, head[2] >> 4  # 1 is layer III, 2 is II; 3 is I, whose FF FE begins UTF-16 text
        if layer == 0 and head[1] & 0xF0 == 0xF0:
            return Sniffed("audio", "aac")
        if layer in (1, 2) and head[1] >> 3 & 3 != 1 and rate not in (0, 15):
            return Sniffed("audio", "mp3")
    if head[0] == 0x47 and len(head) > 376 and head[188] == head[376] == 0x47:
        return Sniffed("video", "mpeg-ts")
    if b"%PDF-" in head[:1024]:
        return Sniffed("text", "pdf")
    return None


def _text(head: bytes, whole: bool) -> Sniffed | None:
    """A text in an encoding that can be told, without control characters. SVG is a picture, though written as text."""
    found = detect(head, whole)
    if found is None:
        return None
    encoding, mark = found
    text = head[mark:].decode(encoding, "ignore")
    if text.lstrip()[:1] == "<" and re.search(r"<(?:\w+:)?svg[\s>]", text[:4096]) and not _HTML.search(text[:4096]):
        return Sniffed("image", "svg")
    return Sniffed("text", encoding)


def refusal(sniffed: Sniffed) -> MediaError | None:
    """Why a file that was sniffed so cannot be checked, or None where a decoder takes it."""
    if sniffed.format == "empty":
        return MediaError("empty", "The file is empty (0 bytes).")
    if sniffed.format == "git-lfs-pointer":
        return MediaError("unsupported", "This is a Git LFS pointer, not the media itself: run `git lfs pull` first.")
    if sniffed.format == "unknown":
        return MediaError("unsupported", "The bytes are of no known format of picture, text, sound or film.")
    if sniffed.kind is None:
        return MediaError("unsupported", f"This is a {sniffed.format} file, which is no picture, text, sound or film.")
    if sniffed.kind not in DECODERS:
        return MediaError("unsupported", f"This is {sniffed.kind} ({sniffed.format}), which cannot be checked yet.")
    if sniffed.kind == "image" and sniffed.format not in IMAGES:
        return MediaError(
            "unsupported",
            f"This is a picture in {sniffed.format} format; the formats that can be checked are {', '.join(IMAGES)}.",
        )
    return None
