"""Words of a text, normalised so that what hides a copy from a machine but not from a reader makes no difference.

A word becomes a key: compatibility forms and ligatures taken apart (NFKD, Unicode Standard Annex 15), accents and
invisible characters dropped, look-alike letters of other scripts read as Latin ones (a subset of Unicode Technical
Standard 39's confusables), case folded, digits inside a word read as the letters they stand for, i, l and 1 taken for
one letter. A word divided at the end of a line is one word. Apostrophes divide (``l'homme`` is two words), so straight
and typographic ones agree. Scripts that write no spaces give one word a character.
"""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from functools import lru_cache

import numpy as np

INVISIBLE = (
    "\u00ad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180b-\u180e\u200b-\u200f\u202a-\u202e\u2060-\u206f\ufe00-\ufe0f\ufeff"
)
_MARKS = "\u0300-\u036f\u0483-\u0489\u0591-\u05bd\u0610-\u061a\u064b-\u065f\u0670\u0900-\u0963\u0966-\u0dff"
_SINGLE = (
    "\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\U00020000-\U0003ffff"
)
_LETTER = rf"[^\W_{_SINGLE}]"
WORD = re.compile(
    rf"[{_SINGLE}]|(?:[@$](?=[^\W\d_]))?{_LETTER}"
    rf"(?:[{INVISIBLE}{_MARKS}]++|{_LETTER}++|[@$|!](?=[^\W_])|[-\u2010][ \t]*+\r?\n[ \t]*+(?=[^\W\d_]))*+"
)
"""One word as it stands in a text."""

ALIKE = str.maketrans(
    {
        "а": "a", "е": "e", "о": "o", "р": "p", "с": "c", "у": "y", "х": "x", "і": "i", "ј": "j", "ѕ": "s", "ԁ": "d",
        "ɡ": "g", "һ": "h", "ԛ": "q", "ԝ": "w", "ӏ": "l", "в": "b", "к": "k", "м": "m", "н": "h", "т": "t", "ѵ": "v",
        "ո": "n", "կ": "u", "օ": "o", "ս": "u", "ց": "g", "հ": "h", "ձ": "d", "զ": "q", "յ": "j", "ք": "f",
        "α": "a", "β": "b", "ε": "e", "η": "n", "ι": "i", "κ": "k", "μ": "u", "ν": "v", "ο": "o", "ρ": "p", "τ": "t",
        "υ": "u", "χ": "x", "γ": "y", "ω": "w", "ϲ": "c", "ϳ": "j", "ζ": "z",
        "ɑ": "a", "ı": "i", "ɩ": "i", "ʟ": "l", "ʀ": "r", "ꜱ": "s", "ᴀ": "a", "ʙ": "b", "ᴄ": "c", "ᴅ": "d", "ᴇ": "e",
        "ɢ": "g", "ʜ": "h", "ɪ": "i", "ᴊ": "j", "ᴋ": "k", "ᴍ": "m", "ɴ": "n", "ᴏ": "o", "ᴘ": "p", "ᴛ": "t", "ᴜ": "u",
        "ᴠ": "v", "ᴡ": "w", "ʏ": "y", "ᴢ": "z", "œ": "oe", "æ": "ae", "ø": "o", "ł": "l", "đ": "d", "ħ": "h", "ŧ": "t",
    }
)  # fmt: skip
"""Look-alikes in lower case after NFKD, and letters that NFKD does not take apart."""
CAPITALS = str.maketrans("ΑΒΕΖΗΙΚΜΝΟΡΤΥΧ", "ABEZHIKMNOPTYX")
"""Greek capitals whose small letters look like others: in a word that has Latin letters they stand for these."""
DIGITS = str.maketrans({"0": "o", "1": "i", "3": "e", "4": "a", "5": "s", "7": "t", "8": "b", "@": "a", "$": "s",
                        "|": "i", "!": "i"})  # fmt: skip
_LATIN = re.compile("[A-Za-z]")
_ONE_LETTER = str.maketrans({"l": "i"})


@dataclass(frozen=True)
class Words:
    """The words of a text. ``ids`` uint32 (n,): a hash of each word's key, never 0; ``starts`` and ``ends`` int32 (n,):
    code points of the text."""

    ids: np.ndarray
    starts: np.ndarray
    ends: np.ndarray

    def __len__(self) -> int:
        return len(self.ids)

    def part(self, first: int, end: int) -> Words:
        """The words with numbers in [first, end)."""
        return Words(self.ids[first:end], self.starts[first:end], self.ends[first:end])


def words_of(text: str) -> Words:
    """All words of a text, in order."""
    parts, at = [], 0
    while at < len(text):
        found = _CUT.search(text, at + BLOCK)
        end = found.end() if found else len(text)
        parts.append(_block(text, at, end))
        at = end
    table = np.concatenate(parts) if parts else np.empty((0, 3), np.int64)
    return Words(table[:, 0].astype(np.uint32), table[:, 1].astype(np.int32), table[:, 2].astype(np.int32))


