"""The network behind the image encoder: a small residual network with generalised-mean pooling.

Input: float32, (n, 3, h, w), RGB, normalised with :data:`MEAN` and :data:`STD`; any size from 64 pixels.
Output: float32, (n, 256), unit length. 3.1 million parameters.
Pooling: Radenović et al. 2018 (GeM); the shape of the whole follows SSCD (Pizzi et al. 2022), much reduced.
"""

from __future__ import annotations

import torch
import torch.nn.functional as F
from torch import Tensor, nn

DIMENSIONS = 256
MEAN = (123.675, 116.28, 103.53)
"""Mean of the red, green and blue channel, 0 to 255 (the usual ImageNet figures)."""
STD = (58.395, 57.12, 57.375)
"""Standard deviation of the same."""
WIDTHS = (32, 48, 96, 192, 320)
_TAPS = (2, 4)  # blocks whose maps are pooled too: the last before the map is halved


def _convolution(fused: bool, inputs: int, outputs: int, stride: int = 1, size: int = 3) -> nn.Sequential:
    return nn.Sequential(
        nn.Conv2d(inputs, outputs, size, stride, size // 2, bias=fused),
        nn.Identity() if fused else nn.BatchNorm2d(outputs),
    )


def pool(x: Tensor, power: Tensor | float) -> Tensor:
    """Generalised mean over the places of a map: (n, c, h, w) to (n, c), float32."""
    return x.float().clamp(min=1e-6).pow(power).mean((2, 3)).pow(1 / power)


class Block(nn.Module):
    """Two 3×3 convolutions with a shortcut (He et al. 2016)."""

    def __init__(self, fused: bool, inputs: int, outputs: int, stride: int) -> None:
        super().__init__()
        self.first = _convolution(fused, inputs, outputs, stride)
        self.second = _convolution(fused, outputs, outputs)
        same = stride == 1 and inputs == outputs
        self.shortcut: nn.Module = nn.Identity() if same else _convolution(fused, inputs, outputs, stride, size=1)

    def forward(self, x: Tensor) -> Tensor:
        y: Tensor = self.second(F.relu(self.first(x)))
        return F.relu(y + self.shortcut(x))


class CopyNetwork(nn.Module):
    """Pictures to features: float32, (n, 928), not negative, pooled at three depths, the deepest twice (as a power mean
    and a mean).

    ``fused``: batch normalisation folded into the convolutions. Computes the same, has no batch statistics, and
    trains a fifth faster on a CPU: the form to go on with from trained weights.
    """

    def __init__(self, fused: bool = False) -> None:
        super().__init__()
        w = WIDTHS
        self.fused = fused
        self.stem = nn.Sequential(*_convolution(fused, 3, w[0], 2, size=5), nn.ReLU())
        self.body = nn.Sequential(
            Block(fused, w[0], w[1], 2),
            Block(fused, w[1], w[2], 2),
            Block(fused, w[2], w[2], 1),
            Block(fused, w[2], w[3], 2),
            Block(fused, w[3], w[3], 1),
            Block(fused, w[3], w[4], 2),
        )
        self.power = nn.Parameter(torch.full((1,), 3.0))

    def forward(self, x: Tensor) -> Tensor:
        x, parts = self.stem(x), []
        for number, block in enumerate(self.body):
            x = block(x)
            if number in _TAPS:
                parts.append(pool(x, 3.0))
        return torch.cat([*parts, pool(x, self.power), x.float().mean((2, 3))], dim=1)


class WhitenedNetwork(nn.Module):
    """What is trained and exported: pictures to unit vectors, float32, (n, 256). See :mod:`.whitening` for the rest.

    ``mean``, ``spread``: float32, (928,). ``matrix``: float32, (256, 928).
    """

    def __init__(self, network: CopyNetwork, mean: Tensor, spread: Tensor, matrix: Tensor) -> None:
        super().__init__()
        self.network = network
        self.mean = nn.Buffer(mean)
        self.spread = nn.Buffer(spread)
        self.matrix = nn.Parameter(matrix)

    def forward(self, x: Tensor) -> Tensor:
        features = (self.network(x) - self.mean) / self.spread
        return F.normalize(features @ self.matrix.t(), dim=1)


def fold(network: CopyNetwork) -> CopyNetwork:
    """The same network with its normalisation folded into the convolutions."""
    state = network.state_dict()
    folded: dict[str, Tensor] = {}
    for name, value in state.items():
        stem, last = name.rsplit(".", 1) if "." in name else ("", name)
        if value.ndim == 4:  # a convolution; its normalisation is the next in the sequence
            norm = f"{stem[:-1]}1"
            scale = state[f"{norm}.weight"] / torch.sqrt(state[f"{norm}.running_var"] + 1e-5)
            folded[name] = value * scale.view(-1, 1, 1, 1)
            folded[f"{stem}.bias"] = state[f"{norm}.bias"] - state[f"{norm}.running_mean"] * scale
        elif last == "power":
            folded[name] = value
    result = CopyNetwork(fused=True)
    result.load_state_dict(folded)
    return result.train(network.training)


def from_state(state: dict[str, Tensor]) -> CopyNetwork:
    """A network of the form the weights have: plain, folded, the first try's, or that of a `WhitenedNetwork`."""
    if "fc.weight" in state:
        state = from_prototype(state)
    if "matrix" in state:
        state = {name.removeprefix("network."): v for name, v in state.items() if name.startswith("network.")}
    network = CopyNetwork(fused="stem.0.bias" in state)
    network.load_state_dict(state)
    return network


_PROTOTYPE_NAMES = {
    ".a.": ".first.",
    ".b.": ".second.",
    ".d.": ".shortcut.",
}
_PROTOTYPE_ONLY = "fc.", "bn."
"""Its projection: features are whitened instead."""


def from_prototype(state: dict[str, Tensor]) -> dict[str, Tensor]:
    """Rename the first try's weights (fp16, blue-green-red input) to this network's (fp32, red-green-blue)."""
    renamed: dict[str, Tensor] = {}
    for name, value in state.items():
        if name.startswith(_PROTOTYPE_ONLY):
            continue
        for old, new in _PROTOTYPE_NAMES.items():
            name = name.replace(old, new)
        renamed["power" if name == "p" else name] = value.float() if value.is_floating_point() else value
    renamed["stem.0.weight"] = renamed["stem.0.weight"].flip(1).contiguous()
    return renamed
