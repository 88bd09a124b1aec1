"""The network of ``simcheck.encoders.pairs``: two patches in, the log-odds that they show one picture out.

A stem for each patch (drawings and photographs need different first layers), the products of what they find at
neighbouring places, and a trunk over these. 270,000 parameters, 1.6 ms a pair on one core.
"""

from __future__ import annotations

import torch
from torch import Tensor, nn
from torch.nn import functional

GROUPS, REACH = 4, 2
"""Products are summed in so many groups of channels, over displacements of so many places: eight pixels."""
CHANNELS = 32
WINDOW = 7
"""Side of the window in which contrast is made even, in pixels at half the size."""
LEAST_VARIANCE = 0.0025
"""Of grey values 0 to 1: below it there is no contrast to even."""


class PairNet(nn.Module):
    """uint8 or float (n, 3, 96, 96), see `simcheck.encoders.pairs.Patches`, to float32 (n,)."""

    def __init__(self) -> None:
        super().__init__()
        self.reference, self.output = stem(), stem()
        products = (2 * REACH + 1) ** 2 * GROUPS
        self.join = convolution(products + 2 * CHANNELS + 1, 64, 1)
        self.trunk = nn.Sequential(
            Block(64),
            Block(64),
            convolution(64, 96, 3, 2),
            Block(96),
            Block(96),
            convolution(96, 128, 3, 2),
            Block(128),
        )
        self.head = nn.Sequential(nn.Dropout(0.2), nn.Linear(256, 64), nn.ReLU(), nn.Linear(64, 1))

    def forward(self, pairs: Tensor) -> Tensor:
        planes = pairs.float() / 255
        both = planes[:, 2:3]
        first = self.reference(prepared(planes[:, 0:1], both))
        second = self.output(prepared(planes[:, 1:2], both))
        where = functional.avg_pool2d(both, 4)
        seen = self.trunk(self.join(torch.cat([products_of(first, second), first, second, where], 1)))
        odds: Tensor = self.head(torch.cat([seen.mean((2, 3)), seen.amax((2, 3))], 1))[:, 0]
        return odds


class Block(nn.Module):
    """A residual block of a depthwise and a pointwise convolution."""

    def __init__(self, channels: int) -> None:
        super().__init__()
        self.body = nn.Sequential(
            convolution(channels, channels, 3, groups=channels),
            nn.Conv2d(channels, channels, 1, bias=False),
            nn.BatchNorm2d(channels),
        )

    def forward(self, x: Tensor) -> Tensor:
        return functional.relu(x + self.body(x))


def convolution(channels: int, wanted: int, side: int, stride: int = 1, groups: int = 1) -> nn.Sequential:
    return nn.Sequential(
        nn.Conv2d(channels, wanted, side, stride, side // 2, groups=groups, bias=False),
        nn.BatchNorm2d(wanted),
        nn.ReLU(inplace=True),
    )


def stem() -> nn.Sequential:
    """A patch of three planes to `CHANNELS` at a quarter of its size."""
    return nn.Sequential(
        convolution(3, 16, 5, 2), convolution(16, CHANNELS, 3, 2), nn.Conv2d(CHANNELS, CHANNELS, 3, 1, 1)
    )


def prepared(patch: Tensor, both: Tensor) -> Tensor:
    """A patch with even contrast, less its mean, and where both are: (n, 3, h, w)."""
    mean = (patch * both).sum((2, 3), keepdim=True) / (both.sum((2, 3), keepdim=True) + 1)
    return torch.cat([even(patch, both), (patch - mean) * both * 3, both], 1)


def even(patch: Tensor, both: Tensor) -> Tensor:
    """Local mean and contrast made even, where both are."""
    weight = around(both) + 1e-3
    mean = around(patch * both) / weight
    variance = (around(patch * patch * both) / weight - mean * mean).clamp_min(0)
    return (patch - mean) / torch.sqrt(variance + LEAST_VARIANCE) * both


def around(values: Tensor) -> Tensor:
    """The mean around every pixel, taken at half the size."""
    half = functional.avg_pool2d(values, 2)
    half = functional.avg_pool2d(half, (WINDOW, 1), 1, (WINDOW // 2, 0))
    half = functional.avg_pool2d(half, (1, WINDOW), 1, (0, WINDOW // 2))
    return functional.interpolate(half, scale_factor=2.0, mode="nearest")


def products_of(first: Tensor, second: Tensor) -> Tensor:
    """Cosines of both at places up to `REACH` apart: (n, displacements * `GROUPS`, h, w)."""
    count, channels, height, width = first.shape
    a, b = (
        part * torch.rsqrt((part * part).sum(2, keepdim=True) + 1e-3)
        for part in (one.view(count, GROUPS, channels // GROUPS, height, width) for one in (first, second))
    )
    b = functional.pad(b.reshape(count, channels, height, width), (REACH,) * 4)
    b = b.view(count, GROUPS, channels // GROUPS, height + 2 * REACH, width + 2 * REACH)
    steps = range(2 * REACH + 1)
    return torch.cat([(a * b[..., y : y + height, x : x + width]).sum(2) for y in steps for x in steps], 1)


__all__ = ["PairNet"]