def _block(text: str, first: int, end: int) -> np.ndarray:
    """int64 (n, 3): id, start and end of the words in text[first:end]. Plain words are hashed all at once; what has
    anything unusual in it goes through WORD and `key`."""
    classes, folded = _classified(text[first:end])
    edges = np.flatnonzero(np.diff(classes > 0, prepend=False, append=False))
    starts, ends = edges[::2], edges[1::2]
    lengths = ends - starts
    inside = np.flatnonzero(classes)
    offsets = np.cumsum(lengths) - lengths
    kinds = classes[inside]
    plain = np.zeros(len(starts), bool)
    hashes = np.zeros(len(starts), np.uint64)
    if len(starts):
        same = np.minimum.reduceat(kinds, offsets) == np.maximum.reduceat(kinds, offsets)
        plain = same & (kinds[offsets] != _UNUSUAL) & (lengths <= LONGEST)
        place = np.minimum(np.arange(len(inside)) - np.repeat(offsets, lengths), LONGEST - 1)
        hashes = np.add.reduceat(folded[inside].astype(np.uint64) * _POWERS[place], offsets)
    table = np.stack([_ids(hashes[plain]), starts[plain] + first, ends[plain] + first], axis=1)
    slow = [
        (number, *match.span())
        for start, stop in zip((starts[~plain] + first).tolist(), (ends[~plain] + first).tolist(), strict=True)
        for match in WORD.finditer(text, start, stop)
        if (number := word_id(match.group()))
    ]
    if slow:
        table = np.concatenate([table, np.array(slow, np.int64)])
        table = table[np.argsort(table[:, 1], kind="stable")]
    return table


def _classified(text: str) -> tuple[np.ndarray, np.ndarray]:
    """Of every character its class (0 for what divides words), and the character it is folded to."""
    points = np.frombuffer(text.encode("utf-32-le", "surrogatepass"), np.uint32)
    low = np.minimum(points, len(_CLASS) - 1)
    classes = np.where(points < len(_CLASS), _CLASS[low], _UNUSUAL).astype(np.uint8)
    classes[((points >= 0x2011) & (points <= 0x2027)) | ((points >= 0x2030) & (points <= 0x205E))] = 0
    doubtful = np.flatnonzero(classes == _DOUBTFUL)
    after = np.append(classes, np.uint8(0))[doubtful + 1]
    classes[doubtful] = np.where((after > 0) & (after < _DOUBTFUL), _UNUSUAL, 0)
    for match in _DIVIDED.finditer(text):
        classes[match.start() : match.end()] = _UNUSUAL
    return classes, _FOLD[low]


def _ids(hashes: np.ndarray) -> np.ndarray:
    """int64: 32 bits of each hash (uint64), never 0."""
    mixed = (hashes ^ (hashes >> np.uint64(29))) * _MIX
    out: np.ndarray = np.maximum(mixed >> np.uint64(32), np.uint64(1)).astype(np.int64)
    return out


@lru_cache(maxsize=1 << 17)
def word_id(word: str) -> int:
    """32 bits that stand for a word's key; 0 where nothing is left of it."""
    plain = key(word[:LONGEST_KEY])
    if not plain:
        return 0
    total = 0
    for at, character in enumerate(plain):
        total += ord(character) * int(_POWERS[min(at, LONGEST - 1)])
    return int(_ids(np.array([total & 0xFFFF_FFFF_FFFF_FFFF], np.uint64))[0])


def key(word: str) -> str:
    """What is compared of a word."""
    if word.isascii() and word.isalpha():
        return word.lower().translate(_ONE_LETTER)
    if _LATIN.search(word):
        word = word.translate(CAPITALS)
    plain = unicodedata.normalize("NFKD", word.casefold()).casefold().translate(ALIKE)
    if any(c.isalpha() for c in plain):
        plain = plain.translate(DIGITS)
    return "".join(c for c in plain if c.isalnum()).translate(_ONE_LETTER)


def _tables() -> tuple[np.ndarray, np.ndarray]:
    """For the first 384 characters: the class, and the letter that `key` makes of one."""
    classes, folded = np.zeros(0x180, np.uint8), np.zeros(0x180, np.uint32)
    for point in range(0x180):
        character = chr(point)
        plain = key(character)
        if character in "@$|!":
            classes[point] = _DOUBTFUL
        elif character.isascii() and character.isdigit():
            classes[point], folded[point] = _DIGIT, point
        elif len(plain) == 1 and plain.isascii() and plain.isalpha() and character.isalpha():
            classes[point], folded[point] = _LETTER_CLASS, ord(plain)
        elif character == "\u00ad" or (character != "_" and (character.isalnum() or WORD.match(character))):
            classes[point] = _UNUSUAL
    return classes, folded


_LETTER_CLASS, _DIGIT, _UNUSUAL, _DOUBTFUL = 1, 2, 3, 4
"""Letters; digits; what may be part of a word and needs a closer look; what is that only before a letter or digit."""
BLOCK = 1 << 20
"""Characters looked at together: bounds memory."""
LONGEST = 40
"""Words longer than this are looked at one by one."""
LONGEST_KEY = 400
"""Characters of a word that count."""
_CUT = re.compile(r"(?<=[^\s\-\u2010])\s")
"""Where a text may be cut without cutting a word, divided ones included."""
_DIVIDED = re.compile(rf"(?<=[\w{INVISIBLE}{_MARKS}])[-\u2010][ \t]*\r?\n[ \t]*(?=[^\W\d_])")
_MIX = np.uint64(0x9E3779B97F4A7C15)
_POWERS = np.array([pow(0x5851F42D4C957F2D, at, 1 << 64) for at in range(LONGEST)], np.uint64)
_CLASS, _FOLD = _tables()
