"""Training and export: small, but the real thing."""

from __future__ import annotations

import json
import sys
from pathlib import Path

import cv2
import numpy as np
import pytest
from encoder_pictures import made_up_picture

torch = pytest.importorskip("torch")
pytest.importorskip("onnx")

from simcheck.encoders import load_image_encoder  # noqa: E402
from simcheck.encoders.training import export, train  # noqa: E402
from simcheck.encoders.training.data import Steps, to_tensor  # noqa: E402
from simcheck.encoders.training.network import CopyNetwork, fold, from_state  # noqa: E402
from simcheck.encoders.training.objective import losses  # noqa: E402
from simcheck.encoders.training.whitening import whitened, whitening  # noqa: E402

CPU = torch.device("cpu")
PICTURES = [made_up_picture(seed, 40 + seed, 50) for seed in range(12)]
RECIPE = train.Recipe(size=64, batch=4, rate=1e-3, seed=3)


@pytest.fixture(autouse=True)
def _one_thread() -> None:
    torch.set_num_threads(1)


def _trainer() -> train.Trainer:
    trainer = train.Trainer(RECIPE, PICTURES, CPU)
    trainer.half_precision = False
    return trainer


def test_batches_depend_on_seed_and_step_only() -> None:
    """A second data set gives the same batches; an epoch shows every picture once."""
    first, again = (Steps(PICTURES, 4, 64, 7, 6) for _ in range(2))
    np.testing.assert_array_equal(first[5].queries, again[5].queries)
    assert sorted(np.concatenate([first[step].numbers for step in range(3)])) == list(range(12))
    assert not np.array_equal(first[0].queries, Steps(PICTURES, 4, 64, 8, 6)[0].queries)


def test_going_on_equals_never_having_stopped(tmp_path: Path) -> None:
    """Four steps in one run, and two and two with a checkpoint between: the same weights."""
    steps = Steps(PICTURES, RECIPE.batch, RECIPE.size, RECIPE.seed, 4)
    whole = _trainer()
    for number in range(4):
        whole.train_step(steps[number], number / 4)
    first = _trainer()
    for number in range(2):
        first.train_step(steps[number], number / 4)
    first.save(tmp_path / "checkpoint.pt")
    second = _trainer()
    second.load(tmp_path / "checkpoint.pt")
    for number in range(2, 4):
        second.train_step(steps[number], number / 4)
    assert second.step == 4
    for name, value in whole.slow.state_dict().items():
        torch.testing.assert_close(second.slow.state_dict()[name], value, rtol=0, atol=0, msg=name)


