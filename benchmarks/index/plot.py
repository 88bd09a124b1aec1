"""Curves of cost against size."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from benchmarks.common.plots import INKS


def draw(name: str, sizes: list[dict[str, Any]], file: Path) -> None:
    """Milliseconds of a query against rows, for each structure, or for the index beside FAISS by hand."""
    import matplotlib as mpl

    mpl.use("Agg")
    import matplotlib.pyplot as plt

    curves: dict[str, list[tuple[int, float]]] = {}
    for size in sizes:
        if name == "structures":
            for one, values in size["structures"].items():
                curves.setdefault(one, []).append((size["rows"], values["p50_ms"]))
        else:
            curves.setdefault("simcheck, p50", []).append((size["rows"], size["latency"]["p50_ms"]))
            curves.setdefault("simcheck, p99", []).append((size["rows"], size["latency"]["p99_ms"]))
            curves.setdefault("faiss flat by hand, p50", []).append(
                (size["rows"], size["faiss_flat_by_hand"]["p50_ms"])
            )
    figure, axes = plt.subplots(figsize=(5.5, 3.5), layout="constrained")
    for number, (label, points) in enumerate(curves.items()):
        axes.plot(
            [x for x, _ in points], [y for _, y in points], marker="o", label=label, color=INKS[number % len(INKS)]
        )
    axes.set_xscale("log")
    axes.set_yscale("log")
    axes.set_xlabel("vectors of 256 dimensions", fontsize=8)
    axes.set_ylabel("milliseconds a query", fontsize=8)
    axes.legend(fontsize=7)
    file.parent.mkdir(parents=True, exist_ok=True)
    figure.savefig(file, dpi=120)
    plt.close(figure)
