"""Curves of cost against size: time, memory or disk, and recall."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from benchmarks.common.plots import INKS

Curves = dict[str, list[tuple[int, float]]]
TITLES = ("milliseconds a query (p50)", "megabytes", "recall")


def curves(name: str, sizes: list[dict[str, Any]]) -> tuple[Curves, Curves, Curves]:
    """Time, space and recall against size, by label."""
    time, space, recall = Curves(), Curves(), Curves()
    for size in sizes:
        rows = size["pictures"] if name == "features" else size["rows"]

        def put(curve: Curves, label: str, value: float, rows: int = rows) -> None:
            curve.setdefault(label, []).append((rows, value))

        if name == "structures":
            for one, values in size["structures"].items():
                put(time, one, values["p50_ms"])
                put(space, one, values["megabytes"])
                put(recall, one, values["recall_at_1"])
            continue
        held = size["another_process"]["memory_mb"]
        put(space, "resident, own", held["own"])
        put(space, "resident, shared", held["shared"])
        if name == "features":
            put(time, "both orientations", size["both_orientations"]["p50_ms"])
            put(space, "mapped files", size["bytes_a_picture"]["mapped"] * rows / 1e6)
            put(recall, "right work first", size["edits_whose_work_comes_first"])
            put(recall, "among ten", size["edits_whose_work_is_among_10"])
            continue
        put(time, "simcheck", size["latency"]["p50_ms"])
        put(time, "faiss flat by hand", size["faiss_flat_by_hand"]["p50_ms"])
        put(space, "snapshots", size["megabytes_on_disk"]["snapshots"])
        put(recall, "recall@1 of edits", size["recall_at_1"])
    return time, space, recall


def draw(name: str, sizes: list[dict[str, Any]], file: Path) -> None:
    import matplotlib as mpl

    mpl.use("Agg")
    import matplotlib.pyplot as plt

    figure, panels = plt.subplots(1, 3, figsize=(13, 3.8), layout="constrained")
    for axes, title, curve in zip(panels, TITLES, curves(name, sizes), strict=True):
        for number, (label, points) in enumerate(curve.items()):
            style = {"color": INKS[number % len(INKS)], "marker": "os^"[number // len(INKS)]}
            axes.plot(*zip(*points, strict=True), label=label, **style, linestyle="-" if number < len(INKS) else ":")
        axes.set_xscale("log")
        if title != "recall":
            axes.set_yscale("log")
        axes.set_xlabel("pictures" if name == "features" else "vectors of 256 dimensions", fontsize=8)
        axes.set_title(title, fontsize=9)
        axes.legend(fontsize=7)
    file.parent.mkdir(parents=True, exist_ok=True)
    figure.savefig(file, dpi=120)
    plt.close(figure)
