"""The kinds of media that are built in."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from simcheck.kinds.base import Kind
    from simcheck.reference import KindName
    from simcheck.settings import Settings


def load_kinds(settings: Settings) -> dict[KindName, Kind]:
    """The kinds by name. Imports their libraries (OpenCV, FAISS, onnxruntime), so it is called where work begins."""
    from simcheck.kinds.image.kind import ImageKind
    from simcheck.kinds.text.kind import TextKind

    kinds: list[Kind] = [ImageKind(settings.encoder), TextKind(settings.sentences)]
    return {kind.name: kind for kind in kinds}
