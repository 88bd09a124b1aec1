"""Every format and mode, against a second route: OpenCV, or the array the file was made from."""

from __future__ import annotations

import io

import cv2
import numpy as np
import pytest
from decode_files import animation, channel_swapping_profile, cmyk_profile, png, png_chunk, saved, scene
from PIL import Image, ImageCms

from simcheck.decode.limits import Limits
from simcheck.decode.worker import Guard
from simcheck.kinds.base import Media

LIMITS = Limits()
WHOLE = {"width": 96, "height": 64, "frames": 1}


def frame(media: Media, number: int = 0) -> np.ndarray:
    return media.arrays[f"frame/{number}"].astype(int)


def decoded(guard: Guard, data: bytes, limits: Limits = LIMITS) -> np.ndarray:
    return frame(guard.decode(data, limits))


@pytest.mark.parametrize(
    ("format", "options", "within"),
    [
        ("PNG", {}, 0),
        ("BMP", {}, 0),
        ("TIFF", {}, 0),
        ("TIFF", {"compression": "tiff_lzw"}, 0),
        ("TIFF", {"compression": "tiff_adobe_deflate"}, 0),
        ("WEBP", {"lossless": True}, 0),
        ("WEBP", {"quality": 90}, 4),
        ("JPEG", {"quality": 90}, 4),
        ("JPEG", {"quality": 90, "progressive": True}, 4),
        ("GIF", {}, 0),
        ("AVIF", {"quality": 90}, 4),
    ],
)
def test_format_agrees_with_opencv(guard: Guard, format: str, options: dict[str, object], within: int) -> None:
    """What the guard hands over is what OpenCV's decoders, which share no code with Pillow's plugins, see."""
    data = saved(scene(), format, **options)
    media = guard.decode(data, LIMITS)
    other = cv2.imdecode(np.frombuffer(data, np.uint8), cv2.IMREAD_COLOR)
    assert other is not None
    assert media.kind == "image"
    assert media.facts == WHOLE | {"format": format.lower()}
    assert np.abs(frame(media) - other[..., ::-1].astype(int)).max() <= within


@pytest.mark.parametrize("orientation", range(1, 9))
@pytest.mark.parametrize("format", ["JPEG", "PNG", "TIFF", "WEBP", "AVIF"])
def test_orientation_is_applied(guard: Guard, orientation: int, format: str) -> None:
    """A picture stored turned comes out upright, and so do its sides."""
    exif = Image.Exif()
    exif[0x0112] = orientation
    stored = saved(scene(), format, exif=exif, quality=95)
    media = guard.decode(stored, LIMITS)
    plain = scene()
    expected = [
        plain, plain[:, ::-1], plain[::-1, ::-1], plain[::-1], plain.transpose(1, 0, 2), np.rot90(plain, -1),
        plain[::-1, ::-1].transpose(1, 0, 2), np.rot90(plain),
    ][orientation - 1]  # fmt: skip
    assert (media.facts["height"], media.facts["width"]) == expected.shape[:2]
    assert np.abs(frame(media) - expected.astype(int)).mean() < 3


def test_orientation_agrees_with_opencv(guard: Guard) -> None:
    """OpenCV turns JPEGs by their EXIF as well."""
    for orientation in range(1, 9):
        exif = Image.Exif()
        exif[0x0112] = orientation
        data = saved(scene(), "JPEG", exif=exif, quality=95)
        other = cv2.imdecode(np.frombuffer(data, np.uint8), cv2.IMREAD_COLOR)[..., ::-1]
        assert np.abs(decoded(guard, data) - other.astype(int)).max() <= 4


def test_grey_one_bit_and_palette(guard: Guard) -> None:
    """Modes L, 1 and P become RGB with the values they stand for."""
    grey = scene()[..., 0]
    assert (decoded(guard, saved(grey, "PNG")) == grey[..., None]).all()
    bits = grey > 99
    assert (decoded(guard, saved(Image.fromarray(bits), "PNG")) == bits[..., None] * 255).all()
    assert (decoded(guard, saved(Image.fromarray(bits), "TIFF", compression="group4")) == bits[..., None] * 255).all()
    palette = Image.fromarray(scene()).quantize(16)
    assert (decoded(guard, saved(palette, "PNG")) == np.asarray(palette.convert("RGB"))).all()


def test_sixteen_bits_are_scaled_not_clipped(guard: Guard) -> None:
    """Grey and colour, PNG and TIFF: 0 to 65,535 becomes 0 to 255."""
    deep = np.linspace(0, 65535, 96 * 64).reshape(64, 96).astype(np.uint16)
    exact = deep / 257.0
    for suffix in (".png", ".tiff"):
        grey = cv2.imencode(suffix, deep)[1].tobytes()
        assert np.abs(decoded(guard, grey) - exact[..., None]).max() <= 0.51
        colour = np.dstack([deep, deep[::-1], deep[:, ::-1]])
        file = cv2.imencode(suffix, colour)[1].tobytes()
        assert np.abs(decoded(guard, file) - colour[..., ::-1] / 257.0).max() <= 1.0


