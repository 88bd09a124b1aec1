"""Encoders: pictures and sentences to vectors.

>>> encoder = load_image_encoder()            # doctest: +SKIP
>>> encoder.encode([picture]).shape           # doctest: +SKIP
(1, 256)
"""

from simcheck.encoders.base import ImageEncoder, Picture, TextEncoder, Vectors
from simcheck.encoders.registry import (
    DEFAULT_IMAGE_ENCODER,
    DEFAULT_TEXT_ENCODER,
    load_image_encoder,
    load_text_encoder,
)

__all__ = [
    "DEFAULT_IMAGE_ENCODER",
    "DEFAULT_TEXT_ENCODER",
    "ImageEncoder",
    "Picture",
    "TextEncoder",
    "Vectors",
    "load_image_encoder",
    "load_text_encoder",
]
