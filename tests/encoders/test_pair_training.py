"""The pair network's training and export: small, but the real thing."""

from __future__ import annotations

import json
from pathlib import Path

import cv2
import numpy as np
import pytest
from encoder_pictures import made_up_picture

torch = pytest.importorskip("torch")
onnx = pytest.importorskip("onnx")

from simcheck.encoders.onnx import open_session  # noqa: E402
from simcheck.encoders.pairs import SIDE  # noqa: E402
from simcheck.encoders.training import export, pairs  # noqa: E402


@pytest.fixture(autouse=True)
def _one_thread() -> None:
    torch.set_num_threads(1)


def squares(count: int) -> list[np.ndarray]:
    pictures = [cv2.cvtColor(made_up_picture(seed, 120, 120), cv2.COLOR_RGB2GRAY) for seed in range(count)]
    return [np.asarray(cv2.resize(one, (SIDE, SIDE))) for one in pictures]


def batch(count: int) -> tuple[np.ndarray, list[dict[str, object]]]:
    """Each picture beside itself and beside the next one."""
    made, whole = squares(count), np.full((SIDE, SIDE), 255, np.uint8)
    right = [np.stack([one, one, whole]) for one in made]
    wrong = [np.stack([one, other, whole]) for one, other in zip(made, made[1:] + made[:1], strict=True)]
    notes = [
        {"source": number % count, "copy": number < count, "by": "tile" if number // 12 % 2 else "truth"}
        for number in range(2 * count)
    ]
    return np.stack([*right, *wrong]), notes


def test_augmentation_keeps_shape_and_range_and_depends_on_its_numbers_alone() -> None:
    patches, _ = batch(8)
    first, again, other = (
        pairs.augmented(torch.from_numpy(patches), torch.Generator().manual_seed(seed)) for seed in (1, 1, 2)
    )
    assert first.shape == patches.shape
    assert torch.equal(first, again)
    assert not torch.equal(first, other)
    assert 0 <= float(first.min()) < float(first.max()) <= 255
    hidden = patches.copy()
    hidden[:, 2, :, :40] = 0
    seen = pairs.augmented(torch.from_numpy(hidden), torch.Generator().manual_seed(1))
    assert not seen[:, :2][(seen[:, 2:3] == 0).expand(-1, 2, -1, -1)].any()


def losses_of(told: str) -> list[float]:
    return [float(line.split("loss ")[1].split(";")[0]) for line in told.splitlines() if "loss" in line]


def test_a_short_training_learns_goes_on_and_its_export_says_the_same(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    patches, notes = batch(48)
    np.save(tmp_path / "0-000.npy", patches)
    (tmp_path / "0-000.json").write_text(json.dumps(notes))
    monkeypatch.setattr(pairs, "BATCH", 16)
    loaded, known = pairs.load(tmp_path)
    assert known == notes
    network = pairs.train(loaded, known, epochs=3)
    first = losses_of(capsys.readouterr().out)
    assert first[-1] < first[0]
    file = tmp_path / "net.onnx"
    exported(network, file)
    np.testing.assert_allclose(said_by(file, patches[:5]), pairs.odds_of(network, patches[:5]), atol=0.05)
    np.testing.assert_allclose(
        pairs.odds_of(pairs.unfolded(file, patches), patches[:5]), said_by(file, patches[:5]), atol=1e-3
    )
    monkeypatch.setattr(pairs, "STATISTICS", 64)
    further = pairs.train(loaded, known, 1, file)
    (again,) = losses_of(capsys.readouterr().out)
    assert again < first[0]
    between = tmp_path / "between.onnx"
    exported(further, between)
    apart = weight_of(between) - weight_of(file)
    assert np.abs(apart).max() > 1e-3
    pairs.halfway(between, file)
    np.testing.assert_allclose(weight_of(between) - weight_of(file), apart / 2, atol=1e-6)


def exported(network: pairs.PairNet, file: Path) -> None:
    export.export(network, file, torch.zeros(2, 3, SIDE, SIDE, dtype=torch.uint8), ("pairs", "odds"))


def said_by(file: Path, patches: np.ndarray) -> np.ndarray:
    (said,) = open_session(file.read_bytes(), file, "net", 1).run(None, {"pairs": patches})
    return np.asarray(said)


def weight_of(file: Path) -> np.ndarray:
    """The last layer's weights, which are stored as they are."""
    (found,) = (one for one in onnx.load(str(file)).graph.initializer if one.name == "head.3.weight")
    return np.asarray(onnx.numpy_helper.to_array(found))


def test_an_empty_folder_is_one_sentence(tmp_path: Path) -> None:
    with pytest.raises(SystemExit, match=r"benchmarks\.images\.aligned"):
        pairs.load(tmp_path)
