"""Compare an output with one reference, word by word: which passages they share, and how many bits these tell."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from simcheck.kinds.text import align, background, quotes
from simcheck.kinds.text.describe import SEGMENT_WORDS, StoredText
from simcheck.kinds.text.passages import Passage, gains, passages
from simcheck.kinds.text.words import Words, words_of

LEAST_CLUSTER = 24.0
"""Bits that runs near each other must tell to be looked at: chance gives most of those below."""
LEAST_PASSAGE = 56.0
"""Bits of a passage that is listed, whatever the policy makes of it: 300 unrelated texts shared 61 at most."""
NEAR_EDGE = 60
"""A passage that comes this near (in words) to the end of the segments that were read may go on in the next."""


RARE_SHARE = 0.2
"""Up to this share of its words a text in a language that the background has holds words that it has not (development
texts: 0.05 to 0.2)."""
ORDINARY_BITS = 10.5
"""What a word of ordinary text tells on average: in a language that the background knows nothing of, any word may be as
common as that."""


@dataclass(frozen=True)
class Prepared:
    """The words of an output with all that is known of them. ``alone``: bits of each by itself, less where the output
    itself repeats the word, or is in a language that the background does not know; ``following``: after the two before
    it; ``nobodys``: words of boilerplate; ``quoted``: words in marked quotations; ``plain``: as ``alone``, without the
    output's own repetitions and language (for seeds, which must be the same on both sides)."""

    words: Words
    plain: np.ndarray
    alone: np.ndarray
    following: np.ndarray
    nobodys: np.ndarray
    quoted: np.ndarray


def prepare(text: str) -> Prepared:
    table = background.load()
    words = words_of(text)
    plain = table.alone(words.ids)
    own = np.minimum(_repeated(words.ids), _foreign(table.known(words.ids)))
    return Prepared(
        words=words,
        plain=plain,
        alone=np.minimum(plain, own),
        following=np.minimum(table.following(words.ids), own),
        nobodys=table.nobodys(words.ids),
        quoted=quotes.inside(quotes.quoted(text), words.starts),
    )


def _foreign(known: np.ndarray) -> np.ndarray:
    """float32 (n,): the most that a word tells which the background does not know: the less, the more of the text it
    does not know. ``known``: bool (n,)."""
    share = float((~known).sum() / (len(known) + 50))  # a few words show nothing
    strange = max(share - RARE_SHARE, 0.0) / (1 - RARE_SHARE)
    most = background.UNKNOWN_BITS - strange * (background.UNKNOWN_BITS - ORDINARY_BITS)
    return np.where(known, np.inf, most).astype(np.float32)


def _repeated(ids: np.ndarray) -> np.ndarray:
    """float32 (n,): bits of a word that the text itself uses again and again (a name, a refrain)."""
    _, which, count = np.unique(ids, return_inverse=True, return_counts=True)
    share = (count - 1) / (len(ids) + 200)
    with np.errstate(divide="ignore"):
        return -np.log2(share)[which].astype(np.float32)


def shared(output: Prepared, stored: StoredText, ordinals: Sequence[int]) -> list[Passage]:
    """The passages that the output shares with these segments of a reference, and with their neighbours where they go
    on there. The reference's places are numbers of words in its whole text."""
    found: list[Passage] = []
    done = 0
    for first, end in _groups(ordinals):
        first = max(first, done)
        if first >= end:
            continue
        while True:
            words = stored.words(first, end)
            pairs = _matched(output, words)
            wider = _wider(pairs, len(words), max(first - 1, done), first, end, min(end + 1, len(stored)))
            if wider == (first, end):
                break
            first, end = wider
        done = end
        gain = gains(pairs, output.alone, output.following)
        for one in passages(pairs, gain, LEAST_PASSAGE):
            found.append(Passage(one.pairs + np.array([0, first * SEGMENT_WORDS]), one.bits))
    return found


def _groups(ordinals: Sequence[int]) -> list[tuple[int, int]]:
    """Neighbouring segments together: [first, end) of each group."""
    groups: list[tuple[int, int]] = []
    for one in sorted(set(ordinals)):
        if groups and groups[-1][1] == one:
            groups[-1] = (groups[-1][0], one + 1)
        else:
            groups.append((one, one + 1))
    return groups


def _wider(pairs: np.ndarray, size: int, before: int, first: int, end: int, after: int) -> tuple[int, int]:
    """[first, end) with a neighbour on each side where matched words come near the edge."""
    if not len(pairs):
        return first, end
    low, high = int(pairs[:, 1].min()), int(pairs[:, 1].max())
    return (before if low < NEAR_EDGE else first), (after if size - high <= NEAR_EDGE else end)


def _matched(output: Prepared, words: Words) -> np.ndarray:
    """Matched words of the output and of a stretch of the reference, those of chance runs left out."""
    ours, theirs = output.words.ids, words.ids
    points = align.seed_points(ours, theirs, output.plain, background.load().alone(theirs))
    told = []
    for cluster in align.clusters_of(align.runs_of(points, output.alone)):
        bits = sum(run.bits for run in cluster)
        if bits >= LEAST_CLUSTER:
            told.append((bits, cluster))
    told.sort(key=lambda one: -one[0])
    return align.matched([cluster for _, cluster in told], ours, theirs)
