"""Encoders that users configure, and every way their files can be wrong."""

from __future__ import annotations

import shutil
import sys
import types
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from simcheck.encoders import load_image_encoder
from simcheck.encoders.preparation import Preparation, read_model_file
from simcheck.encoders.registry import WEIGHTS
from simcheck.errors import ModelError

PACKAGED = "simcheck-image-2"


@pytest.fixture
def copied(tmp_path: Path) -> Path:
    """The packaged encoder's two files somewhere else."""
    for ending in (".onnx", ".toml"):
        shutil.copy(WEIGHTS / f"{PACKAGED}{ending}", tmp_path / f"mine{ending}")
    return tmp_path / "mine.onnx"


def test_the_same_files_are_the_same_encoder(copied: Path) -> None:
    """Identity follows content, not place."""
    assert load_image_encoder(f"onnx:{copied}").identity == load_image_encoder().identity


def test_another_preparation_is_another_encoder(copied: Path) -> None:
    """Middle square instead of the whole picture: same weights, vectors that must not be mixed."""
    toml = copied.with_suffix(".toml")
    toml.write_text(toml.read_text().replace('"squash"', '"crop"'))
    ours, theirs = load_image_encoder(), load_image_encoder(f"onnx:{copied}")
    assert ours.identity.split("/")[:2] == theirs.identity.split("/")[:2]
    assert ours.identity != theirs.identity


def test_damaged_weights_are_refused(copied: Path) -> None:
    """One flipped byte is found by the checksum."""
    data = bytearray(copied.read_bytes())
    data[len(data) // 2] ^= 1
    copied.write_bytes(data)
    with pytest.raises(ModelError, match="damaged or were exchanged"):
        load_image_encoder(f"onnx:{copied}")


def test_weights_that_are_no_model_are_refused(copied: Path) -> None:
    """Without a checksum to hold against, onnxruntime's fault becomes one sentence."""
    copied.write_bytes(b"not a model")
    toml = copied.with_suffix(".toml")
    toml.write_text("\n".join(line for line in toml.read_text().splitlines() if "sha256" not in line))
    with pytest.raises(ModelError, match="are no ONNX model") as fault:
        load_image_encoder(f"onnx:{copied}")
    assert "\n" not in str(fault.value)


def test_missing_files_are_named(copied: Path, tmp_path: Path) -> None:
    """The sentence says which file is missing."""
    with pytest.raises(ModelError, match=r"absent\.onnx are missing"):
        load_image_encoder(f"onnx:{tmp_path / 'absent.onnx'}")
    copied.with_suffix(".toml").unlink()
    with pytest.raises(ModelError, match=r"mine\.toml is missing"):
        load_image_encoder(f"onnx:{copied}")


@pytest.mark.parametrize("spec", ["", "simcheck-image-9", "onnx:", "st:", "clip"])
def test_an_unknown_encoder_lists_the_choices(spec: str) -> None:
    """A wrong name is one error with what would be right."""
    with pytest.raises(ModelError, match="choose simcheck-image-2, onnx:PATH"):
        load_image_encoder(spec)


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("size = 160\nresize = 'stretch'", "resize is 'stretch', allowed are squash and crop"),
        ("size = 4", "size is 4, allowed are 16 to 1024 pixels"),
        ("size = 'big'", "size is 'big'"),
        ("size = 160\nmean = [1, 2]", "mean and std need three numbers"),
        ("size = 160\nstd = [1, 0, 1]", "above 0"),
        ("size = 160\nsharpness = 3", "unknown fields: sharpness"),
        ("resize = 'crop'", "size"),
        ("size = ", "cannot be read"),
    ],
)
def test_a_wrong_preparation_says_what_is_wrong(tmp_path: Path, text: str, reason: str) -> None:
    """Value and allowed range stand in the sentence."""
    file = tmp_path / "model.toml"
    file.write_text(text)
    with pytest.raises(ModelError, match=reason):
        read_model_file(file)


def test_an_output_that_is_not_there_is_named(copied: Path) -> None:
    """The outputs that are there are listed."""
    toml = copied.with_suffix(".toml")
    toml.write_text(toml.read_text().replace('"vectors"', '"embeddings"'))
    with pytest.raises(ModelError, match="no output named 'embeddings'; it has vectors"):
        load_image_encoder(f"onnx:{copied}")


def test_squash_keeps_the_whole_picture_and_crop_the_middle() -> None:
    """A white middle between black sides: half of it white squashed, all of it white cropped."""
    picture = np.zeros((32, 64, 3), np.uint8)
    picture[:, 16:48] = 255
    squashed = Preparation(32, input="uint8-nhwc").apply([picture])
    cropped = Preparation(32, resize="crop", input="uint8-nhwc").apply([picture])
    assert squashed.mean() == pytest.approx(127.5, abs=1)
    assert (cropped == 255).all()


