"""What the index stores of a text: segments of words, each with the pairs that find it and the words themselves."""

from __future__ import annotations

import bz2
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from simcheck.index.base import Segment, StoredSegment
from simcheck.kinds.base import Description, Media
from simcheck.kinds.text import background, origin, seeds
from simcheck.kinds.text.words import Words, words_of

LANE = "text.pairs"
SEGMENT_WORDS = 2_000
"""Words of a segment: large enough to pack well, small enough that the right place is known once it is found."""
PACKED = 8
"""Segments whose text is packed together, in the evidence of the first of them: bzip2 needs enough to work well."""
WEAK_BITS = 80.0
"""A reference that tells less than this in all (about eight ordinary words) would stand in many texts by chance."""


@dataclass(frozen=True)
class Visible:
    """A decoded text: what is read of it, and where that stands in the file (see `origin`)."""

    text: str
    pieces: np.ndarray

    @classmethod
    def of(cls, media: Media) -> Visible:
        return cls(media.arrays["text"].tobytes().decode("utf-8"), media.arrays["pieces"])


def describe(media: Media) -> Description:
    """Segments with ``text.pairs`` rows.

    Evidence: ``text`` (bzip2, UTF-8) of PACKED segments in the first of these, and ``pieces`` in the first of all where
    the file has markup. A segment's place: ``start`` and ``end`` in the file, ``visible``: its first visible character,
    ``words``: how many it has.
    """
    seen = Visible.of(media)
    words = words_of(seen.text)
    table = background.load()
    bits = table.alone(words.ids)
    told = float(table.following(words.ids).sum()) if len(words) else 0.0
    segments = [_segment(seen, words, bits, first) for first in range(0, len(words), SEGMENT_WORDS)]
    weak = None
    if told < WEAK_BITS:
        weak = f"The text has {len(words)} words, too few or too common to tell a copy from chance."
    return Description(segments, weak, {"words": float(len(words)), "bits": told})


def _segment(seen: Visible, words: Words, bits: np.ndarray, first: int) -> Segment:
    end = min(first + SEGMENT_WORDS, len(words))
    packed = min(first + PACKED * SEGMENT_WORDS, len(words))
    reach = min(end + seeds.STORED_APART, len(words))  # pairs that begin here and end in the next segment
    start, stop = _border(words, first), _border(words, end)
    evidence = {}
    if first % (PACKED * SEGMENT_WORDS) == 0:
        evidence["text"] = bz2.compress(seen.text[start : _border(words, packed)].encode("utf-8"))
    if first == 0 and len(seen.pieces) > 2:
        evidence["pieces"] = bz2.compress(seen.pieces.astype("<i4").tobytes())
    begin, finish = origin.place(seen.pieces, start, stop)
    return Segment(
        entries={LANE: seeds.stored(words.ids[first:reach], bits[first:reach])},
        evidence=evidence,
        place={"start": begin, "end": finish, "visible": start, "words": end - first},
    )


def _border(words: Words, number: int) -> int:
    """Where the word with this number begins; after the last one, where that ends."""
    return int(words.starts[number]) if number < len(words) else int(words.ends[-1])


class StoredText:
    """A reference's text read back from its segments, each when it is first needed."""

    def __init__(self, segments: Sequence[StoredSegment]) -> None:
        self._segments = segments
        self._packed: dict[int, str] = {}
        self._parts: dict[int, tuple[str, Words]] = {}
        packed = segments[0].evidence.get("pieces") if segments else None
        self._pieces = None if packed is None else np.frombuffer(bz2.decompress(packed), "<i4").reshape(-1, 3)

    def __len__(self) -> int:
        """Segments."""
        return len(self._segments)

    @property
    def size(self) -> int:
        """Words of the whole text."""
        return sum(int(segment.place["words"]) for segment in self._segments)

    def part(self, ordinal: int) -> tuple[str, Words]:
        """Visible text and words of a segment; places count from the segment's first character."""
        if ordinal not in self._parts:
            first = ordinal - ordinal % PACKED
            if first not in self._packed:
                self._packed[first] = bz2.decompress(self._segments[first].evidence["text"]).decode("utf-8")
            base, last = self.first_visible(first), (ordinal + 1) % PACKED == 0 or ordinal + 1 == len(self)
            end = None if last else self.first_visible(ordinal + 1) - base
            text = self._packed[first][self.first_visible(ordinal) - base : end]
            self._parts[ordinal] = text, words_of(text)
        return self._parts[ordinal]

    def first_visible(self, ordinal: int) -> int:
        return int(self._segments[ordinal].place["visible"])

    def words(self, first: int, end: int) -> Words:
        """The words of the segments [first, end); places are visible characters of the whole text."""
        parts = [(self.part(ordinal)[1], self.first_visible(ordinal)) for ordinal in range(first, end)]
        return Words(
            np.concatenate([words.ids for words, _ in parts]),
            np.concatenate([words.starts + at for words, at in parts]),
            np.concatenate([words.ends + at for words, at in parts]),
        )

    def characters(self, first: int, end: int) -> tuple[int, int]:
        """Visible characters of the words with numbers [first, end) of the whole text."""
        low, high = divmod(first, SEGMENT_WORDS), divmod(end - 1, SEGMENT_WORDS)
        start = self.part(low[0])[1].starts[low[1]] + self.first_visible(low[0])
        stop = self.part(high[0])[1].ends[high[1]] + self.first_visible(high[0])
        return int(start), int(stop)

    def passage(self, start: int, end: int, most: int) -> str:
        """At most ``most`` visible characters from [start, end)."""
        out = ""
        end = min(end, start + most)
        for ordinal in range(len(self._segments)):
            at = self.first_visible(ordinal)
            after = self.first_visible(ordinal + 1) if ordinal + 1 < len(self._segments) else end
            if at < end and after > start:
                out += self.part(ordinal)[0][max(start - at, 0) : end - at]
        return out

    def place(self, start: int, end: int) -> tuple[int, int]:
        """Where the visible characters [start, end) stand in the file."""
        return (start, end) if self._pieces is None else origin.place(self._pieces, start, end)

    def within(self, stretches: Sequence[tuple[float, float]]) -> np.ndarray:
        """bool (size,): the words that begin in one of these stretches of the file."""
        mask = np.zeros(self.size, bool)
        if stretches:
            starts = self.words(0, len(self)).starts
            for start, end in stretches:
                mask |= (starts >= self.visible(start)) & (starts < self.visible(end))
        return mask

    def visible(self, place_in_file: float) -> int:
        """The first visible character at this place of the file or after it."""
        return int(place_in_file) if self._pieces is None else origin.visible(self._pieces, place_in_file)
