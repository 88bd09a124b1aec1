"""Items to explain, made of texts: as the kind describes and stores them, without an index."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from explain_items import ID, match, report

from simcheck.explain import ExplainItem
from simcheck.index.base import StoredReference, StoredSegment
from simcheck.kinds.base import Media
from simcheck.kinds.text import decode, describe
from simcheck.reference import Reference
from simcheck.report import Coverage, MatchType, Place, ReferenceSummary, Region

FILLER = "Nothing of what stands here matters to anybody, and yet it goes on for a while. "
SAME = "The captain refused to leave the burning ship until every sailor had climbed down."
CHANGED = "The captain declined to leave the burning boat until each sailor had climbed down."
TOLD, RETOLD = "For three days they had nothing to drink.", "They went without water from Monday to Wednesday."


def media(text: str, name: str = "plain") -> Media:
    shown, pieces = decode.visible(text, name)
    arrays = {"text": np.frombuffer(shown.encode(), np.uint8), "pieces": pieces}
    return Media("text", {"characters": len(text), "format": name}, arrays)


def stored(text: str) -> StoredReference:
    segments = describe.describe(media(text)).segments
    reference = Reference(
        id=ID, kind="text", name="work.txt", sha256="0" * 64, bytes=1, added_at="2026-11-22T21:00:00Z"
    )
    held = tuple(StoredSegment(at, one.place, {}, one.evidence) for at, one in enumerate(segments))
    return StoredReference(reference, {}, held)


def item(
    output: str, reference: str, passages: Sequence[tuple[str, str, MatchType]], format: str = "plain"
) -> ExplainItem:
    """``passages``: what stands in the output, what stands in the reference, and of which type it is."""
    regions = []
    for ours, theirs, type_ in passages:
        here, there = output.index(ours), reference.index(theirs)
        regions.append(
            Region(
                output=Place(start=here, end=here + len(ours), text=ours[:500]),
                reference=Place(start=there, end=there + len(theirs), text=theirs[:500]),
                type=type_,
            )
        )
    summary = ReferenceSummary(id=ID, kind="text", name="work.txt")
    coverage = Coverage(output=0.2, reference=0.1)
    one = match([], {}, reference=summary, regions=tuple(regions), type=passages[0][2], coverage=coverage)
    return ExplainItem(report(one, path="out.txt"), media(output, format), {ID: stored(reference)})


def three(hostile: str = "") -> ExplainItem:
    """A verbatim, an altered and a paraphrased passage; in the reference in another order, far from each other."""
    output = FILLER * 30 + SAME + FILLER * 30 + hostile + CHANGED + FILLER * 30 + RETOLD + FILLER * 30
    second = f"{SAME[:-1]} again."
    reference = FILLER * 90 + TOLD + FILLER * 40 + second + FILLER * 90 + SAME + FILLER * 20
    passages: list[tuple[str, str, MatchType]] = [
        (SAME, SAME, "verbatim"), (CHANGED, second, "altered"), (RETOLD, TOLD, "paraphrase"),
    ]  # fmt: skip
    return item(output, reference, passages)
