"""What a passage goes through before it is spliced into another text. ``words``: the passage, split at white space;
``other``: words of other texts in the same language to replace with."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence

import numpy as np

Edit = Callable[[Sequence[str], Sequence[str], np.random.Generator], str]
ALIKE = str.maketrans("aeopcyxiABEKMHOPCTX", "аеорсухіАВЕКМНОРСТХ")
LEET = str.maketrans("oieast", "01345" + "7")


def _changed(text: Callable[[str, np.random.Generator], str]) -> Edit:
    return lambda words, other, rng: text(" ".join(words), rng)


def _some(letters: str, rng: np.random.Generator, share: float, change: Callable[[str], str]) -> str:
    drawn = rng.random(len(letters)) < share
    return "".join(change(c) if d else c for c, d in zip(letters, drawn, strict=True))


def _after_letters(mark: str, share: float) -> Edit:
    def edit(text: str, rng: np.random.Generator) -> str:
        out = _some(text, rng, share, lambda c: c + mark if c.isalpha() else c)
        return re.sub(f"{mark}(?!\\w)", "", out)

    return _changed(edit)


def _hyphenated(text: str, rng: np.random.Generator) -> str:
    return re.sub(r"(\w{4})(\w{3})", lambda m: f"{m[1]}-\n{m[2]}" if rng.random() < 0.3 else m[0], text)


def _ligatures(text: str, rng: np.random.Generator) -> str:
    for plain, one in (("ffi", "ﬃ"), ("ff", "ﬀ"), ("fi", "ﬁ"), ("fl", "ﬂ"), ("oe", "œ"), ("ae", "æ"), ("st", "ﬆ")):
        text = text.replace(plain, one)
    return text


def _digits(words: Sequence[str], other: Sequence[str], rng: np.random.Generator) -> str:
    out = []
    for word in words:
        changed = _some(word, rng, 0.35, lambda c: c.translate(LEET))
        out.append(changed if any(c.isalpha() for c in changed) else word)
    return " ".join(out)


def _accents(text: str, rng: np.random.Generator) -> str:
    return _some(text, rng, 0.3, lambda c: c + "\u0301" if c in "aeiouAEIOU" else c)


def _all(words: Sequence[str], other: Sequence[str], rng: np.random.Generator) -> str:
    text = _some(" ".join(words), rng, 0.3, lambda c: c.translate(ALIKE))
    return _after_letters("\u200b", 0.1)(text.upper().split(" "), other, rng)


def replaced(every: int) -> Edit:
    return lambda words, other, rng: " ".join(
        str(rng.choice(other)) if at % every == every - 1 else word for at, word in enumerate(words)
    )


def dropped(every: int) -> Edit:
    return lambda words, other, rng: " ".join(word for at, word in enumerate(words) if at % every != every - 1)


def inserted(every: int) -> Edit:
    def edit(words: Sequence[str], other: Sequence[str], rng: np.random.Generator) -> str:
        out: list[str] = []
        for at, word in enumerate(words):
            out.append(word)
            if at % every == every - 1:
                out.append(str(rng.choice(other)))
        return " ".join(out)

    return edit


def moved(every: int) -> Edit:
    """Every such word goes two to five places further."""

    def edit(words: Sequence[str], other: Sequence[str], rng: np.random.Generator) -> str:
        keys = [at + (float(rng.integers(2, 6)) + 0.5 if at % every == every - 1 else 0.0) for at in range(len(words))]
        return " ".join(words[at] for at in np.argsort(keys, kind="stable"))

    return edit


def shuffled(words: Sequence[str], other: Sequence[str], rng: np.random.Generator) -> str:
    sentences = re.split(r"(?<=[.!?;:])\s+", " ".join(words))
    return " ".join(sentences[at] for at in rng.permutation(len(sentences)))


EDITS: dict[str, Edit] = {
    "verbatim": _changed(lambda text, rng: text),
    "capitals": _changed(lambda text, rng: text.upper()),
    "no punctuation": _changed(lambda text, rng: re.sub(r"[^\w\s'’]", "", text)),
    "white space": _changed(
        lambda text, rng: re.sub(" ", lambda m: str(rng.choice(["  ", "\n", "\t", "\u00a0"])), text)
    ),
    "hyphenated": _changed(_hyphenated),
    "ligatures": _changed(_ligatures),
    "look-alike letters": _changed(lambda text, rng: _some(text, rng, 0.4, lambda c: c.translate(ALIKE))),
    "zero-width": _after_letters("\u200b", 0.2),
    "soft hyphens": _after_letters("\u00ad", 0.2),
    "digits for letters": _digits,
    "accents": _changed(_accents),
    "capitals, look-alikes, zero-width": _all,
    "every 4th replaced": replaced(4),
    "every 5th dropped": dropped(5),
    "every 5th inserted": inserted(5),
    "every 5th moved": moved(5),
    "sentences shuffled": shuffled,
    "every 3rd replaced": replaced(3),
    "every 2nd replaced": replaced(2),
}
TARGETS: dict[str, float] = {
    **dict.fromkeys(list(EDITS)[:13], 0.99),
    **dict.fromkeys(["every 5th dropped", "every 5th inserted", "every 5th moved"], 0.97),
    "sentences shuffled": 0.95,
    "every 3rd replaced": 0.95,
    "every 2nd replaced": 0.85,
}
"""Plagdet that issue 13 asks for; passages of 40 words at most 0.04 below."""
