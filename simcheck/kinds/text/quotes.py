"""Marked quotations: what a text says is somebody else's, in quotation marks, as a Markdown block, or in guillemets."""

from __future__ import annotations

import re

import numpy as np

LONGEST = 3_000
"""A quotation mark that is not closed within so many characters opens nothing."""
QUOTATION = re.compile(
    rf"“[^“”]{{1,{LONGEST}}}”|«[^«»]{{1,{LONGEST}}}»|„[^„“”]{{1,{LONGEST}}}[“”]|"
    rf'(?<!\w)"[^"]{{1,{LONGEST}}}"|^[ \t]{{0,3}}>[^\n]*$',
    re.MULTILINE,
)


def quoted(text: str) -> np.ndarray:
    """int64 (n, 2): start and end of each marked quotation, in order, none inside another."""
    return np.array([match.span() for match in QUOTATION.finditer(text)], np.int64).reshape(-1, 2)


def inside(spans: np.ndarray, places: np.ndarray) -> np.ndarray:
    """bool (n,): which of these characters stand in a quotation."""
    if not len(spans):
        return np.zeros(len(places), bool)
    at = np.searchsorted(spans[:, 0], places, side="right") - 1
    out: np.ndarray = (at >= 0) & (places < spans[np.maximum(at, 0), 1])
    return out
