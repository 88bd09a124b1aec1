"""The encoder that ships: what it promises to the index and to the checker."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pytest

from simcheck.encoders import ImageEncoder, load_image_encoder
from simcheck.encoders.registry import WEIGHTS

Pictures = list[npt.NDArray[np.uint8]]


@pytest.fixture(scope="module")
def encoder() -> ImageEncoder:
    return load_image_encoder()


def test_it_is_an_image_encoder(encoder: ImageEncoder) -> None:
    """Name, size and identity are what reports and the index rely on."""
    assert isinstance(encoder, ImageEncoder)
    assert encoder.name == "simcheck-image-2"
    assert encoder.dimensions == 256
    name, weights, preparation = encoder.identity.split("/")
    assert name == "simcheck-image-2"
    assert len(weights) == 32
    assert len(preparation) == 16


def test_vectors_have_unit_length(encoder: ImageEncoder, pictures: Pictures) -> None:
    """One float32 row for each picture, of length 1."""
    vectors = encoder.encode(pictures)
    assert vectors.dtype == np.float32
    assert vectors.shape == (len(pictures), 256)
    np.testing.assert_allclose(np.linalg.norm(vectors, axis=1), 1, atol=1e-5)


def test_no_pictures_give_no_rows(encoder: ImageEncoder) -> None:
    """An empty batch is an empty array with the right width."""
    assert encoder.encode([]).shape == (0, 256)


def test_a_batch_equals_its_pictures_one_by_one(encoder: ImageEncoder, pictures: Pictures) -> None:
    """More than one run's worth of pictures, so that the chunks are tried too."""
    many = pictures * 5
    single = np.concatenate([encoder.encode([picture]) for picture in many])
    np.testing.assert_allclose(encoder.encode(many), single, atol=1e-5)


def test_equal_pictures_give_equal_vectors(encoder: ImageEncoder, pictures: Pictures) -> None:
    """Two encoders, also with another number of threads, agree; the pictures are left alone."""
    before = [picture.copy() for picture in pictures]
    first = encoder.encode(pictures)
    np.testing.assert_array_equal(first, encoder.encode(pictures))
    np.testing.assert_allclose(first, load_image_encoder(threads=2).encode(pictures), atol=1e-5)
    for picture, copy in zip(pictures, before, strict=True):
        np.testing.assert_array_equal(picture, copy)


def test_a_copy_is_nearer_than_a_stranger(encoder: ImageEncoder, pictures: Pictures) -> None:
    """A mirrored, darker copy is still the nearest."""
    copy = (pictures[0][:, ::-1] * 0.7).astype(np.uint8)
    cosine = encoder.encode([copy]) @ encoder.encode(pictures).T
    assert cosine.argmax() == 0


@pytest.mark.parametrize("shape", [(4, 4), (4, 4, 4), (0, 4, 3)])
def test_what_is_no_picture_is_refused(encoder: ImageEncoder, shape: tuple[int, ...]) -> None:
    """Grey, four-channel and empty arrays are a mistake of the caller, and the sentence says which shape came."""
    with pytest.raises(ValueError, match=r"uint8, \(h, w, 3\)"):
        encoder.encode([np.zeros(shape, np.uint8)])


def test_loading_and_encoding_import_no_torch() -> None:
    """`check` must start fast: torch alone takes seconds."""
    code = (
        "import sys, numpy, simcheck.encoders as e; "
        "e.load_image_encoder().encode([numpy.zeros((9, 9, 3), 'uint8')]); "
        "print([m for m in ('torch', 'sentence_transformers', 'onnx') if m in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


def test_the_package_stays_small() -> None:
    """At most 12 MB of weights, with a model card beside them."""
    assert (WEIGHTS / "simcheck-image-2.onnx").stat().st_size <= 12_000_000
    assert Path(WEIGHTS / "simcheck-image-2.md").read_text(encoding="utf-8").startswith("# simcheck-image-2")
