"""``simcheck calibrate``: thresholds for a rate of false alarms from one's own media, and whether the shipped scores
and the present thresholds fit these."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from simcheck.cli.calibrated import lines
from simcheck.cli.help import NOTHING_DECIDED, teach
from simcheck.cli.options import Config, IndexDir, Json, NoColor, PolicyFile, Quiet
from simcheck.cli.output import emit, emit_json, progress, say
from simcheck.errors import PolicyError, StorageError, UsageError

if TYPE_CHECKING:
    from simcheck.calibration.thresholds import Threshold
    from simcheck.reference import KindName
    from simcheck.report import PolicyState, Report
    from simcheck.settings import Settings

KIND: KindName = "image"
UNLIKE = f"{KIND}.unlike"
"""The rule of matches that pass for their score alone."""
SHOWN = 5
EVERY = 10_000
"""More matches than any check lists."""
HELP = teach(
    "Propose thresholds for your own media: outputs that are known to repeat nothing in the index (--negatives) are "
    "checked, and the score that one of them reaches as rarely as you say becomes the threshold for review, a tenth as "
    "rarely for block. The thresholds of the policy in use are held against the same rate. With --positives (known "
    "copies) it also says how many are found, and whether the scores are what they say on your media. Nothing is "
    "recorded.",
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


@dataclass(frozen=True)
class Checked:
    """The outputs of one folder, the reports of those that could not be checked, and what they were checked with."""

    scored: Sequence[Scored]
    failed: Sequence[Report]
    references: int
    models: dict[str, str]
    policy: PolicyState


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
    for file in (out, plot):
        if file is not None and not file.parent.is_dir():
            raise UsageError(f"{file} cannot be written: there is no folder {file.parent}")
    from simcheck import policy as policies
    from simcheck import settings as configuration
    from simcheck.calibration import thresholds
    from simcheck.files import walk

    settings = configuration.load(config, {"index": index, "policy": policy})
    policies.load(settings.policy)
    base = (settings.policy.read_bytes() if settings.policy else policies.default_bytes()).decode("utf-8")
    try:
        present = thresholds.current(base, KIND)
    except ValueError as fault:
        raise PolicyError(f"{settings.policy or 'the built-in policy'}: {fault}") from None
    # A folder that is not there is told at once, not after the other was checked.
    files = {folder: list(walk([folder])) for folder in (negatives, positives) if folder is not None}
    unrelated = _checked(settings, negatives, files[negatives], quiet)
    if len(unrelated.scored) < thresholds.LEAST_NEGATIVES:
        number, least = len(unrelated.scored), thresholds.LEAST_NEGATIVES
        raise UsageError(f"{negatives} has {number} outputs that could be checked; at least {least} are needed")
    copies = _checked(settings, positives, files[positives], quiet) if positives else None
    failed = [*unrelated.failed, *(copies.failed if copies else ())]
    best = [one.score for one in unrelated.scored if one.score > 0]
    found = {
        name: thresholds.threshold(best, len(unrelated.scored), rate) for name, rate in _rates(false_alarms).items()
    }
    proposed = {name: one for name, one in found.items() if one is not None}
    answer = _answer(unrelated, copies.scored if copies else [], proposed, present, false_alarms)
    answer["failed"] = [{"path": report.output.path, "reason": report.reason} for report in failed]
    scores = {name: one.score for name, one in proposed.items()}
    if plot is not None:
        _plot(plot, unrelated.scored, copies.scored if copies else [], proposed, present)
    if out is not None and scores:
        text = f"# {_origin(answer)}\n{thresholds.rewritten(base, KIND, scores)}"
        policies.parse(text.encode(), str(out))
        _write(out, text)
    if json:
        emit_json(answer)
    else:
        for line in lines(answer, out):
            emit(line)
    for report in failed:
        say(f"not checked: {report.reason}")
    return 3 if failed else 0


def _origin(answer: dict[str, Any]) -> str:
    """Where the thresholds of a policy come from: they hold for this score model and for such outputs."""
    today = datetime.now(UTC).strftime("%Y-%m-%d")
    return (
        f"Thresholds of the {KIND}s: simcheck calibrate, {today}, for {answer['false_alarms']:g} false alarms, from "
        f"{answer['negatives']} unrelated outputs, {answer['references']} works, {answer['models'][f'{KIND}.score']}."
    )


def _rates(false_alarms: float) -> dict[str, float]:
    """What share of unrelated outputs may reach each threshold."""
    from simcheck.calibration.thresholds import BLOCK_SHARE

    return {"review": false_alarms, "block": false_alarms * BLOCK_SHARE}


def _checked(settings: Settings, folder: Path, files: Sequence[str], quiet: bool) -> Checked:
    """Check every output in a folder."""
    from simcheck.checker import open as open_checker
    from simcheck.parallel import in_order

    scored, failed = [], []
    with open_checker(settings=settings) as checker, progress(f"Checking {folder}", len(files), quiet) as advance:
        # A report lists what passes from some score on only; the tail of unrelated outputs lies below it.
        checker.policy = checker.policy.model_copy(update={"listed_from": 0.0})
        for report in in_order(lambda path: checker.check(path, record=False, top=EVERY), files, settings.workers):
            advance()
            if report.decision == "unchecked":
                failed.append(report)
            elif report.output.kind == KIND:
                # Matches that another rule lets pass (a right, a detail shared by many) never meet the thresholds.
                decided = [one.score for one in report.matches if one.decision != "pass" or one.rule == UNLIKE]
                scored.append(Scored(report.output.path, max(decided, default=0.0)))
        return Checked(scored, failed, checker.index.count(KIND), checker.models, checker.policy.state)


def _answer(
    unrelated: Checked,
    copies: Sequence[Scored],
    proposed: dict[str, Threshold],
    present: dict[str, float],
    false_alarms: float,
) -> dict[str, Any]:
    """The JSON object; the lines on the terminal are made of it."""
    from simcheck.calibration.promise import reliability

    scored = unrelated.scored
    answer: dict[str, Any] = {
        "kind": KIND,
        "false_alarms": false_alarms,
        "references": unrelated.references,
        "models": unrelated.models,
        "policy": unrelated.policy.model_dump(),
        "negatives": len(scored),
        "positives": len(copies),
        "matched_negatives": sum(one.score > 0 for one in scored),
        "highest": [
            {"path": one.path, "score": one.score}
            for one in sorted(scored, key=lambda one: -one.score)[:SHOWN]
            if one.score > 0
        ],
        "present": {name: _present(scored, copies, present[name], rate) for name, rate in _rates(false_alarms).items()},
        "thresholds": {
            name: {"score": one.score, "interval": [one.low, one.high], **_reached(scored, copies, one.score)}
            for name, one in proposed.items()
        },
    }
    if copies:
        rows = reliability([one.score for one in scored], [one.score for one in copies], list(present.values()))
        answer["reliability"] = [{**asdict(row), "verdict": row.verdict} for row in rows]
    return answer


def _present(scored: Sequence[Scored], copies: Sequence[Scored], score: float, allowed: float) -> dict[str, Any]:
    """What a threshold of the policy in use does: how many unrelated outputs reach it, counted and by the tail."""
    from simcheck.calibration.thresholds import rate

    found = {"score": score, "allowed": allowed, **_reached(scored, copies, score)}
    low, high = found["observed_interval"]
    expected = rate([one.score for one in scored if one.score > 0], len(scored), score)
    if expected is not None:
        found |= {"expected": expected.share, "expected_interval": [expected.low, expected.high]}
        low, high = max(low, expected.low), expected.high
    return {**found, "verdict": "kept" if high <= allowed else "broken" if low > allowed else "open"}


def _reached(scored: Sequence[Scored], copies: Sequence[Scored], score: float) -> dict[str, Any]:
    """How many outputs reach a score, and what share of unrelated ones that proves by itself."""
    from simcheck.calibration.thresholds import share_interval

    wrong = sum(one.score >= score for one in scored)
    found: dict[str, Any] = {"negatives": wrong, "observed_interval": list(share_interval(wrong, len(scored)))}
    if copies:
        hits = sum(one.score >= score for one in copies)
        found |= {"found": hits / len(copies), "found_interval": list(share_interval(hits, len(copies)))}
    return found


def _plot(
    path: Path,
    unrelated: Sequence[Scored],
    copies: Sequence[Scored],
    proposed: dict[str, Threshold],
    present: dict[str, float],
) -> None:
    from simcheck.calibration import plot

    groups = {"negatives": [one.score for one in unrelated], "positives": [one.score for one in copies]}
    try:
        plot.draw(path, {name: group for name, group in groups.items() if group}, proposed, present)
    except OSError as fault:
        raise StorageError(f"{path} cannot be written ({fault.strerror})") from None


def _write(path: Path, text: str) -> None:
    try:
        with path.open("x", encoding="utf-8") as stream:
            stream.write(text)
    except OSError as fault:
        raise StorageError(f"{path} cannot be written ({fault.strerror})") from None
