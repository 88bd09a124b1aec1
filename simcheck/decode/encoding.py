"""Bytes to text: the byte-order mark, else UTF-8, else UTF-16 by its pattern of zero bytes, else Windows-1252."""

from __future__ import annotations

import codecs
import re

_MARKS = (
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF32_LE, "utf-32-le"),
    (codecs.BOM_UTF32_BE, "utf-32-be"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
)
"""Longer marks before those they begin with."""
CONTROL = re.compile(r"[\x00-\x08\x0e-\x1a\x1c-\x1f\x7f]")
for _mark, _name in (*_MARKS, (b"", "cp1252")):
    codecs.lookup(_name)  # imports it ahead: the guarded child can open no more files by the time it decodes
MOST_ABOVE_ASCII = 0.3
"""A text in Windows-1252 has fewer bytes above 127 than this; other one-byte alphabets and noise have more."""


def detect(data: bytes, whole: bool = True) -> tuple[str, int] | None:
    """Name of the encoding and length of the byte-order mark; None where the bytes are no text.

    ``whole`` is False where ``data`` is the beginning of a file, which may end inside a character.
    """
    for mark, name in _MARKS:
        if data.startswith(mark):
            return (name, len(mark)) if _reads(data[len(mark) :], name, whole) else None
    candidates = ["utf-8"]
    if data[:4_096].count(0) > len(data[:4_096]) // 8:
        even, odd = data[:4_096:2].count(0), data[1:4_096:2].count(0)
        candidates = ["utf-16-be" if even > odd else "utf-16-le"]
    elif sum(byte > 127 for byte in data[:65_536]) <= MOST_ABOVE_ASCII * len(data[:65_536]):
        candidates.append("cp1252")
    return next(((name, 0) for name in candidates if _reads(data, name, whole)), None)


def _reads(data: bytes, name: str, whole: bool) -> bool:
    try:
        text = codecs.getincrementaldecoder(name)().decode(data, final=whole)
    except UnicodeDecodeError:
        return False
    return not CONTROL.search(text)
