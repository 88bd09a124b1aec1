"""Training batches, made on the fly in worker processes: equal seed and step give equal batches."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor
from torch.utils.data import Dataset

from simcheck.encoders.training import edits
from simcheck.encoders.training.edits_base import Picture
from simcheck.encoders.training.network import MEAN, STD

_OTHERS = 3  # pictures that an edit may put beside or behind the one at hand
_ENDINGS = {".jpg", ".jpeg", ".png", ".webp"}


@dataclass(frozen=True)
class Batch:
    """One step's views."""

    numbers: npt.NDArray[np.int64]
    """(n,): which picture of the training set each row shows."""
    queries: Picture
    """uint8, (n, s, s, 3): heavily edited views."""
    others: npt.NDArray[np.int64]
    """(n, 3): pictures that can also be seen in the query, -1 for none."""


def read_pictures(folder: Path) -> list[Picture]:
    """Every picture in a folder, sorted by name, decoded to RGB; what cannot be decoded is left out."""
    pictures = []
    for path in sorted(p for p in folder.iterdir() if p.suffix.lower() in _ENDINGS):
        decoded = cv2.imdecode(np.frombuffer(path.read_bytes(), np.uint8), cv2.IMREAD_COLOR)
        if decoded is not None and min(decoded.shape[:2]) >= 8:
            pictures.append(cv2.cvtColor(decoded, cv2.COLOR_BGR2RGB))
    return pictures


class Steps(Dataset[Batch]):
    """Item ``i`` is the batch of step ``i``; pictures come once an epoch, in an order of the epoch's own."""

    def __init__(self, pictures: Sequence[Picture], batch: int, size: int, seed: int, steps: int) -> None:
        if len(pictures) < batch:
            raise ValueError(f"a batch of {batch} needs as many training pictures, there are {len(pictures)}")
        self.pictures, self.batch, self.size, self.seed, self.steps = pictures, batch, size, seed, steps

    def __len__(self) -> int:
        return self.steps

    def __getitem__(self, step: int) -> Batch:
        an_epoch = len(self.pictures) // self.batch
        order = np.random.default_rng([self.seed, 0, step // an_epoch]).permutation(len(self.pictures))
        at = step % an_epoch * self.batch
        numbers = order[at : at + self.batch]
        rng = np.random.default_rng([self.seed, 1, step])
        others = rng.integers(0, len(self.pictures), (self.batch, _OTHERS))
        queries = np.empty((self.batch, self.size, self.size, 3), np.uint8)
        for row, number in enumerate(numbers):
            picture = self.pictures[number]
            beside = [self.pictures[o] for o in others[row]]
            queries[row], mixed = edits.query(rng, picture, beside, self.size)
            if not mixed:
                others[row] = -1
        return Batch(numbers, queries, others)


def to_tensor(pictures: Picture, device: torch.device) -> Tensor:
    """uint8 (n, h, w, 3) to the network's input: float32, (n, 3, h, w), normalised, channels last in memory."""
    x = torch.from_numpy(pictures).to(device).permute(0, 3, 1, 2).float()
    mean = torch.tensor(MEAN, device=device).view(1, 3, 1, 1)
    std = torch.tensor(STD, device=device).view(1, 3, 1, 1)
    return ((x - mean) / std).contiguous(memory_format=torch.channels_last)
