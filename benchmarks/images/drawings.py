"""``python -m benchmarks.images.drawings``: judged pairs of drawings, to fit the terms of the score that are theirs.

Works of half A are drawn in nine ways (dodged, OpenCV's pencil, contours, Canny edges, XDoG, gradients, charcoal,
thresholds, hatching), half of them mirrored, bordered or trimmed as well; so are training pictures that are not
registered. Then ``python -m simcheck.calibration.fit image FILE.jsonl --terms drawn``, with the pairs of
``benchmarks.images.pairs`` in the same file: charts, pages and frames whose outlines agree are there.
"""

from __future__ import annotations

import argparse
from collections.abc import Callable, Sequence
from pathlib import Path

import cv2
import numpy as np
from PIL import Image, ImageFilter

from benchmarks.images import gate, pairs
from benchmarks.images.cases import CACHE, Case, Workshop
from benchmarks.images.command import called
from benchmarks.images.data import ROOT, load_half, pictures, random, read
from benchmarks.images.edits.base import RGB, to_bytes

Draw = Callable[[RGB, np.random.Generator], np.ndarray]
"""A picture and randomness to grey values (h, w), or to a picture in colour."""


def grey(picture: RGB) -> np.ndarray:
    return np.asarray(cv2.cvtColor(picture, cv2.COLOR_RGB2GRAY))


def soft(picture: RGB, rng: np.random.Generator, most: float = 2.0) -> np.ndarray:
    return np.asarray(cv2.GaussianBlur(grey(picture), (0, 0), rng.uniform(0.8, most)))


def dodge(picture: RGB, rng: np.random.Generator) -> np.ndarray:
    blurred = cv2.GaussianBlur(255 - grey(picture), (0, 0), rng.uniform(2, 15))
    lines = cv2.divide(grey(picture), 255 - blurred, scale=256).astype(np.float32)
    return np.asarray(255 * (lines / 255) ** rng.uniform(0.8, 2.5))


def pencil(picture: RGB, rng: np.random.Generator) -> np.ndarray:
    sigmas = {"sigma_s": float(rng.uniform(20, 90)), "sigma_r": float(rng.uniform(0.04, 0.13))}
    plain, coloured = cv2.pencilSketch(picture, shade_factor=float(rng.uniform(0.02, 0.08)), **sigmas)
    return np.asarray(plain if rng.random() < 0.5 else coloured)


def contour(picture: RGB, rng: np.random.Generator) -> np.ndarray:
    name = ("CONTOUR", "FIND_EDGES", "EMBOSS")[int(rng.integers(3))]
    drawn = np.asarray(Image.fromarray(grey(picture)).filter(getattr(ImageFilter, name)), np.float32)
    return 255 - 2 * drawn if name == "FIND_EDGES" else drawn


def canny(picture: RGB, rng: np.random.Generator) -> np.ndarray:
    low = rng.uniform(30, 80)
    lines = 255 - cv2.Canny(soft(picture, rng), low, 2.5 * low)
    return np.asarray(cv2.erode(lines, np.ones((2, 2))) if rng.random() < 0.5 else lines)


def xdog(picture: RGB, rng: np.random.Generator) -> np.ndarray:
    lightness, sigma = grey(picture).astype(np.float32) / 255, rng.uniform(0.8, 2.2)
    near, far = (cv2.GaussianBlur(lightness, (0, 0), factor * sigma) for factor in (1, 1.6))
    sharpened, level = near + rng.uniform(10, 25) * (near - far), rng.uniform(0.3, 0.6)
    return np.asarray(
        255 * np.where(sharpened > level, 1, 1 + np.tanh(rng.uniform(4, 14) * (sharpened - level))), np.float32
    )


def gradient(picture: RGB, rng: np.random.Generator) -> np.ndarray:
    across, down = (cv2.Sobel(soft(picture, rng).astype(np.float32), cv2.CV_32F, x, 1 - x) for x in (1, 0))
    length = cv2.magnitude(across, down)
    return np.asarray(np.clip(255 - length * 255 / np.percentile(length, rng.uniform(97, 99.5)), 0, 255))


def charcoal(picture: RGB, rng: np.random.Generator) -> np.ndarray:
    bright = cv2.GaussianBlur(grey(picture), (0, 0), 2) > rng.uniform(60, 130)
    drawn = gradient(picture, rng) * (0.55 + 0.45 * bright)
    return np.asarray(cv2.GaussianBlur(drawn + rng.normal(0, rng.uniform(5, 25), drawn.shape), (0, 0), 0.8))


