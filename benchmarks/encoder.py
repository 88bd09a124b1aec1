"""The image encoder alone, on held-out pictures: ``python -m benchmarks.encoder run PICTURES``.

Each query is compared with every reference by one vector or hash of the whole picture; no views, no alignment.
``run`` reports on half b of the folder (odd positions of the sorted names), ``--half all`` on all of it;
``prepare`` writes the file of half a with which training watches itself. Same seed, same cases.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import time
from dataclasses import asdict
from pathlib import Path
from typing import Any

import numpy as np

from benchmarks.encoder_cases import make_cases, save_for_training
from benchmarks.encoder_edits import FAMILIES
from benchmarks.encoder_scores import SHARING, Outcome, by_encoder, by_hash, outcome
from simcheck.encoders import DEFAULT_IMAGE_ENCODER, ImageEncoder, load_image_encoder

SIZES = {"a": (120, 230), "b": (120, 230), "all": (200, 400)}
"""References and unrelated pictures by half."""
RESULTS = Path(__file__).parent / "results"


def machine() -> dict[str, str | int]:
    """What the speeds were measured on."""
    lines = Path("/proc/cpuinfo").read_text().splitlines() if Path("/proc/cpuinfo").exists() else []
    model = next((line.split(":")[1].strip() for line in lines if line.startswith("model name")), platform.processor())
    return {"processor": model, "cores": os.cpu_count() or 0, "python": platform.python_version()}


def speed(encoder: ImageEncoder) -> dict[str, float]:
    """Processor time on one core for a picture of one megapixel, median of 15, input preparation included."""
    picture = np.random.default_rng(0).integers(0, 256, (1000, 1000, 3), dtype=np.uint8)
    times = []
    for _ in range(15):
        start = time.process_time()
        encoder.encode([picture])
        times.append(time.process_time() - start)
    return {"ms_a_picture": round(1000 * float(np.median(times)), 1)}


def run(folder: Path, half: str, each: int, encoders: list[str]) -> dict[str, Any]:
    """All figures as one JSON object."""
    references, unrelated = SIZES[half]
    cases = make_cases(folder, half, references, unrelated, each)
    ways: dict[str, Outcome] = {}
    speeds = {}
    identities = {}
    for spec in encoders:
        encoder = load_image_encoder(spec)
        speeds[encoder.name], identities[encoder.name] = speed(encoder), encoder.identity
        cosine, normalised = by_encoder(encoder, cases)
        ways[encoder.name] = outcome(cosine, cases)
        if normalised is not None:
            ways[f"{encoder.name}, normalised"] = outcome(normalised, cases)
    for name in ("pHash", "PDQ"):
        ways[name] = outcome(by_hash(name, cases), cases)
    return {
        "what": "whole pictures, one comparison each; shares of edited copies, mean of the families",
        "pictures": {"half": half, "references": references, "unrelated": unrelated, "copies_a_family": each},
        "left_out": [[*pair, why] for pair, why in SHARING.items()],
        "machine": machine(),
        "encoders": identities,
        "speed_one_core": speeds,
        "ways": {name: asdict(result) for name, result in ways.items()},
    }


def draw(result: dict[str, Any], path: Path) -> None:
    """Bars by family: right on top (pale) and found at zero false alarms (dark), for the first encoder and pHash."""
    import matplotlib

    matplotlib.use("Agg")
    from matplotlib import pyplot

    shown = [next(iter(result["ways"])), "pHash"]
    figure, axes = pyplot.subplots(1, len(shown), figsize=(11, 9), sharey=True)
    for axis, name in zip(np.atleast_1d(axes), shown, strict=True):
        families = result["ways"][name]["families"]
        places = np.arange(len(families))
        axis.barh(places, [f["on_top"] for f in families.values()], color="#b7cbe6", label="right on top")
        axis.barh(places, [f["found_at_zero"] for f in families.values()], color="#2b5c9e", label="no false alarm")
        axis.set_yticks(places, [f.replace("_", " ") for f in families])
        way = result["ways"][name]
        axis.set_title(f"{name}: {way['on_top']:.2f} / {way['found_at_zero']:.2f}")
        axis.invert_yaxis()
    np.atleast_1d(axes)[0].legend(loc="lower left")
    figure.tight_layout()
    figure.savefig(path, dpi=90)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    commands = parser.add_subparsers(dest="command", required=True)
    for name in ("run", "prepare"):
        command = commands.add_parser(name)
        command.add_argument("pictures", type=Path, help="folder of held-out pictures, ../shared/data/images/dev")
        command.add_argument("--half", choices=sorted(SIZES), default="b" if name == "run" else "a")
        command.add_argument("--each", type=int, default=20 if name == "run" else 10, help="copies in each family")
        command.add_argument("--out", type=Path, help="a .json (run) or .npz (prepare)")
    commands.choices["run"].add_argument("--encoder", action="append", help="as in the settings; may be repeated")
    options = parser.parse_args()
    if options.command == "prepare":
        cases = make_cases(options.pictures, options.half, *SIZES[options.half], options.each)
        save_for_training(cases, options.out or Path("build/encoder/held_out.npz"), size=160)
        return
    encoders = options.encoder or [DEFAULT_IMAGE_ENCODER]
    result = run(options.pictures, options.half, options.each, encoders)
    out = options.out or RESULTS / f"encoder_{options.half}.json"
    out.write_text(json.dumps(result, indent=1) + "\n")
    draw(result, out.with_suffix(".png"))
    print(f"{len(FAMILIES)} families, half {options.half}: right on top / found at zero / highest stranger")
    for name, way in result["ways"].items():
        print(f"{name:40} {way['on_top']:.3f} / {way['found_at_zero']:.3f} / {way['highest_unrelated']:.3f}")


if __name__ == "__main__":
    main()
