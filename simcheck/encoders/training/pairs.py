"""Trains the pair network (`simcheck.encoders.pairs`) and writes the file that the package ships.

``python -m simcheck.encoders.training.pairs FOLDER OUT.onnx``, with what ``python -m benchmarks.images.aligned`` made.
Sources whose number can be divided by twelve are held out; the learning curve on them is printed after each epoch.
Pairs that the network gets right are drawn less often and count the more (importance sampling: Katharopoulos and
Fleuret 2018), so that the time goes where something is to learn. ``--start`` goes on from an
earlier file. Seeded; minutes an epoch on two cores.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import math
from pathlib import Path
from typing import Any

import numpy as np
import onnx
import torch
from onnx import numpy_helper
from torch import Tensor, nn
from torch.nn import functional

from simcheck.encoders.pairs import NAME, SIDE
from simcheck.encoders.training.export import export
from simcheck.encoders.training.pair_network import PairNet

SEED = 10
BATCH = 128
RATE, RATE_AGAIN = 2e-3, 1e-3
"""Highest rate of the cycle, of a first training and of one that goes on."""
HELD_OUT = 12
SMOOTHED = 0.01
"""Labels are no surer than this: some neighbours are copies after all."""
EASY_LOSS, EASY_CHANCE = 0.35, 0.3
"""A pair whose loss has become smaller is drawn the less often, down to this share of the others' chance."""
INVERTED, BLURRED, COVERED, SHADED = 0.08, 0.15, 0.25, 0.12
"""Shares of outputs whose tones are inverted, that are blurred, of which a part is covered, or lies in shadow."""
SHIFT = 2
STATISTICS = 2048
"""Pairs of which the statistics of layers are taken."""


def load(folder: Path) -> tuple[np.ndarray, list[dict[str, Any]]]:
    """Patches uint8 (n, 3, 96, 96), and what is known of each."""
    files = [file for file in sorted(folder.glob("*-*.npy")) if file.with_suffix(".json").exists()]
    if not files:
        raise SystemExit(f"There are no pairs in {folder}: make them with `python -m benchmarks.images.aligned`.")
    notes = [one for file in files for one in json.loads(file.with_suffix(".json").read_text("utf-8"))]
    return np.concatenate([np.load(file) for file in files]), notes


def augmented(pairs: Tensor, random: torch.Generator) -> Tensor:
    """A batch of pairs, turned together; tones, noise and blur of each patch, a small shift and covered parts of the
    outputs change what may change in a copy: float32 like uint8 (n, 3, 96, 96)."""
    pairs = torch.rot90(pairs.float(), int(torch.randint(4, (1,), generator=random)), (2, 3))
    if torch.rand(1, generator=random) < 0.5:
        pairs = pairs.flip(3)
    mine, theirs, both = pairs[:, 0:1], pairs[:, 1:2], pairs[:, 2:3]
    mine, theirs = toned(mine, random), toned(theirs, random)
    theirs = torch.where(some(theirs, INVERTED, random), 255 - theirs, theirs)
    theirs = torch.where(some(theirs, BLURRED, random), functional.avg_pool2d(theirs, 3, 1, 1), theirs)
    theirs = theirs * shadows(theirs, random)
    step = [int(one) for one in torch.randint(-SHIFT, SHIFT + 1, (2,), generator=random)]
    theirs = torch.roll(theirs, step, (2, 3))
    others = theirs[torch.randperm(len(theirs), generator=random)]
    theirs = torch.where(covers(theirs, random), others, theirs)
    shown = both > 127
    return torch.cat([mine * shown, theirs * shown, both], 1)


def some(patches: Tensor, share: float, random: torch.Generator) -> Tensor:
    """Which of the patches, bool (n, 1, 1, 1)."""
    return torch.rand(len(patches), 1, 1, 1, generator=random) < share


def toned(patch: Tensor, random: torch.Generator) -> Tensor:
    """Other gamma, contrast, brightness and noise."""

    def draw(spread: float) -> Tensor:
        return torch.randn(len(patch), 1, 1, 1, generator=random) * spread

    out = 255 * (patch / 255).clamp(0, 1) ** torch.exp(draw(0.3)) * torch.exp(draw(0.2)) + draw(15)
    out = out + torch.randn(patch.shape, generator=random) * draw(5).abs()
    return out.clamp(0, 255)


