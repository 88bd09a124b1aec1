"""Local features, hashes and their mirrored and turned twins, on real pictures."""

from __future__ import annotations

import cv2
import imagehash
import numpy as np
import pdqhash
import pytest
from PIL import Image
from skimage import data

from simcheck.kinds.image import features, geometry, hashes

PICTURES = {"cat": data.chelsea, "coffee": data.coffee, "astronaut": data.astronaut}


@pytest.fixture(params=sorted(PICTURES))
def picture(request: pytest.FixtureRequest) -> np.ndarray:
    return hashes.shrunk(np.ascontiguousarray(PICTURES[request.param]()), 400)


def test_mirrored_features_are_those_of_the_mirrored_picture(picture: np.ndarray) -> None:
    """Permuting gives what extracting anew gives: same places, angles, and nearly the same descriptors."""
    grey = cv2.cvtColor(picture, cv2.COLOR_RGB2GRAY)
    twin = features.mirrored(features.extract(grey, 400), grey.shape[1] / max(grey.shape))
    anew = features.extract(np.ascontiguousarray(grey[:, ::-1]), 400)
    near = twin[:, :128] @ anew[:, :128].T
    best = near.argmax(1)
    pixels = np.linalg.norm(twin[:, 128:130] - anew[best, 128:130], axis=1) * max(grey.shape)
    turned = np.abs((twin[:, features.ANGLE] - anew[best, features.ANGLE] + 180) % 360 - 180)
    same = (near.max(1) > 0.97) & (pixels < 1.5) & (turned < 3)
    assert same.mean() > 0.75


def test_mirroring_twice_gives_the_features_back(picture: np.ndarray) -> None:
    rows = features.extract(cv2.cvtColor(picture, cv2.COLOR_RGB2GRAY), 100)
    np.testing.assert_allclose(features.mirrored(features.mirrored(rows, 1.0), 1.0), rows, atol=1e-3)


def test_negated_features_are_those_of_the_inverted_picture(picture: np.ndarray) -> None:
    grey = cv2.cvtColor(picture, cv2.COLOR_RGB2GRAY)
    twin, anew = features.negated(features.extract(grey, 300)), features.extract(255 - grey, 300)
    near = twin[:, :128] @ anew[:, :128].T
    best = near.argmax(1)
    pixels = np.linalg.norm(twin[:, 128:130] - anew[best, 128:130], axis=1) * max(grey.shape)
    turned = np.abs((twin[:, features.ANGLE] - anew[best, features.ANGLE] + 180) % 360 - 180)
    assert ((near.max(1) > 0.99) & (pixels < 0.5) & (turned < 1)).mean() > 0.95


def test_features_have_unit_length_and_lie_in_the_picture(picture: np.ndarray) -> None:
    rows = features.extract(cv2.cvtColor(picture, cv2.COLOR_RGB2GRAY), 256)
    assert rows.shape[1] == features.ROW
    assert 100 < len(rows) <= 256
    np.testing.assert_allclose(np.linalg.norm(rows[:, :128], axis=1), 1, atol=1e-3)
    size = geometry.extent(picture.shape[1], picture.shape[0])
    assert (rows[:, 128:130] >= 0).all()
    assert (rows[:, 128:130] <= np.array(size) + 0.01).all()


def test_nothing_to_see_gives_no_features() -> None:
    assert features.extract(np.full((200, 200), 128, np.uint8), 100).shape == (0, features.ROW)
    assert features.extract(np.zeros((3, 300), np.uint8), 100).shape == (0, features.ROW)


def test_each_part_keeps_its_share_of_the_features() -> None:
    """Noise in one quarter does not take the features of a weak pattern in another."""
    rng = np.random.default_rng(0)
    grey = np.full((400, 400), 128, np.uint8)
    grey[:200, :200] = rng.integers(0, 256, (200, 200))
    weak = cv2.resize(rng.integers(108, 148, (25, 25)).astype(np.uint8), (200, 200), interpolation=cv2.INTER_CUBIC)
    grey[200:, 200:] = weak
    rows = features.extract(grey, 256)
    assert ((rows[:, 128] > 0.5) & (rows[:, 129] > 0.5)).sum() >= 20


def test_phash_is_imagehash(picture: np.ndarray) -> None:
    """Bit for bit for the picture itself, at most two bits for its turns (the resampling's rounding)."""
    variants = hashes.phash_variants(picture)
    for number in range(8):
        turned = Image.fromarray(np.ascontiguousarray(geometry.turned(picture, number)))
        expected = np.packbits(imagehash.phash(turned).hash.ravel())
        assert int(hashes.distance(variants[number], expected)) <= (0 if number == 0 else 2)


def test_pdq_variants_are_the_pdq_of_turned_pictures(picture: np.ndarray) -> None:
    variants, quality = hashes.pdq_variants(picture)
    assert 50 < quality <= 100
    for number in range(8):
        turned = np.ascontiguousarray(geometry.turned(picture, number))
        expected = np.packbits(pdqhash.compute(turned)[0])
        near = hashes.distance(variants[:8], expected)
        assert near.argmin() == number
        assert near.min() <= 24


def test_negatives_have_the_negatives_hashes(picture: np.ndarray) -> None:
    inverted = 255 - picture
    assert int(hashes.distance(hashes.phash_variants(picture)[8], hashes.phash_variants(inverted)[0])) <= 4
    assert int(hashes.distance(hashes.pdq_variants(picture)[0][8], hashes.pdq_variants(inverted)[0][0])) <= 8


def test_a_drawing_keeps_the_outlines_of_its_picture(picture: np.ndarray) -> None:
    """The outline hash of a pencil drawing is nearer to its picture's than to the others' in any turn."""
    soft = cv2.GaussianBlur(cv2.cvtColor(picture, cv2.COLOR_RGB2GRAY), (0, 0), 1.5)
    dark = cv2.divide(soft, cv2.GaussianBlur(soft, (0, 0), 12), scale=250)
    drawing = np.repeat(dark[..., None], 3, 2)
    turned = np.ascontiguousarray(geometry.turned(picture, 6))
    assert int(hashes.distance(hashes.outline_variants(turned)[0], hashes.outline_variants(picture)[6])) <= 30
    own = hashes.distance(hashes.outline_variants(drawing)[0], hashes.outline_variants(picture)[0])
    every = [hashes.outline_variants(hashes.shrunk(one(), 400))[0] for one in PICTURES.values()]
    nearest = sorted(int(hashes.distance(hashes.outline_variants(drawing), one).min()) for one in every)
    assert own <= 92
    assert nearest[0] == own
    assert nearest[1] > 96
