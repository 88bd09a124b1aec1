"""Pictures as a kind of media: which lanes they use, what is stored for one, and how one is checked."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence

import numpy as np

from simcheck.calibration import load_model
from simcheck.encoders import DEFAULT_IMAGE_ENCODER, ImageEncoder, load_image_encoder
from simcheck.encoders.background import likeness, load_background
from simcheck.encoders.pairs import PairNetwork
from simcheck.index.base import Candidate, Index, LaneSpec, StoredReference
from simcheck.index.lanes import codebook
from simcheck.kinds.base import Description, Finding, Media, Nomination, Probe
from simcheck.kinds.image import describe, finding, verify
from simcheck.kinds.image.alignment import Alignment
from simcheck.kinds.image.describe import ENCODER, LOCAL, OUTLINES, PDQ, PHASH
from simcheck.kinds.image.look import Look, Orientation
from simcheck.reference import KindName

HASH_WORKS, LOCAL_WORKS = 4, 24
"""How many works each hash, and the votes of the local features, may nominate."""
LIKELY_WORKS, UNLIKELY_WORKS = 8, 16
"""How many works a stage may send to verification, whatever the size of the index: those that a lane makes likely, and
the best of the rest where nothing sure was found."""
PDQ_SAME, PHASH_SAME = 46, 4
"""Distances up to which a hash alone is worth a look before anything else is asked."""
PDQ_NEAR, PHASH_NEAR, OUTLINES_NEAR = 86, 12, 78
"""Distances up to which a hash alone makes a work likely."""
COSINE_NEAR, COSINE_LEAST, COSINE_FIRST = 0.45, 0.3, 2
"""Cosines from which the encoder alone does: of any work, and of the nearest two."""
VOTES_LEAST, VOTES_OVER_CHANCE, CHANCE = 0.16, 1.5, 10
"""Votes from which the local features do: at least so many, and so much above those of the tenth work, which has
nothing to do with the output."""
ENCODER_STEP = 0.1
"""How much less the encoder's next work is worth, where nothing is likely; the other lanes' tell ten times less."""
GLANCED_WORKS = 20
"""How many works, at most, are then shown to the pair network as they are: the next of encoder and outlines."""
TONES_KEPT: tuple[Orientation, ...] = ((False, False), (True, False))
ORIENTATIONS: tuple[Orientation, ...] = (*TONES_KEPT, (False, True), (True, True))
SURE_WHOLE = 0.9
"""A match of this score with the whole of a large work needs no look at its tiles."""
SURE_SCORE, SURE_COVERAGE = 0.99, 0.85
"""A match of this score that takes so much of the output leaves nothing to look for."""


class ImageKind:
    """See ``simcheck.kinds.base.Kind``. The encoder is loaded with the kind: its identity versions a lane."""

    name: KindName = "image"

    def __init__(self, encoder: str | ImageEncoder = DEFAULT_IMAGE_ENCODER) -> None:
        self.encoder = load_image_encoder(encoder) if isinstance(encoder, str) else encoder
        self.background = load_background(self.encoder)
        self.pairs = PairNetwork()
        self.model = load_model("image")
        self.models: Mapping[str, str] = {
            "image": self.encoder.name,
            "image.pair": self.pairs.name,
            "image.score": self.model.version,
        }
        self.lanes = (
            LaneSpec(PHASH, "binary", 64, "phash-dct-1"),
            LaneSpec(PDQ, "binary", 256, "pdq-1"),
            LaneSpec(LOCAL, "local", codebook.ROW, codebook.load().version),
            LaneSpec(ENCODER, "dense", self.encoder.dimensions, self.encoder.identity),
            LaneSpec(OUTLINES, "binary", 256, "outlines-pdq-1"),
        )

    def describe(self, media: Media) -> Description:
        return describe.describe(media, lambda pictures: np.asarray(self.encoder.encode(pictures)))

    def inspect(self, media: Media) -> ImageInspection:
        return ImageInspection(self, media)

    def gaps(self, index: Index) -> Sequence[str]:
        """Every lane of pictures is always in use."""
        return ()


class ImageInspection:
    """One output under inspection, see ``simcheck.kinds.base.Inspection``."""

    def __init__(self, kind: ImageKind, media: Media) -> None:
        self._kind = kind
        self._facts = media.facts
        self._looks = [Look(picture, self._encode) for picture in describe.frames(media)]
        self._verified: set[str] = set()
        self._views: dict[str, finding.View] = {}
        self._plausible: Plausibility = same
        self._most = LIKELY_WORKS
        self._glance = False
        self._chances: dict[Look, float] = {}

    def _encode(self, pictures: list[np.ndarray]) -> np.ndarray:
        return np.asarray(self._kind.encoder.encode(pictures))

    def _chance(self, view: Look) -> float:
        """How alike the encoder finds a view and pictures that are surely unrelated: the same for every work."""
        background = self._kind.background
        if background is None:
            return 0.0
        if view not in self._chances:
            self._chances[view] = float(likeness(view.vector[None], background)[0])
        return self._chances[view]

    @property
    def nothing(self) -> str | None:
        """Why there is nothing to compare, or None."""
        if all(look.flat for look in self._looks):
            return "The picture is of one colour: there is nothing to compare."
        return None

    def probes(self) -> Iterator[Sequence[Probe]]:
        """Hashes first; then local features (as they are, flipped, inverted), the encoder and the outlines, frame by
        frame; then, where nothing sure was found, the features that are left and a look at what is not likely; last, a
        glance at the encoder's and the outlines' next: of coarse drawings these may have the work far down."""
        parts = [(number, part) for number, look in enumerate(self._looks) for part in look.parts]
        stage = []
        for number, part in parts:
            name = self._view(number, part)
            stage += [Probe(PHASH, part.phash, name, HASH_WORKS), Probe(PDQ, part.pdq[0], name, HASH_WORKS)]
        yield stage
        self._plausible = likely
        seen = [(number, look) for number, look in enumerate(self._looks) if not look.flat]
        for number, look in seen:
            stage = [
                Probe(LOCAL, look.oriented(orientation), self._view(number, look, orientation), LOCAL_WORKS)
                for orientation in ORIENTATIONS
            ]
            for part in [part for owner, part in parts if owner == number]:
                name = self._view(number, part)
                stage.append(Probe(ENCODER, part.vector[None], name))
                stage.append(Probe(OUTLINES, part.outline_hash, name, HASH_WORKS))
            yield stage
        self._plausible, self._most = by_rank, UNLIKELY_WORKS
        yield [
            Probe(LOCAL, look.rest(orientation), self._view(number, look, orientation, "rest"), LOCAL_WORKS)
            for number, look in seen
            for orientation in TONES_KEPT
        ]
        self._plausible, self._most, self._glance = further, GLANCED_WORKS, True
        yield [
            Probe(lane, rows, self._view(number, part), GLANCED_WORKS)
            for number, look in seen
            for part in look.wholes
            for lane, rows in ((ENCODER, part.vector[None]), (OUTLINES, part.outline_hash))
        ]

    def _view(self, number: int, part: Look, orientation: Orientation = (False, False), which: str = "") -> str:
        """A name for a view, remembered with what it means."""
        changed = "-".join(word for word, so in zip(("mirrored", "negative"), orientation, strict=True) if so)
        name = "/".join(word for word in (f"frame/{number}", part.name, changed, which) if word)
        self._views[name] = finding.View(number, part.box, orientation)
        return name

    def shortlist(self, answers: Sequence[tuple[Probe, Sequence[Candidate]]]) -> Sequence[str]:
        """Works that the stage holds for worth verifying, best first."""
        worth: dict[str, float] = {}
        for probe, candidates in answers:
            for candidate, value in zip(candidates, self._plausible(probe, candidates), strict=True):
                if value > worth.get(candidate.reference_id, 0):
                    worth[candidate.reference_id] = value
        best = [r for r in sorted(worth, key=lambda r: -worth[r]) if r not in self._verified][: self._most]
        self._verified.update(best)
        return best

    def verify(self, nomination: Nomination, references: int) -> Finding | None:
        """Compare with one work; None where nothing is shared, or where a glance was all it deserved. The tiles of a
        large one only where the whole left doubt: they show less of what is copied."""
        best: Finding | None = None
        for pairs in finding.strongest(finding.hints_of(nomination, self._views), nomination.stored):
            found = self._best(nomination.stored, pairs, references)
            if found is not None and (best is None or found.score > best.score):
                best = found
            if best is not None and best.score >= SURE_WHOLE:
                break
        return best

    def _best(
        self, stored: StoredReference, pairs: Sequence[tuple[finding.Pair, finding.Hint]], references: int
    ) -> Finding | None:
        """The strongest of some pairs of frames and segments."""
        found: tuple[Alignment, finding.Pair, finding.Hint] | None = None
        for pair, hint in pairs:
            look, segment = self._looks[pair.frame], stored.segments[pair.ordinal]
            if self._glance and not verify.glanced(look, segment, self._kind.pairs.at_sight):
                continue
            aligned = verify.align(look, segment, hint.orientations, hint.guesses, self._kind.pairs.log_odds)
            if aligned is None or aligned.agreement is None:
                continue
            if found is None or aligned.strength > found[0].strength:
                found = aligned, pair, hint
            if aligned.sure:
                break
        if found is None:
            return None
        aligned, pair, hint = found
        look, segment = self._looks[pair.frame], stored.segments[pair.ordinal]
        signals = finding.signals_of(aligned, look, segment, hint, self._chance)
        when = describe.place(self._facts, pair.frame)
        return finding.make(aligned, signals, self._facts, when, stored, pair.ordinal, self._kind.model, references)

    def together(self, findings: Sequence[Finding]) -> Sequence[Finding]:
        """With the signal ``shared_by``: a stamp that many works carry tells little of each."""
        return finding.sharing(findings)

    def satisfied(self, findings: Sequence[Finding]) -> bool:
        """True once a sure copy takes nearly all of the output."""
        return any(f.score >= SURE_SCORE and f.coverage.output >= SURE_COVERAGE for f in findings)


Plausibility = Callable[[Probe, Sequence[Candidate]], list[float]]
"""How much each of a lane's answers (best first) makes its work worth verifying; 0: not at all."""


