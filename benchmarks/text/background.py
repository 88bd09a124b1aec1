"""Make the table of common words, common phrases and boilerplate that the package ships.

``python -m benchmarks.text.background LICENCES``: words and phrases are counted in all development texts, English and
French; boilerplate are all their licences, and those of the folder LICENCES: ``licensedcode/data/licenses`` out of the
wheel of scancode-toolkit-mini 32.5.0 (CC BY 4.0; the table keeps hashes, no text). Of these count those that SPDX
lists, and what stands in two of the others.

What is measured on one half of the texts is measured with a table of the other half (`lend`): no text lends its own
phrases to the measure of what it shares with others.
"""

from __future__ import annotations

import argparse
import re
from collections import Counter
from collections.abc import Sequence
from pathlib import Path

import numpy as np

from benchmarks.text.data import LANGUAGES, HalfName, works
from simcheck.kinds.text import background
from simcheck.kinds.text.background import GRAM, SAMPLED, STEP, Background, chain
from simcheck.kinds.text.words import words_of

TARGET = Path(background.__file__).with_name("background.npz")
LISTED = re.compile(r"^spdx_license_key: (?!LicenseRef)", re.MULTILINE)
LEAST = {1: 5, 2: 6, 3: 5}
"""How often a word, a pair, a triple must stand in one language's texts, and in three different works, to be kept."""
LEAST_WORKS = 3


def counted(texts: Sequence[np.ndarray], length: int) -> dict[int, float]:
    """Hash of ``length`` words -> share of all places, for those that are common."""
    count: Counter[int] = Counter()
    spread: Counter[int] = Counter()
    for ids in texts:
        grams, times = np.unique(ids if length == 1 else chain(ids, length), return_counts=True)
        count.update(dict(zip(grams.tolist(), times.tolist(), strict=True)))
        spread.update(grams.tolist())
    total = sum(count.values())
    return {
        gram: times / total for gram, times in count.items() if times >= LEAST[length] and spread[gram] >= LEAST_WORKS
    }


def table(shares: Sequence[dict[int, float]]) -> tuple[np.ndarray, np.ndarray]:
    """Sorted hashes and bits; of several languages the more common use counts."""
    merged: dict[int, float] = {}
    for one in shares:
        for gram, share in one.items():
            merged[gram] = max(share, merged.get(gram, 0))
    keys = np.array(sorted(merged), np.uint32)
    bits = np.array([-np.log2(merged[gram]) for gram in keys.tolist()])
    return keys, np.clip(np.round(bits * STEP), 1, 255).astype(np.uint8)


def boilerplate(folder: Path) -> np.ndarray:
    """Hashes of the runs of GRAM words that licences have, one in SAMPLED of them."""
    listed = [_runs(work.text) for work in works("legal") if not work.name.startswith("udhr")]
    others = []
    for path in sorted(folder.glob("*.LICENSE")):
        _, about, text = path.read_text("utf-8").split("---", 2)
        (listed if LISTED.search(about) else others).append(_runs(text))
    runs, count = np.unique(np.concatenate(others), return_counts=True)
    out: np.ndarray = np.union1d(np.concatenate(listed), runs[count > 1])
    return out[out % SAMPLED == 0]


def _runs(text: str) -> np.ndarray:
    return np.unique(chain(words_of(text).ids, GRAM))


def made(half: HalfName | None, common: np.ndarray) -> Background:
    """The table of one half of the texts, or of all. ``common``: what is boilerplate."""
    corpora = [[words_of(work.text).ids for work in works(language, half)] for language in LANGUAGES]
    tables = [table([counted(texts, length) for texts in corpora]) for length in (1, 2, 3)]
    return Background(f"background-2{half or ''}", *(column for one in tables for column in one), boilerplate=common)


def lend(measured: HalfName) -> None:
    """From now on this process weighs words by the half that is not measured."""
    shipped = background.load()
    lent = made("B" if measured == "A" else "A", shipped.boilerplate)
    background.load = lambda: lent  # type: ignore[assignment]


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.text.background")
    parser.add_argument("licences", type=Path)
    one = made(None, boilerplate(parser.parse_args().licences))
    np.savez_compressed(TARGET, **{name: np.asarray(value) for name, value in vars(one).items()})
    print(TARGET, TARGET.stat().st_size, {name: len(value) for name, value in vars(one).items()})


if __name__ == "__main__":
    main()
