"""The guarded worker: hostile files are decoded in a child process, kept warm, killed when late, restarted when dead.

The parent never decodes: it sniffs, sends the bytes, and checks every number that comes back (`protocol`). Each fault
is a MediaError with one sentence, and the guard still works after it.
"""

from __future__ import annotations

import contextlib
import fcntl
import os
import queue
import select
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterable, Sequence
from dataclasses import asdict
from types import TracebackType
from typing import TYPE_CHECKING, Any

import numpy as np

from simcheck.decode import protocol
from simcheck.decode.limits import Limits
from simcheck.decode.sniff import DECODERS, DOCUMENT_DECODER, DOCUMENTS, decoder_of, refusal, sniff
from simcheck.errors import MediaError

if TYPE_CHECKING:
    from simcheck.kinds.base import Media

START_S = 60.0
"""How long a child may take until it is ready, on a machine that is busy with other things."""
FILES_PER_CHILD = 1000
"""A child is replaced after this many files, so that memory leaked by decoders never adds up to the limit."""
_PIPE_BYTES = 1024 * 1024
_CHUNK = 1024 * 1024
_CRASHES = frozenset({signal.SIGSEGV, signal.SIGBUS, signal.SIGFPE, signal.SIGILL, signal.SIGABRT, signal.SIGSYS})


class _GoneError(Exception):
    """The child closed its pipe."""


class _LateError(Exception):
    """The deadline passed."""


class Guard:
    """One child. Not for use by two threads at once: see `GuardPool`."""

    def __init__(self, decoders: Sequence[str] = tuple(DECODERS.values())) -> None:
        self._decoders = tuple(decoders)
        self._child: subprocess.Popen[bytes] | None = None
        self._ready = False
        self._files = 0
        self._owner = 0

    @property
    def pid(self) -> int | None:
        """The child's process number, None where there is none."""
        return self._child.pid if self._child is not None else None

    def start(self) -> None:
        """Start the child and return at once; it warms up meanwhile. Does nothing where one is alive."""
        if self._child is not None and self._owner != os.getpid():
            self._child, self._ready = None, False  # we were forked: that child is our parent's
        if self._child is not None and self._child.poll() is None and self._files < FILES_PER_CHILD:
            return
        self.close()
        command = [sys.executable, "-I", "-m", "simcheck.decode.child", *self._decoders]
        self._child = subprocess.Popen(
            command,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            bufsize=0,
            cwd="/",
            env=_environment(),
            start_new_session=True,
        )
        self._owner = os.getpid()
        for pipe in (self._child.stdin, self._child.stdout):
            assert pipe is not None  # both were asked for
            os.set_blocking(pipe.fileno(), False)
            if hasattr(fcntl, "F_SETPIPE_SZ"):
                with contextlib.suppress(OSError):  # a smaller pipe only takes more turns
                    fcntl.fcntl(pipe.fileno(), fcntl.F_SETPIPE_SZ, _PIPE_BYTES)

    def decode(self, data: bytes, limits: Limits, decoder: str | None = None) -> Media:
        """Decode one file, with the decoder of the kind that its bytes are, or another of those the guard was made
        with. Raises MediaError, whatever the bytes are."""
        from simcheck.kinds.base import Media

        sniffed = sniff(data)
        refused = refusal(sniffed)
        if refused is not None:
            raise refused
        if len(data) > limits.max_bytes:
            raise MediaError(
                "too_large", f"The file has {len(data):,} bytes, more than the allowed {limits.max_bytes:,} bytes."
            )
        kind = sniffed.kind
        assert kind is not None  # refusal() let it through
        decoder = decoder or decoder_of(sniffed)
        if decoder not in self._decoders:
            raise ValueError(f"this guard was made for {', '.join(self._decoders)}, not for {decoder}")
        try:
            facts, arrays, notes = self._ask(decoder, data, limits)
            if kind == "image":
                protocol.check_picture(facts, arrays, limits)
        except protocol.ProtocolError as error:
            self._kill()
            raise MediaError("internal", f"The decoder gave an answer that makes no sense: {error}.") from error
        except MediaError:
            raise
        except BaseException:
            self._kill()  # interrupted halfway: what the child says next would answer the wrong question
            raise
        return Media(kind=kind, facts=facts, arrays=arrays, notes=notes)

    def _ask(
        self, decoder: str, data: bytes, limits: Limits
    ) -> tuple[dict[str, Any], dict[str, np.ndarray], tuple[str, ...]]:
        self._await_ready()
        self._files += 1
        deadline = time.monotonic() + limits.timeout_s
        request = protocol.pack({"decoder": decoder, "bytes": len(data), "limits": asdict(limits)})
        try:
            self._send(request, deadline)
            self._send(data, deadline)
            header = self._header(deadline)
            fault = protocol.fault(header)
            if fault is not None:
                raise MediaError(*fault)
            arrays = {}
            for name, dtype, shape in protocol.plan(header, limits):
                arrays[name] = np.empty(shape, dtype)
                self._receive(arrays[name].data.cast("B"), deadline)
        except _LateError:
            self._kill()
            sentence = f"Decoding it took longer than the allowed {limits.timeout_s:g} seconds."
            raise MediaError("timeout", sentence) from None
        except _GoneError:
            raise self._obituary(limits) from None
        facts, notes = protocol.statements(header)
        return facts, arrays, notes

    def _await_ready(self) -> None:
        self.start()
        if self._ready:
            return
        try:
            header = self._header(time.monotonic() + START_S)
        except (_LateError, _GoneError):
            self._kill()
            raise MediaError("internal", "The decoding process did not start; see `simcheck doctor`.") from None
        fault = protocol.fault(header)
        if fault is not None:
            self._kill()
            raise MediaError(*fault)
        self._ready = True

    def _obituary(self, limits: Limits) -> MediaError:
        """Why the child is gone."""
        assert self._child is not None
        with contextlib.suppress(subprocess.TimeoutExpired):
            self._child.wait(1)
        code = self._child.poll()
        self._kill()
        if code is not None and -code in _CRASHES:
            sentence = f"The file crashed its decoder ({signal.Signals(-code).name}); it is damaged."
            return MediaError("unreadable", sentence)
        if code == -signal.SIGXCPU:
            return MediaError("timeout", f"Decoding it took longer than the allowed {limits.timeout_s:g} seconds.")
        return MediaError("internal", f"The decoding process ended unexpectedly (exit status {code}).")

    def _header(self, deadline: float) -> dict[str, Any]:
        prefix = bytearray(protocol.LENGTH)
        self._receive(memoryview(prefix), deadline)
        body = bytearray(protocol.header_length(bytes(prefix)))
        self._receive(memoryview(body), deadline)
        return protocol.unpack(bytes(body))

    def _send(self, data: bytes, deadline: float) -> None:
        assert self._child is not None
        assert self._child.stdin is not None
        descriptor, view = self._child.stdin.fileno(), memoryview(data)
        while view:
            _wait(descriptor, select.POLLOUT, deadline)
            try:
                view = view[os.write(descriptor, view[:_CHUNK]) :]
            except BlockingIOError:
                continue
            except BrokenPipeError:
                raise _GoneError from None

    def _receive(self, view: memoryview, deadline: float) -> None:
        assert self._child is not None
        assert self._child.stdout is not None
        descriptor = self._child.stdout.fileno()
        while view:
            _wait(descriptor, select.POLLIN, deadline)
            try:
                got = os.readv(descriptor, [view])
            except BlockingIOError:
                continue
            if got == 0:
                raise _GoneError
            view = view[got:]

    def _kill(self) -> None:
        if self._child is not None and self._owner == os.getpid():
            self._child.kill()
        self.close()

    def close(self) -> None:
        """End the child. The guard can be used again: it starts another."""
        child, self._child, self._ready, self._files = self._child, None, False, 0
        if child is None or self._owner != os.getpid():
            return
        for pipe in (child.stdin, child.stdout):
            if pipe is not None:
                pipe.close()  # the child's input ends, and so does the child
        try:
            child.wait(0.5)
        except subprocess.TimeoutExpired:
            child.kill()
            child.wait()


