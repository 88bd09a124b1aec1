"""What each signal says, in a plain sentence. A signal without a sentence here is shown with its value alone.

The steps at which the words change are for reading only: decisions are the policy's.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

Say = Callable[[Any], str]


def _steps(low: str, first: float, middle: str, second: float, high: str) -> Say:
    """Words for a value below ``first``, below ``second``, and from there on."""
    return lambda value: low if value < first else middle if value < second else high


def _bits(of: int, hash_name: str, same: int, related: int) -> Say:
    words = _steps("the same at a glance", same + 1, "related at a glance", related + 1, "as unrelated pictures are")
    return lambda value: f"{value} of {of} bits of the {hash_name} differ: {words(value)}."


def _percent(share: float) -> str:
    return f"{share * 100:.0f} %" if share >= 0.01 or share == 0 else "less than 1 %"


def _turn(degrees: float) -> str:
    if abs(degrees) < 1:
        return "The copy stands upright."
    return f"The copy is turned {abs(degrees):.0f}° {'clockwise' if degrees > 0 else 'anticlockwise'}."


_SENTENCES: dict[str, Say] = {
    "verbatim_characters": lambda value: f"The longest run that is the same word by word has {value:,} characters.",
    "verbatim_words": lambda value: f"That run has {value:,} words.",
    "verbatim_bits": _steps(
        "That run is so common that chance explains it.", 60, "That run is a rare one.", 150,
        "That run is far too rare for chance.",
    ),
    "copied_words": lambda value: f"{value:,} words of the output stand in the reference, in passages.",
    "quoted": lambda value: f"{_percent(value)} of them stand in quotation marks.",
    "boilerplate": lambda value: f"{_percent(value)} of the shared passages are boilerplate and were left out.",
    "bits": lambda value: f"The best passage tells {value:,.0f} bits: chance gives it once in 2^{value:,.0f} places.",
    "meaning": lambda value: f"That some of it is told in other words is {_percent(value)} certain.",
    "paraphrased_words": lambda value: f"{value:,} words of the output say in other words what the reference says.",
    "sentences": lambda value: f"They make {value:,} {'sentence' if value == 1 else 'sentences'}.",
    "meaning_cosine": _steps(
        "Its sentences are about as near in meaning as those on one topic.", 0.65, "Its sentences mean much the same.",
        0.85, "Its sentences mean the same.",
    ),
    "meaning_bits": lambda value: (
        f"That so many sentences lie so near each other in both texts tells {value:,.0f} bits more than chance gives."
    ),
    "sha256": lambda _: "The output has the same bytes as the reference.",
    "cosine": _steps(
        "The image encoder sees little in common.", 0.5, "The image encoder sees them as related.", 0.75,
        "The image encoder sees one picture.",
    ),
    "cosine_above": lambda value: f"Its cosine lies {value:.2f} above that of unrelated pictures.",
    "pdq_distance": _bits(256, "PDQ hash", 31, 90),
    "outline_distance": _bits(256, "hash of the outlines", 50, 90),
    "phash_distance": _bits(64, "perceptual hash", 8, 18),
    "votes": lambda _: "How strongly details of the output pointed to this reference before anything was compared.",
    "inliers": lambda value: f"{value} details lie in the same arrangement in both pictures.",
    "correlation": _steps(
        "Laid onto each other, light and dark do not agree.", 0.4,
        "Laid onto each other, light and dark agree in part.", 0.8,
        "Laid onto each other, light and dark agree.",
    ),
    "detail": _steps("Fine detail does not agree.", 0.2, "Fine detail agrees in part.", 0.5, "Fine detail agrees too."),
    "outlines": _steps(
        "Laid onto each other, outlines do not agree.", 0.4, "Laid onto each other, outlines agree in part.", 0.7,
        "Laid onto each other, outlines agree.",
    ),
    "outlined": lambda value: "Outlines were compared: it is drawn." if value else "Light and dark were compared.",
    "inside": lambda value: f"Within the matched region {_percent(value)} of the texture agrees.",
    "disputed": lambda value: f"The largest part of it that shows something else takes {_percent(value)}.",
    "kept": lambda value: f"Of the reference's texture where both overlap {_percent(value)} agrees.",
    "explained": lambda value: f"Of the output's texture where both overlap {_percent(value)} agrees.",
    "fine": _steps(
        "What is finest differs, as in another picture of the same thing.", 0.75, "What is finest agrees in part.", 0.9,
        "What is finest agrees, as in the same picture.",
    ),
    "same_tones": lambda value: f"Of the pixels there {_percent(value)} have the same tones.",
    "alike": _steps(
        "The pair network sees two pictures.", 0.0, "The pair network is not sure that it is one picture.", 2.0,
        "The pair network sees one picture.",
    ),
    "alike_parts": _steps(
        "Part by part the pair network sees two pictures.", 0.0, "It is not sure of some of the parts.", 2.0,
        "It sees one picture in nearly every part.",
    ),
    "alike_piece": _steps(
        "Of what agrees, taken alone, the pair network sees two pictures.", 0.0, "Of what agrees it is not sure.", 2.0,
        "What agrees is one picture to it, whatever stands around.",
    ),
    "alike_piece_parts": _steps(
        "Part by part of what agrees it sees two pictures.", 0.0, "It is not sure of some of these parts.", 2.0,
        "It sees one picture in nearly every part of what agrees.",
    ),
    "pieces": lambda value: (
        f"{value} pieces of the reference lie apart in the output." if value > 1 else "It is not in several pieces."
    ),
    "changed": lambda value: (
        f"It is the same design but for {value} {'place' if value == 1 else 'places'}."
        if value
        else "No place was found that differs in a design that is the same elsewhere."
    ),
    "replaced": lambda value: f"{_percent(value)} of these places have other details instead.",
    "overlaid": _steps(
        "What differs has outlines in the reference as much as in the output, as in two pictures.", 0.4,
        "What differs may lie over the output.", 0.7, "What differs lies over the output.",
    ),
    "fit": _steps(
        "Laid onto each other, details agree no more than chance.", 5.0, "Laid onto each other, details fit.", 15.0,
        "Laid onto each other, details fit far better than chance.",
    ),
    "slid": _steps(
        "Slid over each other, the pictures fit no better than strangers.", 11.0,
        "Slid over each other, the pictures fit at one place.", 15.0,
        "Slid over each other, the pictures fit at one place far better than strangers.",
    ),
    "shared_by": lambda value: (
        f"{value} other works show the same at this place." if value != 1 else "One other work shows the same there."
    ),
    "shifted": lambda value: (
        "It stands in the same place of both pictures."
        if value <= 0.03
        else f"It lies {_percent(value)} of a side away from where it is in the reference."
    ),
    "two_tones": lambda value: f"{_percent(value)} of the matched region has two tones.",
    "side": lambda value: f"It was looked at with {value} pixels on its longer side.",
    "plain": lambda value: f"{_percent(value)} of what agrees is even ground, as in windows, frames, pages and charts.",
    "paper": lambda value: f"{_percent(value)} of the output has one tone, as drawings on paper have.",
    "one_tone": lambda value: f"{_percent(value)} of the reference has one tone.",
    "agreement": lambda value: f"{_percent(value)} of the textured part that both share agrees, laid onto each other.",
    "blocks": lambda value: f"{value} small textured blocks agree.",
    "coverage_output": lambda value: f"{_percent(value)} of the output is copied.",
    "coverage_reference": lambda value: f"{_percent(value)} of the reference reappears.",
    "bent": lambda value: (
        "The copy is bent: laid onto each other, they depart from the transform." if value else "The copy is not bent."
    ),
    "covered": lambda value: (
        f"{_percent(value)} of the copy lay under something of one tone, which was taken away from both."
        if value
        else "Nothing lies over all of the copy."
    ),
    "mirrored": lambda value: "The copy is mirrored." if value else "The copy is not mirrored.",
    "negative": lambda value: "The copy's tones are inverted." if value else "The copy's tones are not inverted.",
    "turn": _turn,
    "scale": lambda value: f"The longer side of the whole reference would be {_percent(value)} of the output's.",
    "transform": lambda _: "How pixels of the reference lie on the output.",
    "aligned_by": lambda value: (
        {
            "whole": "The look of the whole told how the pictures lie on each other.",
            "slid": "Sliding one over the other told how the pictures lie on each other.",
        }.get(value, "Matching details told how the pictures lie on each other.")
    ),
}  # fmt: skip

NAMED = frozenset(_SENTENCES)
"""The signals that have a sentence."""


def explained(signals: Mapping[str, Any]) -> list[tuple[str, str, str]]:
    """(name, value, sentence) of each signal that has a value, in the order given. Never raises: a value of another
    type than expected is shown without a sentence."""
    return [(name, _value(value), _sentence(name, value)) for name, value in signals.items() if value is not None]


def _sentence(name: str, value: Any) -> str:
    try:
        return _SENTENCES[name](value) if name in _SENTENCES else ""
    except (TypeError, ValueError):
        return ""


def _value(value: Any) -> str:
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, float):
        return f"{value:.4g}"
    if isinstance(value, list | tuple):
        return ", ".join(_value(one) for one in value)
    return str(value)