@pytest.mark.parametrize(
    ("values", "expected"),
    [
        ([0.0, 0.5, 1.0], [0, 128, 255]),
        ([0.0, 100.0, 255.0], [0, 100, 255]),
        ([0.0, 32767.5, 65535.0], [0, 128, 255]),
        ([-2.0, 0.0, 2.0], [0, 128, 255]),
        ([0.0, float("nan"), 1.0], [0, 0, 255]),
        ([0.0, float("inf"), 1.0], [0, 0, 255]),
        ([-7.0, -7.0, -7.0], [0, 0, 0]),
    ],
)
def test_float_tiff_is_scaled(guard: Guard, values: list[float], expected: list[int]) -> None:
    """Floats: 0 to 1, 0 to 255, 0 to 65,535, else stretched; what is no number is black."""
    row = decoded(guard, saved(np.array([values], np.float32), "TIFF"))[0, :, 0]
    assert np.abs(row - expected).max() <= 1


def test_integer_tiff_is_scaled(guard: Guard) -> None:
    """32-bit integers, which have no agreed white."""
    row = decoded(guard, saved(np.array([[0, 500_000, 1_000_000]], np.int32), "TIFF"))[0, :, 0]
    assert np.abs(row - [0, 128, 255]).max() <= 1


def test_transparency_lies_on_white(guard: Guard) -> None:
    """Half transparent red on nothing is pink; what is hidden under full transparency does not show."""
    rgba = np.zeros((8, 8, 4), np.uint8)
    rgba[..., 0] = 200
    rgba[:4, :, 3] = 128
    rgba[4:, :, 3] = 0
    for data in (saved(rgba, "PNG"), saved(rgba, "WEBP", lossless=True, exact=True), saved(rgba, "TIFF")):
        got = decoded(guard, data)
        assert np.abs(got[0, 0] - [227, 127, 127]).max() <= 2
        assert (got[7, 7] == 255).all()


def test_white_drawing_on_nothing_does_not_vanish(guard: Guard) -> None:
    """A white drawing on a transparent ground is put on black."""
    la = np.zeros((32, 32, 2), np.uint8)
    la[..., 0] = 255
    la[8:24, 8:24, 1] = 255
    got = decoded(guard, saved(Image.fromarray(la, "LA"), "PNG"))
    assert (got[16, 16] == 255).all()
    assert (got[0, 0] == 0).all()


def test_palette_with_transparent_entry(guard: Guard) -> None:
    """A palette entry that is transparent shows the ground, in PNG and GIF."""
    picture = Image.new("P", (8, 8), 0)
    picture.putpalette([255, 0, 0, 0, 0, 200])
    picture.paste(1, (0, 0, 4, 8))
    for format in ("PNG", "GIF"):
        got = decoded(guard, saved(picture, format, transparency=0))
        assert got[0, 0].tolist() == [0, 0, 200]
        assert got[0, 7].tolist() == [255, 255, 255]


def test_cmyk_without_profile(guard: Guard) -> None:
    """Adobe stores CMYK inverted in JPEG, TIFF stores it plainly: both show the same colours."""
    cmyk = Image.fromarray(scene()).convert("CMYK")
    ink = np.asarray(cmyk, float) / 255
    expected = 255 * (1 - ink[..., :3]) * (1 - ink[..., 3:])
    assert np.abs(decoded(guard, saved(cmyk, "TIFF")) - expected).max() <= 2
    assert np.abs(decoded(guard, saved(cmyk, "JPEG", quality=98)) - expected).mean() <= 2


def test_cmyk_with_profile(guard: Guard) -> None:
    """Where the file says what its inks look like, that is what is shown: here black ink that is a green."""
    corners = {(c, m, y, k): (100.0, 0.0, 0.0) for c in (0, 1) for m in (0, 1) for y in (0, 1) for k in (0, 1)}
    corners[0, 0, 0, 1] = (50.0, -50.0, 40.0)
    profile = cmyk_profile(corners)
    picture = Image.new("CMYK", (16, 16), (0, 0, 0, 255))
    picture.paste((0, 0, 0, 0), (0, 0, 8, 16))
    for format in ("TIFF", "JPEG"):
        got = decoded(guard, saved(picture, format, icc_profile=profile))
        assert got[4, 2].min() >= 250
        red, green, blue = got[4, 14]
        assert green > red + 60
        assert green > blue + 60


def test_profile_that_swaps_channels_is_honoured(guard: Guard) -> None:
    """A profile decides what viewers see; one that exchanges red and green must not hide a copy."""
    profile = channel_swapping_profile()
    for format, options in (("PNG", {}), ("JPEG", {"quality": 98}), ("WEBP", {"lossless": True})):
        got = decoded(guard, saved(scene(), format, icc_profile=profile, **options))
        assert np.abs(got - scene()[..., [1, 0, 2]].astype(int)).mean() < 3