def covers(patches: Tensor, random: torch.Generator) -> Tensor:
    """What is covered of some of the patches, bool (n, 1, h, w): a rectangle, bars one way or two ways, or all around
    an ellipse."""
    found = torch.zeros(len(patches), 1, SIDE, SIDE, dtype=torch.bool)
    line = torch.arange(SIDE)
    for number in torch.nonzero(some(patches, COVERED, random).flatten()).flatten().tolist():
        way, *rest = torch.rand(5, generator=random).tolist()
        width, height = (int(SIDE * (0.12 + 0.45 * one)) for one in rest[:2])
        left, top = (int(one * (SIDE - side)) for one, side in zip(rest[2:], (width, height), strict=True))
        if way < 0.45:
            found[number, 0, top : top + height, left : left + width] = True
        elif way < 0.8:
            step, share = 6 + width // 3, 0.15 + 0.35 * rest[1]
            found[number, 0] = bars(step, share, math.pi * rest[2])
            if way > 0.65:
                found[number, 0] |= bars(step, share / 2, math.pi * (rest[2] + 0.3 + 0.4 * rest[3]))
        else:
            across = (line - SIDE / 2) / (SIDE * (0.3 + 0.2 * rest[0]))
            down = (line - SIDE / 2) / (SIDE * (0.3 + 0.2 * rest[1]))
            found[number, 0] = across[None] ** 2 + down[:, None] ** 2 > 1
    return found


def bars(step: float, share: float, angle: float) -> Tensor:
    """Bars ``step`` pixels apart that take ``share`` of a patch, turned by an angle in radians: bool (h, w)."""
    line = torch.arange(SIDE)
    along = line[None] * math.cos(angle) + line[:, None] * math.sin(angle)
    return along % step < share * step


def shadows(patches: Tensor, random: torch.Generator) -> Tensor:
    """What is left of the light, 0.2 to 1: float (n, 1, h, w); less than 1 in bars or spots of some of the patches."""
    found = torch.ones(len(patches), 1, SIDE, SIDE)
    for number in torch.nonzero(some(patches, SHADED, random).flatten()).flatten().tolist():
        way, *rest = torch.rand(5, generator=random).tolist()
        if way < 0.6:
            dark = bars(8 + 25 * rest[0], 0.25 + 0.4 * rest[1], math.pi * rest[2])[None, None].float()
        else:
            cells = torch.rand(1, 1, 4 + int(12 * rest[0]), 4 + int(12 * rest[0]), generator=random)
            spots = functional.interpolate(cells, (SIDE, SIDE), mode="bicubic", align_corners=False)
            dark = (spots > 0.35 + 0.3 * rest[1]).float()
        found[number] = 1 - (0.3 + 0.5 * rest[3]) * functional.avg_pool2d(dark, 3, 1, 1, count_include_pad=False)[0]
    return found


def odds_of(network: nn.Module, patches: np.ndarray, batch: int = 256) -> np.ndarray:
    """The network's log-odds, float32 (n,)."""
    network.eval()
    with torch.inference_mode():
        parts = [network(torch.from_numpy(patches[at : at + batch])).numpy() for at in range(0, len(patches), batch)]
    return np.concatenate(parts)


def right_above(odds: np.ndarray, copies: np.ndarray, share: float) -> float:
    """Share of the right pairs above all but this share of the wrong ones."""
    return float((odds[copies] > np.quantile(odds[~copies], 1 - share)).mean())


def unfolded(file: Path, patches: np.ndarray) -> PairNet:
    """The network of a shipped file, to go on with. Such a file has the batch normalisation folded into the weights;
    the layers get the statistics of ``patches``, and what undoes these: the network says the same as the file."""
    stored = {one.name.removesuffix(".half"): one for one in onnx.load(str(file)).graph.initializer}
    network = PairNet().eval()
    seen: dict[nn.Module, Tensor] = {}
    with torch.no_grad():
        for name, module in network.named_modules():
            if isinstance(module, nn.BatchNorm2d):
                place, _, last = name.rpartition(".")
                module.bias.copy_(torch.tensor(numpy_helper.to_array(stored[f"{place}.{int(last) - 1}.weight_bias"])))
                module.running_var.fill_(1 - module.eps)  # type: ignore[union-attr]
                module.register_forward_hook(lambda layer, given, _: seen.update({layer: given[0]}))
            elif isinstance(module, nn.Conv2d | nn.Linear):
                for kind, parameter in module.named_parameters():
                    parameter.copy_(torch.tensor(numpy_helper.to_array(stored[f"{name}.{kind}"]).astype(np.float32)))
        network(torch.from_numpy(patches))
        for module, given in seen.items():
            assert isinstance(module, nn.BatchNorm2d)
            variance, mean = torch.var_mean(given, (0, 2, 3))
            module.running_mean, module.running_var = mean, variance
            module.weight.copy_(torch.sqrt(variance + module.eps))
            module.bias.add_(mean)
            module._forward_hooks.clear()
    return network


