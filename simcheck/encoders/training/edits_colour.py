"""Edits of colour and light, and of signal quality (JPEG, blur, noise, screens)."""

from __future__ import annotations

import cv2
import numpy as np

from simcheck.encoders.training.edits_base import Picture, Random, chance, pick, to_bytes, uniform


def jitter(rng: Random, picture: Picture) -> Picture:
    """Contrast, brightness, saturation, white balance and gamma, each mildly to strongly."""
    f = (picture.astype(np.float32) - 128) * uniform(rng, 0.5, 1.6) + 128 + uniform(rng, -50, 50)
    if chance(rng, 0.5):
        grey_ = f.mean(2, keepdims=True)
        f = grey_ + (f - grey_) * uniform(rng, 0, 2)
    if chance(rng, 0.3):
        f = f * rng.uniform(0.7, 1.3, (1, 1, 3)).astype(np.float32)
    f = np.clip(f, 0, 255)
    if chance(rng, 0.2):
        f = 255 * (f / 255) ** uniform(rng, 0.5, 2)
    return to_bytes(f)


def grey(_: Random, picture: Picture) -> Picture:
    return cv2.cvtColor(cv2.cvtColor(picture, cv2.COLOR_RGB2GRAY), cv2.COLOR_GRAY2RGB)


def hue(rng: Random, picture: Picture) -> Picture:
    """Turn every hue by the same angle, or swap the channels."""
    if chance(rng, 0.3):
        return np.ascontiguousarray(picture[:, :, pick(rng, ((1, 0, 2), (2, 1, 0), (0, 2, 1), (1, 2, 0), (2, 0, 1)))])
    hsv = cv2.cvtColor(picture, cv2.COLOR_RGB2HSV)
    hsv[..., 0] = (hsv[..., 0].astype(np.int32) + int(rng.integers(10, 170))) % 180
    return cv2.cvtColor(hsv, cv2.COLOR_HSV2RGB)


def grade(rng: Random, picture: Picture) -> Picture:
    """Strong grading: a random growing curve for each channel, as film looks and filters use."""
    place = np.arange(256)
    table = np.empty((256, 1, 3), np.uint8)
    common = np.sort(rng.uniform(0, 255, 5))
    for channel in range(3):
        ends = 0.65 * common + 0.35 * np.sort(rng.uniform(0, 255, 5))
        ends[0], ends[-1] = min(ends[0], uniform(rng, 0, 90)), max(ends[-1], uniform(rng, 150, 255))
        table[:, 0, channel] = to_bytes(np.interp(place, (0, 64, 128, 192, 255), ends))
    return cv2.LUT(picture, table)


def duotone(rng: Random, picture: Picture) -> Picture:
    """Lightness mapped onto a line between two or three colours (sepia, duotone, gradient map)."""
    light = cv2.cvtColor(picture, cv2.COLOR_RGB2GRAY)
    stops = rng.uniform(0, 255, (3, 3))
    stops[0] *= 0.5
    stops[2] = 255 - 0.5 * stops[2]
    if chance(rng, 0.5):
        stops[1] = (stops[0] + stops[2]) / 2
    table = np.stack([np.interp(np.arange(256), (0, 128, 255), stops[:, c]) for c in range(3)], 1)
    return to_bytes(table)[np.asarray(light)]


def invert(_: Random, picture: Picture) -> Picture:
    return 255 - picture


