"""Results that read well in a diff, and a heading that says where they come from."""

import json
from dataclasses import dataclass

import numpy as np

from benchmarks.common import machine, plots, results
from benchmarks.images import speed


@dataclass(frozen=True)
class Row:
    share: float
    name: str


def test_results_are_json_with_four_digits(tmp_path):
    file = results.write("one", {"rows": [Row(1 / 3, "a")], "none": None, "deep": {"x": (0.123456, 2)}}, tmp_path)
    assert json.loads(file.read_text()) == {
        "rows": [{"share": 0.3333, "name": "a"}],
        "none": None,
        "deep": {"x": [0.1235, 2]},
    }


def test_the_heading_names_machine_versions_and_commit(tmp_path):
    heading = results.heading("some benchmark")
    assert heading["machine"]["cores"] >= 1
    assert heading["versions"]["numpy"] == np.__version__
    assert machine.commit(tmp_path) == "unknown"


def test_plots_are_written(tmp_path):
    plots.bars(tmp_path / "bars.png", "title", ["a", "b"], {"x": [0.5, 1.0], "y": [0.0, 0.2]}, 0.95)
    plots.reliability(tmp_path / "curve.png", "title", [(0.2, 0.1, 7), (0.95, 1.0, 20)])
    assert all((tmp_path / name).stat().st_size > 2000 for name in ("bars.png", "curve.png"))


def test_the_least_possible_works_on_pictures_of_the_gates_size():
    picture = np.zeros((300, 400, 3), np.uint8)
    assert speed.at_most(picture, 200).shape == (150, 200, 3)
    assert speed.at_most(picture, 400) is picture


def test_the_size_of_an_index_is_all_its_files(tmp_path):
    (tmp_path / "deep").mkdir()
    (tmp_path / "deep" / "a").write_bytes(b"12345")
    (tmp_path / "b").write_bytes(b"123")
    assert speed.size_of(tmp_path) == 8
