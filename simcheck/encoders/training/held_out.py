"""Retrieval on pictures and edits that training never sees; the figure that decides, never the loss.

The file is made by ``benchmarks/encoder.py prepare`` (edits written apart from the training's): references
uint8 (r, s, s, 3); queries uint8 (q, s, s, 3); target int64 (q,), the reference's number, -1 for unrelated
pictures; family str (q,).
"""

from __future__ import annotations

from pathlib import Path

import numpy as np
import numpy.typing as npt
import torch
from torch import nn

from simcheck.encoders.training.data import to_tensor
from simcheck.encoders.training.edits_base import Picture


@torch.no_grad()
def embed(network: nn.Module, pictures: Picture, device: torch.device, batch: int = 64) -> npt.NDArray[np.float32]:
    """float32, (n, d), by the network in evaluation mode."""
    training = network.training
    network.eval()
    parts = [network(to_tensor(pictures[i : i + batch], device)).float().cpu() for i in range(0, len(pictures), batch)]
    network.train(training)
    return torch.cat(parts).numpy()


def retrieval(network: nn.Module, file: Path, device: torch.device) -> dict[str, float]:
    """Shares of the edited copies: right on top, found above every unrelated picture, and above all but 1 % of them."""
    with np.load(file) as data:
        references, queries, target = data["references"], data["queries"], data["target"]
    cosine = embed(network, queries, device) @ embed(network, references, device).T
    best, score = cosine.argmax(1), cosine.max(1)
    copies = target >= 0
    right, strangers = best[copies] == target[copies], score[~copies]
    return {
        "on_top": float(right.mean()),
        "found_at_zero": float((right & (score[copies] > strangers.max())).mean()),
        "found_at_one_percent": float((right & (score[copies] > np.quantile(strangers, 0.99))).mean()),
        "highest_unrelated": float(strangers.max()),
        "mean_unrelated": float(strangers.mean()),
    }
