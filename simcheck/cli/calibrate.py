"""``simcheck calibrate``: thresholds for a rate of false alarms, from one's own media."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from simcheck.cli.help import NOTHING_DECIDED, teach
from simcheck.cli.options import Config, IndexDir, Json, NoColor, PolicyFile, Quiet
from simcheck.cli.output import emit, emit_json, progress, say
from simcheck.errors import PolicyError, StorageError, UsageError

if TYPE_CHECKING:
    from simcheck.report import Report
    from simcheck.settings import Settings

KIND = "image"
SHOWN = 5
HELP = teach(
    "Propose thresholds for your own media: outputs that are known to repeat nothing in the index (--negatives) are "
    "checked, and the score that one of them reaches as rarely as you say becomes the threshold for review, a tenth as "
    "rarely for block. With --positives (known copies) it also says how many are found. Nothing is recorded.",
    "simcheck calibrate --negatives unrelated/ --out policy.toml",
    "simcheck calibrate --negatives unrelated/ --positives copies/ --false-alarms 1e-4 --plot scores.png",
    codes={
        0: "the thresholds are proposed",
        2: f"{NOTHING_DECIDED}; or there are too few negatives to say anything",
        3: "some files could not be checked; the proposal is made from all others",
    },
)


@dataclass(frozen=True)
class Scored:
    """The best score of an output among the matches that a threshold decides; 0 without one."""

    path: str
    score: float


def register(app: typer.Typer) -> None:
    app.command("calibrate", help=HELP)(calibrate)


def calibrate(
    negatives: Annotated[Path, typer.Option("--negatives", metavar="DIR", help="Outputs that repeat nothing.")],
    positives: Annotated[
        Path | None, typer.Option("--positives", metavar="DIR", help="Outputs that are copies.")
    ] = None,
    false_alarms: Annotated[
        float, typer.Option("--false-alarms", metavar="RATE", help="The share of unrelated outputs that may be held.")
    ] = 1e-4,
    out: Annotated[Path | None, typer.Option("--out", metavar="FILE.toml", help="Write the policy there.")] = None,
    plot: Annotated[Path | None, typer.Option("--plot", metavar="FILE.png", help="Draw the distributions.")] = None,
    policy: PolicyFile = None,
    index: IndexDir = None,
    config: Config = None,
    json: Json = False,
    quiet: Quiet = False,
    no_color: NoColor = False,
) -> int:
    if not 0 < false_alarms < 1:
        raise UsageError(f"--false-alarms {false_alarms} is no share; write it between 0 and 1, as 1e-4")
    if out is not None and out.exists():
        raise UsageError(f"{out} is there already and stays as it is: name another file")
    from simcheck import policy as policies
    from simcheck import settings as configuration
    from simcheck.calibration import thresholds

    settings = configuration.load(config, {"index": index, "policy": policy})
    base = (settings.policy.read_bytes() if settings.policy else policies.default_bytes()).decode("utf-8", "replace")
    unrelated, failed = _scores(settings, negatives, quiet)
    if len(unrelated) < thresholds.LEAST_NEGATIVES:
        least = thresholds.LEAST_NEGATIVES
        raise UsageError(f"{negatives} has {len(unrelated)} outputs that could be checked; at least {least} are needed")
    copies, more = _scores(settings, positives, quiet) if positives else ([], [])
    best = [one.score for one in unrelated if one.score > 0]
    proposed = {
        name: thresholds.threshold(best, len(unrelated), false_alarms * share)
        for name, share in (("review", 1.0), ("block", thresholds.BLOCK_SHARE))
    }
    answer = _answer(proposed, unrelated, copies, false_alarms)
    answer["failed"] = [{"path": report.output.path, "reason": report.reason} for report in (*failed, *more)]
    scores = {name: one.score for name, one in proposed.items() if one is not None}
    if plot is not None:
        _plot(plot, unrelated, copies, scores)
    if out is not None and scores:
        try:
            text = thresholds.rewritten(base, KIND, scores)
        except ValueError as fault:
            raise PolicyError(f"{settings.policy or 'the built-in policy'}: {fault}") from None
        policies.parse(text.encode(), str(out))
        _write(out, text)
    if json:
        emit_json(answer)
    else:
        _show(answer, out)
    for report in (*failed, *more):
        say(f"not checked: {report.reason}")
    return 3 if failed or more else 0


def _scores(settings: Settings, folder: Path, quiet: bool) -> tuple[list[Scored], list[Report]]:
    """The best score of every output in a folder, and the reports of those that could not be checked."""
    from simcheck.checker import open as open_checker
    from simcheck.files import walk
    from simcheck.parallel import in_order

    files = list(walk([folder]))
    scored, failed = [], []
    with open_checker(settings=settings) as checker, progress(f"Checking {folder}", len(files), quiet) as advance:
        for report in in_order(lambda path: checker.check(path, record=False), files, settings.workers):
            advance()
            if report.decision == "unchecked":
                failed.append(report)
            elif report.output.kind == KIND:
                # Matches that another rule lets pass (a right, a detail shared by many) never meet the thresholds.
                decided = [
                    one.score
                    for one in report.matches
                    if one.rule.startswith((f"{KIND}.block", f"{KIND}.review", f"{KIND}.unlike", "exact"))
                ]
                scored.append(Scored(report.output.path, max(decided, default=0.0)))
    return scored, failed


def _answer(
    proposed: dict[str, Any], unrelated: Sequence[Scored], copies: Sequence[Scored], rate: float
) -> dict[str, Any]:
    from simcheck.calibration.thresholds import share_interval

    answer: dict[str, Any] = {
        "kind": KIND,
        "false_alarms": rate,
        "negatives": len(unrelated),
        "positives": len(copies),
        "matched_negatives": sum(one.score > 0 for one in unrelated),
        "highest": [
            {"path": one.path, "score": one.score}
            for one in sorted(unrelated, key=lambda one: -one.score)[:SHOWN]
            if one.score > 0
        ],
        "thresholds": {},
    }
    for name, one in proposed.items():
        if one is None:
            continue
        found = {"score": one.score, "interval": [one.low, one.high], "negatives": _reach(unrelated, one.score)}
        if copies:
            hits = _reach(copies, one.score)
            found |= {"found": hits / len(copies), "found_interval": list(share_interval(hits, len(copies)))}
        answer["thresholds"][name] = found
    return answer


def _reach(scored: Sequence[Scored], score: float) -> int:
    return sum(one.score >= score for one in scored)


def _show(answer: dict[str, Any], out: Path | None) -> None:
    for line in _lines(answer, out):
        emit(line)


def _lines(answer: dict[str, Any], out: Path | None) -> Iterator[str]:
    from simcheck.files import printable

    number, matched = answer["negatives"], answer["matched_negatives"]
    yield f"{number} unrelated outputs, {matched} of them with a match of any score; {answer['positives']} copies"
    for one in answer["highest"]:
        yield f"  {one['score']:.6f}  {printable(one['path'])}"
    if answer["highest"]:
        yield "Look at these first: where one does repeat a work, take it out and calibrate again."
    if not answer["thresholds"]:
        yield f"Too few of them match anything to extrapolate from: the thresholds stay. Less than {3 / number:.2g} of"
        yield "unrelated outputs are held, which is all that so many can show (95 %)."
    for name, one in answer["thresholds"].items():
        low, high = one["interval"]
        found = ""
        if "found" in one:
            least, most = one["found_interval"]
            found = f"; finds {one['found']:.1%} of the copies ({least:.1%} to {most:.1%})"
        reached = f"(interval {low:.6g} to {high:.6g}), reached by {one['negatives']}{found}"
        yield f"{name}: score >= {one['score']:.6g} {reached}"
    if out is not None and answer["thresholds"]:
        yield f"Wrote {out}; use it with --policy {out}."


def _plot(path: Path, unrelated: Sequence[Scored], copies: Sequence[Scored], scores: dict[str, float]) -> None:
    from simcheck.calibration import plot

    groups = {"negatives": [one.score for one in unrelated], "positives": [one.score for one in copies]}
    try:
        plot.draw(path, {name: group for name, group in groups.items() if group}, scores)
    except OSError as fault:
        raise StorageError(f"{path} cannot be written ({fault.strerror})") from None


def _write(path: Path, text: str) -> None:
    try:
        with path.open("x", encoding="utf-8") as stream:
            stream.write(text)
    except OSError as fault:
        raise StorageError(f"{path} cannot be written ({fault.strerror})") from None
