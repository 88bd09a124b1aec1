"""Is a picture there to its end? Where Pillow fills up what is missing, or stops early, and says nothing."""

from __future__ import annotations

import zlib

_CHANNELS = {0: 1, 2: 3, 3: 1, 4: 2, 6: 4}
_ADAM7 = ((0, 0, 8, 8), (4, 0, 8, 8), (0, 4, 4, 8), (2, 0, 4, 4), (0, 2, 2, 4), (1, 0, 2, 2), (0, 1, 1, 2))
"""First column, first row, step in columns, step in rows of each pass (PNG specification, section 8)."""
_PIECE = 1024 * 1024


def png_missing_bytes(data: bytes) -> int:
    """Bytes of pixels that the header promises and the IDAT chunks do not hold. ``data``: a PNG that could be opened.
    Costs one inflation, a megabyte of memory at a time."""
    width, height = int.from_bytes(data[16:20], "big"), int.from_bytes(data[20:24], "big")
    bits = data[24] * _CHANNELS[data[25]]
    wanted = _raw_size(width, height, bits, interlaced=data[28] == 1)
    inflate = zlib.decompressobj()
    at = 8
    while wanted > 0 and at + 8 <= len(data) and not inflate.eof:
        length, name = int.from_bytes(data[at : at + 4], "big"), data[at + 4 : at + 8]
        if name == b"IDAT":
            piece = data[at + 8 : at + 8 + length]
            while piece and wanted > 0:
                wanted -= len(inflate.decompress(piece, _PIECE))
                piece = inflate.unconsumed_tail
        at += 12 + length
    return max(wanted - len(inflate.flush(_PIECE)), 0) if wanted > 0 else 0


def gif_is_whole(data: bytes) -> bool:
    """True where the chain of blocks reaches the trailer. ``data``: a GIF that could be opened. A file cut between two
    frames looks like a shorter animation otherwise."""
    at = 13 + _colour_table(data[10])
    while at < len(data):
        if data[at] == 0x3B:
            return True
        if data[at] == 0x21:
            at += 2
        elif data[at] == 0x2C and at + 10 < len(data):
            at += 11 + _colour_table(data[at + 9])
        elif data[at] == 0x2C:
            return False
        else:
            at += 1  # junk between blocks, which every decoder skips
            continue
        while at < len(data) and data[at]:
            at += data[at] + 1
        at += 1
    return False


def _colour_table(flags: int) -> int:
    """Bytes of the colour table that a GIF's flags announce."""
    return 3 << (flags & 7) + 1 if flags & 0x80 else 0


def _raw_size(width: int, height: int, bits: int, *, interlaced: bool) -> int:
    """Bytes of all rows with their filter bytes, before compression."""
    passes = _ADAM7 if interlaced else ((0, 0, 1, 1),)
    total = 0
    for left, top, across, down in passes:
        columns, rows = -(-(width - left) // across), -(-(height - top) // down)
        if columns > 0 and rows > 0:
            total += rows * (1 + (columns * bits + 7) // 8)
    return total
