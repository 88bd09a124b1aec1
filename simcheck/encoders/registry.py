"""From the encoder's name in the settings to the encoder."""

from __future__ import annotations

from pathlib import Path

from simcheck.encoders.base import ImageEncoder
from simcheck.encoders.onnx import OnnxEncoder
from simcheck.encoders.preparation import read_model_file
from simcheck.errors import ModelError

DEFAULT_IMAGE_ENCODER = "simcheck-image-1"
WEIGHTS = Path(__file__).parent / "weights"


def load_image_encoder(spec: str = DEFAULT_IMAGE_ENCODER, threads: int = 1) -> ImageEncoder:
    """Load ``simcheck-image-1`` (ships with simcheck), ``onnx:PATH`` or ``st:NAME``.

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


def _onnx(weights: Path, threads: int) -> OnnxEncoder:
    if not weights.is_file():
        raise ModelError(f"The weights {weights} are missing: install simcheck again or correct the path.")
    return OnnxEncoder(weights, read_model_file(weights.with_suffix(".toml")), threads)
