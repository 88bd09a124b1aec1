"""Before and after training: whiten the pooled features, so that strangers keep apart.

``python -m simcheck.encoders.training.whitening WEIGHTS DATA OUT.pt``. The matrix behind the features is that of a
principal component analysis of the features of unedited training pictures (Jégou and Chum 2012): every direction
gets the same variance, so that what all pictures share no longer makes them alike. No labels, a minute of one core.
"""

from __future__ import annotations

import argparse
from pathlib import Path

import numpy as np
import torch
from torch import Tensor

from simcheck.encoders.training.data import read_pictures, to_tensor
from simcheck.encoders.training.edits_base import Picture
from simcheck.encoders.training.edits_geometry import squash
from simcheck.encoders.training.network import DIMENSIONS, CopyNetwork, WhitenedNetwork, fold, from_state

SHRINKAGE = 0.3
"""Added to the variance of each feature, in units of it: keeps directions of pure noise small. 0.02 to 1 do as well."""

_LEAST_SPREAD = 0.01
"""Of the median: a feature that hardly ever answers is not blown up into one that decides."""


def whitening(
    features: Tensor, dimensions: int = DIMENSIONS, shrinkage: float = SHRINKAGE
) -> tuple[Tensor, Tensor, Tensor]:
    """Mean and spread, float32 (d,), and matrix, float32 (dimensions, d), that whiten ``features``, float32 (n, d):
    ``(features - mean) / spread @ matrix.t()``."""
    mean, spread = features.mean(0), features.std(0)
    spread = spread.clamp(min=_LEAST_SPREAD * float(spread.median()))
    covariance = torch.cov(((features - mean) / spread).t())
    values, axes = torch.linalg.eigh(covariance)
    kept = slice(len(values) - dimensions, None)
    # With shrinkage the axes stay those of the covariance, and each is scaled by its shrunken deviation.
    matrix = (axes[:, kept] / (values[kept] + shrinkage).sqrt()).t()
    return mean, spread, matrix.contiguous()


@torch.no_grad()
def features_of(network: CopyNetwork, pictures: list[Picture], size: int) -> Tensor:
    """float32, (n, 928), of whole pictures at ``size`` pixels."""
    parts = []
    for at in range(0, len(pictures), 32):
        batch = np.stack([squash(picture, size) for picture in pictures[at : at + 32]])
        parts.append(network(to_tensor(batch, torch.device("cpu"))))
    return torch.cat(parts)


def whitened(network: CopyNetwork, pictures: list[Picture], size: int) -> WhitenedNetwork:
    """The network with its features whitened on these pictures at this size. Its mode is evaluation."""
    return WhitenedNetwork(network, *whitening(features_of(network.eval(), pictures, size))).eval()


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("weights", type=Path, help="a checkpoint or a state dict")
    parser.add_argument("data", type=Path, help="folder of training pictures")
    parser.add_argument("out", type=Path)
    parser.add_argument("--size", type=int, default=128)
    parser.add_argument("--every", type=int, default=1, help="use every n-th picture only")
    options = parser.parse_args()
    state = torch.load(options.weights, map_location="cpu", weights_only=True)
    network = from_state(state.get("slow", state)).eval()
    network = (network if network.fused else fold(network)).to(memory_format=torch.channels_last)  # type: ignore[call-overload]
    pictures = read_pictures(options.data)[:: options.every]
    torch.save(whitened(network, pictures, options.size).state_dict(), options.out)


if __name__ == "__main__":
    main()
