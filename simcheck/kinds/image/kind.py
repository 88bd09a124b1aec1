"""Pictures as a kind of media: which lanes they use, what is stored for one, and how one is checked."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import numpy as np

from simcheck.calibration import load_model
from simcheck.encoders import DEFAULT_IMAGE_ENCODER, ImageEncoder, load_image_encoder
from simcheck.index.base import Candidate, Index, LaneSpec, StoredSegment
from simcheck.index.lanes import codebook
from simcheck.kinds.base import Description, Finding, Media, Nomination, Probe
from simcheck.kinds.image import describe, finding, verify
from simcheck.kinds.image.describe import ENCODER, LOCAL, PDQ, PHASH
from simcheck.kinds.image.look import Look
from simcheck.reference import KindName

HASH_WORKS = 4
"""How many works each hash may nominate."""
VERIFIED_A_STAGE = 8
"""How many works a stage may send to verification, whatever the size of the index."""
PDQ_NEAR, PHASH_NEAR = 86, 12
"""Distances up to which a hash alone makes a work worth looking at."""
COSINE_NEAR, COSINE_LEAST, COSINE_FIRST = 0.45, 0.3, 2
"""Cosines from which the encoder alone does: of any work, and of the nearest two."""
VOTES_LEAST, VOTES_OVER_CHANCE, ENOUGH_FOR_CHANCE = 0.16, 1.5, 5
"""Votes from which the local features do: at least so many, and so much above the last of an answer of some works."""


class ImageKind:
    """See ``simcheck.kinds.base.Kind``. The encoder is loaded with the kind: its identity versions a lane."""

    name: KindName = "image"

    def __init__(self, encoder: str | ImageEncoder = DEFAULT_IMAGE_ENCODER) -> None:
        self.encoder = load_image_encoder(encoder) if isinstance(encoder, str) else encoder
        self.model = load_model("image")
        self.models: Mapping[str, str] = {"image": self.encoder.name, "image.score": self.model.version}
        self.lanes = (
            LaneSpec(PHASH, "binary", 64, "phash-dct-1"),
            LaneSpec(PDQ, "binary", 256, "pdq-1"),
            LaneSpec(LOCAL, "local", codebook.ROW, codebook.load().version),
            LaneSpec(ENCODER, "dense", self.encoder.dimensions, self.encoder.identity),
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
        self._looks = [Look(picture) for _, picture in describe.frames(media)]
        self._verified: set[str] = set()
        self._views: dict[str, finding.View] = {}

    @property
    def nothing(self) -> str | None:
        """Why there is nothing to compare, or None."""
        if all(look.flat for look in self._looks):
            return "The picture is of one colour: there is nothing to compare."
        return None

    def probes(self) -> Iterator[Sequence[Probe]]:
        """Hashes first, then local features in both orientations with the encoder, frame by frame."""
        parts = [(number, part) for number, look in enumerate(self._looks) for part in look.parts]
        stage = []
        for number, part in parts:
            name = self._view(number, part)
            stage += [Probe(PHASH, part.phash, name, HASH_WORKS), Probe(PDQ, part.pdq[0], name, HASH_WORKS)]
        yield stage
        for number, look in enumerate(self._looks):
            if look.flat:
                continue
            mine = [part for owner, part in parts if owner == number]
            vectors = np.asarray(self._kind.encoder.encode([part.picture for part in mine]))
            stage = [Probe(LOCAL, look.probe(flip), self._view(number, look, flip)) for flip in (False, True)]
            for part, vector in zip(mine, vectors, strict=True):
                part.vector = vector
                stage.append(Probe(ENCODER, vector[None], self._view(number, part)))
            yield stage

    def _view(self, number: int, part: Look, flip: bool = False) -> str:
        """A name for a view, remembered with what it means."""
        name = f"frame/{number}" + ("/trimmed" if part is not self._looks[number] else "/mirrored" if flip else "")
        self._views[name] = finding.View(number, part.box, flip)
        return name

    def shortlist(self, answers: Sequence[tuple[Probe, Sequence[Candidate]]]) -> Sequence[str]:
        """Works that a hash, the encoder or the votes make plausible, best first."""
        worth: dict[str, float] = {}
        for probe, candidates in answers:
            for candidate, value in zip(candidates, plausibility(probe, candidates), strict=True):
                if value > worth.get(candidate.reference_id, 0):
                    worth[candidate.reference_id] = value
        best = [r for r in sorted(worth, key=lambda r: -worth[r]) if r not in self._verified][:VERIFIED_A_STAGE]
        self._verified.update(best)
        return best

    def verify(self, nomination: Nomination, references: int) -> Finding | None:
        """Compare with one work; None where nothing is shared."""
        hints = finding.hints_of(nomination, self._views)
        best: tuple[verify.Alignment, Mapping[str, Any], int] | None = None
        for (frame, ordinal), hint in hints.items():
            look, segment = self._looks[frame], nomination.stored.segments[ordinal]
            aligned = cascade(look, segment, hint)
            if (
                aligned is not None
                and aligned.agreement is not None
                and (best is None or aligned.strength > best[0].strength)
            ):
                best = aligned, finding.signals_of(aligned, look, segment, hint), ordinal
        if best is None:
            return None
        return finding.make(best[0], best[1], self._facts, nomination.stored, best[2], self._kind.model, references)

    def satisfied(self, findings: Sequence[Finding]) -> bool:
        """True once a near-exact copy of the whole is found."""
        return any(f.type == "near-exact" and f.score > 0.99 for f in findings)


def cascade(look: Look, segment: StoredSegment, hint: finding.Hint) -> verify.Alignment | None:
    """The alignment of a frame with a segment, tried as far as the lanes' answers make it worth while."""
    # A hash or the encoder can be right about the work and wrong about the whole: then its features are asked too.
    asked = {flip for flip in (False, True) if hint.votes[flip] > 0} or {g.variant % 8 >= 4 for g in hint.guesses}
    flips = sorted(asked)
    return verify.align(look, segment, flips, hint.guesses, hint.strong)


def plausibility(probe: Probe, candidates: Sequence[Candidate]) -> list[float]:
    """How much each of a lane's answers (best first) makes its work worth verifying; 0: not at all. Hashes near enough
    come first."""
    scores = [candidate.score for candidate in candidates]
    if probe.lane == PDQ:
        return [1 + score if (1 - score) * 256 <= PDQ_NEAR else 0.0 for score in scores]
    if probe.lane == PHASH:
        return [0.9 + score if (1 - score) * 64 <= PHASH_NEAR else 0.0 for score in scores]
    if probe.lane == ENCODER:
        least = [COSINE_LEAST] * COSINE_FIRST + [COSINE_NEAR] * len(scores)
        return [score if score >= bound else 0.0 for score, bound in zip(scores, least, strict=False)]
    # What chance gives is seen in the same answer: its last works have nothing to do with the output.
    chance = scores[-1] if len(scores) >= ENOUGH_FOR_CHANCE else 0.0
    least_votes = max(VOTES_LEAST, VOTES_OVER_CHANCE * chance)
    return [0.5 + score / (score + 1) if score >= least_votes else 0.0 for score in scores]
