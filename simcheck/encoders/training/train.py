"""Train the image encoder: ``python -m simcheck.encoders.training.train DATA --out FOLDER --minutes 100``.

Self-supervised copy detection: each step draws pictures, edits them heavily (:mod:`.edits`) and asks for each
edited view's own picture among all training pictures (:mod:`.objective`). The network begins with its features
whitened (:mod:`.whitening`), and the matrix is trained with it. A slow copy of the network (average of the weights)
makes the vectors it is looked for among, and is what is whitened anew and exported. Runs on a GPU when there is one,
else on the CPU, where threads share out a batch.
"""

from __future__ import annotations

import argparse
import copy
import json
import math
import os
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import torch
from torch import Tensor, nn
from torch.utils.data import DataLoader

from simcheck.encoders.training.data import Batch, Steps, read_pictures, to_tensor
from simcheck.encoders.training.edits_base import Picture
from simcheck.encoders.training.edits_geometry import squash
from simcheck.encoders.training.held_out import embed, retrieval
from simcheck.encoders.training.network import CopyNetwork, fold, from_state
from simcheck.encoders.training.objective import Losses, losses
from simcheck.encoders.training.whitening import whitened


@dataclass(frozen=True)
class Recipe:
    """Everything that shapes the result, kept in the checkpoint and the model card."""

    size: int = 96
    """Side of the views in pixels."""
    batch: int = 128
    rate: float = 3e-4
    """Highest learning rate (AdamW), after a warm-up of 100 steps; falls to 1 % as half a cosine."""
    decay: float = 0.02
    temperature: float = 0.05
    entropy_weight: float = 1.0
    average: float = 0.995
    """Share of the slow copy that stays, at each step; less in the first steps."""
    refresh: int = 400
    """Steps after which the slow copy makes the bank's vectors anew."""
    still: int = 0
    """Blocks at the entrance, the stem counted, that are not trained further."""
    fused: bool = False
    """Batch normalisation folded into the convolutions: for going on from trained weights, without statistics."""
    micro: int = 32
    """On a CPU, views that a thread takes at a time where there are no batch statistics; the step is the same."""
    seed: int = 1


