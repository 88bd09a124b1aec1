"""The semantic lane of texts: sentences whose vectors are near nominate works, alignment finds the passages.

It compares what sentences mean, so it finds paraphrase, and translation where the encoder is multilingual. It can be
switched off (``sentences = "off"``): then nothing is stored, nothing is asked, and every report says so.
"""

from __future__ import annotations

import threading
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np

from simcheck.encoders import DEFAULT_TEXT_ENCODER, TextEncoder, load_text_encoder
from simcheck.encoders.minilm import MiniLM
from simcheck.index.base import Candidate, Index, LaneSpec, Segment, StoredSegment
from simcheck.kinds.base import Probe
from simcheck.kinds.text import chance, paraphrase
from simcheck.kinds.text.describe import Visible
from simcheck.kinds.text.paraphrase import MeaningPassage
from simcheck.kinds.text.sentences import sentences

LANE = "text.sentences"
SPANS = "sentences"
OFF = "off"
ASKED_AT_ONCE = 16
"""Neighbouring sentences of the output that nominate together."""
NOMINATED = 16
"""Works that they may name."""
VERIFIED = 16
"""Works that the whole output may send to verification, whatever the size of the index."""
LEAST_NOMINATED = 20.0
"""Bits that a work's sentences must tell to be looked at; chance gives one of 17 in 100,000."""
BITS_A_CHARACTER = 0.4
"""About two a word."""
COVERED = 0.5
"""A sentence of which so much stands in a passage that the words tell already is not told again."""


class Sentences:
    """The encoder and its lane. The packaged encoder is loaded when the first text comes: pictures need none."""

    def __init__(self, spec: str) -> None:
        self._spec = spec
        self._lock = threading.Lock()
        self._encoder: TextEncoder | None = None
        self._counted: tuple[int, int] | None = None
        self.on = spec != OFF
        self.lanes: tuple[LaneSpec, ...] = ()
        self.models: Mapping[str, str] = {}
        if self.on:
            about = MiniLM if spec == DEFAULT_TEXT_ENCODER else self.encoder
            self.lanes = (LaneSpec(LANE, "dense", about.dimensions, f"sentences-1+{about.identity}"),)
            self.models = {LANE: about.name}

    @property
    def encoder(self) -> TextEncoder:
        """Raises ModelError."""
        with self._lock:
            if self._encoder is None:
                self._encoder = load_text_encoder(self._spec)
            return self._encoder

    @property
    def multilingual(self) -> bool:
        """Whether it finds translations too."""
        return self.on and self.encoder.multilingual

    @property
    def background(self) -> np.ndarray:
        """Sentences that no text of the index is made of, see `chance.load`."""
        return chance.load(self.encoder.identity, self.encoder.dimensions)

    def gaps(self, index: Index) -> Sequence[str]:
        """One sentence where paraphrases of some texts of the index cannot be found, else none."""
        if not self.on:
            return ["Paraphrases were not looked for: the semantic lane is switched off (sentences = 'off')."]
        if self._counted is None or self._counted[0] != index.revision:
            self._counted = index.revision, index.without(LANE, "text")
        missing = self._counted[1]
        if not missing:
            return []
        return [
            f"Paraphrases of {missing:,} of the {index.count('text'):,} texts in the index were not looked for: they "
            "were registered without the semantic lane (add them again), or in a script that its encoder cannot read."
        ]

    def spans(self, text: str) -> np.ndarray:
        """int64 (n, 2): the sentences that the encoder can read. One of a single language reads Latin letters."""
        found = sentences(text)
        if self.multilingual:
            return found
        return found[[readable(text[start:end]) for start, end in found.tolist()]] if len(found) else found

    def described(self, seen: Visible, segments: Sequence[Segment]) -> Sequence[Segment]:
        """The segments with a row for each sentence that begins there, and as evidence where it stands (int32 (n, 2),
        visible characters)."""
        if not self.on or not segments:
            return segments
        spans = self.spans(seen.text)
        vectors = self.encoder.encode([seen.text[start:end] for start, end in spans.tolist()])
        firsts = [int(segment.place["visible"]) for segment in segments]
        owner = np.maximum(np.searchsorted(firsts, spans[:, 0], side="right") - 1, 0)
        out = []
        for number, segment in enumerate(segments):
            mine = owner == number
            if mine.any():
                evidence = {**segment.evidence, SPANS: spans[mine].astype("<i4").tobytes()}
                segment = replace(segment, entries={**segment.entries, LANE: vectors[mine]}, evidence=evidence)
            out.append(segment)
        return out


