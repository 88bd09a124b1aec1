"""Export trained weights to the ONNX file the package ships.

``python -m simcheck.encoders.training.export CHECKPOINT OUT.onnx``. The file takes uint8 pictures (n, h, w, 3),
RGB, already at the encoder's size, and gives float32 (n, 256), unit length; normalisation is inside the graph.
Weights are stored as float16 and computed with as float32: half the bytes, the same speed, 1e-3 of difference.
"""

from __future__ import annotations

import argparse
import hashlib
from pathlib import Path

import numpy as np
import onnx
import torch
from onnx import TensorProto, helper, numpy_helper
from torch import Tensor, nn

from simcheck.encoders import load_image_encoder
from simcheck.encoders.known_answers import known_pictures
from simcheck.encoders.training.network import DIMENSIONS, MEAN, STD, WhitenedNetwork, from_state

_SMALLEST = 256  # values; shorter tensors (biases, scales) stay float32
_OPSET = 18


class _Packaged(nn.Module):
    """The network with its input preparation in front: uint8 (n, h, w, 3) to float32 (n, d)."""

    def __init__(self, network: nn.Module) -> None:
        super().__init__()
        self.network = network
        self.mean = nn.Buffer(torch.tensor(MEAN).view(1, 3, 1, 1))
        self.scale = nn.Buffer(1 / torch.tensor(STD).view(1, 3, 1, 1))

    def forward(self, pictures: Tensor) -> Tensor:
        x = pictures.permute(0, 3, 1, 2).float()
        vectors: Tensor = self.network((x - self.mean) * self.scale)
        return vectors


def load_weights(path: Path) -> WhitenedNetwork:
    """The network to export: whitened, or a checkpoint's slow copy."""
    state = torch.load(path, map_location="cpu", weights_only=True)
    state = state.get("slow", state)
    return WhitenedNetwork(from_state(state), state["mean"], state["spread"], state["matrix"]).eval()


def export_encoder(network: nn.Module, path: Path, size: int) -> None:
    """Write an encoder's ONNX file; ``size`` is the side of the squashed picture in pixels."""
    example = torch.zeros(2, size, size, 3, dtype=torch.uint8)
    export(_Packaged(network), path, example, ("pictures", "vectors"))


def export(network: nn.Module, path: Path, example: Tensor, names: tuple[str, str]) -> None:
    """Write a network's ONNX file: ``example`` is a batch of two, ``names`` are those of input and output."""
    batch = torch.export.Dim("batch", min=1, max=4096)
    program = torch.onnx.export(
        network.eval(),
        (example,),
        input_names=[names[0]],
        output_names=[names[1]],
        dynamic_shapes=({0: batch},),
        opset_version=_OPSET,
        dynamo=True,
    )
    if program is None:
        raise RuntimeError("the export made no model")
    model = program.model_proto
    _store_half(model)
    _forget_origin(model)
    onnx.checker.check_model(model)
    path.write_bytes(model.SerializeToString())


def _store_half(model: onnx.ModelProto) -> None:
    """Weights to float16, each cast back where it enters the graph; onnxruntime folds the casts when it loads."""
    graph = model.graph
    casts = []
    for number, tensor in enumerate(graph.initializer):
        if tensor.data_type != TensorProto.FLOAT or np.prod(tensor.dims) < _SMALLEST:
            continue
        name = tensor.name
        half = numpy_helper.from_array(numpy_helper.to_array(tensor).astype(np.float16), name + ".half")
        graph.initializer[number].CopyFrom(half)
        casts.append(helper.make_node("Cast", [name + ".half"], [name], to=TensorProto.FLOAT))
    nodes = [*casts, *graph.node]
    del graph.node[:]
    graph.node.extend(nodes)


def _forget_origin(model: onnx.ModelProto) -> None:
    """Take out the exporter's notes: stack traces with paths of the machine that exported."""
    graph = model.graph
    for part in (model, graph, *graph.node, *graph.value_info, *graph.input, *graph.output, *graph.initializer):
        del part.metadata_props[:]
        part.ClearField("doc_string")


def describe(path: Path, size: int) -> None:
    """Write what belongs beside the weights: preparation with checksum (.toml) and known answers (.answers.npy)."""
    path.with_suffix(".toml").write_text(
        f"# How pictures are prepared for {path.name}; normalisation is inside the graph.\n"
        f'name = "{path.stem}"\nsize = {size}\nresize = "squash"\nchannels = "rgb"\ninput = "uint8-nhwc"\n'
        f'output = "vectors"\nsha256 = "{hashlib.sha256(path.read_bytes()).hexdigest()}"\n'
    )
    vectors = load_image_encoder(f"onnx:{path}").encode(known_pictures())
    np.save(path.with_suffix(".answers.npy"), vectors.astype(np.float16))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("weights", type=Path)
    parser.add_argument("onnx", type=Path)
    parser.add_argument("--size", type=int, default=128)
    options = parser.parse_args()
    export_encoder(load_weights(options.weights), options.onnx, options.size)
    describe(options.onnx, options.size)
    print(f"{options.onnx}: {options.onnx.stat().st_size / 1e6:.1f} MB, {DIMENSIONS} dimensions")


if __name__ == "__main__":
    main()