class GuardPool:
    """``n`` guards for any number of threads: ``decode`` waits for a free one. Children start when first needed, or
    with `start` ahead of time. Use it as a context manager, or call `close`."""

    def __init__(self, n: int, decoders: Iterable[str] = tuple(DECODERS.values())) -> None:
        named = tuple(decoders)
        self._guards = [Guard(named) for _ in range(n)]
        self._free: queue.LifoQueue[Guard] = queue.LifoQueue()
        for guard in reversed(self._guards):
            self._free.put(guard)
        self._documents = Guard((DOCUMENT_DECODER,))
        self._document = threading.Lock()
        self._closing = threading.Lock()

    def start(self) -> None:
        """Start one child now and return at once; the others start when several files are decoded at the same time."""
        guard = self._free.get()
        try:
            guard.start()
        finally:
            self._free.put(guard)

    def decode(self, data: bytes, limits: Limits, decoder: str | None = None) -> Media:
        """As `Guard.decode`, from any thread. Documents go through a child of their own, one at a time."""
        if decoder is None and sniff(data).format in DOCUMENTS:
            with self._document:
                return self._documents.decode(data, limits)
        guard = self._free.get()
        try:
            return guard.decode(data, limits, decoder)
        finally:
            self._free.put(guard)

    def close(self) -> None:
        """End all children, after the files that are being decoded."""
        with self._closing:
            taken = [self._free.get() for _ in self._guards]
            for guard in taken:
                guard.close()
                self._free.put(guard)
            with self._document:
                self._documents.close()

    def __enter__(self) -> GuardPool:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()


def _environment() -> dict[str, str]:
    """What the child may know: nothing of its parent's environment but where libraries are."""
    kept = {name: os.environ[name] for name in ("LD_LIBRARY_PATH", "DYLD_LIBRARY_PATH") if name in os.environ}
    return kept | {"LC_ALL": "C.UTF-8", "OPENBLAS_NUM_THREADS": "1", "OMP_NUM_THREADS": "1", "MALLOC_ARENA_MAX": "2"}


def _wait(descriptor: int, event: int, deadline: float) -> None:
    """Until the pipe can be used. Raises when the deadline passes first."""
    poll = select.poll()
    poll.register(descriptor, event)
    left = deadline - time.monotonic()
    if left <= 0 or not poll.poll(left * 1000):
        raise _LateError
