"""Make the background of sentences that the package ships: what chance makes alike (`simcheck.kinds.text.chance`).

``python -m benchmarks.text.likeness``: vectors (no text) of 1,000 English and 500 French sentences, spread evenly over
half A of the development texts.
"""

from __future__ import annotations

from pathlib import Path

import numpy as np

from benchmarks.text.data import random, works
from simcheck.encoders import load_text_encoder
from simcheck.kinds.text import chance
from simcheck.kinds.text.sentences import sentences

TARGET = Path(chance.__file__).with_name("sentences.npz")
COUNTS = {"en": 1_000, "fr": 500}


def drawn(language: str, count: int) -> list[str]:
    """So many sentences, as many of each work as of any other."""
    group = works(language, "A")
    out: list[str] = []
    for work in group:
        spans = sentences(work.text)
        some = random("sentences", work.name).choice(len(spans), -(-count // len(group)), replace=False)
        out += [work.text[start:end] for start, end in spans[np.sort(some)].tolist()]
    return out[:count]


def main() -> None:
    encoder = load_text_encoder()
    vectors = encoder.encode([text for language, count in COUNTS.items() for text in drawn(language, count)])
    # 127 steps: the cosine of two vectors changes in the third digit.
    small = np.round(vectors / np.abs(vectors).max(axis=1, keepdims=True) * 127).astype(np.int8)
    np.savez_compressed(TARGET, identity=np.array(encoder.identity), vectors=small)
    print(TARGET, TARGET.stat().st_size, vectors.shape)


if __name__ == "__main__":
    main()