def posterise(rng: Random, picture: Picture) -> Picture:
    step = pick(rng, (32, 48, 64, 85))
    return to_bytes((picture // step).astype(np.float32) * step + step / 2)


def solarise(rng: Random, picture: Picture) -> Picture:
    return np.where(picture > int(rng.integers(100, 200)), 255 - picture, picture)


def equalise(rng: Random, picture: Picture) -> Picture:
    """Histogram equalisation of the lightness, global or local (CLAHE), as HDR looks do."""
    lab = cv2.cvtColor(picture, cv2.COLOR_RGB2LAB)
    light = np.ascontiguousarray(lab[..., 0])
    if chance(rng, 0.4):
        lab[..., 0] = cv2.equalizeHist(light)
    else:
        lab[..., 0] = cv2.createCLAHE(uniform(rng, 2, 8), (4, 4)).apply(light)
    return cv2.cvtColor(lab, cv2.COLOR_LAB2RGB)


def relight(rng: Random, picture: Picture) -> Picture:
    """New light: a smooth field of brightness and tint, a vignette among them."""
    h, w = picture.shape[:2]
    cells = int(rng.integers(2, 5))
    field = np.exp(rng.uniform(-0.8, 0.8, (cells, cells, 1)) + rng.uniform(-0.25, 0.25, (cells, cells, 3)))
    smooth = cv2.resize(field.astype(np.float32), (w, h), interpolation=cv2.INTER_CUBIC)
    return to_bytes(picture * smooth)


def borrow_colours(rng: Random, picture: Picture, other: Picture) -> Picture:
    """Mean and spread of another picture's colours (Reinhard et al. 2001)."""
    lab = cv2.cvtColor(picture, cv2.COLOR_RGB2LAB).astype(np.float32)
    aim = cv2.cvtColor(other, cv2.COLOR_RGB2LAB).astype(np.float32)
    mean, spread = lab.mean((0, 1)), lab.std((0, 1)) + 1
    moved = (lab - mean) / spread * (aim.std((0, 1)) + 8) + aim.mean((0, 1))
    share = uniform(rng, 0.5, 1.0)
    return cv2.cvtColor(to_bytes(share * moved + (1 - share) * lab), cv2.COLOR_LAB2RGB)


def jpeg(rng: Random, picture: Picture) -> Picture:
    quality = int(rng.integers(6, 60))
    data = cv2.imencode(".jpg", picture, [cv2.IMWRITE_JPEG_QUALITY, quality])[1]
    return np.asarray(cv2.imdecode(data, cv2.IMREAD_COLOR))


def blur(rng: Random, picture: Picture) -> Picture:
    """Gaussian blur of 0.5 to 3.5 pixels, or a motion of up to 9."""
    if chance(rng, 0.8):
        return cv2.GaussianBlur(picture, (0, 0), uniform(rng, 0.5, 3.5))
    length = int(rng.integers(3, 10))
    kernel = np.zeros((length, length), np.float32)
    cv2.line(kernel, (0, int(rng.integers(0, length))), (length - 1, int(rng.integers(0, length))), 1.0)
    return cv2.filter2D(picture, -1, kernel / kernel.sum())


def pixelate(rng: Random, picture: Picture) -> Picture:
    h, w = picture.shape[:2]
    cell = pick(rng, (2, 3, 4, 6, 8))
    small = cv2.resize(picture, (max(1, w // cell), max(1, h // cell)), interpolation=cv2.INTER_AREA)
    return cv2.resize(small, (w, h), interpolation=pick(rng, (cv2.INTER_NEAREST, cv2.INTER_NEAREST, cv2.INTER_CUBIC)))


def noise(rng: Random, picture: Picture) -> Picture:
    """Gaussian grain of 5 to 45 levels, or scattered black and white points."""
    if chance(rng, 0.75):
        shape = picture.shape if chance(rng, 0.6) else (*picture.shape[:2], 1)
        grain = rng.standard_normal(shape, dtype=np.float32) * uniform(rng, 5, 45)
        return to_bytes(picture + grain)
    out = picture.copy()
    hit = rng.random(picture.shape[:2])
    share = uniform(rng, 0.01, 0.08)
    out[hit < share] = 0
    out[hit > 1 - share] = 255
    return out


def sharpen(rng: Random, picture: Picture) -> Picture:
    soft = cv2.GaussianBlur(picture, (0, 0), uniform(rng, 0.7, 2.5))
    return cv2.addWeighted(picture, 1 + (much := uniform(rng, 0.8, 3.0)), soft, -much, 0)


def screen(rng: Random, picture: Picture) -> Picture:
    """Filmed off a screen: a raster of lines, moiré bands, glare and washed-out blacks."""
    h, w = picture.shape[:2]
    y, x = np.mgrid[0:h, 0:w].astype(np.float32)
    angle, period = uniform(rng, 0, 3.14), uniform(rng, 2, 9)
    raster = np.sin((x * np.cos(angle) + y * np.sin(angle)) * 6.283 / period) * uniform(rng, 4, 22)
    glare = np.exp(-(((x / w - uniform(rng, 0, 1)) / 0.4) ** 2) - ((y / h - uniform(rng, 0, 1)) / 0.4) ** 2)
    washed = picture * uniform(rng, 0.6, 0.95) + uniform(rng, 5, 45)
    return to_bytes(washed + (raster + glare * uniform(rng, 0, 110))[..., None])