def test_gamma_of_a_png_is_honoured(guard: Guard) -> None:
    """Viewers follow a gAMA chunk: a picture stored nearly black and shown bright is checked as it is shown. An sRGB
    chunk overrides it, and 1/2.2 changes nothing."""
    row = bytes((0, 2, 60, 240))
    for gamma, extra, expected in (
        (100_000, b"", [28, 132, 248]),
        (45_455, b"", [2, 60, 240]),
        (0, b"", [2, 60, 240]),
        (100_000, png_chunk(b"sRGB", b"\0"), [2, 60, 240]),
    ):
        chunks = png_chunk(b"gAMA", gamma.to_bytes(4, "big")) + extra
        got = decoded(guard, png(3, 1, row, colour=0, extra=chunks))
        assert np.abs(got[0, :, 0] - expected).max() <= 1


def test_srgb_and_damaged_profiles_change_nothing(guard: Guard) -> None:
    """sRGB is what is wanted anyway; a damaged profile, or one of another colour space, is ignored as viewers do."""
    srgb = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
    for profile in (srgb, b"no profile at all", srgb[:200]):
        assert (decoded(guard, saved(scene(), "PNG", icc_profile=profile)) == scene()).all()
    grey = scene()[..., 0]
    assert (decoded(guard, saved(grey, "PNG", icc_profile=srgb)) == grey[..., None]).all()


@pytest.mark.parametrize(
    ("format", "options", "within"),
    [
        ("GIF", {"duration": 200}, 12),
        ("WEBP", {"duration": 200, "lossless": True}, 0),
        ("PNG", {"duration": 200}, 0),
        ("AVIF", {"duration": 200, "quality": 95}, 3),
    ],
)
def test_animation_by_its_frames(guard: Guard, format: str, options: dict[str, object], within: int) -> None:
    """All frames in order, each with its time in seconds."""
    data, frames = animation(format, 5, **options)
    media = guard.decode(data, LIMITS)
    assert media.facts["frames"] == 5
    assert media.facts["duration"] == pytest.approx(1.0)
    assert media.facts["times"] == [pytest.approx([n / 5, (n + 1) / 5]) for n in range(5)]
    assert media.notes == ()
    for number, original in enumerate(frames):
        assert np.abs(frame(media, number) - original.astype(int)).mean() <= within


def test_pages_of_a_tiff_may_differ_in_size_and_have_no_times(guard: Guard) -> None:
    """Each page is decoded by itself; the facts are the first one's."""
    pages = [Image.fromarray(scene(40 + 10 * n, 30, seed=n)) for n in range(3)]
    media = guard.decode(saved(pages[0], "TIFF", save_all=True, append_images=pages[1:]), LIMITS)
    assert media.facts == {"width": 40, "height": 30, "frames": 3, "frames_unchecked": 0, "format": "tiff"}
    assert [media.arrays[f"frame/{n}"].shape for n in range(3)] == [(30, 40, 3), (30, 50, 3), (30, 60, 3)]
    assert (frame(media, 2) == np.asarray(pages[2])).all()


@pytest.mark.parametrize("format", ["JPEG", "PNG"])
def test_large_pictures_come_at_the_working_size(guard: Guard, format: str) -> None:
    """The facts are the full picture's; the pixels are an area average's, within a few levels."""
    full = scene(1500, 1000)
    media = guard.decode(saved(full, format, quality=95), Limits(working_side=300))
    assert (media.facts["width"], media.facts["height"]) == (1500, 1000)
    expected = cv2.resize(full, (300, 200), interpolation=cv2.INTER_AREA).astype(int)
    assert frame(media).shape == expected.shape
    assert np.abs(frame(media) - expected).mean() < 2


def test_thin_picture_keeps_a_pixel(guard: Guard) -> None:
    """One row of 10,000 pixels does not shrink to nothing."""
    media = guard.decode(saved(scene(10_000, 1), "PNG"), LIMITS)
    assert media.arrays["frame/0"].shape == (1, 1600, 3)


def test_interlaced_png(guard: Guard) -> None:
    """Adam7, made by hand: seven passes over a picture of one grey."""
    size, raw = 8, b""
    for rows, columns in ((1, 1), (1, 1), (1, 2), (2, 2), (2, 4), (4, 4), (4, 8)):
        raw += (b"\0" + b"\x63" * columns) * rows
    assert (decoded(guard, png(size, size, raw, colour=0, interlace=1)) == 0x63).all()


def test_motion_photo_is_its_first_picture(guard: Guard) -> None:
    """A JPEG with further pictures behind it (MPO) is the one that viewers show."""
    out = io.BytesIO()
    Image.fromarray(scene()).save(out, "MPO", save_all=True, append_images=[Image.fromarray(scene(seed=1))], quality=95)
    media = guard.decode(out.getvalue(), LIMITS)
    assert media.facts["frames"] == 1
    assert np.abs(frame(media) - scene().astype(int)).mean() < 3
