"""Sentences of a text: what the semantic lane compares.

A sentence ends at a full stop, question or exclamation mark or ellipsis, with the quotation marks and brackets that
close there, where the next word begins a sentence; at the full-width marks of Chinese and Japanese; and at an empty
line. Titles, initials and common abbreviations of English and French end none. A sentence of a few words joins the one
after it, since such a vector says little; one of many is cut, since the vector of the whole says little of its parts.
"""

from __future__ import annotations

import re

import numpy as np

LEAST_WORDS = 5
"""A shorter sentence joins the next of its paragraph, or the one before where it is the last."""
MOST_WORDS = 60
"""A longer sentence is cut, after a semicolon, colon, dash or comma where there is one in its later half."""
MOST_CHARACTERS = 1_000
"""The same for text without spaces."""
BORDER = re.compile(
    r"(?<![.!?…])(?P<mark>[.!?…]++)[”’\"»'’)\]]*+(?:\s*+»)?\s++(?=[“‘\"«'(\[—–-]*+\s?+[^\W_a-zß-öø-ÿ])"
    r"|(?<![。！？])[。！？]++[」』）]*+"
)
PARAGRAPH = re.compile(r"\n[ \t\r]*+\n\s*+")
ABBREVIATION = re.compile(
    r"(?:^|[\s(“‘\"«'’])(?:[^\W\d_]|Mr|Mrs|Ms|Dr|St|Ste|Mme|Mmes|Mlle|MM|Mgr|Prof|Rev|Hon|Capt|Col|Gen|Lt|Sgt|Jr|Sr|"
    r"Messrs|No|Nos|vol|chap|cf|vs|fig|art|pp|ed|etc|e\.g|i\.e|p\.ex|av|env|[^\W\d_](?:\.[^\W\d_])+)$",
    re.IGNORECASE,
)
WORD = re.compile(r"\w+")
PAUSE = re.compile(r"[;:,–—]\s")


def sentences(text: str) -> np.ndarray:
    """int64 (n, 2): start and end of each sentence in characters, in order, without the white space around it."""
    out: list[tuple[int, int]] = []
    for first, end in _paragraphs(text):
        waiting = first
        joined: list[tuple[int, int]] = []
        for stop in [*_stops(text, first, end), end]:
            if _words(text, waiting, stop) >= LEAST_WORDS:
                joined.append((waiting, stop))
                waiting = stop
        if waiting < end:
            last = joined.pop()[0] if joined else waiting
            joined.append((last, end))
        for start, stop in joined:
            out += _cut(text, start, stop)
    trimmed = [_trimmed(text, start, stop) for start, stop in out]
    return np.array([one for one in trimmed if one[0] < one[1]], np.int64).reshape(-1, 2)


def _paragraphs(text: str) -> list[tuple[int, int]]:
    borders = [match.span() for match in PARAGRAPH.finditer(text)]
    firsts = [0, *(end for _, end in borders)]
    ends = [*(start for start, _ in borders), len(text)]
    return [(first, end) for first, end in zip(firsts, ends, strict=True) if first < end]


def _stops(text: str, first: int, end: int) -> list[int]:
    """Where sentences end in a paragraph, its own end left out."""
    return [
        match.end()
        for match in BORDER.finditer(text, first, end)
        if match.end() < end
        and not (match["mark"] == "." and ABBREVIATION.search(text, max(first, match.start() - 12), match.start()))
    ]


def _words(text: str, start: int, end: int) -> int:
    """Words, but never more than are asked for; a word of a script without spaces counts by its length."""
    count = 0
    for match in WORD.finditer(text, start, end):
        long = match.end() - match.start()
        count += 1 if match.group().isascii() or long < 2 * LEAST_WORDS else long // 2
        if count > MOST_WORDS:
            break
    return count


def _cut(text: str, start: int, end: int) -> list[tuple[int, int]]:
    """Parts of a sentence that is too long, each of at most MOST_WORDS words."""
    out = []
    while end - start > MOST_CHARACTERS or _words(text, start, end) > MOST_WORDS:
        limit = min(start + MOST_CHARACTERS, end)
        for number, match in enumerate(WORD.finditer(text, start, limit)):
            if number == MOST_WORDS:
                limit = match.start()
                break
        pauses = [match.end() for match in PAUSE.finditer(text, (start + limit) // 2, limit)]
        stop = pauses[-1] if pauses else limit
        out.append((start, stop))
        start = stop
    return [*out, (start, end)]


def _trimmed(text: str, start: int, end: int) -> tuple[int, int]:
    part = text[start:end]
    return start + len(part) - len(part.lstrip()), end - (len(part) - len(part.rstrip()))
