"""Where the visible characters of a text stand in its file: markup and entities lie between them.

``pieces``: int32 (n, 3), sorted: first visible character, its place in the decoded file, and the end of what it comes
from there. Inside a piece that is as long in the file as it is visible, places go on one by one; in any other piece (an
entity) all characters come from the whole of it. The last piece is empty and says where both end. Everything in code
points.
"""

from __future__ import annotations

import numpy as np


def identity(length: int) -> np.ndarray:
    """A plain text: every character is visible and stands where it is."""
    return np.array([[0, 0, length], [length, length, length]], np.int32)


def place(pieces: np.ndarray, start: int, end: int) -> tuple[int, int]:
    """Start and end in the file of the visible characters [start, end), at least one of them."""
    return _of(pieces, start)[0], _of(pieces, end - 1)[1]


def visible(pieces: np.ndarray, place_in_file: float) -> int:
    """The first visible character that stands at this place of the file or after it."""
    at = int(np.searchsorted(pieces[:, 1], place_in_file, side="right")) - 1
    if at < 0:
        return 0
    first, start, _ = (int(value) for value in pieces[at])
    after = int(pieces[min(at + 1, len(pieces) - 1), 0])
    return min(first + int(place_in_file) - start, after)


def _of(pieces: np.ndarray, character: int) -> tuple[int, int]:
    at = int(np.searchsorted(pieces[:, 0], character, side="right")) - 1
    first, start, end = (int(value) for value in pieces[at])
    if int(pieces[at + 1, 0]) - first != end - start:
        return start, end
    return start + character - first, start + character - first + 1
