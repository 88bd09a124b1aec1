"""The guarded child: reads files from its standard input, decodes them, writes numbers to its standard output.

Started as ``python -I -m simcheck.decode.child MODULE:FUNCTION...`` with the decoders it may be asked for. Before the
first file it gives up what decoding does not need: core dumps, writing to files, opening any more files. For each file
it bounds its memory and its processor time. It ends when its input ends.
"""

from __future__ import annotations

import importlib
import os
import resource
import signal
import sys
from collections.abc import Callable
from typing import BinaryIO, cast

import numpy as np

from simcheck.decode.limits import MIB, Decoded, Limits
from simcheck.decode.protocol import LENGTH, header_length, pack, unpack
from simcheck.errors import MediaError

Decoder = Callable[[bytes, Limits], Decoded]


def main(names: list[str]) -> None:
    """Serve requests until the input ends."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is the parent's to handle; it ends us by closing the pipe
    answers = os.fdopen(os.dup(sys.stdout.fileno()), "wb", buffering=0)
    os.dup2(sys.stderr.fileno(), sys.stdout.fileno())  # a library that prints must not write into an answer
    questions = sys.stdin.buffer
    try:
        decoders = {name: _load(name) for name in names}
    except (ImportError, AttributeError) as error:
        _write(answers, pack({"error": {"code": "internal", "message": f"A decoder cannot be loaded: {error}."}}))
        return
    _give_up_rights()
    _write(answers, pack({"ready": True}))
    while prefix := questions.read(LENGTH):
        request = unpack(questions.read(header_length(prefix)))
        data = questions.read(request["bytes"])
        _answer(answers, decoders[request["decoder"]], data, Limits(**request["limits"]))


def _load(name: str) -> Decoder:
    module, _, function = name.partition(":")
    return cast(Decoder, getattr(importlib.import_module(module), function))


def _give_up_rights() -> None:
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    resource.setrlimit(resource.RLIMIT_FSIZE, (0, 0))
    highest = max(int(name) for name in os.listdir("/dev/fd"))
    resource.setrlimit(resource.RLIMIT_NOFILE, (highest, highest))  # everything needed is open or imported by now


def _bound(limits: Limits) -> None:
    """Memory, and processor time from now: the latter ends an orphan, whose parent is no longer there to kill it."""
    for what, value in (
        (resource.RLIMIT_AS, limits.memory_bytes),
        (resource.RLIMIT_CPU, int(time_used() + limits.timeout_s) + 2),
    ):
        resource.setrlimit(what, (value, resource.getrlimit(what)[1]))


def time_used() -> float:
    """Seconds of processor time of this process so far."""
    used = resource.getrusage(resource.RUSAGE_SELF)
    return used.ru_utime + used.ru_stime


def _answer(answers: BinaryIO, decoder: Decoder, data: bytes, limits: Limits) -> None:
    _bound(limits)
    try:
        decoded = decoder(data, limits)
        arrays = {name: np.ascontiguousarray(array) for name, array in decoded.arrays.items()}
        if sum(array.nbytes for array in arrays.values()) > limits.max_array_bytes:
            raise MediaError("too_large", f"Decoded, it takes more than {limits.max_array_bytes // MIB:,} MiB.")
        listed = [{"name": name, "dtype": a.dtype.str, "shape": list(a.shape)} for name, a in arrays.items()]
        reply = pack({"facts": dict(decoded.facts), "notes": list(decoded.notes), "arrays": listed})
    except MediaError as error:
        arrays, reply = {}, _error(error)
    except MemoryError:
        sentence = f"Decoding it needs more memory than the allowed {limits.memory_bytes // MIB:,} MiB."
        arrays, reply = {}, _error(MediaError("too_large", sentence))
    except Exception as error:  # a decoder's bug must leave this file unchecked, not end the gate
        sentence = f"The decoder failed unexpectedly ({type(error).__name__}: {error})."
        arrays, reply = {}, _error(MediaError("internal", sentence))
    _write(answers, reply)
    for array in arrays.values():
        _write(answers, array.data.cast("B"))


def _error(error: MediaError) -> bytes:
    return pack({"error": {"code": error.code, "message": error.message[:300]}})


def _write(answers: BinaryIO, data: bytes | memoryview) -> None:
    view = memoryview(data)
    while view:
        view = view[answers.write(view) :]


if __name__ == "__main__":
    main(sys.argv[1:])
