"""How parent and child talk over two pipes: a frame is a length (4 bytes, big endian), a JSON object of that length,
then as many raw bytes as the object announces. No pickle: what a subverted child sends is only ever numbers and text.

Request: ``{"decoder": "module:function", "bytes": n, "limits": {...}}`` and the file.
Reply: ``{"facts", "notes", "arrays": [{"name", "dtype", "shape"}]}`` and the arrays' bytes in that order, C-contiguous,
or ``{"error": {"code", "message"}}``. A child that is up first says ``{"ready": true}``.
"""

from __future__ import annotations

import json
import math
import re
from collections.abc import Mapping
from typing import Any, get_args

import numpy as np

from simcheck.decode.limits import Limits
from simcheck.errors import MediaFault

MAX_HEADER = 1024 * 1024
LENGTH = 4
_DTYPES = frozenset({"|u1", "<i2", "<i4", "<f4"})
_NAME = re.compile(r"[a-z]+(/[0-9]{1,6})?")
_MAX_ARRAYS = 10_000


class ProtocolError(Exception):
    """The other side said something that has no meaning here."""


def pack(header: Mapping[str, Any]) -> bytes:
    """The length and the JSON object. Raises ProtocolError above 1 MiB."""
    body = json.dumps(header, allow_nan=False).encode()
    if len(body) > MAX_HEADER:
        raise ProtocolError(f"a header of {len(body)} bytes is too long")
    return len(body).to_bytes(LENGTH, "big") + body


def header_length(prefix: bytes) -> int:
    """Bytes of the JSON object that follows."""
    length = int.from_bytes(prefix, "big")
    if not 0 < length <= MAX_HEADER:
        raise ProtocolError(f"a header of {length} bytes was announced")
    return length


def unpack(body: bytes) -> dict[str, Any]:
    """The JSON object of a frame."""
    try:
        header = json.loads(body)
    except (ValueError, RecursionError) as error:
        raise ProtocolError("a header is no JSON") from error
    if not isinstance(header, dict):
        raise ProtocolError("a header is no JSON object")
    return header


def fault(header: Mapping[str, Any]) -> tuple[MediaFault, str] | None:
    """The error a reply carries, if any; its sentence without control characters and at most 300 characters."""
    error = header.get("error")
    if error is None:
        return None
    if not isinstance(error, dict) or error.get("code") not in get_args(MediaFault):
        raise ProtocolError("an error has an unknown code")
    message = "".join(c if c.isprintable() else " " for c in str(error.get("message", "")))
    return error["code"], message[:300]


def plan(header: Mapping[str, Any], limits: Limits) -> list[tuple[str, np.dtype[Any], tuple[int, ...]]]:
    """The arrays that follow a reply, in order, after checking every number: names, types, shapes, bytes in all."""
    listed = header.get("arrays")
    if not isinstance(listed, list) or len(listed) > _MAX_ARRAYS:
        raise ProtocolError("the list of arrays is missing or too long")
    found: dict[str, tuple[str, np.dtype[Any], tuple[int, ...]]] = {}
    total = 0
    for entry in listed:
        if not isinstance(entry, dict):
            raise ProtocolError("an array is announced by something else than an object")
        name, code, shape = entry.get("name"), entry.get("dtype"), entry.get("shape")
        if not isinstance(name, str) or not _NAME.fullmatch(name) or name in found:
            raise ProtocolError("an array has an impossible name, or one that was there before")
        if code not in _DTYPES or not isinstance(shape, list) or not 1 <= len(shape) <= 4:
            raise ProtocolError(f"array {name} has an unknown type or shape")
        if any(type(side) is not int or side <= 0 for side in shape):
            raise ProtocolError(f"array {name} has an impossible side")
        dtype = np.dtype(code)
        total += math.prod(shape) * dtype.itemsize
        if total > limits.max_array_bytes:
            raise ProtocolError("the arrays are larger than agreed")
        found[name] = (name, dtype, tuple(shape))
    return list(found.values())


def statements(header: Mapping[str, Any]) -> tuple[dict[str, Any], tuple[str, ...]]:
    """Facts and notes of a reply: JSON values under short names, and sentences."""
    facts, notes = header.get("facts"), header.get("notes")
    if not isinstance(facts, dict) or not all(len(key) <= 40 for key in facts):
        raise ProtocolError("the facts are missing")
    if not isinstance(notes, list) or not all(isinstance(note, str) and len(note) <= 300 for note in notes):
        raise ProtocolError("the notes are missing")
    return facts, tuple("".join(c if c.isprintable() else " " for c in note) for note in notes)


def check_picture(facts: Mapping[str, Any], arrays: Mapping[str, np.ndarray], limits: Limits) -> None:
    """What a picture's decoder may say: whole positive numbers, and frames of uint8 RGB no larger than agreed."""
    for name in ("width", "height", "frames"):
        if type(facts.get(name)) is not int or not 0 < facts[name] <= 2**31:
            raise ProtocolError(f"{name} is no size")
    if sorted(arrays) != sorted(f"frame/{number}" for number in range(len(arrays))) or not arrays:
        raise ProtocolError("the frames are not numbered from 0")
    for frame in arrays.values():
        if frame.dtype != np.uint8 or frame.ndim != 3 or frame.shape[2] != 3:
            raise ProtocolError("a frame is no RGB picture")
        if max(frame.shape[:2]) > limits.working_side:
            raise ProtocolError("a frame is larger than agreed")
