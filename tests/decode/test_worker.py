"""The guard and its child: what the child may do, what the parent believes, how lean it starts."""

from __future__ import annotations

import json
import subprocess
import sys

import numpy as np
import pytest
from decode_files import saved, scene

from simcheck.decode import protocol
from simcheck.decode.limits import Limits
from simcheck.decode.sniff import DECODERS
from simcheck.decode.worker import Guard, GuardPool
from simcheck.errors import MediaError

LIMITS = Limits()
GOOD = saved(scene(), "PNG")
HEAVY = {"pydantic", "cv2", "faiss", "onnxruntime", "sqlalchemy", "torch", "rich", "typer", "ssl", "simcheck.report"}


def test_child_imports_little() -> None:
    """A child starts fast and carries little: no pydantic, no OpenCV, no network."""
    modules = "; ".join(f"import {name.partition(':')[0]}" for name in DECODERS.values())
    code = f"import sys, json, simcheck.decode.child; {modules}; print(json.dumps(sorted(sys.modules)))"
    out = subprocess.run([sys.executable, "-I", "-c", code], capture_output=True, text=True, check=True)
    assert not HEAVY.intersection(json.loads(out.stdout))


def test_child_gives_up_rights(guard: Guard) -> None:
    """No core dumps, no writing, no further files; none of the parent's environment."""
    guard.decode(GOOD, LIMITS)
    with open(f"/proc/{guard.pid}/limits") as file:
        limits = {line[:26].strip(): line[26:47].strip() for line in file}
    assert limits["Max core file size"] == "0"
    assert limits["Max file size"] == "0"
    assert int(limits["Max open files"]) < 8
    assert int(limits["Max address space"]) == LIMITS.memory_bytes
    with open(f"/proc/{guard.pid}/environ") as file:
        names = {entry.partition("=")[0] for entry in file.read().split("\0") if entry}
    assert names <= {
        "LC_ALL", "OPENBLAS_NUM_THREADS", "OMP_NUM_THREADS", "MALLOC_ARENA_MAX", "LD_LIBRARY_PATH", "DYLD_LIBRARY_PATH",
    }  # fmt: skip


@pytest.mark.parametrize(
    ("decoder", "sentence"),
    [("no_such_module:decode", "cannot be loaded"), ("json:no_such_function", "cannot be loaded")],
)
def test_decoder_that_cannot_be_loaded(decoder: str, sentence: str) -> None:
    """A broken installation is a fault of ours, not of the file, and says what is missing."""
    guard = Guard([decoder])
    with pytest.raises(MediaError, match=sentence) as caught:
        guard.decode(GOOD, LIMITS, decoder)
    assert caught.value.code == "internal"
    guard.close()


def test_decoder_with_a_bug() -> None:
    """Whatever a decoder raises leaves the file unchecked and the child alive."""
    guard = Guard(["operator:truediv"])
    for _ in range(2):
        with pytest.raises(MediaError, match="failed unexpectedly") as caught:
            guard.decode(GOOD, LIMITS, "operator:truediv")
        assert caught.value.code == "internal"
    guard.close()


def test_unknown_decoder_is_the_callers_mistake(guard: Guard) -> None:
    """A decoder the guard was not made with cannot be loaded any more."""
    with pytest.raises(ValueError, match="operator:neg"):
        guard.decode(GOOD, LIMITS, "operator:neg")


def test_child_is_replaced_after_many_files(monkeypatch: pytest.MonkeyPatch) -> None:
    """What decoders leak never adds up."""
    monkeypatch.setattr("simcheck.decode.worker.FILES_PER_CHILD", 2)
    guard = Guard()
    seen = []
    for _ in range(4):
        guard.decode(GOOD, LIMITS)
        seen.append(guard.pid)
    guard.close()
    assert seen[0] == seen[1] != seen[2] == seen[3]


def test_closed_guard_ends_its_child_and_can_start_another() -> None:
    guard = Guard()
    guard.start()
    guard.decode(GOOD, LIMITS)
    first = guard.pid
    guard.close()
    assert guard.pid is None
    guard.decode(GOOD, LIMITS)
    assert guard.pid != first
    guard.close()


def test_interrupt_does_not_leave_an_answer_behind(monkeypatch: pytest.MonkeyPatch) -> None:
    """Ctrl-C while a file is decoded: the next file must not get that file's picture."""
    with GuardPool(1) as pool:
        pool.decode(GOOD, LIMITS)

        def interrupted(*_: object) -> None:
            raise KeyboardInterrupt

        with monkeypatch.context() as patch:
            patch.setattr(Guard, "_header", interrupted)
            with pytest.raises(KeyboardInterrupt):
                pool.decode(saved(scene(seed=9), "PNG"), LIMITS)
        assert (pool.decode(GOOD, LIMITS).arrays["frame/0"] == scene()).all()