def test_channels_and_normalisation() -> None:
    """Blue first where asked; (value / scale - mean) / std for each channel; channels before rows."""
    red = np.zeros((16, 16, 3), np.uint8)
    red[..., 0] = 255
    values = Preparation(16, channels="bgr", mean=(0, 0, 0.5), std=(1, 1, 0.25)).apply([red])
    assert values.shape == (1, 3, 16, 16)
    assert values.dtype == np.float32
    np.testing.assert_allclose(values[0, :, 0, 0], [0, 0, 2])


def test_a_float_model_with_a_fixed_batch_runs(tmp_path: Path) -> None:
    """Exports often fix the batch at one picture; the loader fills up and cuts off."""
    onnx = pytest.importorskip("onnx")
    helper, kinds = onnx.helper, onnx.TensorProto
    graph = helper.make_graph(
        [helper.make_node("ReduceMean", ["x"], ["y"], keepdims=0, axes=[2, 3])],
        "channel means",
        [helper.make_tensor_value_info("x", kinds.FLOAT, [2, 3, 16, 16])],
        [helper.make_tensor_value_info("y", kinds.FLOAT, [2, 3])],
    )
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 13)], ir_version=8)
    (tmp_path / "means.onnx").write_bytes(model.SerializeToString())
    (tmp_path / "means.toml").write_text("size = 16\n")
    encoder = load_image_encoder(f"onnx:{tmp_path / 'means.onnx'}")
    red, black = np.zeros((20, 30, 3), np.uint8), np.zeros((20, 30, 3), np.uint8)
    red[..., 0] = 255
    vectors = encoder.encode([red, red, red, black])
    assert encoder.name == "means"
    assert encoder.dimensions == 3
    np.testing.assert_allclose(vectors, [[1, 0, 0]] * 4, atol=1e-6)  # zeros get a direction too


class _Weights:
    def __init__(self, values: list[float]) -> None:
        self._values = np.array(values, np.float32)

    def detach(self) -> _Weights:
        return self

    def cpu(self) -> _Weights:
        return self

    def numpy(self) -> np.ndarray[Any, Any]:
        return self._values


def _pretend_library(monkeypatch: pytest.MonkeyPatch, weights: list[float], takes_pictures: bool = True) -> None:
    class Model:
        def __init__(self, name: str) -> None:
            if name == "absent":
                raise OSError("absent is not a local folder\nand much more")

        def encode(self, items: Sequence[Any], **_: object) -> np.ndarray[Any, Any]:
            if not takes_pictures:
                raise TypeError("text wanted")
            return np.stack([np.asarray(item.resize((2, 1)), np.float32).ravel() + 1 for item in items])

        def state_dict(self) -> dict[str, _Weights]:
            return {"layer": _Weights(weights)}

    library = types.ModuleType("sentence_transformers")
    library.SentenceTransformer = Model  # type: ignore[attr-defined]
    torch = types.ModuleType("torch")
    torch.set_num_threads = lambda _: None  # type: ignore[attr-defined]
    monkeypatch.setitem(sys.modules, "sentence_transformers", library)
    monkeypatch.setitem(sys.modules, "torch", torch)


def test_a_sentence_transformers_model(monkeypatch: pytest.MonkeyPatch) -> None:
    """Name as configured, unit vectors, identity by weights."""
    _pretend_library(monkeypatch, [1.0])
    encoder = load_image_encoder("st:clip-ViT-B-32")
    assert encoder.name == "st:clip-ViT-B-32"
    assert encoder.dimensions == 6
    assert encoder.encode([]).shape == (0, 6)
    vectors = encoder.encode([np.full((5, 7, 3), 9, np.uint8)])
    np.testing.assert_allclose(np.linalg.norm(vectors, axis=1), 1, atol=1e-6)
    before = encoder.identity
    _pretend_library(monkeypatch, [2.0])
    assert load_image_encoder("st:clip-ViT-B-32").identity != before


def test_a_sentence_transformers_model_that_fails(monkeypatch: pytest.MonkeyPatch) -> None:
    """Absent, for texts only, or without the library: one sentence each."""
    _pretend_library(monkeypatch, [1.0], takes_pictures=False)
    with pytest.raises(ModelError, match="does not take pictures"):
        load_image_encoder("st:all-MiniLM-L6-v2")
    with pytest.raises(ModelError, match="'absent' cannot be loaded") as fault:
        load_image_encoder("st:absent")
    assert "\n" not in str(fault.value)
    monkeypatch.setitem(sys.modules, "sentence_transformers", None)
    with pytest.raises(ModelError, match="cannot be imported"):
        load_image_encoder("st:clip-ViT-B-32")
