"""Documents to text, inside the guarded child: PDF, DOCX, EPUB, ODT.

PDF is read by pypdf; the others are archives of XML, read with zipfile and defusedxml, which neither expands entities
nor fetches anything. Both come with the extra ``simcheck[documents]``. What is handed over is the extracted text, with
paragraphs apart; all places of a report count in it. Every library is imported when this module is: the child can open
no file by the time it decodes.
"""

from __future__ import annotations

import codecs
import contextlib
import importlib
import pkgutil
import posixpath
import zipfile
from collections.abc import Callable, Iterator
from io import BytesIO
from urllib.parse import unquote

import numpy as np

from simcheck.decode.encoding import CONTROL, detect
from simcheck.decode.limits import Decoded, Limits
from simcheck.decode.sniff import sniff
from simcheck.errors import MediaError
from simcheck.kinds.text.decode import MOST_CHARACTERS, visible
from simcheck.kinds.text.origin import identity

try:
    import defusedxml
    import pypdf
    from defusedxml.ElementTree import DefusedXMLParser

    # pypdf imports its parts when they are first used, and fontTools where it is installed.
    for _part in (*(one.name for one in pkgutil.walk_packages(pypdf.__path__, "pypdf.")), "fontTools.cffLib"):
        with contextlib.suppress(ImportError):
            importlib.import_module(_part)
    INSTALLED = True
except ImportError:  # the extra is not installed, which `decode` says of each document
    INSTALLED = False

for _name in (
    "cp437", "latin-1", "cp1252", "mac-roman", "charmap", "utf-16", "utf-16-be", "utf-32-be", "gb18030", "gbk",
    "gb2312", "big5", "big5hkscs", "shift_jis", "cp932", "euc_jp", "euc_kr", "cp949", "iso2022_jp", "johab",
):  # fmt: skip
    codecs.lookup(_name)  # names in archives, and fonts of PDFs
MOST_BYTES = 64 * 2**20
"""Bytes of one part of an archive once it is inflated: a text of 16 million characters takes less."""
MOST_PARTS = 10_000
"""Chapters of a book, pages of a PDF."""
WORD = "{http://schemas.openxmlformats.org/wordprocessingml/2006/main}"
FALLBACK = "{http://schemas.openxmlformats.org/markup-compatibility/2006}Fallback"
TEXT = "{urn:oasis:names:tc:opendocument:xmlns:text:1.0}"
OFFICE = "{urn:oasis:names:tc:opendocument:xmlns:office:1.0}"
PACKAGE = "{http://www.idpf.org/2007/opf}"


def decode(data: bytes, limits: Limits) -> Decoded:
    """Decode one document, as `simcheck.kinds.text.decode.decode` does a text. Raises MediaError."""
    name = sniff(data).format
    if not INSTALLED:
        raise MediaError(
            "unsupported", f"This is a document ({name.upper()}), which needs: pip install 'simcheck[documents]'."
        )
    text = CONTROL.sub(" ", READERS[name](data)).strip()
    if not text:
        raise MediaError(
            "empty",
            "The PDF has no text, only pictures of pages: run text recognition on it first."
            if name == "pdf"
            else f"The document ({name.upper()}) has no text.",
        )
    if len(text) > MOST_CHARACTERS:
        raise MediaError(
            "too_large", f"The text has {len(text):,} characters, more than the {MOST_CHARACTERS:,} that are compared."
        )
    shown = text.encode("utf-8", "replace")
    arrays = {"text": np.frombuffer(shown, np.uint8), "pieces": identity(len(text))}
    return Decoded({"characters": len(text), "encoding": "extracted", "format": name}, arrays)


def _pdf(data: bytes) -> str:
    """The text layer, page by page. pypdf is lenient: what it cannot read it leaves out, so a page that fails fails the
    document."""
    try:
        reader = pypdf.PdfReader(BytesIO(data))
        if reader.is_encrypted and not reader.decrypt(""):
            raise MediaError("unreadable", "The PDF is encrypted: save it without a password.")
        if len(reader.pages) > MOST_PARTS:
            raise MediaError("too_large", f"The PDF has {len(reader.pages):,} pages, more than {MOST_PARTS:,}.")
        return "\n\n".join(_pages(reader))
    except (MediaError, MemoryError):
        raise
    except pypdf.errors.DependencyError:
        raise MediaError("unreadable", "The PDF is encrypted: save it without a password.") from None
    except RecursionError:
        raise MediaError("unreadable", "The PDF is damaged: its parts refer to each other without end.") from None
    except Exception as error:  # a damaged file fails in as many ways as there are places in the library
        raise MediaError("unreadable", f"The PDF is damaged ({type(error).__name__}: {error}).") from error


def _pages(reader: pypdf.PdfReader) -> Iterator[str]:
    total = 0
    for page in reader.pages:
        text = page.extract_text()
        total += len(text)
        yield text
        if total > MOST_CHARACTERS:
            return


def _docx(data: bytes) -> str:
    """The body, then foot- and endnotes; what was deleted with changes tracked is not read."""
    with _Archive(data, "DOCX") as archive:
        parts = ["word/document.xml", "word/footnotes.xml", "word/endnotes.xml"]
        shown = _Shown(
            paragraphs={f"{WORD}p"},
            texts={f"{WORD}t"},
            marks={f"{WORD}tab": "\t", f"{WORD}br": "\n", f"{WORD}cr": "\n", f"{WORD}noBreakHyphen": "-"},
            hidden={FALLBACK, f"{WORD}del", f"{WORD}moveFrom"},
        )
        for part in parts:
            if part == parts[0] or part in archive.names:
                archive.parse(part, shown)
    return "".join(shown.parts)


