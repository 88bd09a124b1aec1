"""``python -m benchmarks.images``: what the image gate finds and what it raises falsely, beside other tools.

A full run writes ``benchmarks/results/images-HALF.json`` and its pictures; a part of it (``--quick``, ``--families``)
writes to ``build/benchmark-images/``.
"""

from __future__ import annotations

import argparse
import time
from collections.abc import Sequence
from typing import Any

import simcheck
from benchmarks.common import plots, results
from benchmarks.images import ablation, augly_families, gate, peers, sheet, summary
from benchmarks.images.cases import CACHE, SEVERAL, Case, Registered, Workshop
from benchmarks.images.data import SEED, HalfName, load_half
from benchmarks.images.edits import FAMILIES
from benchmarks.images.edits.base import Edit
from benchmarks.images.held_out import HELD_OUT
from benchmarks.images.outcome import Outcome
from simcheck.errors import SimcheckError, UsageError

QUICK = 3
ABLATION_PER_FAMILY, ABLATION_NEGATIVES = 4, 6


def main(arguments: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.images", description=__doc__)
    parser.add_argument("--half", choices=["A", "B"], default="A", help="A to tune, B to report (default %(default)s)")
    parser.add_argument("--families", nargs="+", metavar="NAME", help="only these families of edits")
    parser.add_argument(
        "--per-family", type=int, default=20, metavar="N", help="outputs a family (default %(default)s)"
    )
    parser.add_argument("--quick", action="store_true", help=f"{QUICK} outputs a family and a fifth of the negatives")
    parser.add_argument("--ablation", action="store_true", help="the gate without its parts as well")
    parser.add_argument("--processes", type=int, default=2, metavar="N", help="(default %(default)s)")
    chosen = parser.parse_args(arguments)
    try:
        run(chosen)
    except SimcheckError as error:
        parser.exit(error.exit_code, f"{error.message}\n")
    return 0


def families(half: HalfName, names: Sequence[str] | None) -> dict[str, Edit | None]:
    """The families to run: all, without the held-out ones on the half that is for tuning, or those that are named."""
    every: dict[str, Edit | None] = {**FAMILIES, SEVERAL: None}
    untuned = {**HELD_OUT, **(augly_families.AUGLY if augly_families.available() else {})}
    if names is None:
        return every if half == "A" else {**every, **untuned}
    every |= untuned
    unknown = [name for name in names if name not in every]
    if unknown:
        raise UsageError(f"There is no family {', '.join(unknown)}; there are {', '.join(every)}.")
    return {name: every[name] for name in names}


def run(chosen: argparse.Namespace) -> None:
    half = load_half(chosen.half)
    chosen_families = families(half.name, chosen.families)
    per_family = QUICK if chosen.quick else chosen.per_family
    workshop = Workshop(half)
    tell(
        f"half {half.name}, seed {SEED}, {len(chosen_families)} families of {per_family}, pictures in {workshop.folder}"
    )
    works = workshop.library()
    positives = workshop.positives(chosen_families, per_family)
    negatives = [*workshop.unrelated(), *workshop.hard()]
    if chosen.quick:
        negatives = negatives[::5]
    cases = [*positives, *negatives]
    tell(f"{len(works)} works, {len(positives)} outputs with a reference in them, {len(negatives)} without")

    library = gate.register(works, CACHE / f"index-{half.name}")
    tell(f"registered in {library.seconds:.0f} s, set aside as weak: {', '.join(library.quarantined) or 'none'}")
    started = time.perf_counter()
    outcomes = gate.run(library, cases, chosen.processes)
    tell(f"checked in {time.perf_counter() - started:.0f} s")
    shared = summary.shared_pairs()
    tuned = list(FAMILIES)
    systems = {"simcheck": summary.summary(outcomes, shared, tuned)}
    for peer in peers.peers():
        systems[peer.name] = summary.summary(peers.run(peer, works, cases), shared, tuned)
        tell(f"{peer.name} compared")

    whole = not chosen.quick and chosen.families is None
    folder = results.RESULTS if whole else CACHE / "results"
    name = f"images-{half.name}"
    counted = [shared.without(outcome) for outcome in outcomes]
    result: dict[str, Any] = {
        **results.heading("images"),
        "seed": SEED,
        "half": half.name,
        "per_family": per_family,
        "registered": len(works),
        "set_aside_as_weak": library.quarantined,
        "policy": policy_of(library),
        "systems": systems,
        "worst_misses": summary.misses(counted, 30),
        "false_alarms": summary.false_alarms(counted),
        "shared_pairs": [{"output": o, "reference": r, "reason": why} for (o, r), why in shared.reasons.items()],
    }
    if chosen.ablation:
        result["ablation"] = ablations(library, workshop, chosen_families, negatives, chosen.processes)
    file = results.write(name, result, folder)
    pictures(folder, name, systems, outcomes, result["worst_misses"], cases, works)
    show(systems, result)
    tell(f"written to {file}")


def policy_of(library: gate.Library) -> dict[str, Any]:
    with simcheck.open(library.folder) as checker:
        return {**checker.policy.state.model_dump(), "models": checker.models}


def ablations(
    library: gate.Library,
    workshop: Workshop,
    chosen_families: dict[str, Edit | None],
    negatives: Sequence[Case],
    processes: int,
) -> dict[str, Any]:
    """The gate without its parts, on fewer outputs (the whole gate on the same ones beside it)."""
    cases = [*workshop.positives(chosen_families, ABLATION_PER_FAMILY), *negatives[::ABLATION_NEGATIVES]]
    with simcheck.open(library.folder) as checker:
        lanes = [lane.name for lane in checker.kinds["image"].lanes]
    shared = summary.shared_pairs()
    found = {}
    for name, change in {"whole gate": None, **ablation.variants(lanes)}.items():
        figures = summary.summary(gate.run(library, cases, processes, change), shared, list(FAMILIES))
        kept = ("means", "means_untuned", "alarms", "best_negative_score", "median_ms")
        found[name] = {key: figures[key] for key in kept}
        tell(f"{name}: {line(figures)}")
    return {"per_family": ABLATION_PER_FAMILY, "negatives": len(negatives[::ABLATION_NEGATIVES]), "variants": found}


def pictures(
    folder: Any,
    name: str,
    systems: dict[str, Any],
    outcomes: Sequence[Outcome],
    misses: Sequence[dict[str, Any]],
    cases: Sequence[Case],
    works: Sequence[Registered],
) -> None:
    rows = {system: figures["families"] for system, figures in systems.items()}
    labels = [row.family for row in rows["simcheck"]]
    series = {"simcheck: held": [row.held for row in rows["simcheck"]]}
    series |= {
        f"{system}: no false alarm": [row.scored for row in rows[system]] for system in rows if system != "simcheck"
    }
    plots.bars(folder / f"{name}-families.png", "Recall by family of edits", labels, series, 0.95)
    bins = [one for one in systems["simcheck"]["reliability"] if one.matches]
    plots.reliability(
        folder / f"{name}-reliability.png",
        "Is a score what it says?",
        [(one.mean_score, one.right, one.matches) for one in bins],
    )
    by_name = {case.name: case for case in cases}
    files = {work.name: work.file for work in works}
    sheet.contact_sheet(CACHE / "results" / f"{name}-misses.jpg", misses, by_name, files)
    shown = [one for one in summary.misses(outcomes, 1000) if sheet.publishable(by_name[one["case"]])][:10]
    sheet.contact_sheet(folder / f"{name}-misses.jpg", shown, by_name, files)


def line(figures: dict[str, Any]) -> str:
    means, alarms = figures["means"], figures["alarms"]
    shares = ", ".join(f"{field} {means[field]:.3f}" for field in summary.FIELDS if means)
    return f"{shares}; of {alarms['all'].outputs} negatives {alarms['all'].review} review, {alarms['all'].block} block"


def show(systems: dict[str, Any], result: dict[str, Any]) -> None:
    """The table on the terminal."""
    figures = systems["simcheck"]
    print(f"{'family':22} {'n':>3} {'top':>5} {'held':>5} {'block':>5} {'0 FA':>5} {'IoU':>5} {'IoU r':>5}")
    for row in figures["families"]:
        ious = " ".join("    -" if one is None else f"{one:5.2f}" for one in (row.iou_output, row.iou_reference))
        print(
            f"{row.family:22} {row.chances:3} {row.top:5.2f} {row.held:5.2f} {row.block:5.2f} {row.scored:5.2f} {ious}"
        )
    for system, one in systems.items():
        print(f"{system:9} {line(one)}")
    print(
        f"IoU {figures['median_iou']}, right above 0.9: {figures['right_above_0.9']}, "
        f"µAP {figures['micro_average_precision']:.3f}, wrong beside {figures['wrong_matches_held_in_positives']}, "
        f"unchecked {figures['unchecked']}, median {figures['median_ms']:.0f} ms"
    )
    for alarm in result["false_alarms"][:40]:
        print(
            f"false {alarm['decision']}: {alarm['case']} ({alarm['output']}) ~ {alarm['reference']} {alarm['score']:.3f}"
        )
    print("below the aim:", ", ".join(figures["below_aim"]) or "none")


def tell(message: str) -> None:
    print(f"{time.strftime('%H:%M:%S')} {message}", flush=True)


if __name__ == "__main__":
    raise SystemExit(main())
