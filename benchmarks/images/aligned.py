"""``python -m benchmarks.images.aligned``: aligned pairs of small grey patches, to train the pictures' pair network on.

Training pictures (a third are drawn from a template, one in seven is a thing before a ground that others lie before
too, see ``templates``, a tenth wear a dress that other pictures wear too, see ``negatives``) are edited twice each. A
right pair is the edited picture laid on its reference, by the true transform with a little error and by verification
itself where that is right; a wrong pair is the same output laid by verification on a work that looks like the reference
(near in the encoder, in the same dress, of the same template) or on any other. Small parts of such pairs, at the
thumbnail's detail, come beside them. Then ``python -m simcheck.encoders.training.pairs FOLDER OUT.onnx``.
"""

from __future__ import annotations

import argparse
import json
import multiprocessing
from collections.abc import Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import cv2
import numpy as np

from benchmarks.images import negatives
from benchmarks.images.command import called, tell
from benchmarks.images.compositions import composed
from benchmarks.images.data import ROOT, pictures, random, read
from benchmarks.images.drawings import DRAWN, coloured
from benchmarks.images.edits import FAMILIES
from benchmarks.images.edits.base import RGB, Edited, begin
from benchmarks.images.strangers import enlarged
from benchmarks.images.templates import TEMPLATES, before, grain, pattern
from simcheck.encoders import load_image_encoder
from simcheck.encoders.training import edits_colour as light
from simcheck.encoders.training import edits_redraw as redraw
from simcheck.index.base import StoredSegment
from simcheck.kinds.image import describe, geometry, hashes
from simcheck.kinds.image.alignment import Alignment, Guess, Thumb, laid, textured, tiled
from simcheck.kinds.image.finding import GUESSED_FROM
from simcheck.kinds.image.look import Look
from simcheck.kinds.image.verify import align

OFTEN = ("stylise", "cartoon", "sketch", "outline", "mix-4", "rerender-elastic", "rerender-painterly", "rerender-mesh")
"""Families that verification finds hard: four times as often as the others."""
REDRAWN = (redraw.drawing, redraw.cartoon, redraw.smooth, redraw.strokes, redraw.mosaic, redraw.detail)
RELIT = (light.jitter, light.grade, light.blur, light.noise, light.posterise, light.relight, light.pixelate, light.hue)
TEMPLATED, GROUNDED, DRESSED, DRAWN_SHARE, TOUCHED = 0.33, 0.14, 0.1, 0.2, 0.35
COMPOSED = 0.65
"""Share of the templates that are composed at random; the others are of the kinds that ``templates`` lists."""
TILED, TILES, TILES_TEMPLATED, TILES_GROUNDED = 3, 3, 0.7, 0.12
"""So many pictures of a source are tiled, so many tiles kept at most of each, and the shares of templates and of things
before one ground."""
COVERING = "inset", "emoji", "scribble", "blend", "mix-4", "fence"
"""Families that may cover a tile or shine through it: no tile of theirs is a right one for certain."""
DIFFERENT = 32, 0.02
"""Grey values, and the share of a tile's pixels that must differ by more, of two pictures of one template."""
NEIGHBOURS, TWINS = 4, 64
"""How many look-alikes a picture has; those that differ from it by fewer bits of PDQ, in any turn, are copies."""
RIGHT = 0.05
"""How far the corners of a right alignment may lie from the truth, in longer sides of the output."""
SAME = 0.9, 0.8
"""`fine` and `kept` from which a wrong pair may be two copies of one picture: left out."""


@dataclass(frozen=True)
class Source:
    """A reference's picture, and pictures that look like it without being copies."""

    picture: RGB
    others: tuple[RGB, ...]


