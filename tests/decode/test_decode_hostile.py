"""What hostile people send ends in a MediaError with one sentence, and the guard decodes the next file as before."""

from __future__ import annotations

import os
import signal
import struct
import threading
import time
import zlib
from collections.abc import Callable, Iterator

import numpy as np
import pytest
from decode_files import animation, gif_frame, gif_header, png, png_chunk, saved, scene, slow_png
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from simcheck.decode.limits import MIB, Limits
from simcheck.decode.worker import Guard, GuardPool
from simcheck.errors import MediaError

LIMITS = Limits()
GOOD = saved(scene(), "PNG")
SLOW = slow_png()
FORMATS: dict[str, bytes] = {
    "jpeg": saved(scene(), "JPEG"),
    "progressive jpeg": saved(scene(), "JPEG", progressive=True),
    "png": GOOD,
    "webp": saved(scene(), "WEBP"),
    "lossless webp": saved(scene(), "WEBP", lossless=True),
    "gif": saved(scene(), "GIF"),
    "tiff": saved(scene(), "TIFF"),
    "lzw tiff": saved(scene(), "TIFF", compression="tiff_lzw"),
    "bmp": saved(scene(), "BMP"),
    "avif": saved(scene(), "AVIF"),
    "moving gif": animation("GIF", 12)[0],
    "moving webp": animation("WEBP", 12)[0],
    "moving png": animation("PNG", 12)[0],
    "moving avif": animation("AVIF", 12)[0],
    "pages of tiff": animation("TIFF", 12)[0],
}


def refused(guard: Guard | GuardPool, data: bytes, limits: Limits = LIMITS) -> MediaError:
    """The fault of a file that must not be decoded; checks that it is a sentence."""
    with pytest.raises(MediaError) as caught:
        guard.decode(data, limits)
    message = caught.value.message
    assert message.endswith(".")
    assert len(message) <= 300
    assert message.isprintable()
    assert "<_io" not in message
    assert "Traceback" not in message
    return caught.value


@pytest.fixture(autouse=True)
def _still_works(guard: Guard) -> Iterator[None]:
    """After every test here, the guard decodes a good picture."""
    yield
    assert (guard.decode(GOOD, LIMITS).arrays["frame/0"] == scene()).all()


