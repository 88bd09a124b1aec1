"""Which language a passage is in, for telling a translation from a paraphrase: by its script, then its commonest words.

Function words of ten languages, some twenty each; a passage whose language is not clear has none, and is then called a
paraphrase.
"""

from __future__ import annotations

import re
import unicodedata
from collections import Counter

COMMON = {
    "en": "the and of to in is was that he she it his her for with as had not but they be have at from by this which",
    "fr": "le la les de des du et à un une est dans que qui il elle pour pas sur au ne se ce avec plus était son sa ou",
    "de": "der die das und ist nicht ein eine zu den mit sich auf für von dem er sie es war im auch als dass wir noch",
    "es": "el la los las de y que en un una es no se por con para su lo como más pero era del al ha este ella fue",
    "it": "il lo la gli le di e che un una è non per con si del della nel sono ma come più era anche questo aveva ha",
    "pt": "o a os as de e que em um uma é não se por com para seu sua mais como mas era do da no na ele ela foi ao",
    "nl": "de het een en van is niet dat in te zijn op met voor hij ze die was aan er maar om ook als bij naar heeft",
    "sv": "och att det som en är på av för med den till inte han hon var jag ett men om har de sig så från efter hade",
    "pl": "i w na się nie z do to że jest jak ale był po co jego o za od tak już przez dla tym jej być czy ją przed",
    "tr": "ve bir bu da de için ile çok ne daha gibi ama olan var değil kadar sonra o ki onun her ben sen biz olarak",
}
WORDS = {language: frozenset(words.split()) for language, words in COMMON.items()}
LEAST_SHARE = 0.12
"""Share of a passage's words that must be common ones of its language."""
MARGIN = 1.3
"""So many times more than of any other language."""
SCRIPTS = ("CYRILLIC", "GREEK", "ARABIC", "HEBREW", "DEVANAGARI", "HANGUL", "THAI", "HIRAGANA", "KATAKANA", "CJK")


def language_of(text: str) -> str | None:
    """``en``, ``fr`` …, or the name of a script other than Latin (``cyrillic``); None where it is not clear."""
    letters = [character for character in text if character.isalpha()]
    if not letters:
        return None
    scripts = Counter(unicodedata.name(character, "?").split(" ")[0] for character in letters)
    first = scripts.most_common(1)[0][0].split("-")[0]
    if first in SCRIPTS:
        return "japanese" if {"HIRAGANA", "KATAKANA"} & scripts.keys() else first.lower()
    if first != "LATIN":
        return None
    words = re.findall(r"[^\W\d_]+", text.lower())
    shares = sorted(((sum(word in known for word in words), name) for name, known in WORDS.items()), reverse=True)
    (best, name), (second, _) = shares[:2]
    return name if best >= LEAST_SHARE * len(words) and best >= MARGIN * second else None