class Maker:
    """Makes the pairs of one source after the other; everything depends on the source's number alone."""

    def __init__(self, near: np.ndarray) -> None:
        self.paths = pictures("train")
        self.near = near
        often = [name for name in FAMILIES if name in OFTEN] * 3
        self.families = [*FAMILIES, *often]

    def picture(self, number: int, rng: np.random.Generator) -> RGB:
        return enlarged(read(self.paths[number]), rng)

    def source(self, number: int, rng: np.random.Generator) -> Source:
        way = rng.random()
        other = int(rng.integers(len(self.paths)))
        if way < TEMPLATED:
            first, *rest = templated(3, rng)
            return Source(first, tuple(rest))
        neighbour = int(self.near[number, int(rng.integers(NEIGHBOURS))])
        first, *rest = (self.picture(one, rng) for one in (number, neighbour, other))
        if way < TEMPLATED + GROUNDED:
            first, *rest = self.grounded((first, *rest), rng)
        elif way < TEMPLATED + GROUNDED + DRESSED:
            family = list(negatives.DRESSES)[int(rng.integers(len(negatives.DRESSES)))]
            variant = int(rng.integers(1000, 1_000_000))
            canvas = negatives.CANVAS if rng.random() < 0.6 else None
            first, *rest = (negatives.dressed(family, variant, one, canvas) for one in (first, *rest))
        return Source(first, tuple(rest))

    def grounded(self, pictures: Sequence[RGB], rng: np.random.Generator) -> list[RGB]:
        """Parts of the pictures, before one ground."""
        ground, style = self.ground(rng), int(rng.integers(2**32))
        return [before(ground, one, np.random.default_rng(style), rng) for one in pictures]

    def ground(self, rng: np.random.Generator) -> RGB:
        """What lies behind things: a picture out of focus (a sharp one would be copied), a texture or a pattern."""
        way = rng.random()
        if way < 0.2:
            return pattern(rng, rng)
        if way < 0.45:
            return grain(rng, (int(rng.integers(400, 700)), int(rng.integers(400, 700))))
        picture = self.picture(int(rng.integers(len(self.paths))), rng)
        return np.asarray(cv2.GaussianBlur(picture, (0, 0), rng.uniform(3, 14)), np.uint8)

    def edited(self, picture: RGB, rng: np.random.Generator) -> tuple[str, Edited]:
        if rng.random() < DRAWN_SHARE:
            draw = DRAWN[int(rng.integers(len(DRAWN)))]
            name, out = f"drawn-{draw.__name__}", begin(picture).recoloured(coloured(draw(picture, rng)))
        else:
            name = self.families[int(rng.integers(len(self.families)))]
            places = rng.integers(0, len(self.paths), 12)
            out = FAMILIES[name](picture, rng, [self.picture(int(one), rng) for one in places])
        if rng.random() < TOUCHED:
            touch = (REDRAWN, RELIT)[int(rng.random() < 0.5)]
            edit = touch[int(rng.integers(len(touch)))]
            name, out = f"{name}+{edit.__name__}", out.recoloured(edit(rng, out.picture))
        return name, out

    def pairs(self, number: int) -> Iterator[tuple[np.ndarray, dict[str, Any]]]:
        rng = random("aligned", number)
        source = self.source(number, rng)
        thumbs = [Stored(one) for one in (source.picture, *source.others)]
        for _ in range(2):
            try:
                name, edited = self.edited(source.picture, rng)
            except (ValueError, cv2.error):
                continue  # an edit that left nothing of the picture, or a picture too small for it
            look = Look(edited.picture, nothing)
            if look.flat:
                continue
            truth = None if edited.matrix is None else in_fractions(edited)
            for place, stored in enumerate(thumbs):
                copy = place == 0
                notes = {"source": number, "family": name, "copy": copy}
                if copy and truth is not None:
                    patch = laid(look, stored.thumb, jittered(truth, rng), negative=False)
                    if patch is not None:
                        yield patch, {**notes, "by": "truth"}
                found = stored.aligned(look)
                if found is None or found.agreement is None or (copy and not right(found, truth, look, stored)):
                    continue
                if not copy and (found.fine or 0) >= SAME[0] and found.agreement.kept >= SAME[1]:
                    continue
                patch = laid(look, stored.thumb, found.matrix, found.negative)
                if patch is not None:
                    yield patch, {**notes, "by": found.source, "blocks": found.agreement.blocks}

    def tiles(self, number: int) -> Iterator[tuple[np.ndarray, dict[str, Any]]]:
        """Small parts at the thumbnail's detail. Wrong pairs: another picture of one template, or a thing before the
        same ground, laid by the same true transform, where the two differ; most templates differ in little."""
        for draw in range(TILED):
            yield from self.tiles_of(number, random("aligned-tiles", number, draw))

    def tiles_of(self, number: int, rng: np.random.Generator) -> Iterator[tuple[np.ndarray, dict[str, Any]]]:
        way = rng.random()
        if way < TILES_TEMPLATED:
            first, second = templated(2, rng)
        else:
            others = rng.integers(0, len(self.paths), 2)
            first, second = (self.picture(int(one), rng) for one in (number, others[0]))
            if way < TILES_TEMPLATED + TILES_GROUNDED:
                first, second = self.grounded((first, second), rng)
            else:
                second = np.asarray(cv2.resize(second, (first.shape[1], first.shape[0])), np.uint8)
        try:
            name, edited = self.edited(first, rng)
        except (ValueError, cv2.error):
            return
        look = Look(edited.picture, nothing)
        if edited.matrix is None or name.startswith(COVERING) or look.flat:
            return
        matrix = jittered(in_fractions(edited), rng)
        right, wrong = (tiled(look, shrunk(one), matrix, False) for one in (first, second))
        # A thumbnail's size depends on its bytes: two of one picture's size may be cut into more or fewer tiles.
        places = np.flatnonzero(textured(right) & differ(right, wrong)) if len(right) == len(wrong) > 0 else []
        for place in rng.permutation(places)[:TILES]:
            for patch, copy in ((right[place], True), (wrong[place], False)):
                yield patch, {"source": number, "family": name, "copy": copy, "by": "tile"}


