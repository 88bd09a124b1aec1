"""Pictures from bytes, inside the guarded child: JPEG, PNG, WebP, GIF, TIFF, BMP and AVIF, still or moving.

What could be large is known from headers and refused before a pixel is decoded. Half a picture is no picture: a file
that ends early is unreadable. Of an animation, or a document of several pages, the frames that stand for all of them
are looked at.
"""

from __future__ import annotations

import io
import warnings

import numpy as np
from PIL import (
    AvifImagePlugin,
    BmpImagePlugin,
    GifImagePlugin,
    Image,
    JpegImagePlugin,
    MpoImagePlugin,
    PngImagePlugin,
    TiffImagePlugin,
    WebPImagePlugin,
)

from simcheck.decode.frames import representatives
from simcheck.decode.limits import Decoded, Limits
from simcheck.decode.pixels import fitting, orientation_of, upright_rgb
from simcheck.decode.sniff import IMAGES, sniff
from simcheck.decode.whole import gif_is_whole, png_missing_bytes
from simcheck.errors import MediaError

PLUGINS = (
    AvifImagePlugin, BmpImagePlugin, GifImagePlugin, JpegImagePlugin, MpoImagePlugin, PngImagePlugin, TiffImagePlugin,
    WebPImagePlugin,
)  # fmt: skip
"""Imported ahead: the child can open no more files by the time it decodes."""

Image.preinit()  # likewise
AvifImagePlugin.DEFAULT_MAX_THREADS = 1
PngImagePlugin.MAX_TEXT_CHUNK = 16 * 1024 * 1024  # generators store whole workflows; the sum stays at Pillow's 64 MiB
warnings.simplefilter("ignore")  # the child has nobody to warn

_MOVING = frozenset({"gif", "webp", "png", "avif", "tiff"})
_PAUSE_MS = 100.0
"""How long browsers show a frame that gives no duration, or 10 ms and less."""
_SIGNATURE = 16
"""Pixels on a side of the small grey picture by which frames are held to look alike."""
_ALIKE = 10.0
"""Grey levels (root mean square) up to which two frames look alike: a cut between unrelated pictures gives 40 to 90."""


def decode(data: bytes, limits: Limits) -> Decoded:
    """Decode one picture.

    Facts: ``width`` and ``height`` of the upright full picture (of several pages: of the first), ``frames`` in the
    file, ``format``; where it moves, ``duration`` in seconds and ``times``: [start, end] in seconds of each frame
    handed back. Arrays: ``frame/0`` …, uint8 RGB (h, w, 3), at most ``working_side`` on the longer side. Raises
    MediaError.
    """
    name = sniff(data).format
    Image.MAX_IMAGE_PIXELS = limits.max_pixels // 2  # Pillow refuses above twice this, also where a frame grows later
    try:
        with Image.open(io.BytesIO(data), formats=[IMAGES[name].upper()]) as picture:
            _refuse_large(picture.size, limits)
            if name == "gif" and not gif_is_whole(data):
                raise MediaError("unreadable", "The picture (GIF) is damaged: it ends before its trailer.")
            frames = getattr(picture, "n_frames", 1) if name in _MOVING else 1
            return _moving(picture, name, frames, limits) if frames > 1 else _still(picture, name, data, limits)
    except (MediaError, MemoryError):
        raise
    except Image.DecompressionBombError as error:
        raise _too_many_pixels(limits) from error
    except Exception as error:  # Pillow's plugins raise nearly everything on damaged files
        raise _unreadable(name, error) from error


def _still(picture: Image.Image, name: str, data: bytes, limits: Limits) -> Decoded:
    size = picture.size
    picture.draft(None, fitting(size, limits.working_side))  # JPEG only: decodes at 1/2, 1/4 or 1/8
    picture.load()
    if name == "png" and _may_be_short(picture) and png_missing_bytes(data):
        raise MediaError("unreadable", "The picture (PNG) is damaged: it ends before its last row.")
    width, height = size if orientation_of(picture) < 5 else size[::-1]
    facts = {"width": width, "height": height, "frames": 1, "format": name}
    return Decoded(facts, {"frame/0": upright_rgb(picture, limits.working_side)})


