"""Rows of lanes as the catalogue keeps them: checked when they come in, packed to bytes, checked when they are read."""

from __future__ import annotations

import zlib
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from simcheck.errors import IndexDamagedError, UsageError
from simcheck.index.base import LaneSpec, Rows

UNIT_TOLERANCE = 1e-3
"""How far a vector's length may be from 1: a half-precision encoder is inside, a forgotten division is not."""

_DTYPES: dict[str, np.dtype[np.generic]] = {
    "dense": np.dtype("<f4"),
    "binary": np.dtype("u1"),
    "local": np.dtype("u1"),
    "postings": np.dtype("<u8"),
}


def width(spec: LaneSpec) -> int:
    """Numbers in one row of the lane."""
    return {"dense": spec.size, "binary": spec.size // 8, "local": spec.size, "postings": 2}[spec.structure]


def checked(spec: LaneSpec, rows: Rows, whose: str) -> Rows:
    """The rows as the lane needs them. Raises UsageError, naming ``whose`` rows they are, where they cannot be."""
    rows = shaped(spec, rows, whose)
    check_values(spec, [rows], [whose])
    return rows


def shaped(spec: LaneSpec, rows: Rows, whose: str) -> Rows:
    """The rows in the lane's type and in order in memory. Raises UsageError for another shape or type."""
    rows = np.asarray(rows)
    wanted = _DTYPES[spec.structure]
    if rows.ndim != 2 or rows.shape[1] != width(spec):
        raise UsageError(
            f"{whose}: rows for the lane {spec.name} must have the shape (n, {width(spec)}), not {rows.shape}"
        )
    if spec.structure == "dense" and rows.dtype.kind == "f":
        rows = rows.astype(wanted, copy=False)
    if rows.dtype != wanted:
        raise UsageError(f"{whose}: rows for the lane {spec.name} must be {wanted.name}, not {rows.dtype}")
    return np.ascontiguousarray(rows)


def check_values(spec: LaneSpec, parts: Sequence[Rows], whose: Sequence[str]) -> None:
    """Raises UsageError unless every vector of a dense lane is finite and of unit length."""
    if spec.structure != "dense" or not any(len(rows) for rows in parts):
        return
    rows = parts[0] if len(parts) == 1 else np.concatenate(parts)
    lengths = np.sqrt(np.einsum("ij,ij->i", rows, rows, dtype=np.float64))
    off = np.abs(lengths - 1)
    worst = int(np.where(np.isfinite(off), off, np.inf).argmax())
    if off[worst] <= UNIT_TOLERANCE:
        return
    name = whose[int(np.searchsorted(np.cumsum([len(one) for one in parts]), worst, side="right"))]
    if not np.isfinite(off[worst]):
        raise UsageError(f"{name}: a vector for the lane {spec.name} holds a number that is not finite")
    raise UsageError(f"{name}: a vector for the lane {spec.name} has the length {lengths[worst]:.4g}, not 1")


def packed(rows: Rows) -> tuple[bytes, int]:
    """Bytes and their CRC-32. Postings, which are many, are packed: differences from row to row, byte by byte of equal
    worth, deflated; rows sorted by token take the least."""
    data = rows.tobytes() if rows.dtype != _DTYPES["postings"] else zlib.compress(_planes(rows), 6)
    return data, zlib.crc32(data)


def _planes(rows: Rows) -> bytes:
    steps = np.diff(rows, axis=0, prepend=np.zeros((1, rows.shape[1]), rows.dtype))
    return np.ascontiguousarray(steps.view("u1").reshape(len(rows), rows.shape[1] * 8).T).tobytes()


def _from_planes(data: bytes, numbers: int) -> Rows:
    planes = np.frombuffer(data, "u1").reshape(numbers * 8, -1)
    steps = np.ascontiguousarray(planes.T).view("<u8")
    return np.cumsum(steps, axis=0, dtype="<u8")


@dataclass(frozen=True)
class Block:
    """Rows of some segments, in order. ``keys`` and ``works``: int64, one for each row."""

    keys: np.ndarray
    works: np.ndarray
    rows: Rows


def unpacked(
    spec: LaneSpec, segments: Sequence[int], works: Sequence[int], data: Sequence[bytes], crcs: Sequence[int]
) -> Block:
    """The rows of some segments from the catalogue's bytes, read-only. Raises IndexDamagedError where they are not what
    was stored."""
    try:
        rows, counts = read(spec, data, crcs)
    except DamagedRowsError as error:
        raise IndexDamagedError(
            f"the rows of segment {segments[error.at]} in the lane {spec.name} are damaged ({error}); "
            "`simcheck index verify` lists what is, put back a backup or remove those works and add them again"
        ) from error
    return Block(np.repeat(np.array(segments, np.int64), counts), np.repeat(np.array(works, np.int64), counts), rows)


class DamagedRowsError(ValueError):
    """The bytes at the place ``at`` of those given are not what was stored; the sentence says why."""

    def __init__(self, at: int, why: str) -> None:
        super().__init__(why)
        self.at = at


def read(spec: LaneSpec, data: Sequence[bytes], crcs: Sequence[int]) -> tuple[Rows, np.ndarray]:
    """The rows of some segments one after the other, read-only, and how many each has. Raises DamagedRowsError."""
    if (found := list(map(zlib.crc32, data))) != list(crcs):
        raise DamagedRowsError(int(np.not_equal(found, crcs).argmax()), "its bytes have changed")
    if spec.structure == "postings":
        parts = [_planes_read(spec, one, at) for at, one in enumerate(data)]
        rows, counts = np.concatenate(parts), np.array([len(part) for part in parts])
        rows.flags.writeable = False
        return rows, counts
    counts, over = np.divmod([len(one) for one in data], width(spec) * _DTYPES[spec.structure].itemsize)
    if over.any():
        raise DamagedRowsError(int(over.argmax()), "it is not a whole number of rows")
    return np.frombuffer(b"".join(data), _DTYPES[spec.structure]).reshape(-1, width(spec)), counts


def _planes_read(spec: LaneSpec, data: bytes, at: int) -> Rows:
    try:
        return _from_planes(zlib.decompress(data), width(spec))
    except (zlib.error, ValueError) as error:
        raise DamagedRowsError(at, "its bytes cannot be unpacked") from error