def templated(count: int, rng: np.random.Generator) -> list[RGB]:
    """Pictures of one template in one style, with other contents."""
    template = composed if rng.random() < COMPOSED else TEMPLATES[int(rng.integers(len(TEMPLATES)))]
    style = int(rng.integers(2**32))
    return [template(np.random.default_rng(style), rng) for _ in range(count)]


def shrunk(picture: RGB) -> Thumb:
    """What is stored of a picture to look at, and nothing else of it."""
    return Thumb(StoredSegment(0, {}, {}, {"thumbnail": describe.thumbnail(picture)}))


def differ(tiles: np.ndarray, others: np.ndarray) -> np.ndarray:
    """Where the references of two rows of tiles (uint8, n) differ in more than little, bool (n,)."""
    apart = np.abs(tiles[:, 0].astype(np.int16) - others[:, 0]) > DIFFERENT[0]
    return np.asarray(apart.mean((1, 2)) > DIFFERENT[1], bool)


class Stored:
    """A work as verification gets it from the index."""

    def __init__(self, picture: RGB) -> None:
        described, _ = describe.described(picture, nothing, {})
        self.segment = StoredSegment(0, described.place, described.entries, described.evidence)
        self.thumb = Thumb(self.segment)

    def aligned(self, look: Look) -> Alignment | None:
        """What verification makes of the pair, with what the hashes guess."""
        guesses = [Guess(look.box, 0)]
        bits = hashes.distance(look.pdq[0], self.segment.entries[describe.PDQ][0])
        if bits.min() < 256 * (1 - GUESSED_FROM[describe.PDQ]):
            guesses.append(Guess(look.box, int(bits.argmin())))
        bits = hashes.distance(look.outline_hash, self.segment.entries[describe.OUTLINES][0])
        if bits.min() < 256 * (1 - GUESSED_FROM[describe.OUTLINES]):
            variant = int(bits.argmin())
            kind = "outlines" if variant < hashes.TURNS else "ink"
            guesses.append(Guess(look.box, variant % hashes.TURNS, kind))  # type: ignore[arg-type]
        return align(look, self.segment, [(False, False), (True, False)], list(dict.fromkeys(guesses)), unsure)


def nothing(_: list[np.ndarray]) -> np.ndarray:
    """Stands for the encoder, which verification does not ask."""
    return np.zeros((1, 256), np.float32)


def unsure(patches: np.ndarray) -> np.ndarray:
    """Stands for the pair network, which is not trained yet."""
    return np.zeros(len(patches), np.float32)


