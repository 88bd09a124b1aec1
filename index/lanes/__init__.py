"""Search structures. One file a structure; each is imported when a lane of it is first searched."""

from __future__ import annotations

import os
from importlib import import_module
from typing import cast

from simcheck.index.lanes.base import Lane

# Read by OpenMP when FAISS is loaded: threads that have nothing to do sleep, instead of keeping cores from others.
os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")

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
