"""Pictures as a kind of media: which lanes they use, what is stored for one, and how one is checked."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import numpy as np

from simcheck.calibration import load_model
from simcheck.encoders import DEFAULT_IMAGE_ENCODER, ImageEncoder, load_image_encoder
from simcheck.index.base import Candidate, LaneSpec
from simcheck.index.lanes import codebook
from simcheck.kinds.base import Description, Finding, Media, Nomination, Probe
from simcheck.kinds.image import describe, finding, verify
from simcheck.kinds.image.describe import ENCODER, LOCAL, PDQ, PHASH
from simcheck.kinds.image.look import Look
from simcheck.reference import KindName

VERIFIED_A_STAGE = 8
"""How many works a stage may send to verification, whatever the size of the index."""
PDQ_NEAR, PHASH_NEAR = 80, 12
"""Distances up to which a hash alone makes a work worth looking at."""
COSINE_NEAR = 0.6
VOTES_SHARE = 0.25
"""A work is looked at if it has this share of the best work's votes."""
LEAST_VOTES = 0.25
CODES_SURE = 8


class ImageKind:
    """See ``simcheck.kinds.base.Kind``. The encoder is loaded with the kind: its identity versions a lane."""

    name: KindName = "image"
    decoder = "simcheck.kinds.image.decode:decode"

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


class ImageInspection:
    """One output under inspection, see ``simcheck.kinds.base.Inspection``."""

    def __init__(self, kind: ImageKind, media: Media) -> None:
        self._kind = kind
        self._facts = media.facts
        self._looks = [Look(picture) for _, picture in describe.frames(media)]
        self._verified: set[str] = set()

    @property
    def nothing(self) -> str | None:
        """Why there is nothing to compare, or None."""
        if all(look.flat for look in self._looks):
            return "The picture is of one colour: there is nothing to compare."
        return None

    def probes(self) -> Iterator[Sequence[Probe]]:
        """Hashes first, then local features in both orientations with the encoder."""
        looks = [(f"frame/{n}", look) for n, look in enumerate(self._looks) if not look.flat]
        yield [p for name, look in looks for p in (Probe(PHASH, look.phash, name), Probe(PDQ, look.pdq[0], name))]
        for name, look in looks:
            yield [
                Probe(LOCAL, look.probe(False), name),
                Probe(LOCAL, look.probe(True), f"{name}/mirrored"),
                Probe(ENCODER, np.asarray(self._kind.encoder.encode([look.picture])), name),
            ]

    def shortlist(self, answers: Sequence[tuple[Probe, Sequence[Candidate]]]) -> Sequence[str]:
        """Works that a hash, the encoder or the votes make plausible, best first."""
        worth: dict[str, float] = {}
        for probe, candidates in answers:
            for candidate in candidates:
                value = plausibility(probe, candidate, candidates[0].score)
                if value > worth.get(candidate.reference_id, 0):
                    worth[candidate.reference_id] = value
        best = [r for r in sorted(worth, key=lambda r: -worth[r]) if r not in self._verified][:VERIFIED_A_STAGE]
        self._verified.update(best)
        return best

    def verify(self, nomination: Nomination, references: int) -> Finding | None:
        """Compare with one work; None where nothing is shared."""
        hints = finding.hints_of(nomination)
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


def cascade(look: Look, segment: Any, hint: finding.Hint) -> verify.Alignment | None:
    """Stored codes first; the thumbnail only where they, a hash or the encoder make a copy plausible."""
    flips = [flip for flip in (False, True) if hint.votes[flip] > 0 and verify.by_codes(look, segment, flip)]
    if not flips and not hint.variants:
        return None
    return verify.align(look, verify.Thumb(segment), flips or [v >= 4 for v in hint.variants[:1]], hint.variants)


def plausibility(probe: Probe, candidate: Candidate, best: float) -> float:
    """How much an answer makes a work worth verifying; 0: not at all. Hashes near enough come first."""
    score = candidate.score
    if probe.lane == PDQ:
        away = (1 - score) * 256
        return 2 - away / 256 if away <= PDQ_NEAR else 0.0
    if probe.lane == PHASH:
        away = (1 - score) * 64
        return 1.9 - away / 64 if away <= PHASH_NEAR else 0.0
    if probe.lane == ENCODER:
        return score if score >= COSINE_NEAR else 0.0
    return score / (score + 1) + 0.5 if score >= max(LEAST_VOTES, VOTES_SHARE * best) else 0.0
