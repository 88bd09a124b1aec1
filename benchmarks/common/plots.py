"""Small pictures of results, one look for all: matplotlib without a display."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

INKS = ("#1f6f8b", "#e08d3c", "#9aa5b1", "#c5cdd5", "#7b5ea7")


def bars(file: Path, title: str, labels: Sequence[str], series: Mapping[str, Sequence[float]], aim: float) -> None:
    """Lying bars for shares 0 to 1, a line where the aim is."""
    plt = _pyplot()
    height = 0.8 / len(series)
    figure, axes = plt.subplots(figsize=(7, 1.2 + len(labels) * (0.08 + 0.05 * len(series))), layout="constrained")
    for number, (name, values) in enumerate(series.items()):
        places = [place + number * height for place in range(len(labels))]
        axes.barh(places, values, height, label=name, color=INKS[number])
    axes.axvline(aim, color="#888888", linewidth=0.8, linestyle=":")
    axes.set_yticks([place + 0.4 - height / 2 for place in range(len(labels))], labels, fontsize=7)
    axes.set_ylim(len(labels), -0.3)
    axes.set_xlim(0, 1)
    axes.set_title(title, fontsize=9)
    figure.legend(fontsize=7, loc="outside lower center", ncols=2)
    _save(plt, figure, file)


def reliability(file: Path, title: str, points: Sequence[tuple[float, float, int]]) -> None:
    """Mean score against share of right matches, with how many matches stand behind each point."""
    plt = _pyplot()
    figure, axes = plt.subplots(figsize=(4, 4), layout="constrained")
    axes.plot([0, 1], [0, 1], color="#bbbbbb", linewidth=0.8)
    axes.plot([x for x, _, _ in points], [y for _, y, _ in points], marker="o", color=INKS[0])
    for x, y, count in points:
        axes.annotate(str(count), (x, y), fontsize=6, xytext=(3, -8), textcoords="offset points")
    axes.set_xlabel("score", fontsize=8)
    axes.set_ylabel("share of matches that are right", fontsize=8)
    axes.set_title(title, fontsize=9)
    _save(plt, figure, file)


def against_size(
    file: Path,
    title: str,
    of: str,
    sizes: Sequence[float],
    panels: Mapping[str, Mapping[str, Sequence[float | None]]],
) -> None:
    """Panels side by side, each with lines by name over a logarithmic axis; what is None is left out."""
    plt = _pyplot()
    figure, every = plt.subplots(1, len(panels), figsize=(4 * len(panels), 4), layout="constrained", squeeze=False)
    for axes, (name, lines) in zip(every[0], panels.items(), strict=True):
        for number, (label, values) in enumerate(lines.items()):
            shown = [(x, y) for x, y in zip(sizes, values, strict=True) if y is not None]
            ink, dash = INKS[number % len(INKS)], "-" if number < len(INKS) else "--"
            axes.plot([x for x, _ in shown], [y for _, y in shown], marker="o", color=ink, linestyle=dash, label=label)
        axes.set_xscale("log")
        axes.set_xticks(sizes, [f"{size:,.0f}" for size in sizes])
        axes.minorticks_off()
        axes.set_xlabel(of, fontsize=8)
        axes.set_title(name, fontsize=8)
        axes.tick_params(labelsize=7)
        if lines:
            axes.legend(fontsize=6, loc="upper center", bbox_to_anchor=(0.5, -0.16), ncols=2)
    figure.suptitle(title, fontsize=9)
    _save(plt, figure, file)


def _pyplot() -> Any:
    import matplotlib as mpl

    mpl.use("Agg")
    import matplotlib.pyplot as plt

    return plt


def _save(plt: Any, figure: Any, file: Path) -> None:
    file.parent.mkdir(parents=True, exist_ok=True)
    figure.savefig(file, dpi=110)
    plt.close(figure)
