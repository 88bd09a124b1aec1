"""The sentences of a report: what a person reads first."""

from __future__ import annotations

from collections.abc import Sequence

from simcheck.report import Match, Output, Place

DONE = {"block": "Repeats", "review": "May repeat", "pass": "Shares a part of"}


def reason(output: Output, matches: Sequence[Match], decision: str) -> str:
    """Why the decision is what it is, from the match that made it (the worst, then the best score)."""
    if not matches:
        return "Nothing in the index is repeated."
    worst = [match for match in matches if match.decision == decision]
    if not worst:
        return f"{len(matches)} matches, none of which the policy holds."
    first = max(worst, key=lambda match: match.score)
    sentence = about(output, first)
    others = len(worst) - 1
    if others:
        sentence += f" {others} more {'work is' if others == 1 else 'works are'} repeated."
    return sentence


def about(output: Output, match: Match) -> str:
    """One sentence about one match."""
    label = match.reference.title or match.reference.name
    if match.decision == "pass" and match.rule == "reuse.allowed":
        return f"Repeats “{label}”, whose rights allow it here ({_share(match)})."
    if match.type == "exact":
        return f"Is “{label}”, byte for byte."
    first = match.regions[0].output
    several = first.box is not None and len(match.regions) > 1
    where = f", in {len(match.regions)} places of the output" if several else position(output, first)
    return f"{DONE[match.decision]} “{label}” ({_share(match)}{where})."


def _share(match: Match) -> str:
    if match.type == "exact":
        return "the same bytes"
    if match.type in ("paraphrase", "translation"):
        told = "in other words" if match.type == "paraphrase" else "translated"
        return f"{match.signals.get('paraphrased_words', 0):,} words, {told}"
    words = match.signals.get("copied_words")
    if words:
        return f"{words:,} words{', altered' if match.type == 'altered' else ''}"
    share = match.coverage.reference
    return "all of it" if share >= 0.995 else f"{max(round(share * 100), 1)} % of it"


def position(output: Output, place: Place) -> str:
    """Where in the output, in words: ``, in the left half of the output``; empty where it is the whole."""
    if place.box is None or not output.width or not output.height:
        return ""
    x, y, width, height = place.box
    across = width / output.width
    down = height / output.height
    if across > 0.85 and down > 0.85:
        return ""
    column = _band((x + width / 2) / output.width, across, "left", "right")
    row = _band((y + height / 2) / output.height, down, "top", "bottom")
    if column and row:
        return f", in the {row} {column} of the output"
    if column or row:
        size = across if column else down
        return f", in the {column or row} {'half' if 0.35 <= size <= 0.65 else 'part'} of the output"
    return ", in the middle of the output"


def _band(centre: float, size: float, low: str, high: str) -> str:
    if size > 0.85 or 0.4 <= centre <= 0.6:
        return ""
    return low if centre < 0.4 else high
