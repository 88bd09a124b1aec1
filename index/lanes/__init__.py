"""Search structures. One file a structure; each is imported when a lane of it is first searched."""

from __future__ import annotations

from importlib import import_module
from typing import cast

from simcheck.index.lanes.base import Lane

_STRUCTURES = {
    "dense": ("simcheck.index.lanes.dense", "DenseLane"),
    "binary": ("simcheck.index.lanes.binary", "BinaryLane"),
    "local": ("simcheck.index.lanes.local", "LocalLane"),
    "postings": ("simcheck.index.lanes.postings", "PostingsLane"),
}


def lane_class(structure: str) -> type[Lane]:
    """The class of a structure, imported now."""
    module, name = _STRUCTURES[structure]
    return cast("type[Lane]", getattr(import_module(module), name))