def _moving(picture: Image.Image, name: str, frames: int, limits: Limits) -> Decoded:
    """Two passes: the first sees every frame small, the second decodes those that stand for the rest."""
    total = 0
    signatures = np.empty((frames, _SIGNATURE**2), np.float32)
    times: list[list[float]] = []
    clock = 0.0  # milliseconds
    for number in range(frames):
        picture.seek(number)
        total += picture.width * picture.height
        _refuse_large(picture.size, limits)
        if total > limits.max_total_pixels or frames * picture.width * picture.height > limits.max_total_pixels:
            raise MediaError(
                "too_large",
                f"Its {frames:,} frames have more than the allowed {limits.max_total_pixels:,} pixels together.",
            )
        picture.load()
        signatures[number] = _signature(picture)
        pause = float(picture.info.get("duration") or 0)
        start = float(picture.info.get("timestamp", clock))  # WebP and AVIF give it, for GIF and PNG it is the sum
        clock = start + (pause if pause > 10 else _PAUSE_MS)
        times.append([round(start / 1000, 3), round(clock / 1000, 3)])
    chosen, unlike = representatives(signatures, limits.max_frames, _ALIKE)
    arrays: dict[str, np.ndarray] = {}
    size = (0, 0)
    for number in chosen:
        picture.seek(number)
        picture.load()
        if number == 0:
            size = picture.size if orientation_of(picture) < 5 else picture.size[::-1]
        arrays[f"frame/{len(arrays)}"] = upright_rgb(picture, limits.working_side)
    facts = {"width": size[0], "height": size[1], "frames": frames, "frames_unchecked": unlike, "format": name}
    if name != "tiff":
        facts |= {"duration": times[-1][1], "times": [times[number] for number in chosen]}
    notes = []
    if len(chosen) < frames:
        notes.append(f"{len(chosen)} of its {frames:,} frames were looked at; they stand for those that look alike.")
    if unlike:
        notes.append(
            f"{unlike:,} frames look like none of those: the limit is {limits.max_frames} (limits.max_frames)."
        )
    return Decoded(facts, arrays, tuple(notes))


def _signature(picture: Image.Image) -> np.ndarray:
    """The frame as a person sees it, as 16 × 16 grey levels."""
    small = Image.fromarray(upright_rgb(picture, 4 * _SIGNATURE)).convert("L")
    return np.asarray(small.resize((_SIGNATURE, _SIGNATURE), Image.Resampling.BOX), np.float32).ravel()


def _may_be_short(picture: Image.Image) -> bool:
    """True where missing rows are possible: the last row is all zeros, or the rows are interlaced."""
    last = picture.crop((0, picture.height - 1, picture.width, picture.height))
    return bool(picture.info.get("interlace")) or last.getbbox(alpha_only=False) is None


def _refuse_large(size: tuple[int, int], limits: Limits) -> None:
    if size[0] * size[1] > limits.max_pixels:
        raise _too_many_pixels(limits)


def _too_many_pixels(limits: Limits) -> MediaError:
    return MediaError("too_large", f"The picture has more than the allowed {limits.max_pixels:,} pixels.")


def _unreadable(name: str, error: Exception) -> MediaError:
    """One sentence from whatever Pillow raised."""
    words = str(error).splitlines()[0] if str(error) else type(error).__name__
    if "MAX_TEXT_CHUNK" in words or "text chunks" in words:
        return MediaError("too_large", "A text stored inside the picture (PNG) unpacks to more than 16 MiB.")
    if "cannot identify image file" in words:
        words = "its header makes no sense"
    return MediaError("unreadable", f"The picture ({IMAGES[name]}) is damaged: {words[:150].rstrip('.')}.")