class Trainer:
    """State of one run: fast and slow network, optimiser, bank, counters."""

    def __init__(
        self,
        recipe: Recipe,
        pictures: list[Picture],
        device: torch.device,
        start: dict[str, Tensor] | None = None,
    ) -> None:
        """``start``: trained weights to begin with."""
        torch.manual_seed(recipe.seed)
        self.recipe, self.pictures, self.device = recipe, pictures, device
        network = CopyNetwork(recipe.fused) if start is None else from_state(start)
        network = fold(network.eval()) if recipe.fused and not network.fused else network
        self.fast = whitened(network, pictures[::2], recipe.size)
        self.fast.to(device, memory_format=torch.channels_last)  # type: ignore[call-overload]
        self.slow = copy.deepcopy(self.fast).eval().requires_grad_(False)
        for part in [network.stem, *network.body][: recipe.still]:
            part.requires_grad_(False)
        trained = [p for p in self.fast.parameters() if p.requires_grad]
        groups = [
            {"params": [p for p in trained if p.ndim > 1], "weight_decay": recipe.decay},
            {"params": [p for p in trained if p.ndim <= 1], "weight_decay": 0.0},
        ]
        self.optimiser = torch.optim.AdamW(groups, recipe.rate)
        self.bank = torch.zeros(0)
        self.step = 0
        self.elapsed_s = 0.0
        self.half_precision = _bf16_pays(self.fast, recipe.size, device)
        alone = device.type == "cuda" or not recipe.fused
        self._share = recipe.batch if alone else recipe.micro
        # One thread an operation, each with its own views: twice as fast as two threads in every operation.
        self._threads = ThreadPoolExecutor(1 if alone else torch.get_num_threads(), initializer=_alone)

    def fill_bank(self) -> None:
        """One vector for every training picture, whole, by the slow network."""
        size, chunk = self.recipe.size, 256
        parts = []
        for at in range(0, len(self.pictures), chunk):
            views = torch.stack([torch.from_numpy(squash(p, size)) for p in self.pictures[at : at + chunk]])
            parts.append(torch.from_numpy(embed(self.slow, views.numpy(), self.device)))
        self.bank = torch.cat(parts).to(self.device)

    def train_step(self, batch: Batch, progress: float) -> Losses:
        """One update; ``progress`` is the share of the training that is over, 0 to 1."""
        recipe = self.recipe
        rate = recipe.rate * min(1.0, (self.step + 1) / 100) * (0.01 + 0.99 * 0.5 * (1 + math.cos(math.pi * progress)))
        for group in self.optimiser.param_groups:
            group["lr"] = rate
        if self.step % recipe.refresh == 0 or not len(self.bank):
            self.fill_bank()
        self.fast.train(not recipe.fused)
        self.optimiser.zero_grad(set_to_none=True)
        parts = [slice(at, at + self._share) for at in range(0, len(batch.numbers), self._share)]
        done = list(self._threads.map(lambda part: self._learn(batch, part), parts))
        nn.utils.clip_grad_norm_(self.fast.parameters(), 1.0)
        self.optimiser.step()
        self._follow()
        self.step += 1
        return Losses(*(torch.stack(values).sum() for values in zip(*done, strict=True)))

    def _learn(self, batch: Batch, part: slice) -> tuple[Tensor, ...]:
        """Add the gradients of some views of a batch; their share of its `Losses`."""
        recipe = self.recipe
        numbers, others = (torch.from_numpy(a[part]).to(self.device) for a in (batch.numbers, batch.others))
        with torch.autocast(self.device.type, torch.bfloat16, enabled=self.half_precision):
            vectors = self.fast(to_tensor(batch.queries[part], self.device)).float()
        result = losses(vectors, numbers, others, self.bank, recipe.temperature, recipe.entropy_weight)
        share = len(numbers) / len(batch.numbers)
        (result.total * share).backward()  # type: ignore[no-untyped-call]
        return tuple(value.detach() * share for value in (result.total, result.contrast, result.entropy, result.right))

    @torch.no_grad()
    def _follow(self) -> None:
        average = min(self.recipe.average, (self.step + 1) / (self.step + 10))
        for slow, fast in zip(self.slow.state_dict().values(), self.fast.state_dict().values(), strict=True):
            if slow.is_floating_point():
                slow.lerp_(fast, 1 - average)
            else:
                slow.copy_(fast)

    def save(self, path: Path) -> None:
        """Write the checkpoint whole or not at all."""
        state = {
            "recipe": asdict(self.recipe),
            "fast": self.fast.state_dict(),
            "slow": self.slow.state_dict(),
            "optimiser": self.optimiser.state_dict(),
            "bank": self.bank,
            "step": self.step,
            "elapsed_s": self.elapsed_s,
        }
        part = path.with_suffix(".part")
        torch.save(state, part)
        os.replace(part, path)

    def load(self, path: Path) -> None:
        """Go on where a checkpoint stopped."""
        state: dict[str, Any] = torch.load(path, map_location=self.device, weights_only=True)
        self.fast.load_state_dict(state["fast"])
        self.slow.load_state_dict(state["slow"])
        self.optimiser.load_state_dict(state["optimiser"])
        self.bank, self.step, self.elapsed_s = state["bank"], state["step"], state["elapsed_s"]


def _alone() -> None:
    torch.set_num_threads(1)


def _bf16_pays(network: nn.Module, size: int, device: torch.device) -> bool:
    """Whether autocast to bf16 is faster here: a GPU yes; a CPU without the instructions is twelve times slower."""
    if device.type == "cuda":
        return bool(torch.cuda.is_bf16_supported())
    x = torch.zeros(2, 3, size, size).contiguous(memory_format=torch.channels_last)
    times = []
    for enabled in (False, True):
        with torch.no_grad(), torch.autocast("cpu", torch.bfloat16, enabled=enabled):
            network.eval()(x)
            start = time.perf_counter()
            network(x)
            times.append(time.perf_counter() - start)
    return times[1] < times[0]