@pytest.mark.parametrize("name", FORMATS)
def test_truncated_anywhere(guard: Guard, name: str) -> None:
    """Half a picture is no picture: cut at every tenth, every format is refused."""
    data = FORMATS[name]
    for tenth in range(10):
        fault = refused(guard, data[: len(data) * tenth // 10])
        assert fault.code in ("unreadable", "empty", "unsupported"), f"cut at {tenth}0 %"
        assert tenth == 0 or fault.code == "unreadable", f"cut at {tenth}0 %: {fault.message}"


@pytest.mark.parametrize("name", FORMATS)
@settings(max_examples=12, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(flips=st.lists(st.tuples(st.floats(0, 1, exclude_max=True), st.integers(0, 7)), min_size=1, max_size=8))
def test_flipped_bits(guard: Guard, name: str, flips: list[tuple[float, int]]) -> None:
    """Whatever bits are turned: a picture or a MediaError, never anything else."""
    data = bytearray(FORMATS[name])
    for place, bit in flips:
        data[int(place * len(data))] ^= 1 << bit
    limits = Limits(max_pixels=10_000_000, timeout_s=10)
    try:
        media = guard.decode(bytes(data), limits)
    except MediaError:
        assert refused(guard, bytes(data), limits).code != "internal"
    else:
        assert all(frame.dtype == np.uint8 and frame.shape[2] == 3 for frame in media.arrays.values())


BEGINNINGS = (
    b"\xff\xd8\xff\xe0", b"\x89PNG\r\n\x1a\n", b"GIF89a", b"RIFF\xff\xff\0\0WEBPVP8 ", b"II*\0", b"MM\0*",
    b"BM" + bytes(12) + b"\x28\0\0\0", b"\0\0\0\x1cftypavif",
)  # fmt: skip


@pytest.mark.parametrize("beginning", BEGINNINGS)
@settings(max_examples=15, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(rest=st.binary(max_size=300))
def test_noise_behind_a_true_beginning(guard: Guard, beginning: bytes, rest: bytes) -> None:
    """A signature followed by anything is refused, and never as a fault of ours."""
    assert refused(guard, beginning + rest).code in ("unreadable", "too_large")


BOMBS: dict[str, tuple[Callable[[], bytes], str]] = {
    "png that declares 4 gigapixels": (lambda: png(65_000, 65_000, b"\0" * 99), "too_large"),
    "png of 250 megapixels that holds them": (
        lambda: png(16_000, 16_000, (b"\0" * 2001) * 16_000, bits=1, colour=0),
        "too_large",
    ),
    "png with fewer rows than declared": (lambda: png(100, 100, (b"\0" + b"\x99" * 300) * 50), "unreadable"),
    "interlaced png with too few rows": (lambda: png(8, 8, b"\0\x99" * 2, colour=0, interlace=1), "unreadable"),
    "png text that unpacks to 100 MB": (
        lambda: png(1, 1, b"\0abc", extra=png_chunk(b"zTXt", b"a\0\0" + zlib.compress(bytes(10**8)))),
        "too_large",
    ),
    "png profile that unpacks to 100 MB": (
        lambda: png(1, 1, b"\0abc", extra=png_chunk(b"iCCP", b"a\0\0" + zlib.compress(bytes(10**8)))),
        "too_large",
    ),
    "apng that declares 2^31 frames": (
        lambda: png(9, 9, bytes(999), extra=png_chunk(b"acTL", struct.pack(">II", 2**31 - 1, 0))),
        "unreadable too_large",
    ),
    "gif screen of 4 gigapixels": (lambda: gif_header(65_535, 65_535) + gif_frame(1, 1) + b";", "too_large"),
    "gif whose second frame is huge": (
        lambda: gif_header(9, 9) + gif_frame(9, 9) + gif_frame(65_535, 65_535) + b";",
        "too_large unreadable",
    ),
    "gif of a thousand large frames": (
        lambda: gif_header(4000, 4000) + gif_frame(4000, 4000) * 1000 + b";",
        "too_large unreadable",
    ),
    "jpeg that declares 65,000 pixels a side": (
        lambda: FORMATS["jpeg"].replace(struct.pack(">HH", 64, 96), struct.pack(">HH", 65_000, 65_000)),
        "too_large",
    ),
    "jpeg that declares more rows than it holds": (
        lambda: FORMATS["jpeg"].replace(struct.pack(">HH", 64, 96), struct.pack(">HH", 9000, 96))[:-2],
        "unreadable",
    ),
    "bmp that declares more rows than it holds": (
        lambda: FORMATS["bmp"].replace(struct.pack("<ii", 96, 64), struct.pack("<ii", 9600, 6400)),
        "unreadable",
    ),
    "tiff of 4 gigapixels": (
        lambda: (
            FORMATS["tiff"]
            .replace(struct.pack("<HHII", 256, 4, 1, 96), struct.pack("<HHII", 256, 4, 1, 65_000))
            .replace(struct.pack("<HHII", 257, 4, 1, 64), struct.pack("<HHII", 257, 4, 1, 65_000))
        ),
        "too_large",
    ),
    "tiff whose directory is its own next": (
        lambda: b"II*\0" + struct.pack("<IHHHII", 8, 1, 256, 4, 1, 96) + struct.pack("<I", 8),
        "unreadable",
    ),
    "tiff with a tag of 4 GB": (
        lambda: b"II*\0" + struct.pack("<IHHHII", 8, 1, 270, 2, 2**32 - 1, 8) + struct.pack("<I", 0),
        "unreadable",
    ),
    "webp that declares 16,383 pixels a side": (
        lambda: b"RIFF\x2a\0\0\0WEBPVP8X\x0a\0\0\0\0\0\0\0" + b"\xfe\x3f\0" * 2 + b"VP8 \x0c\0\0\0" + bytes(12),
        "too_large",
    ),
}


@pytest.mark.parametrize("name", BOMBS)
def test_bombs_and_lying_headers(guard: Guard, name: str) -> None:
    """Refused, and before much was decoded: well within a quarter of the memory."""
    make, codes = BOMBS[name]
    data = make()
    assert len(data) < 2 * MIB
    assert refused(guard, data, Limits(memory_bytes=512 * MIB)).code in codes.split()


def test_time_out(guard: Guard) -> None:
    """A file that takes too long is given up, and the sentence says how long was allowed."""
    fault = refused(guard, SLOW, Limits(timeout_s=0.05))
    assert fault.code == "timeout"
    assert "0.05 seconds" in fault.message


def test_memory_limit(guard: Guard) -> None:
    """A picture that needs more memory than allowed is too large; the child survives."""
    fault = refused(guard, SLOW, Limits(memory_bytes=300 * MIB))
    assert fault.code == "too_large"
    assert "300 MiB" in fault.message


def test_too_much_decoded(guard: Guard) -> None:
    """What is handed back is bounded as well."""
    needed = 96 * 64 * 3
    assert refused(guard, GOOD, Limits(max_array_bytes=needed - 1)).code == "too_large"
    assert guard.decode(GOOD, Limits(max_array_bytes=needed))


def test_too_many_bytes(guard: Guard) -> None:
    """The size of the file is checked before anything is sent."""
    fault = refused(guard, GOOD, Limits(max_bytes=len(GOOD) - 1))
    assert fault.code == "too_large"
    assert guard.decode(GOOD, Limits(max_bytes=len(GOOD)))


def test_pixel_limit_is_exact(guard: Guard) -> None:
    """96 × 64 pixels pass at a limit of as many, and not at one or two fewer."""
    assert guard.decode(GOOD, Limits(max_pixels=96 * 64))
    for fewer in (1, 2, 3):
        assert refused(guard, GOOD, Limits(max_pixels=96 * 64 - fewer)).code == "too_large"


@pytest.mark.parametrize(
    ("number", "code"), [(signal.SIGKILL, "internal"), (signal.SIGSEGV, "unreadable"), (signal.SIGXCPU, "timeout")]
)
def test_child_that_dies_while_it_decodes(guard: Guard, number: signal.Signals, code: str) -> None:
    """Killed from outside, crashed by the file, or out of processor time: one sentence, and a new child."""
    guard.decode(GOOD, LIMITS)
    child = guard.pid
    assert child is not None
    killer = threading.Timer(0.05, os.kill, (child, number))
    killer.start()
    fault = refused(guard, SLOW)
    killer.join()
    assert fault.code == code
    guard.decode(GOOD, LIMITS)
    assert guard.pid != child


def test_child_that_died_between_two_files(guard: Guard) -> None:
    """Nobody notices: the next file is decoded by a new child."""
    guard.decode(GOOD, LIMITS)
    assert guard.pid is not None
    os.kill(guard.pid, signal.SIGKILL)
    time.sleep(0.1)
    guard.decode(GOOD, LIMITS)


def test_forked_process_gets_its_own_child(guard: Guard) -> None:
    """Two processes never talk to one child: answers would be mixed up."""
    guard.decode(GOOD, LIMITS)
    before = guard.pid
    forked = os.fork()
    if forked == 0:
        try:
            guard.decode(GOOD, LIMITS)
            os._exit(0 if guard.pid != before else 1)
        except BaseException:
            os._exit(2)
    assert os.waitstatus_to_exitcode(os.waitpid(forked, 0)[1]) == 0
    guard.decode(GOOD, LIMITS)
    assert guard.pid == before


def test_wrong_extension_does_not_matter(guard: Guard) -> None:
    """The guard never sees a name: a JPEG is a JPEG."""
    assert guard.decode(FORMATS["jpeg"], LIMITS).facts["format"] == "jpeg"


def test_as_many_answers_as_files(guard: Guard) -> None:
    """Every file ends in a picture or a named fault, in a pool of two with eight threads."""
    files = [*FORMATS.values(), b"", b"7z\xbc\xaf\x27\x1c", *(data[: len(data) // 2] for data in FORMATS.values())]
    answers: list[str | None] = [None] * len(files)
    with GuardPool(2) as pool:

        def work(start: int) -> None:
            for number in range(start, len(files), 8):
                try:
                    answers[number] = str(pool.decode(files[number], LIMITS).facts["format"])
                except MediaError as error:
                    answers[number] = error.code

        threads = [threading.Thread(target=work, args=(start,)) for start in range(8)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    good = [name.split()[-1] for name in FORMATS]
    assert answers == [*good, "empty", "unsupported", *["unreadable"] * len(FORMATS)]
