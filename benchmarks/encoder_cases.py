"""References, edited copies and unrelated pictures for the encoder's test, the same at each run."""

from __future__ import annotations

import random
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from PIL import Image

from benchmarks.encoder_edits import FAMILIES
from benchmarks.encoder_edits_mild import Picture


@dataclass(frozen=True)
class Query:
    """One output to look up. ``target`` is the reference's number, -1 where nothing is right."""

    picture: Picture
    target: int
    family: str
    name: str


@dataclass(frozen=True)
class Cases:
    references: list[Picture]
    reference_names: list[str]
    queries: list[Query]


def names_of(folder: Path, half: str) -> list[str]:
    """Sorted file names: ``a`` the even positions (tuning), ``b`` the odd ones (reports), ``all`` both."""
    names = sorted(p.name for p in folder.iterdir() if p.suffix.lower() in {".jpg", ".jpeg", ".png"})
    return {"a": names[0::2], "b": names[1::2], "all": names}[half]


def make_cases(folder: Path, half: str, references: int, unrelated: int, each: int, seed: int = 1) -> Cases:
    """``each`` copies in every family; of the unrelated pictures every second one is edited too."""
    names = names_of(folder, half)
    random.Random(seed).shuffle(names)
    if len(names) < references + unrelated:
        raise SystemExit(f"{folder}, half {half}: {len(names)} pictures, {references + unrelated} are wanted")
    pictures = [Image.open(folder / name).convert("RGB") for name in names[: references + unrelated]]
    strangers = pictures[references:]
    queries = []
    for family, edit in FAMILIES.items():
        rng = random.Random(f"{seed} {family}")
        for number in rng.sample(range(references), each):
            edited = edit(rng, pictures[number].copy(), rng.choice(strangers)).convert("RGB")
            queries.append(Query(edited, number, family, names[number]))
    for place, picture in enumerate(strangers):
        rng = random.Random(f"{seed} unrelated {place}")
        name = names[references + place]
        if place % 2:
            family = rng.choice(sorted(FAMILIES))
            other = strangers[(place + 1) % len(strangers)]
            edited = FAMILIES[family](rng, picture.copy(), other).convert("RGB")
            queries.append(Query(edited, -1, f"unrelated, {family}", name))
        else:
            queries.append(Query(picture, -1, "unrelated", name))
    return Cases(pictures[:references], names[:references], queries)


def save_for_training(cases: Cases, path: Path, size: int) -> None:
    """The file that ``simcheck.encoders.training.train --held-out`` reads."""

    def squashed(pictures: list[Picture]) -> np.ndarray:
        return np.stack([np.asarray(p.resize((size, size), Image.Resampling.BOX)) for p in pictures])

    path.parent.mkdir(parents=True, exist_ok=True)
    np.savez(
        path,
        references=squashed(cases.references),
        queries=squashed([q.picture for q in cases.queries]),
        target=np.array([q.target for q in cases.queries]),
        family=np.array([q.family for q in cases.queries]),
    )