def same(probe: Probe, candidates: Sequence[Candidate]) -> list[float]:
    """Only what the hashes take for nearly the same picture."""
    bits, bound = (256, PDQ_SAME) if probe.lane == PDQ else (64, PHASH_SAME)
    return [one.score if (1 - one.score) * bits <= bound else 0.0 for one in candidates]


def likely(probe: Probe, candidates: Sequence[Candidate]) -> list[float]:
    """What a hash, the encoder or the votes make likely by themselves. Hashes near enough come first."""
    scores = [candidate.score for candidate in candidates]
    if probe.lane in (PDQ, OUTLINES):
        bound = PDQ_NEAR if probe.lane == PDQ else OUTLINES_NEAR
        return [1 + score if (1 - score) * 256 <= bound else 0.0 for score in scores]
    if probe.lane == PHASH:
        return [0.9 + score if (1 - score) * 64 <= PHASH_NEAR else 0.0 for score in scores]
    if probe.lane == ENCODER:
        least = [COSINE_LEAST] * COSINE_FIRST + [COSINE_NEAR] * len(scores)
        return [score if score >= bound else 0.0 for score, bound in zip(scores, least, strict=False)]
    chance = scores[CHANCE - 1] if len(scores) >= CHANCE else 0.0
    least_votes = max(VOTES_LEAST, VOTES_OVER_CHANCE * chance)
    return [0.5 + score / (score + 1) if score >= least_votes else 0.0 for score in scores]


def by_rank(probe: Probe, candidates: Sequence[Candidate]) -> list[float]:
    """The first of each answer, whatever they score, and the encoder's next before the other lanes': of twenty works
    that nothing made likely sixteen are among the first dozen so, seventeen among the first sixteen."""
    step = ENCODER_STEP if probe.lane == ENCODER else 1.0
    return [1 / (1 + step * rank) for rank in range(len(candidates))]


def further(probe: Probe, candidates: Sequence[Candidate]) -> list[float]:
    """The next of encoder and outlines alike: each has the work of a drawing far down where the other is near."""
    asked = probe.lane in (ENCODER, OUTLINES)
    return [1 / (1 + rank) if asked else 0.0 for rank in range(len(candidates))]
