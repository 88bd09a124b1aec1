"""``python -m benchmarks.images``: what the image gate finds and what it raises falsely, beside other tools.

A full run writes ``benchmarks/results/images-HALF.json`` and its pictures; a part of it (``--quick``, ``--families``)
writes to ``build/benchmark-images/``.
"""

from __future__ import annotations

import argparse
import pickle
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import simcheck
from benchmarks.common import plots, results
from benchmarks.images import ablation, gate, peers, sheet, summary
from benchmarks.images.cases import CACHE, Case, Registered, Workshop
from benchmarks.images.choice import families
from benchmarks.images.command import called, tell
from benchmarks.images.data import SEED, HalfName, load_half
from benchmarks.images.edits import FAMILIES
from benchmarks.images.outcome import HELD, Outcome, SharedPairs
from simcheck.errors import UsageError

QUICK = 3
ABLATION_PER_FAMILY, ABLATION_NEGATIVES = 1, 16


def main(arguments: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.images", description=__doc__)
    parser.add_argument("--half", choices=["A", "B"], default="A", help="A to tune, B to report (default %(default)s)")
    parser.add_argument("--families", nargs="+", metavar="NAME", help="only these families of edits")
    parser.add_argument(
        "--per-family", type=int, default=12, metavar="N", help="outputs a family (default %(default)s)"
    )
    parser.add_argument("--seed", type=int, default=SEED, help="another one makes other edits (default %(default)s)")
    parser.add_argument("--quick", action="store_true", help=f"{QUICK} outputs a family and a fifth of the negatives")
    parser.add_argument("--again", action="store_true", help="only count the last run of this half again")
    parser.add_argument("--ablation", action="store_true", help="the gate without its parts as well")
    return called(parser, run, arguments)


@dataclass(frozen=True)
class Measured:
    """What a run found, before anything is counted; kept so that the tables can be made again."""

    half: HalfName
    seed: int
    per_family: int
    whole: bool
    works: Sequence[Registered]
    cases: Sequence[Case]
    library: gate.Library
    policy: dict[str, Any]
    outcomes: dict[str, list[Outcome]]
    heading: dict[str, Any]


def run(chosen: argparse.Namespace) -> None:
    kept = CACHE / "results" / f"images-{chosen.half}.pickle"
    if chosen.again:
        if not kept.exists():
            raise UsageError(f"There is no earlier run of half {chosen.half}: run without --again first.")
        measured: Measured = pickle.loads(kept.read_bytes())
    else:
        measured = measure(chosen)
        kept.parent.mkdir(parents=True, exist_ok=True)
        kept.write_bytes(pickle.dumps(measured))
    report(measured)
    if chosen.ablation:
        file = results.write(
            f"images-{chosen.half}-ablation", ablations(measured, chosen.processes), folder_of(measured)
        )
        tell(f"written to {file}")


def measure(chosen: argparse.Namespace) -> Measured:
    half = load_half(chosen.half)
    chosen_families = families(half.name, chosen.families)
    per_family = QUICK if chosen.quick else chosen.per_family
    workshop = Workshop(half, seed=chosen.seed)
    tell(f"half {half.name}, seed {chosen.seed}, {len(chosen_families)} families of {per_family} in {workshop.made}")
    works = workshop.library()
    positives = workshop.positives(chosen_families, per_family)
    negatives = [*workshop.unrelated(), *workshop.hard()]
    if chosen.quick:
        negatives = negatives[::5]
    cases = [*positives, *negatives]
    tell(f"{len(works)} works, {len(positives)} outputs with a reference in them, {len(negatives)} without")
    heading = results.heading("images")
    library = gate.register(works, CACHE / f"index-{half.name}")
    tell(f"registered in {library.seconds:.0f} s, set aside as weak: {', '.join(library.quarantined) or 'none'}")
    started = time.perf_counter()
    outcomes = {"simcheck": gate.run(library, cases, chosen.processes)}
    tell(f"checked in {time.perf_counter() - started:.0f} s")
    for peer in peers.peers():
        outcomes[peer.name] = peers.run(peer, works, cases)
        tell(f"{peer.name} compared")
    whole = not chosen.quick and chosen.families is None
    policy = policy_of(library)
    return Measured(half.name, chosen.seed, per_family, whole, works, cases, library, policy, outcomes, heading)


def folder_of(measured: Measured) -> Path:
    return results.RESULTS if measured.whole else CACHE / "results"


def report(measured: Measured) -> None:
    """Count, write the result and its pictures, show the table."""
    shared = summary.shared_pairs()
    systems = {name: summary.summary(found, shared, list(FAMILIES)) for name, found in measured.outcomes.items()}
    outcomes = measured.outcomes["simcheck"]
    counted = [shared.without(outcome) for outcome in outcomes]
    result: dict[str, Any] = {
        **measured.heading,
        "seed": measured.seed,
        "half": measured.half,
        "per_family": measured.per_family,
        "registered": len(measured.works),
        "set_aside_as_weak": measured.library.quarantined,
        "policy": measured.policy,
        "systems": systems,
        "worst_misses": summary.misses(counted, 30),
        "false_alarms": summary.false_alarms(counted),
        "left_out_as_shared": left_out(outcomes, shared),
    }
    name, folder = f"images-{measured.half}", folder_of(measured)
    file = results.write(name, result, folder)
    pictures(folder, name, systems, result["worst_misses"], measured)
    show(systems, result)
    tell(f"written to {file}")


def left_out(outcomes: Sequence[Outcome], shared: SharedPairs) -> list[dict[str, Any]]:
    """The held answers that `shared_pairs.toml` explains: shown, not counted."""
    return [
        {"case": outcome.case, "reference": answer.reference, "score": answer.score, "reason": reason}
        for outcome in outcomes
        for answer in outcome.wrong
        if answer.decision in HELD and (reason := shared.reason(outcome.sources, answer.reference))
    ]


def policy_of(library: gate.Library) -> dict[str, Any]:
    with simcheck.open(library.folder) as checker:
        return {**checker.policy.state.model_dump(), "models": checker.models}


def ablations(measured: Measured, processes: int) -> dict[str, Any]:
    """The gate without its parts, on fewer outputs (the whole gate on the same ones beside it)."""
    positives = [case for case in measured.cases if case.truth and int(case.name[-3:]) < ABLATION_PER_FAMILY]
    negatives = [case for case in measured.cases if not case.truth][::ABLATION_NEGATIVES]
    with simcheck.open(measured.library.folder) as checker:
        lanes = [lane.name for lane in checker.kinds["image"].lanes]
    shared = summary.shared_pairs()
    found = {}
    for name, change in {"whole gate": None, **ablation.variants(lanes)}.items():
        outcomes = gate.run(measured.library, [*positives, *negatives], processes, change)
        figures = summary.summary(outcomes, shared, list(FAMILIES))
        found[name] = {key: figures[key] for key in ("means", "means_untuned", "alarms", "median_ms")}
        tell(f"{name}: {line(figures)}")
    return {
        **results.heading("images, ablation"),
        "outputs": len(positives),
        "negatives": len(negatives),
        "gates": found,
    }


def pictures(
    folder: Path, name: str, systems: dict[str, Any], misses: Sequence[dict[str, Any]], measured: Measured
) -> None:
    """Bars by family, the reliability curve, and contact sheets of misses: those under an open licence beside the
    result, all under ``build/``."""
    rows = {system: figures["families"] for system, figures in systems.items()}
    labels = [row.family for row in rows["simcheck"]]
    series = {"simcheck: held by the policy": [row.held for row in rows["simcheck"]]}
    for system in [one for one in rows if one != "simcheck"]:
        series[f"{system}: no false alarm among unrelated"] = [row.scored_ordinary for row in rows[system]]
    plots.bars(folder / f"{name}-families.png", "Recall by family of edits", labels, series, 0.95)
    bins = [one for one in systems["simcheck"]["reliability"] if one.matches]
    points = [(one.mean_score, one.right, one.matches) for one in bins]
    plots.reliability(folder / f"{name}-reliability.png", "Is a score what it says?", points)
    cases = {case.name: case for case in measured.cases}
    files = {work.name: work.file for work in measured.works}
    sheet.contact_sheet(CACHE / "results" / f"{name}-misses.jpg", misses, cases, files)
    every = summary.misses(measured.outcomes["simcheck"], 1000)
    shown = [one for one in every if sheet.publishable(cases[one["case"]])][:10]
    sheet.contact_sheet(folder / f"{name}-misses-open.jpg", shown, cases, files)


def line(figures: dict[str, Any]) -> str:
    means, alarms = figures["means"], figures["alarms"]
    shares = ", ".join(f"{field} {means[field]:.3f}" for field in summary.FIELDS if means)
    return f"{shares}; of {alarms['all'].outputs} negatives {alarms['all'].review} review, {alarms['all'].block} block"


def show(systems: dict[str, Any], result: dict[str, Any]) -> None:
    """The table on the terminal."""
    figures = systems["simcheck"]
    print(f"{'family':22} {'n':>3} {'top':>5} {'held':>5} {'block':>5} {'0 FA':>5} {'ord.':>5} {'IoU':>5} {'IoU r':>5}")
    for row in figures["families"]:
        ious = " ".join("    -" if one is None else f"{one:5.2f}" for one in (row.iou_output, row.iou_reference))
        shares = " ".join(f"{getattr(row, field):5.2f}" for field in summary.FIELDS)
        print(f"{row.family:22} {row.chances:3} {shares} {ious}")
    for system, one in systems.items():
        print(f"{system:9} {line(one)}")
    print(
        f"IoU {figures['median_iou']}, right above 0.9: {figures['right_above_0.9']}, "
        f"µAP {figures['micro_average_precision']:.3f}, wrong beside {figures['wrong_matches_held_in_positives']}, "
        f"unchecked {figures['unchecked']}, median {figures['median_ms']:.0f} ms"
    )
    for alarm in result["false_alarms"][:40]:
        pair = f"{alarm['case']} ({alarm['output']}) ~ {alarm['reference']}"
        print(f"false {alarm['decision']}: {pair} {alarm['score']:.3f}")
    print("below the aim:", ", ".join(figures["below_aim"]) or "none")


if __name__ == "__main__":
    raise SystemExit(main())