def test_the_command_trains_resumes_and_logs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Two steps, then two more from the checkpoint; each line of the curve is JSON with held-out figures."""
    data = tmp_path / "data"
    data.mkdir()
    for number, picture in enumerate(PICTURES):
        cv2.imwrite(str(data / f"{number}.png"), picture)
    (data / "broken.jpg").write_bytes(b"no picture")
    squares = np.stack([cv2.resize(p, (64, 64)) for p in PICTURES])
    held_out = tmp_path / "held.npz"
    np.savez(
        held_out, references=squares[:4], queries=squares, target=np.array([0, 1, 2, 3] + [-1] * 8), family=["x"] * 12
    )
    out = tmp_path / "out"
    common = ["train", str(data), "--out", str(out), "--size", "64", "--batch", "4", "--workers", "0", "--threads", "1"]
    for steps in ("2", "4"):
        monkeypatch.setattr(sys, "argv", [*common, "--steps", steps, "--held-out", str(held_out)])
        train.main()
    curve = [json.loads(line) for line in (out / "curve.jsonl").read_text().splitlines()]
    assert [line["step"] for line in curve] == [0, 2, 2, 4]
    assert all(0 <= line["found_at_zero"] <= line["on_top"] <= 1 for line in curve)


def test_the_objective_ignores_what_an_edit_put_beside() -> None:
    """A bank entry that can also be seen in the query neither counts as wrong nor as the nearest stranger."""
    bank = torch.eye(4)
    query = torch.nn.functional.normalize(torch.tensor([[0.6, 0.8, 0.0, 0.0]]), dim=1)
    number = torch.tensor([0])
    seen = losses(query, number, torch.tensor([[1]]), bank, 0.05, 1.0)
    unseen = losses(query, number, torch.tensor([[-1]]), bank, 0.05, 1.0)
    assert seen.right == 1
    assert unseen.right == 0
    assert seen.total < unseen.total


def _used_network() -> CopyNetwork:
    """Random weights with normalisation statistics that are not those of the start."""
    torch.manual_seed(0)
    network = CopyNetwork().train()
    for _ in range(3):
        network(torch.randn(4, 3, 64, 64) * 2 + 1)
    return network.eval()


def test_folding_changes_nothing_but_the_form() -> None:
    """The folded network gives the same vectors, and is recognised by its weights."""
    network = _used_network()
    folded = from_state(fold(network).state_dict()).eval()
    assert folded.fused
    x = torch.randn(3, 3, 64, 64)
    with torch.no_grad():
        torch.testing.assert_close(folded(x), network(x), rtol=0, atol=1e-4)


def test_going_on_from_weights_leaves_still_blocks_alone() -> None:
    """Folded, with the stem held: everything behind it moves, the stem does not."""
    start = _used_network().state_dict()
    trainer = train.Trainer(train.Recipe(size=64, batch=4, still=1, fused=True), PICTURES, CPU, start)
    trainer.half_precision = False
    before = {name: value.clone() for name, value in trainer.fast.state_dict().items()}
    trainer.train_step(Steps(PICTURES, 4, 64, 1, 1)[0], 0)
    moved = {name for name, value in trainer.fast.named_parameters() if not torch.equal(value, before[name])}
    assert moved == {name for name, _ in trainer.fast.named_parameters() if not name.startswith("network.stem.")}


def test_threads_that_share_a_batch_take_the_same_step() -> None:
    """Folded, four views at once or two at a time: the same gradients, so the same weights."""
    batch = Steps(PICTURES, 4, 64, 1, 1)[0]
    weights = []
    for micro in (4, 2):
        trainer = train.Trainer(train.Recipe(size=64, batch=4, fused=True, micro=micro), PICTURES, CPU)
        trainer.half_precision = False
        found = trainer.train_step(batch, 0)
        weights.append((found, trainer.fast.state_dict()))
    (one, whole), (other, parts) = weights
    torch.testing.assert_close(one.contrast, other.contrast, rtol=1e-5, atol=1e-5)
    for name, value in whole.items():
        torch.testing.assert_close(parts[name], value, rtol=1e-3, atol=1e-4, msg=name)


def test_whitening_gives_every_direction_the_same_variance() -> None:
    """Correlated features with one strong direction come out uncorrelated, of variance 1."""
    torch.manual_seed(0)
    features = torch.randn(4000, 6) @ torch.randn(6, 6) + 5
    mean, spread, matrix = whitening(features, dimensions=4, shrinkage=0.0)
    white = (features - mean) / spread @ matrix.t()
    torch.testing.assert_close(torch.cov(white.t()), torch.eye(4), rtol=0, atol=1e-3)


def test_the_export_equals_the_network(tmp_path: Path) -> None:
    """Another batch size than the example's, weights rounded to half precision; the whitening of twelve pictures
    magnifies the rounding, the packaged weights agree to a millionth.
    """
    weights = tmp_path / "whitened.pt"
    torch.save(whitened(fold(_used_network()), PICTURES, 96).state_dict(), weights)
    loaded = export.load_weights(weights)
    export.export_encoder(loaded, tmp_path / "net.onnx", 96)
    export.describe(tmp_path / "net.onnx", 96)
    squares = np.stack([cv2.resize(p, (96, 96), interpolation=cv2.INTER_LINEAR) for p in PICTURES[:5]])
    with torch.no_grad():
        expected = loaded(to_tensor(squares, CPU)).numpy()
    encoder = load_image_encoder(f"onnx:{tmp_path / 'net.onnx'}")
    assert encoder.dimensions == 256
    assert (encoder.encode(list(squares)) * expected).sum(1).min() > 0.99
