"""Models of sentence-transformers, for pictures (``st:clip-ViT-B-32``) and for sentences
(``st:paraphrase-multilingual-MiniLM-L12-v2``), imported only when asked for: they bring torch."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from typing import Any

import numpy as np
from PIL import Image

from simcheck.encoders.base import Picture, Vectors, unit_length
from simcheck.errors import ModelError


class SentenceEncoder:
    """A sentence-transformers image model by name or folder; a name may be fetched from the hub, once."""

    def __init__(self, model_name: str, threads: int = 1) -> None:
        self._name = f"st:{model_name}"
        self._model = _load(model_name, threads)
        try:
            self._dimensions = int(self._embed([np.zeros((8, 8, 3), np.uint8)]).shape[1])
        except Exception as fault:  # a model for texts fails in as many ways as there are models
            raise ModelError(f"The model {model_name!r} does not take pictures: {fault}") from fault
        self._identity = f"{self._name}/{_checksum(self._model)[:32]}/own-preparation"

    @property
    def name(self) -> str:
        return self._name

    @property
    def dimensions(self) -> int:
        return self._dimensions

    @property
    def identity(self) -> str:
        return self._identity

    def encode(self, pictures: Sequence[Picture]) -> Vectors:
        """See :class:`simcheck.encoders.base.ImageEncoder`."""
        if not len(pictures):
            return np.zeros((0, self._dimensions), np.float32)
        return self._embed(pictures)

    def _embed(self, pictures: Sequence[Picture]) -> Vectors:
        images = [Image.fromarray(picture) for picture in pictures]
        return unit_length(np.asarray(self._model.encode(images, batch_size=16, show_progress_bar=False)))


TRANSLATED = (
    ("The old man walked slowly down to the harbour.", "Le vieil homme descendit lentement vers le port."),
    ("We have not received your payment yet.", "Wir haben Ihre Zahlung noch nicht erhalten."),
    ("She closed the window because of the rain.", "Cerró la ventana a causa de la lluvia."),
)
"""Sentences and their translations into French, German and Spanish."""
SAME_MEANING = 0.75
"""A multilingual model puts each of these pairs nearer than this; models of one language stay below 0.5."""


class SentenceTextEncoder:
    """A sentence-transformers model for texts by name or folder, see `simcheck.encoders.base.TextEncoder`; a name may
    be fetched from the hub, once."""

    def __init__(self, model_name: str, threads: int = 1) -> None:
        self.name = f"st:{model_name}"
        self._model = _load(model_name, threads)
        try:
            pairs = self.encode([text for pair in TRANSLATED for text in pair])
        except Exception as fault:  # a model for pictures fails in as many ways as there are models
            raise ModelError(f"The model {model_name!r} does not take texts: {fault}") from fault
        self.dimensions = int(pairs.shape[1])
        self.multilingual = bool(((pairs[::2] * pairs[1::2]).sum(axis=1) > SAME_MEANING).all())
        self.identity = f"{self.name}/{_checksum(self._model)[:32]}/own-preparation"

    def encode(self, texts: Sequence[str]) -> Vectors:
        """float32 (n, d), unit length, one row for each text."""
        if not len(texts):
            return np.zeros((0, self.dimensions), np.float32)
        return unit_length(np.asarray(self._model.encode(list(texts), batch_size=32, show_progress_bar=False)))


def _load(model_name: str, threads: int) -> Any:
    try:
        import torch
        from sentence_transformers import SentenceTransformer
    except ImportError as fault:
        raise ModelError(f"st:{model_name} needs sentence-transformers, which cannot be imported: {fault}.") from fault
    if threads:
        torch.set_num_threads(threads)
    try:
        return SentenceTransformer(model_name)
    except Exception as fault:  # not found, no network, damaged: the library's many exceptions, one of ours
        reason = (str(fault).strip().splitlines() or [type(fault).__name__])[0]
        raise ModelError(
            f"The sentence-transformers model {model_name!r} cannot be loaded: {reason} "
            "Give the folder of a downloaded model where there is no network."
        ) from fault


def _checksum(model: Any) -> str:
    """SHA-256 over names and values of all weights: two models of one name can differ."""
    digest = hashlib.sha256()
    for name, value in sorted(model.state_dict().items()):
        digest.update(name.encode())
        digest.update(np.ascontiguousarray(value.detach().cpu().numpy()).tobytes())
    return digest.hexdigest()
