"""``python -m benchmarks.images.skies``: small things on even grounds, copies of them, and others on the same ground.

A plane in the sky, a boat on the sea: nearly all of the picture is even, and of what is left a few blocks have texture.
Things are cut out of training pictures with a white ground and laid on skies that are drawn, some above a sea. Two
edits of each work are checked by the shipped policy, by one without the rule for small things and by the hashes at
their usual thresholds, and beside them other things on the ground of each work. Written is
``benchmarks/results/images-skies.json``.
"""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from typing import Any

import cv2
import numpy as np
from PIL import Image

from benchmarks.common import plots, results
from benchmarks.images import gate, peers, summary
from benchmarks.images.cases import CACHE, Case, Registered
from benchmarks.images.command import of_drawn_works, tell
from benchmarks.images.data import SEED, load_half, pictures, random, read, read_all
from benchmarks.images.designs import EDITS, copies, families_from
from benchmarks.images.edits.base import RGB

RULES = ("image.small-thing",)
WORKS, OTHER = 60, "other"
SIZES = (854, 480), (900, 600), (700, 900), (1024, 768), (640, 360)
WHITE, EDGE = 240, 0.97
"""Grey value from which a pixel is ground, and the share of a picture's edge that must be."""
SHARE = (0.1, 0.25)
"""Of the picture's width that a thing takes."""


def main(arguments: Sequence[str] | None = None) -> int:
    return of_drawn_works(("benchmarks.images.skies", __doc__), run, WORKS, SEED, arguments)


def run(chosen: argparse.Namespace) -> None:
    heading = results.heading("images, skies")
    works, cases = skies(chosen.works, chosen.seed)
    library = gate.register(works, CACHE / "index-skies")
    tell(f"{len(works)} works registered, {len(library.quarantined)} set aside, {len(cases)} outputs")
    found = gate.with_and_without(library, cases, chosen.processes, RULES) | peers.usual(works, cases)
    result: dict[str, Any] = {**heading, "seed": chosen.seed, "works": len(works), "set_aside": library.quarantined}
    shares = {}
    for name, outcomes in found.items():
        result[name] = summary.beside("others", outcomes)
        sentence, shares[name] = summary.told(result[name])
        tell(f"{name}: {sentence}")
    result["held"] = summary.false_alarms([one for one in found["simcheck"] if one.negative])
    file = results.write("images-skies", result)
    names = ["copies held", "copies blocked", "others held"]
    plots.bars(file.with_suffix(".png"), "Small things on even grounds", names, shares, 1 / 500)
    tell(f"written to {file}")


def skies(number: int, seed: int) -> tuple[list[Registered], list[Case]]:
    """The works and the outputs, drawn into files: the first things are works, those after them others."""
    folder = CACHE / f"skies-{seed}"
    folder.mkdir(parents=True, exist_ok=True)
    backgrounds = read_all(load_half("B").backgrounds)
    cut = things(2 * number, seed)
    works: list[Registered] = []
    cases: list[Case] = []
    for place in range(number):
        rng = random("skies", place, seed=seed)
        below = ground(rng, *SIZES[place % len(SIZES)])
        picture, another = (laid(below, *cut[at % len(cut)], rng) for at in (place, place + number))
        works.append(Registered(f"sky-{place:02d}", folder / f"sky-{place:02d}.png"))
        Image.fromarray(picture).save(works[-1].file)
        cases += copies(works[-1], families_from(EDITS * place), picture, backgrounds, seed)
        file = folder / f"{OTHER}-{place:02d}.jpg"
        Image.fromarray(another).save(file, quality=90)
        cases.append(Case(f"{OTHER}/{place:02d}", OTHER, "", (), (), file))
    return works, cases


def things(number: int, seed: int) -> list[tuple[RGB, np.ndarray]]:
    """Pictures of things, close around them, and where they are: uint8 RGB (h, w, 3) and bool (h, w)."""
    files = [path for path in pictures("train") if "_caltech-" in path.name]
    found = []
    for place in random("things", seed=seed).permutation(len(files)):
        picture = read(files[int(place)])
        ink = thing_in(picture)
        if ink is not None:
            left, top, width, height = cv2.boundingRect(ink.astype(np.uint8))
            box = slice(top, top + height), slice(left, left + width)
            found.append((picture[box], ink[box]))
        if len(found) == number:
            break
    return found


def thing_in(picture: RGB) -> np.ndarray | None:
    """Where a picture on a white ground has its thing: bool (h, w); None where the ground is another."""
    grey = picture.min(2)
    if (np.r_[grey[0], grey[-1], grey[:, 0], grey[:, -1]] >= WHITE).mean() < EDGE:
        return None
    ink = cv2.morphologyEx((grey < WHITE).astype(np.uint8), cv2.MORPH_CLOSE, np.ones((5, 5), np.uint8))
    around = cv2.copyMakeBorder(ink, 1, 1, 1, 1, cv2.BORDER_CONSTANT, value=0)
    cv2.floodFill(around, None, (0, 0), 2)
    thing = around[1:-1, 1:-1] != 2
    return thing if 0.1 < thing.mean() < 0.8 else None


def ground(rng: np.random.Generator, width: int, height: int) -> np.ndarray:
    """A sky that grows lighter or darker, with haze and noise, three in ten above a sea: float64 (h, w, 3)."""
    top = rng.uniform((90, 130, 170), (200, 210, 240))
    lean, (y, x) = rng.uniform(-0.6, 0.6), np.mgrid[:height, :width]
    down = np.clip((y + lean * x) / (height + abs(lean) * width), 0, 1)[..., None]
    sky = top + down * rng.uniform(-30, 50, 3)
    haze = cv2.GaussianBlur(rng.standard_normal((height, width)), (0, 0), 40)
    sky += (haze / haze.std() * rng.uniform(1, 3))[..., None] + rng.standard_normal(sky.shape) * 1.2
    if rng.random() < 0.3:
        horizon = int(rng.uniform(0.55, 0.8) * height)
        sky[horizon:] = sky[horizon:] * rng.uniform(0.5, 0.8) + rng.uniform(-10, 10, 3)
    return sky


def laid(below: np.ndarray, thing: RGB, ink: np.ndarray, rng: np.random.Generator) -> RGB:
    """A thing somewhere on a ground, away from its edges."""
    height, width = below.shape[:2]
    factor = rng.uniform(*SHARE) * width / max(ink.shape)
    small = cv2.resize(thing, None, fx=factor, fy=factor, interpolation=cv2.INTER_AREA)
    over = cv2.resize(ink.astype(np.float32), small.shape[1::-1], interpolation=cv2.INTER_AREA)[..., None]
    (high, wide), spare = small.shape[:2], rng.uniform(0, 1, 2)
    top, left = (int((0.1 + 0.8 * share) * (of - side)) for share, of, side in
                 zip(spare, (height, width), (high, wide), strict=True))  # fmt: skip
    picture = below.copy()
    part = picture[top : top + high, left : left + wide]
    part += over * (small - part)
    return np.clip(picture, 0, 255).astype(np.uint8)


if __name__ == "__main__":
    raise SystemExit(main())
