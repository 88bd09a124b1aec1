"""The verdict on a terminal: the decision, why, and each match with where it is."""

from __future__ import annotations

from simcheck.files import printable
from simcheck.report import Match, Place, Report

_COLOURS = {"block": "1;31", "review": "1;33", "unchecked": "1;35", "pass": "1;32"}
_INDENT = " " * 11


def verdict_text(report: Report, *, colours: bool = False) -> str:
    """Some lines of plain text, without a line end; with ANSI colours where ``colours`` says so. Names and titles are
    shown with control characters escaped, so that none of them can steer the terminal."""
    first = f"{_painted(report.decision, report.decision, colours)}{' ' * (11 - len(report.decision))}"
    lines = [f"{first}{printable(report.output.path)}", f"{_INDENT}{printable(report.reason)}"]
    for match in report.matches:
        lines += _match(match, colours)
    lines += [f"{_INDENT}Note: {printable(note)}" for note in report.notes]
    return "\n".join(lines)


def _match(match: Match, colours: bool) -> list[str]:
    reference = match.reference
    name = (
        f"“{printable(reference.title)}” ({printable(reference.name)})"
        if reference.title
        else printable(reference.name)
    )
    shares = f"{_percent(match.coverage.output)} of the output, {_percent(match.coverage.reference)} of the reference"
    lines = [
        f"{_INDENT}{_painted(f'{match.score:.3f}', match.decision, colours)}  {match.type}  {name}",
        f"{_INDENT}       {match.decision} by {printable(match.rule)}; {shares}; id {reference.id}",
    ]
    lines += [
        f"{_INDENT}       output {place_text(region.output)} repeats reference {place_text(region.reference)}"
        + (f", {region.type}" if region.type else "")
        for region in match.regions
    ]
    return lines


def place_text(place: Place) -> str:
    """A place in words: pixels, seconds, or characters."""
    parts = []
    if place.box is not None:
        x, y, width, height = place.box
        parts.append(f"{width} × {height} at {x}, {y}")
    if place.start is not None and place.end is not None:
        if place.text is not None or (place.box is None and isinstance(place.start, int)):
            parts.append(f"characters {place.start} to {place.end}")
        else:
            parts.append(f"{clock(place.start)} to {clock(place.end)}")
    return ", ".join(parts) or "whole"


def clock(seconds: float) -> str:
    """0:07.25, or 1:02:03.00 from an hour on."""
    hundredths = round(seconds * 100)
    minutes, rest = divmod(hundredths, 6000)
    hours, minutes = divmod(minutes, 60)
    end = f"{rest // 100:02d}.{rest % 100:02d}"
    return f"{hours}:{minutes:02d}:{end}" if hours else f"{minutes}:{end}"


def _percent(share: float) -> str:
    return f"{share * 100:.0f} %"


def _painted(text: str, decision: str, colours: bool) -> str:
    return f"\x1b[{_COLOURS[decision]}m{text}\x1b[0m" if colours else text
