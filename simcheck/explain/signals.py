"""What each signal says, in a plain sentence. A signal without a sentence here is shown with its value alone."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

_SENTENCES: dict[str, Callable[[Any], str]] = {
    "sha256": lambda _: "The output has the same bytes as the reference.",
    "cosine": lambda v: _degree(
        v, (0.5, 0.75), "a network sees little in common", "a network sees them as related", "a network sees one picture"
    ),
    "pdq_distance": lambda v: _degree(
        -v, (-90, -31), f"{v} of 256 bits of the PDQ hash differ: as between unrelated pictures",
        f"{v} of 256 bits of the PDQ hash differ: related at a glance",
        f"{v} of 256 bits of the PDQ hash differ: the same at a glance",
    ),
    "phash_distance": lambda v: _degree(
        -v, (-18, -8), f"{v} of 64 bits of the perceptual hash differ: as between unrelated pictures",
        f"{v} of 64 bits of the perceptual hash differ: related at a glance",
        f"{v} of 64 bits of the perceptual hash differ: the same at a glance",
    ),
    "votes": lambda _: "How strongly the details of the output pointed to this reference, before anything was compared.",
    "inliers": lambda v: f"{v} details lie in the same arrangement in both pictures.",
    "correlation": lambda v: _degree(
        v, (0.4, 0.8), "laid onto each other, light and dark do not agree", "laid onto each other, light and dark agree in part",
        "laid onto each other, light and dark agree",
    ),
    "detail": lambda v: _degree(
        v, (0.2, 0.5), "fine detail does not agree", "fine detail agrees in part", "even fine detail agrees"
    ),
    "agreement": lambda v: f"{_percent(v)} of the textured part that both share agrees when laid onto each other.",
    "blocks": lambda v: f"{v} small textured blocks agree.",
    "coverage_output": lambda v: f"{_percent(v)} of the output is copied.",
    "coverage_reference": lambda v: f"{_percent(v)} of the reference reappears.",
    "mirrored": lambda v: "The copy is mirrored." if v else "The copy is not mirrored.",
    "negative": lambda v: "The copy's tones are inverted." if v else "The copy's tones are not inverted.",
    "turn": lambda v: "The copy stands upright." if abs(v) < 1 else f"The copy is turned {_turned(v)}.",
    "scale": lambda v: f"Whole, the reference would be {_percent(v)} as long as the output.",
    "transform": lambda _: "How pixels of the reference lie on the output.",
    "aligned_by": lambda v: (
        "Matching details told how the pictures lie on each other."
        if v in ("features", "codes")
        else "The look of the whole told how the pictures lie on each other."
    ),
}  # fmt: skip

NAMED = frozenset(_SENTENCES)
"""The signals that have a sentence."""


def explained(signals: Mapping[str, Any]) -> list[tuple[str, str, str]]:
    """(name, value, sentence) of each signal that has a value, in the order given. Never raises: a value of another
    type than expected is shown without a sentence."""
    return [(name, _value(value), _sentence(name, value)) for name, value in signals.items() if value is not None]


def _sentence(name: str, value: Any) -> str:
    say = _SENTENCES.get(name)
    if say is None:
        return ""
    try:
        sentence = say(value)
    except (TypeError, ValueError):
        return ""
    return sentence[0].upper() + sentence[1:] + ("" if sentence.endswith(".") else ".")


def _value(value: Any) -> str:
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, float):
        return f"{value:.4g}"
    if isinstance(value, list | tuple):
        return ", ".join(_value(one) for one in value)
    return str(value)


def _degree(value: float, steps: tuple[float, float], low: str, middle: str, high: str) -> str:
    return low if value < steps[0] else middle if value < steps[1] else high


def _percent(share: float) -> str:
    return f"{share * 100:.0f} %" if share >= 0.01 or share == 0 else "less than 1 %"


def _turned(degrees: float) -> str:
    return f"{abs(degrees):.0f}° {'clockwise' if degrees > 0 else 'anticlockwise'}"