def threshold(picture: RGB, rng: np.random.Generator) -> np.ndarray:
    side, above = 2 * int(rng.integers(3, 12)) + 1, float(rng.uniform(3, 9))
    smooth = cv2.medianBlur(grey(picture), 5)
    return np.asarray(cv2.adaptiveThreshold(smooth, 255, cv2.ADAPTIVE_THRESH_MEAN_C, cv2.THRESH_BINARY, side, above))


def hatch(picture: RGB, rng: np.random.Generator) -> np.ndarray:
    tones, step = grey(picture), rng.uniform(5, 9)
    y, x = np.indices(tones.shape)
    drawn = np.full(tones.shape, 255.0)
    for darker, angle in ((170, 0.8), (120, -0.8), (75, 0.0)):
        drawn[(tones < darker) & ((x * np.cos(angle) + y * np.sin(angle)) % step < 0.35 * step)] = 40
    drawn[cv2.Canny(soft(picture, rng), 50, 120) > 0] = 20
    return drawn


def coloured(drawn: np.ndarray) -> RGB:
    """What a way of drawing gives, as a picture."""
    return to_bytes(drawn if drawn.ndim == 3 else np.repeat(drawn[..., None], 3, 2))


DRAWN: tuple[Draw, ...] = (dodge, pencil, contour, canny, xdog, gradient, charcoal, threshold, hatch)


def changed(picture: RGB, rng: np.random.Generator) -> RGB:
    """Half of the drawings as they are; the others mirrored, with a border, or trimmed."""
    way, (height, width) = rng.random(), picture.shape[:2]
    if way < 0.5:
        return picture
    if way < 0.67:
        return np.ascontiguousarray(picture[:, ::-1])
    if way < 0.84:
        broad, tone = int(rng.uniform(0.03, 0.1) * max(height, width)), [int(one) for one in rng.integers(0, 256, 3)]
        return np.asarray(cv2.copyMakeBorder(picture, *[broad] * 4, cv2.BORDER_CONSTANT, value=tone))
    share = rng.uniform(0.85, 0.97)
    top, left = (int(rng.uniform(0, 1 - share) * side) for side in (height, width))
    return np.ascontiguousarray(picture[top : top + int(share * height), left : left + int(share * width)])


def drawing(source: Path, number: int, registered: bool, folder: Path) -> Case:
    """One drawing as a file and a case."""
    rng = random("drawing", source.name, number)
    draw = DRAWN[number % len(DRAWN)]
    colours = coloured(draw(read(source), rng))
    file = folder / f"{number:04d}.jpg"
    quality = int(rng.integers(75, 96))
    cv2.imwrite(str(file), changed(colours, rng)[..., ::-1], [cv2.IMWRITE_JPEG_QUALITY, quality])
    truth = (source.name,) if registered else ()
    return Case(
        f"drawn-{draw.__name__}/{number:04d}", f"drawn-{draw.__name__}", source.name, (source.name,), truth, file
    )


def main(arguments: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.images.drawings", description=__doc__)
    parser.add_argument("--copies", type=int, default=240, metavar="N", help="of works (default %(default)s)")
    parser.add_argument("--others", type=int, default=160, metavar="N", help="of other pictures (default %(default)s)")
    parser.add_argument(
        "--out", type=Path, default=ROOT / "build" / "pairs-drawings.jsonl", help="(default %(default)s)"
    )
    return called(parser, run, arguments)


def run(chosen: argparse.Namespace) -> None:
    half = load_half("A")
    folder = CACHE / "drawings"
    folder.mkdir(parents=True, exist_ok=True)
    order = random("drawings")
    works = [half.references[int(at)] for at in order.permutation(len(half.references))[: chosen.copies]]
    train = pictures("train")
    others = [train[int(at)] for at in order.permutation(len(train))[: chosen.others]]
    sources = [(source, True) for source in works] + [(source, False) for source in others]
    cases = [drawing(source, number, known, folder) for number, (source, known) in enumerate(sources)]
    library = gate.register(Workshop(half).library(), CACHE / "index-A-drawings")
    found = pairs.verified(library, cases, chosen.processes)
    pairs.write(chosen.out, found)
    held = {pair.output for pair in found if pair.copy and pair.decision != "pass"}
    alarms = [pair for pair in found if not pair.copy and pair.decision != "pass"]
    for draw in DRAWN:
        of_it = [case.name for case in cases if case.truth and case.family == f"drawn-{draw.__name__}"]
        print(f"{draw.__name__}: {sum(name in held for name in of_it)} of {len(of_it)} held")
    print(f"{len(held)} of {len(works)} held, {len(alarms)} false alarms; {len(found)} pairs in {chosen.out}")


if __name__ == "__main__":
    raise SystemExit(main())
