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
import zlib
from dataclasses import dataclass
from functools import lru_cache

import numpy as np

INVISIBLE = "\u00ad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180b-\u180e\u200b-\u200f\u202a-\u202e\u2060-\u206f\ufe00-\ufe0f\ufeff"
_MARKS = "\u0300-\u036f\u0483-\u0489\u0591-\u05bd\u0610-\u061a\u064b-\u065f\u0670\u0900-\u0963\u0966-\u0dff"
_SINGLE = "\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\U00020000-\U0003ffff"
_LETTER = rf"[^\W_{_SINGLE}]"
WORD = re.compile(
    rf"[{_SINGLE}]|(?:[@$](?=[^\W\d_]))?{_LETTER}"
    rf"(?:[{INVISIBLE}{_MARKS}]|{_LETTER}|[@$|!](?=[^\W_])|[-\u2010][ \t]*\r?\n[ \t]*(?=[^\W\d_]))*"
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
    found = [(word_id(match.group()), *match.span()) for match in WORD.finditer(text)]
    table = np.array(found, np.int64).reshape(-1, 3)
    table = table[table[:, 0] != 0]
    return Words(table[:, 0].astype(np.uint32), table[:, 1].astype(np.int32), table[:, 2].astype(np.int32))


@lru_cache(maxsize=1 << 17)
def word_id(word: str) -> int:
    """32 bits that stand for a word's key; 0 where nothing is left of it."""
    plain = key(word)
    return (zlib.crc32(plain.encode("utf-8", "surrogatepass")) or 1) if plain else 0


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
