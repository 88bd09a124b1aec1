"""Documents made here: the smallest honest file of each format."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Mapping, Sequence
from html import escape

from pypdf import PdfReader, PdfWriter

W = 'xmlns:w="http://schemas.openxmlformats.org/wordprocessingml/2006/main"'
ODF = (
    'xmlns:office="urn:oasis:names:tc:opendocument:xmlns:office:1.0" '
    'xmlns:text="urn:oasis:names:tc:opendocument:xmlns:text:1.0"'
)


def archive(parts: Mapping[str, str | bytes], stored_first: bool = False) -> bytes:
    """A zip; the first part uncompressed where asked for."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as made:
        for number, (name, content) in enumerate(parts.items()):
            how = zipfile.ZIP_STORED if stored_first and number == 0 else zipfile.ZIP_DEFLATED
            made.writestr(name, content, compress_type=how)
    return out.getvalue()


def docx(paragraphs: Sequence[str], body: str = "", **parts: str) -> bytes:
    text = "".join(f"<w:p><w:r><w:t>{escape(one)}</w:t></w:r></w:p>" for one in paragraphs)
    document = f'<?xml version="1.0"?><w:document {W}><w:body>{text}{body}</w:body></w:document>'
    return archive({"[Content_Types].xml": "<Types/>", "word/document.xml": document, **parts})


def odt(paragraphs: Sequence[str], body: str = "") -> bytes:
    text = "".join(f"<text:p>{escape(one)}</text:p>" for one in paragraphs)
    content = f"<office:document-content {ODF}><office:body><office:text>{text}{body}</office:text></office:body>"
    parts = {
        "mimetype": "application/vnd.oasis.opendocument.text",
        "content.xml": f"{content}</office:document-content>",
    }
    return archive(parts, stored_first=True)


def epub(chapters: Sequence[str], **parts: str | bytes) -> bytes:
    """Chapters are XHTML bodies, in reading order; their files are named the other way round."""
    names = [f"chapter {len(chapters) - number}.xhtml" for number in range(len(chapters))]
    items = "".join(f'<item id="c{at}" href="{name.replace(" ", "%20")}"/>' for at, name in enumerate(names))
    order = "".join(f'<itemref idref="c{at}"/>' for at in range(len(chapters)))
    files: dict[str, str | bytes] = {
        "mimetype": "application/epub+zip",
        "META-INF/container.xml": '<container><rootfile full-path="OEBPS/book.opf"/></container>',
        "OEBPS/book.opf": f'<package xmlns="http://www.idpf.org/2007/opf"><manifest>{items}</manifest><spine>{order}'
        "</spine></package>",
    }
    for name, chapter in zip(names, chapters, strict=True):
        page = f"<?xml version='1.0'?><!DOCTYPE html><html><head><title>No</title></head><body>{chapter}</body></html>"
        files[f"OEBPS/{name}"] = page
    return archive(files | parts, stored_first=True)


def pdf(pages: Sequence[Sequence[str]]) -> bytes:
    """A page for each list of lines, in Helvetica; ASCII."""
    objects = [b"<< /Type /Catalog /Pages 2 0 R >>", b"", b"<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica >>"]
    kids = []
    for lines in pages:
        drawn = "".join(f"({line.replace('(', '[').replace(')', ']')}) Tj 0 -14 Td " for line in lines)
        stream = f"BT /F1 11 Tf 40 780 Td {drawn}ET".encode("ascii") if lines else b"0 0 10 10 re f"
        objects.append(b"<< /Length %d >>\nstream\n%s\nendstream" % (len(stream), stream))
        objects.append(
            b"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 595 842] /Resources << /Font << /F1 3 0 R >> >> "
            b"/Contents %d 0 R >>" % len(objects)
        )
        kids.append(b"%d 0 R" % len(objects))
    objects[1] = b"<< /Type /Pages /Kids [%s] /Count %d >>" % (b" ".join(kids), len(kids))
    out, places = b"%PDF-1.4\n", []
    for number, content in enumerate(objects, 1):
        places.append(len(out))
        out += b"%d 0 obj\n%s\nendobj\n" % (number, content)
    table = b"".join(b"%010d 00000 n \n" % place for place in places)
    end = b"xref\n0 %d\n0000000000 65535 f \n%strailer\n<< /Size %d /Root 1 0 R >>\nstartxref\n%d\n%%%%EOF\n"
    return out + end % (len(objects) + 1, table, len(objects) + 1, len(out))


def locked(data: bytes, password: str) -> bytes:
    """The same PDF, encrypted with RC4."""
    writer = PdfWriter(clone_from=PdfReader(io.BytesIO(data)))
    writer.encrypt(user_password=password, owner_password="owner", algorithm="RC4-128")
    out = io.BytesIO()
    writer.write(out)
    return out.getvalue()
