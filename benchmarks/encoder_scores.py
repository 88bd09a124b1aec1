"""Compare every query with every reference, and count: right on top, found with no false alarm."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import imagehash
import numpy as np
import numpy.typing as npt
import pdqhash
from PIL import Image

from benchmarks.encoder_cases import Cases, Query
from simcheck.encoders import ImageEncoder
from simcheck.encoders.background import likeness, load_background

Scores = npt.NDArray[np.float32]
"""(queries, references); higher is more alike."""


def by_encoder(encoder: ImageEncoder, cases: Cases) -> tuple[Scores, Scores | None]:
    """Cosines, and, where the encoder has a background, cosines less the query's likeness to it."""
    queries = encoder.encode([np.asarray(q.picture) for q in cases.queries])
    references = encoder.encode([np.asarray(p) for p in cases.references])
    cosine: Scores = queries @ references.T
    background = load_background(encoder)
    return cosine, None if background is None else cosine - likeness(queries, background)[:, None]


def _bits(pictures: Sequence[Image.Image], name: str) -> npt.NDArray[np.float32]:
    if name == "pHash":
        codes = [imagehash.phash(p).hash.ravel() for p in pictures]
    else:
        codes = [pdqhash.compute(np.asarray(p))[0] for p in pictures]
    return np.array(codes, np.float32) * 2 - 1


def by_hash(name: str, cases: Cases) -> Scores:
    """1 minus the share of differing bits, for ``pHash`` (64 bits) and ``PDQ`` (256)."""
    references = _bits(cases.references, name)
    queries = _bits([q.picture for q in cases.queries], name)
    result: Scores = 0.5 + queries @ references.T / (2 * references.shape[1])
    return result


@dataclass(frozen=True)
class Outcome:
    """What one way of comparing reached. Shares are 0 to 1."""

    on_top: float
    found_at_zero: float
    """Right on top and above every unrelated query's best."""
    found_at_one_percent: float
    """Right on top and above all but 1 % of the unrelated queries' best."""
    highest_unrelated: float
    mean_unrelated: float
    """Mean over the unrelated queries of their best score: how far strangers keep apart."""
    families: dict[str, dict[str, float]]
    nearest_strangers: list[dict[str, object]]
    """The five highest unrelated pairs, to be looked at: some share something."""


SHARING = {
    (
        "00549_clothing-shirt-f43f802f-7ece-4bdd-994c-c2ed526d279f.jpg",
        "00330_clothing-shirt-29f8cf36-3ae6-4558-9f42-82f330c15b3d.jpg",
    ): "two shirts of one series on the same red sheet",
}
"""Pairs of query and reference that were looked at, truly share something, and are left out of the alarms."""


def outcome(scores: Scores, cases: Cases) -> Outcome:
    """Families weigh the same, whatever their number of queries."""
    scores = scores.copy()
    for row, query in enumerate(cases.queries):
        for column, name in enumerate(cases.reference_names):
            if query.target < 0 and (query.name, name) in SHARING:
                scores[row, column] = -1
    best, top = scores.argmax(1), scores.max(1)
    target = np.array([q.target for q in cases.queries])
    right, copies = best == target, target >= 0
    strangers = top[~copies]
    limit, one_percent = float(strangers.max()), float(np.quantile(strangers, 0.99))
    family = np.array([q.family for q in cases.queries])
    families = {}
    for name in dict.fromkeys(family[copies]):
        rows = family == name
        families[str(name)] = {
            "on_top": _share(right[rows]),
            "found_at_zero": _share(right[rows] & (top[rows] > limit)),
            "found_at_one_percent": _share(right[rows] & (top[rows] > one_percent)),
        }
    mean = {key: _share([f[key] for f in families.values()]) for key in next(iter(families.values()))}
    order = [i for i in np.argsort(-top) if not copies[i]][:5]
    pairs = [_pair(cases.queries[i], cases.reference_names[best[i]], float(top[i])) for i in order]
    return Outcome(
        **mean,
        highest_unrelated=_share([limit]),
        mean_unrelated=_share(strangers),
        families=families,
        nearest_strangers=pairs,
    )


def _share(values: npt.ArrayLike) -> float:
    return round(float(np.mean(np.asarray(values, np.float64))), 4)


def _pair(query: Query, reference: str, score: float) -> dict[str, object]:
    return {"query": query.name, "family": query.family, "reference": reference, "score": round(score, 3)}
