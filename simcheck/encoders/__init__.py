"""Image encoders: pictures to vectors.

>>> encoder = load_image_encoder()            # doctest: +SKIP
>>> encoder.encode([picture]).shape           # doctest: +SKIP
(1, 256)
"""

from simcheck.encoders.base import ImageEncoder, Picture, Vectors
from simcheck.encoders.registry import DEFAULT_IMAGE_ENCODER, load_image_encoder

__all__ = ["DEFAULT_IMAGE_ENCODER", "ImageEncoder", "Picture", "Vectors", "load_image_encoder"]