@dataclass(frozen=True)
class StoredSentences:
    """A reference's sentences as they were registered: ``vectors`` float32 (n, d), ``spans`` int64 (n, 2)."""

    vectors: np.ndarray
    spans: np.ndarray

    @classmethod
    def of(cls, segments: Sequence[StoredSegment]) -> StoredSentences | None:
        """None where it was registered without the semantic lane."""
        held = [one for one in segments if LANE in one.entries]
        if not held:
            return None
        spans = [np.frombuffer(one.evidence[SPANS], "<i4").reshape(-1, 2) for one in held]
        return cls(np.concatenate([one.entries[LANE] for one in held]), np.concatenate(spans).astype(np.int64))


class OutputSentences:
    """The sentences of an output under inspection; encoded when first asked for."""

    def __init__(self, lane: Sentences, seen: Visible, nobodys: np.ndarray) -> None:
        """``nobodys`` int64 (n, 2): stretches of boilerplate in visible characters; sentences in them take no part."""
        self._lane = lane
        spans = lane.spans(seen.text) if lane.on else np.empty((0, 2), np.int64)
        self.spans = spans[covered(spans, nobodys) < COVERED]
        self._text = seen.text
        self._known: tuple[np.ndarray, chance.Tail] | None = None

    def _described(self) -> tuple[np.ndarray, chance.Tail]:
        if self._known is None:
            encoder = self._lane.encoder
            vectors = encoder.encode([self._text[start:end] for start, end in self.spans.tolist()])
            self._known = vectors, chance.tail(vectors, self._lane.background)
        return self._known

    def probes(self) -> Iterator[Probe]:
        """All sentences, some neighbours at a time."""
        if len(self.spans):
            vectors, _ = self._described()
            for first in range(0, len(vectors), ASKED_AT_ONCE):
                yield Probe(LANE, vectors[first : first + ASKED_AT_ONCE], f"{SPANS}/{first}", NOMINATED)

    def nominated(self, answers: Sequence[tuple[Probe, Sequence[Candidate]]]) -> dict[str, float]:
        """Works worth looking at: the most bits that neighbouring sentences tell of each, the best VERIFIED."""
        best: dict[str, float] = {}
        for probe, candidates in answers:
            if probe.lane != LANE or not candidates:
                continue
            first = int(probe.view.split("/")[1])
            tail = self._described()[1]
            for one in candidates:
                rows = np.array([first + hit.probe_row for hit in one.hits])
                scores = np.array([hit.score for hit in one.hits])
                told = tail.bits(rows, scores)[scores >= paraphrase.LEAST_COSINE]
                kept = told[told > 2 * paraphrase.STEP_BITS]
                bits = float(kept.sum()) - paraphrase.STEP_BITS * max(len(kept) - 1, 0)
                if bits >= LEAST_NOMINATED:
                    best[one.reference_id] = max(best.get(one.reference_id, 0.0), bits)
        return {name: best[name] for name in sorted(best, key=lambda name: -best[name])[:VERIFIED]}

    def passages(self, stored: StoredSentences, taken: np.ndarray, left_out: np.ndarray) -> list[MeaningPassage]:
        """Passages of which the words tell nothing yet, best first. ``taken`` and ``left_out``, int64 (n, 2): stretches
        of the output that are told already, and of the reference that do not count, in visible characters."""
        if not len(self.spans):
            return []
        vectors = self._described()[0]
        ours = vectors * (covered(self.spans, taken) < COVERED)[:, None]
        theirs = stored.vectors * (covered(stored.spans, left_out) < COVERED)[:, None]
        most = most_bits(self.spans), most_bits(stored.spans)
        return paraphrase.passages(ours, theirs, most, self._lane.background)


def most_bits(spans: np.ndarray) -> np.ndarray:
    """float64 (n,): what sentences of this length can tell at most: ``How do you do?`` says next to nothing."""
    out: np.ndarray = BITS_A_CHARACTER * (spans[:, 1] - spans[:, 0])
    return out


def readable(text: str) -> bool:
    """Whether at least half of the letters are Latin ones (up to U+024F, accents and ligatures included)."""
    letters = [character for character in text if character.isalpha()]
    return 2 * sum(character < "\u0250" for character in letters) >= len(letters)


def covered(spans: np.ndarray, stretches: np.ndarray) -> np.ndarray:
    """float64 (n,): the share of each span that lies in one of the stretches. Both int64 (·, 2)."""
    out = np.zeros(len(spans))
    for start, end in stretches.tolist():
        inside = np.minimum(spans[:, 1], end) - np.maximum(spans[:, 0], start)
        out += np.maximum(inside, 0)
    share: np.ndarray = out / np.maximum(spans[:, 1] - spans[:, 0], 1)
    return share
