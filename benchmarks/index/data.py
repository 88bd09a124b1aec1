"""Vectors as they really are: embeddings of real pictures, and of real edits of some of them.

More than there are pictures are made by perturbation: a stored vector is turned by a random angle towards another real
one and a little at random, so that copies cluster as real data does and fill the directions that real data fills.
"""

from __future__ import annotations

import hashlib
import io
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from PIL import Image, ImageEnhance, ImageFilter

from simcheck.encoders.base import ImageEncoder
from simcheck.encoders.registry import load_image_encoder
from simcheck.index.lanes import codebook
from simcheck.kinds.image import features
from simcheck.kinds.image.describe import REFERENCE_COUNT, REFERENCE_SIDE
from simcheck.kinds.image.look import Look

ROOT = Path(__file__).resolve().parents[2]
PICTURES = ROOT.parent / "shared" / "data" / "images" / "train"
CACHE = ROOT / "build" / "index-benchmark"
EDITED, EDITS = 400, 9
PROBED = 200


@dataclass(frozen=True)
class Real:
    """What was measured on real pictures. ``plain`` float32 (n, 256): their embeddings; ``edited`` (m, 256): those of
    edits; ``owners`` (m,): the picture each edit was made from. ``codes`` uint8 (f, 22): rows of the local lane, the
    ``counts`` (n,) of each picture one after the other. ``probes``: float32 (q, 132), the features of edits as a check
    looks for them in one orientation and mirrored, each with its picture."""

    plain: np.ndarray
    edited: np.ndarray
    owners: np.ndarray
    codes: np.ndarray
    counts: np.ndarray
    probes: list[tuple[int, np.ndarray, np.ndarray]]


def real(count: int = 4000) -> Real:
    """Cached in ``build``, by what makes the rows."""
    encoder = load_image_encoder(threads=1)
    version = hashlib.sha256(f"{encoder.identity} {codebook.load().version} {count}".encode()).hexdigest()[:12]
    file = CACHE / f"real-{version}.npz"
    if not file.exists():
        CACHE.mkdir(parents=True, exist_ok=True)
        np.savez(file, **_looked_at(count, encoder))
    with np.load(file) as kept:
        probes = [
            (int(owner), kept[f"probe-{number}"], kept[f"mirrored-{number}"])
            for number, owner in enumerate(kept["probed"])
        ]
        return Real(*(kept[name] for name in ("plain", "edited", "owners", "codes", "counts")), probes)


def _looked_at(count: int, encoder: ImageEncoder) -> dict[str, np.ndarray]:
    paths = sorted(PICTURES.iterdir())[:count]
    if not paths:
        raise SystemExit(f"{PICTURES} is missing: these figures need its pictures")
    plain, edited, owners, codes, probed = [], [], [], [], []
    out: dict[str, np.ndarray] = {}
    for number, path in enumerate(paths):
        with Image.open(path) as opened:
            picture = opened.convert("RGB")
        picture.thumbnail((800, 800))
        grey = np.asarray(picture.convert("L"))
        codes.append(codebook.encode(features.extract(features.scaled(grey, REFERENCE_SIDE), REFERENCE_COUNT)))
        if number < PROBED:
            look = Look(np.asarray(list(edits(picture))[number % EDITS]), encoder.encode)
            out[f"probe-{number}"], out[f"mirrored-{number}"] = look.probe((False, False)), look.probe((True, False))
            probed.append(number)
        picture.thumbnail((320, 320))
        plain.append(encoder.encode([np.asarray(picture)])[0])
        if number < EDITED:
            for edit in edits(picture):
                edited.append(encoder.encode([np.asarray(edit)])[0])
                owners.append(number)
    counts = np.array([len(one) for one in codes])
    return out | {
        "plain": np.stack(plain),
        "edited": np.stack(edited),
        "owners": np.array(owners),
        "codes": np.concatenate(codes),
        "counts": counts,
        "probed": np.array(probed),
    }


def edits(picture: Image.Image) -> Iterator[Image.Image]:
    """Recompressed, cropped, turned a little, mirrored, graded, blurred, small, with a stripe of text's height."""
    wide, high = picture.size
    coded = io.BytesIO()
    picture.save(coded, "JPEG", quality=20)
    yield Image.open(coded).convert("RGB")
    yield picture.crop((wide // 8, high // 8, wide * 7 // 8, high * 7 // 8))
    yield picture.crop((wide // 4, high // 5, wide, high))
    yield picture.rotate(8, expand=False)
    yield picture.transpose(Image.Transpose.FLIP_LEFT_RIGHT)
    yield ImageEnhance.Brightness(ImageEnhance.Color(picture).enhance(1.8)).enhance(0.75)
    yield picture.filter(ImageFilter.GaussianBlur(3))
    yield picture.resize((96, 96))
    striped = picture.copy()
    striped.paste((250, 250, 250), (0, high * 4 // 5, wide, high * 19 // 20))
    yield striped


def grown(plain: np.ndarray, count: int, seed: int = 0) -> Iterator[np.ndarray]:
    """Blocks of unit vectors, ``count`` in all: the real ones first, then perturbed copies of them."""
    rng = np.random.default_rng(seed)
    yield plain[:count]
    left = count - len(plain)
    while left > 0:
        size = min(left, 20_000)
        one, other = plain[rng.integers(0, len(plain), (2, size))]
        share = rng.uniform(0.2, 1.2, (size, 1)).astype(np.float32)
        noise = rng.standard_normal((size, plain.shape[1])).astype(np.float32) * 0.02
        rows = one + share * other + noise
        yield (rows / np.linalg.norm(rows, axis=1, keepdims=True)).astype(np.float32)
        left -= size


def pictures(looked_at: Real, count: int, seed: int = 0) -> Iterator[tuple[np.ndarray, np.ndarray]]:
    """Rows of the local lane, and how many each picture has, for ``count`` pictures, some thousand at a time: the real
    ones first, then made ones. A made picture has the number of features of a real one; each feature is one of any real
    picture with half of its code's bytes from another of the same cell, so that cells are as full as they really are,
    and neighbours are about as near."""
    rng = np.random.default_rng(seed)
    first = looked_at.counts[:count]
    yield looked_at.codes[: first.sum()], first
    cell = looked_at.codes[:, 0].astype(np.int64) | looked_at.codes[:, 1].astype(np.int64) << 8
    order = np.argsort(cell, kind="stable")
    ends = np.cumsum(np.bincount(cell, minlength=codebook.CELLS))
    begins = ends - np.bincount(cell, minlength=codebook.CELLS)
    left = count - len(looked_at.counts)
    while left > 0:
        counts = rng.choice(looked_at.counts, min(left, 2000))
        one = rng.integers(0, len(order), counts.sum())
        in_cell = cell[one]
        other = order[begins[in_cell] + (rng.random(len(one)) * (ends - begins)[in_cell]).astype(np.int64)]
        rows = looked_at.codes[one].copy()
        mixed = np.zeros((len(one), codebook.ROW), bool)
        mixed[:, 2 : codebook.CODE] = rng.random((len(one), codebook.PARTS)) < 0.5
        np.copyto(rows, looked_at.codes[other], where=mixed)
        rows[:, codebook.CODE :] = (
            codebook.pack(
                np.stack(
                    [*rng.random((2, len(one))), 2 ** rng.uniform(-7, -3, len(one)), rng.uniform(0, 360, len(one))], 1
                )
            )
            .astype("<u4")
            .view(np.uint8)
            .reshape(-1, 4)
        )
        yield rows, counts
        left -= len(counts)
