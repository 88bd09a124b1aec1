"""What is minimised: find the picture among all training pictures, and keep strangers apart."""

from __future__ import annotations

from dataclasses import dataclass

import torch
import torch.nn.functional as F
from torch import Tensor


@dataclass(frozen=True)
class Losses:
    """Parts of the objective of one batch, scalars."""

    total: Tensor
    contrast: Tensor
    entropy: Tensor
    right: Tensor
    """Share of queries whose own picture is the nearest of the bank."""


def losses(
    queries: Tensor,
    numbers: Tensor,
    others: Tensor,
    bank: Tensor,
    temperature: float,
    entropy_weight: float,
) -> Losses:
    """InfoNCE of edited views against one vector for every training picture, plus entropy regularisation.

    queries: float32, (n, d), unit length · numbers: int64, (n,), each query's picture · others: int64, (n, m),
    further pictures seen in it or -1: neither right nor wrong, so left out · bank: float32, (N, d), unit length.

    The bank is instance discrimination's (Wu et al. 2018) with vectors of the slow copy of the network
    (MoCo, He et al. 2020): the whole library is the negatives, which is what a check meets.
    The entropy term pushes the nearest stranger away (KoLeo, Sablayrolles et al. 2019, as in SSCD).
    """
    cosine = queries @ bank.t()
    rows, places = torch.nonzero(others >= 0, as_tuple=True)
    cosine = cosine.index_put((rows, others[rows, places]), cosine.new_tensor(-2.0))
    own = (queries * bank[numbers]).sum(1, keepdim=True)
    cosine = cosine.scatter(1, numbers[:, None], own)  # a picture beside itself stays the right one
    contrast = F.cross_entropy(cosine / temperature, numbers)
    stranger = cosine.scatter(1, numbers[:, None], -2.0).max(1).values
    entropy = -0.5 * torch.log((2 - 2 * stranger).clamp(min=1e-4)).mean()
    right = (cosine.argmax(1) == numbers).float().mean()
    return Losses(contrast + entropy_weight * entropy, contrast.detach(), entropy.detach(), right)
