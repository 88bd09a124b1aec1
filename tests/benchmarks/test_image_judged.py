"""A set of works and outputs that somebody else made: how it is read and counted."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from benchmarks.images import judged
from simcheck.errors import UsageError


@pytest.fixture
def given(tmp_path: Path) -> Path:
    """Two works of noise; the first as it is, recompressed, and both side by side; another picture."""
    first, second, other = (np.random.default_rng(seed).integers(0, 255, (240, 240, 3), np.uint8) for seed in range(3))
    for name, picture in {
        "works/one.png": first,
        "works/two.png": second,
        "copies/same-01.png": first,
        "copies/jpeg-01.jpg": first,
        "copies/both-01.png": np.hstack([first, second]),
        "copies/gone-01.png": other[::-1],
        "negatives/n_plain-01.png": other,
    }.items():
        (tmp_path / name).parent.mkdir(exist_ok=True)
        Image.fromarray(picture).save(tmp_path / name)
    copies = {"same-01.png": "one.png", "jpeg-01.jpg": "one.png", "both-01.png": ["one.png", "two.png"]}
    truth = {"copies": {**copies, "gone-01.png": "two.png"}, "negatives": ["n_plain-01.png"]}
    (tmp_path / "truth.json").write_text(json.dumps(truth))
    return tmp_path


def test_a_set_is_read_with_all_works_of_an_output(given: Path) -> None:
    works, cases = judged.read(given)
    assert [work.name for work in works] == ["one.png", "two.png"]
    assert {case.name: case.truth for case in cases} == {
        "copies/same-01.png": ("one.png",),
        "copies/jpeg-01.jpg": ("one.png",),
        "copies/both-01.png": ("one.png", "two.png"),
        "copies/gone-01.png": ("two.png",),
        "negatives/n_plain-01.png": (),
    }
    assert {case.family for case in cases} == {"same", "jpeg", "both", "gone", "n_plain"}
    assert all(case.file.exists() for case in cases)


def test_what_is_no_set_is_told(tmp_path: Path) -> None:
    for content in (None, "[", "{}", '{"copies": {}, "negatives": []}'):
        if content is not None:
            (tmp_path / "truth.json").write_text(content)
        with pytest.raises(UsageError, match="no set of works and outputs"):
            judged.read(tmp_path)


def test_copies_count_by_their_own_work_and_equal_bytes_too(
    given: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(judged, "CACHE", tmp_path / "cache")
    assert judged.main([str(given), "--out", str(tmp_path / "pairs.jsonl"), "--processes", "1"]) == 0
    said = "".join(capsys.readouterr())
    assert "lost: copies/gone-01.png" in said
    assert said.count("lost:") == 1
    assert "0.750 held, by 4 families" in said
    assert "0 of 1 negatives held" in said
    pairs = [json.loads(line) for line in (tmp_path / "pairs.jsonl").read_text().splitlines()]
    assert {pair["reference"] for pair in pairs if pair["copy"] and pair["family"] == "both"} == {"one.png", "two.png"}
