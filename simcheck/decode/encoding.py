"""Bytes to text: the byte-order mark, else UTF-16 by its pattern of zero bytes, else UTF-8, else what
charset-normalizer takes for the likeliest of the encodings that were used before Unicode."""

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
WESTERN = "cp1252"
LATIN = (WESTERN, "cp1250", "cp1254")
OTHERS = ("cp1251", "koi8_r", "shift_jis", "euc_jp", "gb18030", "big5", "euc_kr", "cp1253", "cp1255", "cp1256")
MOST_ABOVE_ASCII = 0.3
"""A text in Latin letters has fewer bytes above 127 than this; other alphabets and noise have more."""
LEAST_TOLD = 16
"""Fewer letters of another alphabet say too little about which it is."""
LOOKED_AT = 65_536
_HIGH = dict.fromkeys(range(128, 256), " ")


def prepare() -> None:
    """Import what `detect` may need: the guarded child can open no more files by the time it decodes."""
    import charset_normalizer  # noqa: F401

    for name in ("utf-8", *(name for _, name in _MARKS), *LATIN, *OTHERS):
        codecs.lookup(name)
    _likeliest("Всё смешалось.".encode("cp1251"), OTHERS)
    _likeliest("L’été brûle.".encode("cp1252"), LATIN)


def detect(data: bytes, whole: bool = True) -> tuple[str, int] | None:
    """Name of the encoding and length of the byte-order mark; None where the bytes are no text.

    ``whole`` is False where ``data`` is the beginning of a file, which may end inside a character.
    """
    for mark, marked in _MARKS:
        if data.startswith(mark):
            return (marked, len(mark)) if _reads(data[len(mark) :], marked, whole) else None
    name: str | None
    if data[:4_096].count(0) > len(data[:4_096]) // 8:
        even, odd = data[:4_096:2].count(0), data[1:4_096:2].count(0)
        name = "utf-16-be" if even > odd else "utf-16-le"
    elif _reads(data, "utf-8", whole):
        name = "utf-8"
    else:
        head = data[:LOOKED_AT]
        above, kept = _above(head), _above(head.decode("utf-8", "ignore").encode())
        if kept > above / 2:
            return None  # damaged UTF-8: what another encoding makes of it would be compared with nothing
        if above <= MOST_ABOVE_ASCII * len(head):
            name = _likeliest(head, LATIN) or WESTERN
        else:
            name = _likeliest(head, OTHERS) if above >= LEAST_TOLD else None
    return (name, 0) if name and _reads(data, name, whole) else None


def _above(data: bytes) -> int:
    return sum(byte > 127 for byte in data)


def _likeliest(data: bytes, names: tuple[str, ...]) -> str | None:
    """The likeliest of these encodings; Windows-1252 where another is no likelier. None where none gives a text."""
    from charset_normalizer import from_bytes  # most texts are UTF-8 and need none of it

    if CONTROL.search(data.decode("latin-1").translate(_HIGH)):
        return None
    if len(data) == LOOKED_AT:  # so that no character is cut
        data = data[: max(data.rfind(b"\n"), data.rfind(b" ")) + 1]
    matches = from_bytes(data, cp_isolation=list(names), preemptive_behaviour=False)
    best = matches.best()
    if best is None:
        return None
    western = (match for match in matches if WESTERN in match.could_be_from_charset)
    if any(match.chaos <= best.chaos and match.coherence >= best.coherence for match in western):
        return WESTERN
    return best.encoding


def _reads(data: bytes, name: str, whole: bool) -> bool:
    try:
        text = codecs.getincrementaldecoder(name)().decode(data, final=whole)
    except UnicodeDecodeError:
        return False
    return not CONTROL.search(text)