def run(trainer: Trainer, out: Path, minutes: float, steps: int | None, held_out: Path | None, workers: int) -> None:
    """Train until ``minutes`` (all runs of this checkpoint together) or ``steps`` are over."""
    recipe = trainer.recipe
    last = steps if steps is not None else 10_000_000
    dataset = Steps(trainer.pictures, recipe.batch, recipe.size, recipe.seed, last)
    loader = DataLoader(dataset, None, sampler=range(trainer.step, last), num_workers=workers)
    before, start = trainer.elapsed_s, time.monotonic()
    saved = logged = start
    _log(out, trainer, {"views": trainer.step * recipe.batch}, held_out)
    for batch in loader:
        trainer.elapsed_s = before + time.monotonic() - start
        progress = trainer.step / last if steps is not None else trainer.elapsed_s / 60 / minutes
        if progress >= 1:
            break
        result = trainer.train_step(batch, progress)
        now = time.monotonic()
        if trainer.step % 50 == 0:
            parts = {n: round(float(getattr(result, n)), 4) for n in ("contrast", "entropy", "right")}
            check = held_out if now - logged > 720 else None
            logged = now if check else logged
            _log(out, trainer, {"views": trainer.step * recipe.batch, **parts}, check)
        if now - saved > 240:
            trainer.save(out / "checkpoint.pt")
            saved = now
    trainer.save(out / "checkpoint.pt")
    _log(out, trainer, {"views": trainer.step * recipe.batch, "finished": True}, held_out)


def _log(out: Path, trainer: Trainer, entry: dict[str, Any], held_out: Path | None) -> None:
    """One line of the learning curve."""
    if held_out is not None and held_out.exists():
        entry |= {k: round(v, 4) for k, v in retrieval(trainer.slow, held_out, trainer.device).items()}
    line = {"minutes": round(trainer.elapsed_s / 60, 2), "step": trainer.step, **entry}
    with (out / "curve.jsonl").open("a") as file:
        file.write(json.dumps(line) + "\n")
    print(line, flush=True)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("data", type=Path, help="folder of training pictures")
    parser.add_argument("--out", type=Path, required=True, help="folder for checkpoint.pt and curve.jsonl")
    parser.add_argument("--minutes", type=float, default=60, help="training time, all runs together")
    parser.add_argument("--steps", type=int, help="number of steps instead of a time")
    parser.add_argument("--start-from", type=Path, help="weights to begin with (a state dict)")
    parser.add_argument("--held-out", type=Path, help="file of held-out pictures, see held_out.py")
    parser.add_argument("--workers", type=int, default=1, help="processes that make edits")
    parser.add_argument("--threads", type=int, default=2)
    for name, kind in (("size", int), ("batch", int), ("rate", float), ("entropy-weight", float)):
        parser.add_argument(f"--{name}", type=kind, default=getattr(Recipe, name.replace("-", "_")))
    for name in ("seed", "still", "refresh"):
        parser.add_argument(f"--{name}", type=int, default=getattr(Recipe, name))
    parser.add_argument("--fused", action="store_true", help="fold the batch normalisation: to go on from weights")
    options = parser.parse_args()
    torch.set_num_threads(options.threads)
    options.out.mkdir(parents=True, exist_ok=True)
    recipe = Recipe(
        size=options.size,
        batch=options.batch,
        rate=options.rate,
        entropy_weight=options.entropy_weight,
        seed=options.seed,
        still=options.still,
        refresh=options.refresh,
        fused=options.fused,
    )
    device = torch.device("cuda" if torch.cuda.is_available() else "cpu")
    start = torch.load(options.start_from, map_location=device, weights_only=True) if options.start_from else None
    trainer = Trainer(recipe, read_pictures(options.data), device, start)
    checkpoint = options.out / "checkpoint.pt"
    if checkpoint.exists():
        trainer.load(checkpoint)
    run(trainer, options.out, options.minutes, options.steps, options.held_out, options.workers)


if __name__ == "__main__":
    main()
