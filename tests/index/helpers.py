"""Small works of random numbers, and how an index is opened for tests."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from simcheck.index import LaneSpec, NewReference, Segment, open_index
from simcheck.index.embedded import EmbeddedIndex

DENSE = LaneSpec("vectors", "dense", 16, "encoder-1")
BINARY = LaneSpec("hashes", "binary", 64, "hash-1")
POSTINGS = LaneSpec("tokens", "postings", 64, "words-1")
LANES = (DENSE, BINARY, POSTINGS)


def unit(rng: np.random.Generator, n: int, size: int = DENSE.size) -> np.ndarray:
    rows = rng.standard_normal((n, size)).astype(np.float32)
    return rows / np.linalg.norm(rows, axis=1, keepdims=True)


def codes(rng: np.random.Generator, n: int, size: int = BINARY.size) -> np.ndarray:
    return rng.integers(0, 256, (n, size // 8), dtype=np.uint8)


def digest(name: str) -> str:
    return hashlib.sha256(name.encode()).hexdigest()


def work(name: str, *segments: Mapping[str, np.ndarray], **more: Any) -> NewReference:
    """A picture whose bytes are its name. Each segment has a thumbnail that says which it is."""
    return NewReference(
        name=name,
        kind=more.pop("kind", "image"),
        sha256=digest(name),
        bytes=len(name),
        segments=[
            Segment(entries, {"thumbnail": f"thumbnail {i} of {name}".encode()}) for i, entries in enumerate(segments)
        ],
        **more,
    )


def vector_work(rng: np.random.Generator, name: str, rows: int = 1, **more: Any) -> NewReference:
    return work(name, *({DENSE.name: unit(rng, 1)} for _ in range(rows)), **more)


def opened(folder: Path, lanes: Sequence[LaneSpec] = LANES, **more: Any) -> EmbeddedIndex:
    return open_index(folder, lanes, create=True, **more)


def report(check_id: str, *matches: dict[str, Any], sha256: str = "ab" * 32, **more: Any) -> dict[str, Any]:
    """A REPORT as the checker hands it over."""
    return {
        "schema": "simcheck.report/1",
        "id": check_id,
        "checked_at": "2026-11-23T00:00:00Z",
        "elapsed_ms": 5,
        "output": {"path": "out/a.png", "sha256": sha256, "bytes": 3, "kind": "image"},
        "decision": "block" if matches else "pass",
        "reason": "Nothing alike is registered.",
        "score": 0.9 if matches else 0.0,
        "matches": list(matches),
        "index": {"revision": 1, "references": 1},
        "policy": {"name": "default", "version": 1, "hash": "sha256:00"},
        "models": {},
        "error": None,
        **more,
    }