def in_fractions(edited: Edited) -> np.ndarray:
    """The true transform between fractions of longer sides."""
    assert edited.matrix is not None
    there, here = max(edited.reference_size), max(edited.size)
    return np.asarray(np.diag([1 / here, 1 / here, 1]) @ edited.matrix @ np.diag([there, there, 1]))


def jittered(matrix: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """The transform with the corners of the reference moved a little, by up to some hundredths."""
    square = np.array([[0, 0], [1, 0], [1, 1], [0, 1]], np.float32)
    moved = square + rng.normal(0, rng.choice([0.003, 0.01, 0.02]), (4, 2)).astype(np.float32)
    return np.asarray(matrix @ cv2.getPerspectiveTransform(square, moved))


def right(found: Alignment, truth: np.ndarray | None, look: Look, stored: Stored) -> bool:
    """Whether an alignment is the true one, where what both show is concerned."""
    if truth is None or found.agreement is None:
        return False
    left, top, rightmost, bottom = found.agreement.reference
    box = np.array([[left, top], [rightmost, top], [rightmost, bottom], [left, bottom]])
    apart = np.linalg.norm(geometry.apply(found.matrix, box) - geometry.apply(truth, box), axis=1)
    return bool(apart.max() < RIGHT)


def part(numbers: Sequence[int], near: np.ndarray) -> tuple[np.ndarray, list[dict[str, Any]]]:
    """The pairs of some sources."""
    cv2.setNumThreads(1)
    maker = Maker(near)
    found = [pair for number in numbers for made in (maker.pairs, maker.tiles) for pair in made(number)]
    return np.stack([patch for patch, _ in found]), [notes for _, notes in found]


def neighbours(count: int) -> np.ndarray:
    """The nearest of all training pictures by the shipped encoder, without twins: int64 (n, `NEIGHBOURS`)."""
    encoder = load_image_encoder(threads=count)
    paths = pictures("train")
    vectors, bits = [], []
    for at in range(0, len(paths), 64):
        some = [read(path) for path in paths[at : at + 64]]
        vectors.append(encoder.encode(some))
        bits += [hashes.pdq_variants(hashes.shrunk(one))[0][: hashes.TURNS] for one in some]
    every, variants = np.concatenate(vectors), np.stack(bits)
    near = every @ every.T
    np.fill_diagonal(near, -1)
    found = np.zeros((len(paths), NEIGHBOURS), np.int64)
    for number, row in enumerate(near):
        best = np.argsort(-row)[: 4 * NEIGHBOURS]
        apart = hashes.distance(variants[best], variants[number, 0]).min(1)
        found[number] = best[apart >= TWINS][:NEIGHBOURS]
    return found


def main(arguments: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.images.aligned", description=__doc__)
    parser.add_argument("--sources", type=int, default=6000, metavar="N", help="(default %(default)s)")
    parser.add_argument("--first", type=int, default=0, metavar="N", help="the first of them (default %(default)s)")
    parser.add_argument("--out", type=Path, default=ROOT / "build" / "aligned", help="(default %(default)s)")
    return called(parser, run, arguments)


def run(chosen: argparse.Namespace) -> None:
    chosen.out.mkdir(parents=True, exist_ok=True)
    table = chosen.out / "neighbours.npy"
    if not table.exists():
        np.save(table, neighbours(chosen.processes))
    near = np.load(table)
    order = random("aligned-order").permutation(len(near))[chosen.first : chosen.first + chosen.sources]
    groups = [[int(one) for one in order[at : at + 60]] for at in range(0, len(order), 60)]
    context = multiprocessing.get_context("spawn")
    with ProcessPoolExecutor(chosen.processes, context) as pool:
        for number, (patches, notes) in enumerate(pool.map(part, groups, [near] * len(groups))):
            name = f"{chosen.first:05d}-{number:03d}"
            np.save(chosen.out / f"{name}.npy", patches)
            (chosen.out / f"{name}.json").write_text(json.dumps(notes))
            tell(f"{name}: {len(notes)} pairs, {sum(one['copy'] for one in notes)} of them right")


if __name__ == "__main__":
    raise SystemExit(main())
