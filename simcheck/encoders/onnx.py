"""Encoders that run in onnxruntime; nothing else is imported, torch least of all."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import onnxruntime

from simcheck.encoders.base import Picture, Vectors, unit_length
from simcheck.encoders.preparation import ModelFile
from simcheck.errors import ModelError

_MOST_AT_ONCE = 16
"""Pictures in one run: more brings no speed on a CPU, only memory."""


class OnnxEncoder:
    """An ONNX file with its preparation. Safe to use from several threads; open a new one after a fork.

    ``threads`` is how many cores one call may use; 0 leaves it to onnxruntime (all of them).
    """

    def __init__(self, weights: Path, facts: ModelFile, threads: int = 1) -> None:
        data, checksum = read_weights(weights, facts.name, facts.sha256)
        self._preparation = facts.preparation
        self._name = facts.name
        self._identity = f"{facts.name}/{checksum[:32]}/{facts.preparation.checksum[:16]}"
        self._session = open_session(data, weights, facts.name, threads)
        self._output = _output_name(self._session, facts, weights)
        first = self._session.get_inputs()[0]
        self._input = first.name
        self._at_once = first.shape[0] if isinstance(first.shape[0], int) else _MOST_AT_ONCE
        self._dimensions = 0
        self._dimensions = self.encode([np.zeros((8, 8, 3), np.uint8)]).shape[1]

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
        parts = [self._run(pictures[at : at + self._at_once]) for at in range(0, len(pictures), self._at_once)]
        return np.concatenate(parts) if parts else np.zeros((0, self._dimensions), np.float32)

    def _run(self, pictures: Sequence[Picture]) -> Vectors:
        batch = self._preparation.apply(pictures)
        missing = self._at_once - len(batch)
        if self._at_once != _MOST_AT_ONCE and missing:  # the file fixes its batch: fill it up
            batch = np.concatenate([batch, np.repeat(batch[-1:], missing, axis=0)])
        try:
            (raw,) = self._session.run([self._output], {self._input: batch})
        except Exception as fault:
            raise ModelError(f"The encoder {self._name} failed: {_first_line(fault)}") from fault
        if raw.ndim != 2 or len(raw) != len(batch) or not np.isfinite(raw).all():
            raise ModelError(
                f"The encoder {self._name} gave {raw.shape} for {len(batch)} pictures, or no finite numbers; "
                "wanted is one vector for each."
            )
        return unit_length(raw[: len(pictures)])


def read_weights(weights: Path, name: str, expected: str | None) -> tuple[bytes, str]:
    """The bytes of a file of weights, and their SHA-256 in hexadecimal digits. Raises ModelError where they cannot be
    read or have another checksum than the expected one (None: any)."""
    try:
        data = weights.read_bytes()
    except OSError as fault:
        raise ModelError(
            f"The weights {weights} of {name} cannot be read ({fault.strerror}): install the file again."
        ) from fault
    checksum = hashlib.sha256(data).hexdigest()
    if expected is not None and expected.lower() != checksum:
        raise ModelError(
            f"The weights {weights} of {name} are damaged or were exchanged: their SHA-256 is {checksum[:16]}…, "
            f"expected is {expected[:16]}…. Install the file again."
        )
    return data, checksum


def open_session(data: bytes, weights: Path, name: str, threads: int) -> onnxruntime.InferenceSession:
    """A session of the bytes of ``weights`` on the processor. Raises ModelError where they are no ONNX model."""
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = threads
    options.inter_op_num_threads = 1
    options.log_severity_level = 4
    # Threads that wait must sleep: a service runs several encoders and decoders beside each other.
    options.add_session_config_entry("session.intra_op.allow_spinning", "0")
    try:
        return onnxruntime.InferenceSession(data, options, providers=["CPUExecutionProvider"])
    except Exception as fault:  # onnxruntime's exceptions share no base class
        raise ModelError(f"The weights {weights} of {name} are no ONNX model: {_first_line(fault)}") from fault


def _output_name(session: onnxruntime.InferenceSession, facts: ModelFile, weights: Path) -> str:
    names = [output.name for output in session.get_outputs()]
    wanted = facts.output or names[0]
    if wanted not in names:
        raise ModelError(f"{weights} has no output named {wanted!r}; it has {', '.join(names)}.")
    return str(wanted)


def _first_line(fault: Exception) -> str:
    return (str(fault).strip().splitlines() or [type(fault).__name__])[0]
