"""Texts as a kind of media: which lane they use, what is stored for one, and how one is checked."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from simcheck.calibration import ScoreModel, load_model
from simcheck.index.base import Candidate, LaneSpec
from simcheck.kinds.base import Description, Finding, Media, Nomination, Probe
from simcheck.kinds.text import background, describe, finding, seeds, verify
from simcheck.kinds.text.claims import Claims
from simcheck.kinds.text.describe import LANE, StoredText, Visible
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

    def __init__(self) -> None:
        table = background.load()
        self.model: ScoreModel = load_model("text")
        self.models: Mapping[str, str] = {"text": f"words-1+{table.version}", "text.score": self.model.version}
        self.lanes = (LaneSpec(LANE, "postings", 32, f"pairs-2+{table.version}"),)

    def describe(self, media: Media) -> Description:
        return describe.describe(media)

    def inspect(self, media: Media) -> TextInspection:
        return TextInspection(self.model, media)


class TextInspection:
    """One output under inspection, see ``simcheck.kinds.base.Inspection``. Boilerplate works are to be verified before
    others: what they share with the output counts for none of those."""

    def __init__(self, model: ScoreModel, media: Media) -> None:
        self._model = model
        self._output = Visible.of(media)
        self._prepared = verify.prepare(self._output.text)
        self._boilerplate = self._prepared.nobodys.copy()
        self._claims = Claims(len(self._prepared.words))
        self._shortlisted = False

    @property
    def nothing(self) -> str | None:
        """Why there is nothing to compare, or None."""
        count = len(self._prepared.words)
        if count < LEAST_WORDS:
            return f"The text has {count} words: there is nothing to compare."
        return None

    def probes(self) -> Iterator[Sequence[Probe]]:
        """One stage: all pairs of words, a part of the output at a time."""
        ids, bits = self._prepared.words.ids, self._prepared.plain
        parts = []
        for first in range(0, len(ids), PART_WORDS):
            end = first + PART_WORDS + seeds.ASKED_APART
            rows = seeds.asked(ids[first:end], bits[first:end])
            if len(rows):
                parts.append(Probe(LANE, rows, f"words/{first}", NOMINATED))
        yield parts

    def shortlist(self, answers: Sequence[tuple[Probe, Sequence[Candidate]]]) -> Sequence[str]:
        """Every work that enough pairs nominate, best first."""
        if self._shortlisted:
            return []
        self._shortlisted = True
        best: dict[str, float] = {}
        for _, candidates in answers:
            for one in candidates:
                if len(one.hits) >= LEAST_VOTES:
                    best[one.reference_id] = max(best.get(one.reference_id, 0.0), one.score)
        return sorted(best, key=lambda name: -best[name])

    def verify(self, nomination: Nomination, references: int) -> Finding | None:
        """Compare with one work; None where they share no more than chance gives, and for boilerplate works."""
        stored = StoredText(nomination.stored.segments)
        ordinals = {hit.segment for _, candidate in nomination.hits for hit in candidate.hits}
        shared = verify.shared(self._prepared, stored, sorted(ordinals))
        reference = nomination.stored.reference
        if reference.boilerplate:
            for one in shared:
                span = finding.Spans.of(one).output
                self._boilerplate[span[0] : span[1]] = True
            return None
        excluded = stored.within([(one.start, one.end) for one in reference.exclusions])
        return finding.make(
            self._output,
            self._prepared,
            stored,
            self._claims.told(finding.standing(shared, excluded)),
            model=self._model,
            references=references,
            boilerplate=self._boilerplate,
            excluded=excluded,
        )

    def satisfied(self, findings: Sequence[Finding]) -> bool:
        """There is one stage only."""
        return True
