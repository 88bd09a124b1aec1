"""What others would do, in the same run: winnowing (as MOSS does), MinHash-LSH over windows (datasketch), and sentence
embeddings of windows (sentence-transformers' all-MiniLM-L6-v2)."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Sequence
from typing import Protocol

import numpy as np

from benchmarks.text.data import Work
from benchmarks.text.metrics import Passage
from simcheck.encoders import load_text_encoder

WORD = re.compile(r"\w+")


class Peer(Protocol):
    def find(self, name: str, text: str) -> list[Passage]:
        """The passages that a text shares with the library it was made with."""


def _words(text: str) -> list[tuple[str, int, int]]:
    return [(match.group().lower(), *match.span()) for match in WORD.finditer(text)]


class Winnowing:
    """Schleimer, Wilkerson and Aiken 2003 over words: runs of five, windows of four; runs of one source at most
    20 words apart make one passage, of at least three."""

    RUN, WINDOW, GAP, LEAST = 5, 4, 20, 3

    def __init__(self, works: Iterable[Work]) -> None:
        self._places: dict[int, list[tuple[str, int, int]]] = defaultdict(list)
        for work in works:
            for mark, start, end, _ in self._prints(work.text):
                self._places[mark].append((work.name, start, end))

    def _prints(self, text: str) -> list[tuple[int, int, int, int]]:
        words = _words(text)
        marks = [
            hash(tuple(word for word, _, _ in words[at : at + self.RUN])) for at in range(len(words) - self.RUN + 1)
        ]
        chosen = {
            min(range(at, min(at + self.WINDOW, len(marks))), key=lambda one: (marks[one], -one))
            for at in range(max(len(marks) - self.WINDOW + 1, 0))
        }
        return [(marks[at], words[at][1], words[at + self.RUN - 1][2], at) for at in sorted(chosen)]

    def find(self, name: str, text: str) -> list[Passage]:
        hits: dict[str, list[tuple[int, int, int, int, int]]] = defaultdict(list)
        for mark, start, end, at in self._prints(text):
            for work, first, last in self._places.get(mark, ())[:50]:
                hits[work].append((at, start, end, first, last))
        out = []
        for work, found in hits.items():
            groups = [[found[0]]]
            for one in found[1:]:
                if one[0] - groups[-1][-1][0] > self.GAP:
                    groups.append([])
                groups[-1].append(one)
            out += [
                Passage(name, g[0][1], max(h[2] for h in g), work, min(h[3] for h in g), max(h[4] for h in g))
                for g in groups
                if len(g) >= self.LEAST
            ]
        return out


class MinHashLSH:
    """datasketch: windows of 60 words, every 30, three-word shingles, 64 permutations; ``threshold`` of Jaccard's
    similarity."""

    SIZE, STEP, SHINGLE, PERMUTATIONS = 60, 30, 3, 64

    def __init__(self, works: Iterable[Work], threshold: float = 0.5) -> None:
        from datasketch import MinHashLSH as Index

        self._index = Index(threshold=threshold, num_perm=self.PERMUTATIONS)
        for work in works:
            keys, prints = self._windows(work.text)
            with self._index.insertion_session() as session:
                for (start, end), one in zip(keys, prints, strict=True):
                    session.insert((work.name, start, end), one, check_duplication=False)

    def _windows(self, text: str) -> tuple[list[tuple[int, int]], list[object]]:
        from datasketch import MinHash

        words = _words(text)
        keys, shingles = [], []
        for at in range(0, max(len(words) - self.STEP, 1), self.STEP):
            part = words[at : at + self.SIZE]
            if len(part) >= self.SHINGLE:
                keys.append((part[0][1], part[-1][2]))
                texts = [" ".join(word for word, _, _ in part[i : i + self.SHINGLE]) for i in range(len(part) - 2)]
                shingles.append([one.encode() for one in texts])
        return keys, list(MinHash.bulk(shingles, num_perm=self.PERMUTATIONS)) if shingles else []

    def find(self, name: str, text: str) -> list[Passage]:
        hits: dict[str, list[tuple[int, int, int, int]]] = defaultdict(list)
        for (start, end), one in zip(*self._windows(text), strict=True):
            for work, first, last in self._index.query(one):
                hits[work].append((start, end, first, last))
        return [_hull(name, work, found) for work, found in hits.items()]


class Embeddings:
    """Windows of 60 words, every 30 of the output and every 60 of the library; cosine at least 0.7, the nearest window
    of the library each; windows of one work together are one passage."""

    SIZE, STEP, LEAST = 60, 30, 0.7

    def __init__(self, works: Iterable[Work]) -> None:
        self._encoder = load_text_encoder()
        self._places: list[tuple[str, int, int]] = []
        texts: list[str] = []
        for work in works:
            for start, end in self._windows(work.text, self.SIZE):
                self._places.append((work.name, start, end))
                texts.append(work.text[start:end])
        self._rows = self._encoder.encode(texts)

    def _windows(self, text: str, step: int) -> list[tuple[int, int]]:
        words = _words(text)
        parts = [words[at : at + self.SIZE] for at in range(0, max(len(words) - self.SIZE // 2, 1), step)]
        return [(part[0][1], part[-1][2]) for part in parts]

    def find(self, name: str, text: str) -> list[Passage]:
        spans = self._windows(text, self.STEP)
        near = self._encoder.encode([text[start:end] for start, end in spans]) @ self._rows.T
        hits: dict[str, list[tuple[int, int, int, int]]] = defaultdict(list)
        for (start, end), at, cosine in zip(spans, near.argmax(axis=1).tolist(), near.max(axis=1), strict=True):
            if cosine >= self.LEAST:
                work, first, last = self._places[at]
                hits[work].append((start, end, first, last))
        return [_hull(name, work, found) for work, found in hits.items()]


def _hull(name: str, work: str, found: Sequence[tuple[int, int, int, int]]) -> Passage:
    low, high = np.min(found, axis=0).tolist(), np.max(found, axis=0).tolist()
    return Passage(name, low[0], high[1], work, low[2], high[3])
