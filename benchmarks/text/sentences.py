"""PAN sentence pairs: is one a paraphrase of the other? What words, characters, order and meaning say of it.

The gate compares passages, not sentences; these pairs say what its ways of comparing are worth on short texts, alone
and together. A logistic regression is fitted on the training pairs only.
"""

from __future__ import annotations

import csv
import difflib
import re
from typing import Any

import numpy as np

from benchmarks.text.data import random, texts_folder
from simcheck.encoders import load_text_encoder
from simcheck.kinds.text import background
from simcheck.kinds.text.words import words_of

TARGET = 0.92
RARE_BITS = 9.0
STEM = 5
ENCODED = 2_000
"""Training pairs whose sentences are encoded: the encoder is slow, and its one number needs no more."""
GROUPS = {"words": slice(0, 7), "order": slice(7, 12), "characters": slice(12, 18)}

Pairs = tuple[list[tuple[str, str]], np.ndarray]


def pairs(part: str) -> Pairs:
    """The sentences, and bool (n,): which pairs are paraphrases."""
    with (texts_folder() / "pairs" / f"pan-{part}.tsv").open(encoding="utf-8") as file:
        rows = [row for row in csv.reader(file, delimiter="\t", quoting=csv.QUOTE_NONE) if row[0] in "01"]
    return [(row[1], row[2]) for row in rows], np.array([row[0] == "1" for row in rows])


def signals(one: str, other: str) -> list[float]:
    """What two sentences share: words (0 to 6), in order (7 to 11), characters (12 to 17)."""
    table = background.load()
    ours, theirs = words_of(one).ids, words_of(other).ids
    mine, his = np.unique(ours), np.unique(theirs)
    common = np.intersect1d(mine, his)
    told, all_mine, all_his = (float(table.alone(ids).sum()) for ids in (common, mine, his))
    rare = [set(ids[table.alone(ids) > RARE_BITS].tolist()) for ids in (mine, his)]
    blocks = difflib.SequenceMatcher(None, ours.tolist(), theirs.tolist(), autojunk=False).get_matching_blocks()
    in_order = sum(block.size for block in blocks)
    longest = max(block.size for block in blocks)
    shorter, longer = sorted((max(len(ours), 1), max(len(theirs), 1)))
    out = [
        len(common) / max(min(len(mine), len(his)), 1),
        len(common) / max(len(mine), len(his), 1),
        told / max(min(all_mine, all_his), 1.0),
        told / max(all_mine + all_his - told, 1.0),
        float(np.log1p(told)),
        *_shared(*rare)[:1],
        float(np.log1p(len(rare[0] & rare[1]))),
        in_order / shorter,
        in_order / longer,
        longest / shorter,
        float(np.log(longer / shorter)),
        *_shared(*(set(zip(ids[:-1].tolist(), ids[1:].tolist(), strict=True)) for ids in (ours, theirs)))[:1],
    ]
    plain = [re.sub(r"[^a-z0-9]+", " ", text.lower()).strip() for text in (one, other)]
    for length in (3, 5):
        out += _shared(*({text[at : at + length] for at in range(len(text) - length + 1)} for text in plain))
    stems = [{word[:STEM] for word in text.split()} for text in plain]
    return out + _shared(*stems)


def _shared(one: set[Any], other: set[Any]) -> list[float]:
    """Of the smaller set, and of both together."""
    both = len(one & other)
    return [both / max(min(len(one), len(other)), 1), both / max(len(one | other), 1)]


def cosines(texts: list[tuple[str, str]]) -> np.ndarray:
    encoder = load_text_encoder()
    sides = [encoder.encode([pair[side] for pair in texts]) for side in (0, 1)]
    out: np.ndarray = (sides[0] * sides[1]).sum(axis=1, dtype=np.float64)[:, None]
    return out


def accuracy(train: tuple[np.ndarray, np.ndarray], test: tuple[np.ndarray, np.ndarray]) -> float:
    """Of a logistic regression on the signals, fitted on the one, judged on the other."""
    from sklearn.linear_model import LogisticRegression
    from sklearn.pipeline import make_pipeline
    from sklearn.preprocessing import StandardScaler

    model = make_pipeline(StandardScaler(), LogisticRegression(max_iter=3_000)).fit(*train)
    return round(float(model.score(*test)), 4)


def measured() -> dict[str, Any]:
    texts, truth, told = {}, {}, {}
    for part in ("train", "test"):
        texts[part], truth[part] = pairs(part)
        told[part] = np.array([signals(*pair) for pair in texts[part]])
    out: dict[str, Any] = {"pairs": {part: len(found) for part, found in texts.items()}, "target": TARGET}

    def together(columns: slice) -> float:
        return accuracy((told["train"][:, columns], truth["train"]), (told["test"][:, columns], truth["test"]))

    out["words in common, the plain share"] = together(slice(1, 2))
    out |= {name: together(columns) for name, columns in GROUPS.items()}
    out["words, order, characters"] = together(slice(None))
    some = random("sentences").permutation(len(texts["train"]))[:ENCODED]
    near = {"train": cosines([texts["train"][at] for at in some.tolist()]), "test": cosines(texts["test"])}
    few = {"train": (told["train"][some], truth["train"][some]), "test": (told["test"], truth["test"])}
    out["meaning"] = accuracy((near["train"], few["train"][1]), (near["test"], few["test"][1]))
    both = {part: (np.hstack([few[part][0], near[part]]), few[part][1]) for part in few}
    out["all, the encoder's training pairs only"] = accuracy(both["train"], both["test"])
    best = max(out["words, order, characters"], out["all, the encoder's training pairs only"])
    return out | {"met": best >= TARGET}