def halfway(file: Path, other: Path) -> None:
    """Give a file the mean of its weights and another's: training that goes on forgets less so (Wortsman et al. 2022).
    Both must have come of one start."""
    model = onnx.load(str(file))
    theirs = {one.name: numpy_helper.to_array(one) for one in onnx.load(str(other)).graph.initializer}
    for tensor in model.graph.initializer:
        if tensor.name.removesuffix(".half").endswith(("weight", "bias")):
            mine = numpy_helper.to_array(tensor)
            mean = (mine.astype(np.float64) + theirs[tensor.name]) / 2
            tensor.CopyFrom(numpy_helper.from_array(mean.astype(mine.dtype), tensor.name))
    file.write_bytes(model.SerializeToString())


def train(patches: np.ndarray, notes: list[dict[str, Any]], epochs: int, start: Path | None = None) -> PairNet:
    """The trained network; ``start``: an earlier file to go on from."""
    torch.manual_seed(SEED)
    random, order = torch.Generator().manual_seed(SEED), np.random.default_rng(SEED)
    copies = np.array([one["copy"] for one in notes])
    tiles = np.array([one["by"] == "tile" for one in notes])
    held_out = np.array([one["source"] % HELD_OUT == 0 for one in notes])
    wanted = torch.from_numpy(copies).float() * (1 - 2 * SMOOTHED) + SMOOTHED
    used = np.flatnonzero(~held_out)
    network = PairNet() if start is None else unfolded(start, patches[order.choice(used, STATISTICS)])
    steps, rate = len(used) // BATCH, RATE if start is None else RATE_AGAIN
    optimiser = torch.optim.AdamW(network.parameters(), rate, weight_decay=0.02)
    schedule = torch.optim.lr_scheduler.OneCycleLR(optimiser, rate, total_steps=epochs * steps + 1, pct_start=0.15)
    loss_of = np.full(len(patches), EASY_LOSS)
    print(f"{len(used)} pairs to train on, {held_out.sum()} held out", flush=True)
    for epoch in range(epochs):
        network.train()
        chance = np.zeros(len(patches))
        chance[used] = np.clip(loss_of[used] / EASY_LOSS, EASY_CHANCE, 1)
        chance /= chance.sum()
        drawn, losses = order.choice(len(patches), (steps, BATCH), p=chance), 0.0
        for row in drawn:
            chosen = np.sort(row)
            batch = augmented(torch.from_numpy(patches[chosen]), random)
            with torch.autocast("cpu", torch.bfloat16):  # half the time
                odds = network(batch).float()
            of_each = functional.binary_cross_entropy_with_logits(
                odds, wanted[torch.from_numpy(chosen)], reduction="none"
            )
            weight = torch.from_numpy(1 / (chance[chosen] * len(used))).float()
            loss = (of_each * weight).mean()
            loss_of[chosen] = (loss_of[chosen] + of_each.detach().numpy()) / 2
            optimiser.zero_grad()
            loss.backward()  # type: ignore[no-untyped-call]
            nn.utils.clip_grad_norm_(network.parameters(), 2.0)
            optimiser.step()
            schedule.step()
            losses += loss.item()
        odds_held = odds_of(network, patches[held_out])
        print(f"epoch {epoch + 1}: loss {losses / steps:.4f}; held out, right above all but so many of the wrong:")
        for name, some_of in (("whole", ~tiles[held_out]), ("tiles", tiles[held_out])):
            above = [right_above(odds_held[some_of], copies[held_out][some_of], share) for share in (0.01, 0.002)]
            print(f"  {name}: 1 % {above[0]:.4f}, 0.2 % {above[1]:.4f}", flush=True)
    return network.eval()


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", type=Path)
    parser.add_argument("onnx", type=Path)
    parser.add_argument("--epochs", type=int, default=12)
    parser.add_argument("--start", type=Path, metavar="FILE.onnx", help="go on from this file")
    parser.add_argument("--stretch", type=float, default=1.0, metavar="F", help="multiply the log-odds (default 1)")
    parser.add_argument("--between", type=Path, metavar="FILE.onnx", help="halfway between the trained and this file")
    options = parser.parse_args()
    network = train(*load(options.folder), options.epochs, options.start)
    with torch.no_grad():
        for parameter in network.head[-1].parameters():
            parameter.mul_(options.stretch)
    example = torch.zeros(2, 3, SIDE, SIDE, dtype=torch.uint8)
    export(network, options.onnx, example, ("pairs", "odds"))
    if options.between is not None:
        halfway(options.onnx, options.between)
    checksum = hashlib.sha256(options.onnx.read_bytes()).hexdigest()
    print(f"{options.onnx}: {options.onnx.stat().st_size / 1e3:.0f} kB, {NAME}, SHA-256 {checksum}")


if __name__ == "__main__":
    main()
