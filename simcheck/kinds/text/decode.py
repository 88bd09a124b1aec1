"""Texts from bytes, inside the guarded child: plain text and Markdown, HTML, Fountain, Final Draft, SubRip, WebVTT."""

from __future__ import annotations

import numpy as np

from simcheck.decode import encoding as encodings
from simcheck.decode.limits import Decoded, Limits
from simcheck.errors import MediaError
from simcheck.kinds.text.markup import FORMATS, format_of
from simcheck.kinds.text.origin import identity

encodings.prepare()
MOST_CHARACTERS = 16_000_000
"""About 40 novels; a longer text is split by its owner, as the places of a report would help nobody."""


def decode(data: bytes, limits: Limits) -> Decoded:
    """Decode one text.

    Facts: ``characters`` (code points of the decoded file without its byte-order mark, line ends as they are),
    ``encoding``, ``format``. Arrays: ``text``, uint8: UTF-8 of what a reader sees; ``pieces``: where that stands in the
    decoded file, see `simcheck.kinds.text.origin`. Raises MediaError.
    """
    found = encodings.detect(data)
    if found is None:
        raise MediaError("unreadable", "The text is damaged: it is in no encoding that could be told from its bytes.")
    encoding, mark = found
    text = data[mark:].decode(encoding)
    if not text:
        raise MediaError("empty", "The text is empty: it has no more than a byte-order mark.")
    if len(text) > MOST_CHARACTERS:
        raise MediaError(
            "too_large", f"The text has {len(text):,} characters, more than the {MOST_CHARACTERS:,} that are compared."
        )
    name = format_of(text)
    shown, pieces = visible(text, name)
    arrays = {"text": np.frombuffer(shown.encode("utf-8"), np.uint8), "pieces": pieces}
    return Decoded({"characters": len(text), "encoding": encoding, "format": name}, arrays)


def visible(text: str, name: str) -> tuple[str, np.ndarray]:
    """What a reader sees of a file in this format, at least one character, and its pieces."""
    if name not in FORMATS:
        return text, identity(len(text))
    parts: list[str] = []
    pieces: list[tuple[int, int, int]] = []
    length = done = 0
    for start, end, shown in FORMATS[name](text):
        for part, first, last in ((text[done:start], done, start), (shown, start, end)):
            if part:
                parts.append(part)
                pieces.append((length, first, last))
                length += len(part)
        done = end
    rest = text[done:] or ("" if parts else "\n")
    if rest:
        parts.append(rest)
        pieces.append((length, done if done < len(text) else 0, len(text)))
        length += len(rest)
    pieces.append((length, len(text), len(text)))
    return "".join(parts), np.array(pieces, np.int32)
