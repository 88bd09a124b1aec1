"""Texts as a kind of media: which lane they use, what is stored for one, and how one is checked."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace

import numpy as np

from simcheck.calibration import ScoreModel, load_model
from simcheck.encoders import DEFAULT_TEXT_ENCODER
from simcheck.index.base import Candidate, Index, LaneSpec
from simcheck.kinds.base import Description, Finding, Media, Nomination, Probe
from simcheck.kinds.text import background, describe, finding, meaning, seeds, semantic, verify
from simcheck.kinds.text.claims import Claims
from simcheck.kinds.text.describe import LANE, StoredText, Visible
from simcheck.kinds.text.passages import Passage
from simcheck.reference import KindName

NOMINATED = 16
"""Works that one part of the output may send to verification, whatever the size of the index."""
LEAST_VOTES = 4
"""A work is looked at when so many pairs meet in one of its segments."""
PART_WORDS = 20_000
"""Words of the output that are asked for at once: bounds memory for an output as long as a novel."""
LEAST_WORDS = 8
"""An output with fewer words has nothing that could be told from chance."""


class TextKind:
    """See ``simcheck.kinds.base.Kind``."""

    name: KindName = "text"

    def __init__(self, sentences: str = DEFAULT_TEXT_ENCODER) -> None:
        """``sentences``: the encoder of the semantic lane, or ``off``. Raises ModelError."""
        table = background.load()
        self.model: ScoreModel = load_model("text")
        self.sentences = semantic.Sentences(sentences)
        self.models: Mapping[str, str] = {
            "text": f"words-1+{table.version}",
            "text.score": self.model.version,
            **self.sentences.models,
        }
        self.lanes = (LaneSpec(LANE, "postings", 32, f"pairs-2+{table.version}"), *self.sentences.lanes)

    def describe(self, media: Media) -> Description:
        described = describe.describe(media)
        return replace(described, segments=self.sentences.described(Visible.of(media), described.segments))

    def inspect(self, media: Media) -> TextInspection:
        return TextInspection(self.model, self.sentences, media)

    def gaps(self, index: Index) -> Sequence[str]:
        """See ``simcheck.kinds.base.Kind``: texts of the index that paraphrase cannot be told of."""
        return self.sentences.gaps(index)


class TextInspection:
    """One output under inspection, see ``simcheck.kinds.base.Inspection``. Boilerplate works are to be verified before
    others: what they share with the output counts for none of those."""

    def __init__(self, model: ScoreModel, lane: semantic.Sentences, media: Media) -> None:
        self._model = model
        self._lane = lane
        self._output = Visible.of(media)
        self._prepared = verify.prepare(self._output.text)
        self._boilerplate = self._prepared.nobodys.copy()
        self._claims = Claims(len(self._prepared.words))
        self._sentences = semantic.OutputSentences(lane, self._output, self._stretches(self._boilerplate))
        self._shortlisted = False

    @property
    def nothing(self) -> str | None:
        """Why there is nothing to compare, or None."""
        count = len(self._prepared.words)
        if count < LEAST_WORDS:
            return f"The text has {count} words: there is nothing to compare."
        return None

    def probes(self) -> Iterator[Sequence[Probe]]:
        """One stage: all pairs of words, a part of the output at a time, and all sentences."""
        ids, bits = self._prepared.words.ids, self._prepared.plain
        parts = []
        for first in range(0, len(ids), PART_WORDS):
            end = first + PART_WORDS + seeds.ASKED_APART
            rows = seeds.asked(ids[first:end], bits[first:end])
            if len(rows):
                parts.append(Probe(LANE, rows, f"words/{first}", NOMINATED))
        yield [*parts, *self._sentences.probes()]

    def shortlist(self, answers: Sequence[tuple[Probe, Sequence[Candidate]]]) -> Sequence[str]:
        """Every work that enough pairs nominate, best first; then those that sentences nominate."""
        if self._shortlisted:
            return []
        self._shortlisted = True
        best: dict[str, float] = {}
        for probe, candidates in answers:
            for one in candidates if probe.lane == LANE else ():
                if len(one.hits) >= LEAST_VOTES:
                    best[one.reference_id] = max(best.get(one.reference_id, 0.0), one.score)
        ranked = sorted(best, key=lambda name: -best[name])
        return [*ranked, *(name for name in self._sentences.nominated(answers) if name not in best)]

    def verify(self, nomination: Nomination, references: int) -> Finding | None:
        """Compare with one work; None where they share no more than chance gives, and for boilerplate works."""
        stored = StoredText(nomination.stored.segments)
        ordinals = {hit.segment for probe, candidate in nomination.hits if probe.lane == LANE for hit in candidate.hits}
        shared = verify.shared(self._prepared, stored, sorted(ordinals))
        reference = nomination.stored.reference
        if reference.boilerplate:
            for one in shared:
                span = finding.Spans.of(one).output
                self._boilerplate[span[0] : span[1]] = True
            return None
        excluded = stored.within([(one.start, one.end) for one in reference.exclusions])
        told = self._claims.told(finding.standing(shared, excluded))
        found = finding.make(
            self._output,
            self._prepared,
            stored,
            told,
            model=self._model,
            references=references,
            boilerplate=self._boilerplate,
            excluded=excluded,
        )
        theirs = semantic.StoredSentences.of(nomination.stored.segments) if self._lane.on else None
        if theirs is None:
            return found
        taken = [*self._stretches(self._boilerplate).tolist(), *(self._characters(one) for one in told)]
        left_out = [(stored.visible(one.start), stored.visible(one.end)) for one in reference.exclusions]
        passages = self._sentences.passages(theirs, _stretches(taken), _stretches(left_out))
        sides = meaning.Sides(
            self._output, self._prepared.words, self._sentences.spans, ~self._boilerplate, stored, theirs.spans,
            int((~excluded).sum()),
        )  # fmt: skip
        return meaning.joined(
            found,
            passages,
            sides,
            model=load_model("text-meaning"),
            references=references,
            multilingual=self._lane.multilingual,
        )

    def _characters(self, passage: Passage) -> tuple[int, int]:
        """From the first to the last character of a passage in the output."""
        first, end = finding.Spans.of(passage).output
        words = self._prepared.words
        return int(words.starts[first]), int(words.ends[end - 1])

    def _stretches(self, mask: np.ndarray) -> np.ndarray:
        """Characters from the first to the last word of each run of the output's words that the mask has."""
        edges = np.flatnonzero(np.diff(mask, prepend=False, append=False))
        words = self._prepared.words
        return np.stack([words.starts[edges[::2]], words.ends[edges[1::2] - 1]], axis=1).astype(np.int64)

    def together(self, findings: Sequence[Finding]) -> Sequence[Finding]:
        """Passages tell by themselves what they share: boilerplate is known while each is verified."""
        return findings

    def satisfied(self, findings: Sequence[Finding]) -> bool:
        """There is one stage only."""
        return True


def _stretches(pairs: Sequence[Sequence[int]]) -> np.ndarray:
    return np.array(pairs, np.int64).reshape(-1, 2)