def _odt(data: bytes) -> str:
    with _Archive(data, "ODT") as archive:
        shown = _Shown(
            paragraphs={f"{TEXT}p", f"{TEXT}h"},
            texts={f"{TEXT}p", f"{TEXT}h"},
            marks={f"{TEXT}tab": "\t", f"{TEXT}line-break": "\n", f"{TEXT}s": " "},
            hidden={f"{TEXT}tracked-changes", f"{OFFICE}annotation"},
        )
        archive.parse("content.xml", shown)
    return "".join(shown.parts)


def _epub(data: bytes) -> str:
    """The chapters in reading order."""
    with _Archive(data, "EPUB") as archive:
        found = _Attributes()
        archive.parse("META-INF/container.xml", found)
        opf = next((one["full-path"] for name, one in found.seen if "full-path" in one), None)
        if opf is None:
            raise MediaError("unreadable", "The EPUB is damaged: it names no book.")
        book = _Attributes()
        archive.parse(opf, book)
        files = {one.get("id"): one.get("href", "") for name, one in book.seen if name == f"{PACKAGE}item"}
        order = [one.get("idref") for name, one in book.seen if name == f"{PACKAGE}itemref"]
        out, total = [], 0
        for part in order:
            name = posixpath.normpath(posixpath.join(posixpath.dirname(opf), unquote(files.get(part, ""))))
            content = archive.read(name)
            encoding = detect(content)
            if encoding is None:
                raise MediaError("unreadable", f"The EPUB is damaged: {name} is in no encoding that could be told.")
            out.append(visible(content[encoding[1] :].decode(encoding[0]), "html")[0].strip())
            total += len(out[-1])
            if total > MOST_CHARACTERS:
                break
    return "\n\n".join(part for part in out if part)


READERS: dict[str, Callable[[bytes], str]] = {"pdf": _pdf, "docx": _docx, "odt": _odt, "epub": _epub}


class _Archive:
    """A zip archive of a document. Its parts are read one by one, each no larger than MOST_BYTES."""

    def __init__(self, data: bytes, kind: str) -> None:
        self._kind = kind
        try:
            self._zip = zipfile.ZipFile(BytesIO(data))
        except (zipfile.BadZipFile, ValueError, EOFError, OverflowError, NotImplementedError) as error:
            raise MediaError("unreadable", f"The {kind} is damaged ({error}).") from error
        self.names = set(self._zip.namelist())

    def __enter__(self) -> _Archive:
        return self

    def __exit__(self, *_: object) -> None:
        self._zip.close()

    def read(self, name: str) -> bytes:
        try:
            about = self._zip.getinfo(name)
            if about.flag_bits & 1:
                raise MediaError("unreadable", f"The {self._kind} is encrypted: save it without a password.")
            with self._zip.open(about) as part:
                content = part.read(MOST_BYTES + 1)
        except KeyError:
            raise MediaError("unreadable", f"The {self._kind} is damaged: {name[:80]} is missing.") from None
        except (MediaError, MemoryError):
            raise
        except Exception as error:  # zlib, bz2, lzma and zipfile each have their own
            raise MediaError("unreadable", f"The {self._kind} is damaged ({name[:80]}: {error}).") from error
        if len(content) > MOST_BYTES:
            raise MediaError(
                "too_large", f"{name[:80]} in the {self._kind} takes more than {MOST_BYTES // 2**20} MiB once inflated."
            )
        return content

    def parse(self, name: str, target: _Shown | _Attributes) -> None:
        """Feed one part's elements to the target; no tree is built, however deep they nest."""
        parser = DefusedXMLParser(target=target, forbid_dtd=False, forbid_entities=True, forbid_external=True)
        try:
            parser.feed(self.read(name))
            parser.close()
        except defusedxml.DefusedXmlException:
            raise MediaError(
                "unreadable", f"{name[:80]} in the {self._kind} declares XML entities; it is not read."
            ) from None
        except SyntaxError as error:  # ElementTree.ParseError is one
            raise MediaError("unreadable", f"The {self._kind} is damaged ({name[:80]}: {error}).") from error


class _Shown:
    """Collects what a reader sees: characters in ``texts``, ``marks`` for what stands for a character, an empty line
    after each of ``paragraphs``; nothing inside ``hidden``."""

    def __init__(self, paragraphs: set[str], texts: set[str], marks: dict[str, str], hidden: set[str]) -> None:
        self._paragraphs, self._texts, self._marks, self._hidden = paragraphs, texts, marks, hidden
        self.parts: list[str] = []
        self._inside = self._unseen = 0

    def start(self, name: str, attributes: dict[str, str]) -> None:
        if name in self._hidden:
            self._unseen += 1
        elif name in self._texts:
            self._inside += 1
        elif name in self._marks and not self._unseen:
            count = attributes.get(f"{TEXT}c", "1")
            self.parts.append(self._marks[name] * (min(int(count), 100) if count.isdecimal() else 1))

    def data(self, characters: str) -> None:
        if self._inside and not self._unseen:
            self.parts.append(characters)

    def end(self, name: str) -> None:
        if name in self._hidden:
            self._unseen -= 1
        elif name in self._texts:
            self._inside -= 1
        if name in self._paragraphs and not self._unseen:
            self.parts.append("\n\n")

    def close(self) -> None:
        """Nothing is kept open."""


class _Attributes:
    """Collects elements with their attributes."""

    def __init__(self) -> None:
        self.seen: list[tuple[str, dict[str, str]]] = []

    def start(self, name: str, attributes: dict[str, str]) -> None:
        if len(self.seen) > 4 * MOST_PARTS:
            raise MediaError("too_large", f"The EPUB has more than {MOST_PARTS:,} parts.")
        self.seen.append((name, dict(attributes)))

    def close(self) -> None:
        """Nothing is kept open."""