LISTED = {"name": "frame/0", "dtype": "|u1", "shape": [2, 2, 3]}


@pytest.mark.parametrize(
    "arrays",
    [
        None,
        {},
        [1],
        [LISTED, LISTED],
        [LISTED | {"name": "../etc"}],
        [LISTED | {"name": None}],
        [LISTED | {"dtype": "|O"}],
        [LISTED | {"dtype": "<f8"}],
        [LISTED | {"shape": []}],
        [LISTED | {"shape": [2] * 5}],
        [LISTED | {"shape": [0, 2, 3]}],
        [LISTED | {"shape": [-1, 2, 3]}],
        [LISTED | {"shape": [True, 2, 3]}],
        [LISTED | {"shape": [2.0, 2, 3]}],
        [LISTED | {"shape": [2**40, 2**40, 2**40]}],
        [LISTED | {"name": f"frame/{n}"} for n in range(10_001)],
    ],
)
def test_arrays_the_parent_does_not_believe(arrays: object) -> None:
    """A subverted child can send numbers, and only such as were agreed."""
    with pytest.raises(protocol.ProtocolError):
        protocol.plan({"arrays": arrays}, LIMITS)


def test_arrays_the_parent_believes() -> None:
    assert protocol.plan({"arrays": [LISTED]}, LIMITS) == [("frame/0", np.dtype(np.uint8), (2, 2, 3))]
    with pytest.raises(protocol.ProtocolError):
        protocol.plan({"arrays": [LISTED]}, Limits(max_array_bytes=11))


FACTS = {"width": 2, "height": 2, "frames": 1}
FRAME = np.zeros((2, 2, 3), np.uint8)


@pytest.mark.parametrize(
    ("facts", "arrays"),
    [
        ({"width": 2, "height": 2}, {"frame/0": FRAME}),
        (FACTS | {"width": 0}, {"frame/0": FRAME}),
        (FACTS | {"width": "2"}, {"frame/0": FRAME}),
        (FACTS | {"frames": True}, {"frame/0": FRAME}),
        (FACTS, {}),
        (FACTS, {"frame/1": FRAME}),
        (FACTS, {"frame/0": FRAME.astype(np.float32)}),
        (FACTS, {"frame/0": FRAME[..., 0]}),
        (FACTS, {"frame/0": FRAME[..., :2]}),
        (FACTS, {"frame/0": np.zeros((2, 1601, 3), np.uint8)}),
    ],
)
def test_pictures_the_parent_does_not_believe(facts: dict[str, object], arrays: dict[str, np.ndarray]) -> None:
    protocol.check_picture(FACTS, {"frame/0": FRAME}, LIMITS)
    with pytest.raises(protocol.ProtocolError):
        protocol.check_picture(facts, arrays, LIMITS)


@pytest.mark.parametrize(
    "header",
    [
        {},
        {"facts": [], "notes": []},
        {"facts": {}, "notes": [1]},
        {"facts": {"x" * 41: 1}, "notes": []},
        {"facts": {}, "notes": ["x" * 301]},
    ],
)
def test_statements_the_parent_does_not_believe(header: dict[str, object]) -> None:
    with pytest.raises(protocol.ProtocolError):
        protocol.statements(header)


@pytest.mark.parametrize("body", [b"", b"[]", b"{", b"\xff", b"[" * 100_000])
def test_headers_that_are_none(body: bytes) -> None:
    with pytest.raises(protocol.ProtocolError):
        protocol.unpack(body)


def test_lengths_and_errors_that_are_none() -> None:
    for length in (0, protocol.MAX_HEADER + 1):
        with pytest.raises(protocol.ProtocolError):
            protocol.header_length(length.to_bytes(4, "big"))
    for error in ("words", {"code": "fine", "message": ""}):
        with pytest.raises(protocol.ProtocolError):
            protocol.fault({"error": error})
    assert protocol.fault({"error": {"code": "empty", "message": "a\x1b[31m\nb" + "x" * 999}}) == (
        "empty",
        ("a [31m b" + "x" * 999)[:300],
    )


@pytest.mark.parametrize("name", ["max_bytes", "max_pixels", "timeout_s", "memory_bytes", "working_side", "max_frames"])
def test_limits_are_positive(name: str) -> None:
    with pytest.raises(ValueError, match=name):
        Limits(**{name: 0})
