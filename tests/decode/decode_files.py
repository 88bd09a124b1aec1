"""Files for the decoder's tests, made here: pictures of every format, and what hostile people send."""

from __future__ import annotations

import io
import struct
import zlib
from typing import Any

import numpy as np
from PIL import Image, ImageCms


def scene(width: int = 96, height: int = 64, seed: int = 0) -> np.ndarray:
    """A picture with smooth parts, edges and no symmetry, uint8 RGB (height, width, 3)."""
    rng = np.random.default_rng(seed)
    y, x = np.mgrid[:height, :width]
    base = np.stack([x * 255 / max(width - 1, 1), y * 255 / max(height - 1, 1), (x + y) * 127 / (width + height)], -1)
    base[: height // 3, : width // 2] = rng.integers(0, 255, 3)
    base[height // 2 :, width // 4 : width // 3] = rng.integers(0, 255, 3)
    return base.astype(np.uint8)


def saved(picture: np.ndarray | Image.Image, format: str, **options: Any) -> bytes:
    """The picture as a file of Pillow's."""
    out = io.BytesIO()
    (picture if isinstance(picture, Image.Image) else Image.fromarray(picture)).save(out, format, **options)
    return out.getvalue()


def animation(format: str, count: int, **options: Any) -> tuple[bytes, list[np.ndarray]]:
    """A file of ``count`` different frames, and the frames."""
    frames = [scene(seed=number) for number in range(count)]
    first, *others = [Image.fromarray(frame) for frame in frames]
    return saved(first, format, save_all=True, append_images=others, **options), frames


def png_chunk(name: bytes, body: bytes) -> bytes:
    return struct.pack(">I", len(body)) + name + body + struct.pack(">I", zlib.crc32(name + body))


def png(
    width: int, height: int, raw: bytes, *, bits: int = 8, colour: int = 2, interlace: int = 0, extra: bytes = b""
) -> bytes:
    """A PNG whose header says one thing and whose pixels may say another. ``raw``: rows with filter bytes."""
    head = struct.pack(">IIBBBBB", width, height, bits, colour, 0, 0, interlace)
    body = png_chunk(b"IDAT", zlib.compress(raw, 1))
    return b"\x89PNG\r\n\x1a\n" + png_chunk(b"IHDR", head) + extra + body + png_chunk(b"IEND", b"")


def slow_png() -> bytes:
    """196 megapixels of one bit in a small file: seconds of decoding, within the pixel limit."""
    side = 14000
    return png(side, side, (b"\0" + b"\x55" * (side // 8)) * side, bits=1, colour=0)


def gif_header(width: int, height: int) -> bytes:
    return b"GIF89a" + struct.pack("<HH", width, height) + b"\x80\0\0" + b"\0\0\0\xff\xff\xff"


def gif_frame(width: int, height: int) -> bytes:
    """A frame of one colour that the header calls this large, whose data end at once."""
    return b"\x2c" + struct.pack("<HHHH", 0, 0, width, height) + b"\0" + b"\x02\x02\x44\x01\0"


def channel_swapping_profile() -> bytes:
    """An RGB profile in which red is green and green is red: sRGB with two tags exchanged."""
    profile = bytearray(ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes())
    red, green = profile.index(b"rXYZ"), profile.index(b"gXYZ")
    profile[red : red + 4], profile[green : green + 4] = b"gXYZ", b"rXYZ"
    return bytes(profile)


def cmyk_profile(lab_of_corner: dict[tuple[int, int, int, int], tuple[float, float, float]]) -> bytes:
    """A CMYK output profile (ICC.1:2001, lut8Type with two grid points) that gives each corner of the CMYK cube a
    colour in Lab, D50."""
    nodes = b"".join(
        bytes((round(lab[0] * 2.55), round(lab[1] + 128), round(lab[2] + 128)))
        for c in (0, 1) for m in (0, 1) for y in (0, 1) for k in (0, 1)
        for lab in [lab_of_corner[c, m, y, k]]
    )  # fmt: skip
    identity = b"".join(struct.pack(">i", 65536 if i % 4 == 0 else 0) for i in range(9))
    curve = bytes(range(256))
    table = b"mft1\0\0\0\0" + bytes((4, 3, 2, 0)) + identity + curve * 4 + nodes + curve * 3
    white = b"XYZ \0\0\0\0" + struct.pack(">iii", 63190, 65536, 54061)
    text = b"text\0\0\0\0none\0"
    name = b"desc\0\0\0\0" + struct.pack(">I", 5) + b"test\0" + bytes(78)
    tags = [(b"A2B0", table), (b"wtpt", white), (b"cprt", text), (b"desc", name)]
    at, directory, body = 128 + 4 + 12 * len(tags), b"", b""
    for tag, value in tags:
        value += bytes(-len(value) % 4)
        directory += tag + struct.pack(">II", at + len(body), len(value))
        body += value
    size = at + len(body)
    header = struct.pack(">I4sI4s4s4s", size, b"lcms", 0x02400000, b"prtr", b"CMYK", b"Lab ")
    header += struct.pack(">6H4s", 2026, 1, 1, 0, 0, 0, b"acsp") + bytes(28)
    header += struct.pack(">iii", 63190, 65536, 54061) + b"test"
    return header + bytes(128 - len(header)) + struct.pack(">I", len(tags)) + directory + body
