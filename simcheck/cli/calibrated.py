"""What ``simcheck calibrate`` says on a terminal, from its JSON object."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

VERDICTS = {
    "kept": "rarer than {allowed}, as asked",
    "broken": "more often than {allowed}, which is asked",
    "open": "so many outputs cannot show whether that is rarer than {allowed}",
}


def lines(answer: Mapping[str, Any], out: Path | None) -> Iterator[str]:
    """``out``: the policy that was written, where one was asked for."""
    yield from _outputs(answer)
    yield from _in_use(answer)
    yield from _scores(answer)
    yield from _proposed(answer)
    if out is not None and answer["thresholds"]:
        yield f"Wrote {out}; use it with --policy {out}."


def _outputs(answer: Mapping[str, Any]) -> Iterator[str]:
    from simcheck.files import printable

    number, matched = answer["negatives"], answer["matched_negatives"]
    yield (
        f"{number} unrelated outputs against {answer['references']} works, {matched} of them with a match of any "
        f"score; {answer['positives']} copies"
    )
    for one in answer["highest"]:
        yield f"  {one['score']:.6f}  {printable(one['path'])}"
    if answer["highest"]:
        yield "Look at these first: where one does repeat a work, take it out and calibrate again."


def _in_use(answer: Mapping[str, Any]) -> Iterator[str]:
    policy = answer["policy"]
    yield f"The policy in use ({policy['name']} {policy['version']}):"
    for name, one in answer["present"].items():
        least, most = one["observed_interval"]
        reached = f"reached by {one['negatives']} unrelated ({percent(least)} to {percent(most)}){_found(one)}"
        yield f"  {name}: score >= {one['score']:.6g} {reached}"
        expected = ""
        if "expected" in one:
            least, most = one["expected_interval"]
            expected = f"{percent(one['expected'])} expected by the tail ({percent(least)} to {percent(most)}): "
        yield f"    {expected}{VERDICTS[one['verdict']].format(allowed=percent(one['allowed']))}"


def _scores(answer: Mapping[str, Any]) -> Iterator[str]:
    rows = answer.get("reliability", ())
    if not rows:
        return
    yield f"The scores ({answer['models'][answer['kind'] + '.score']}): of the outputs whose best score is"
    for row in rows:
        yield (
            f"  {row['low']:<6.6g} to {row['high']:<6.6g} ({row['outputs']}) {row['unrelated']} are unrelated, "
            f"{row['expected']:.3g} expected: {_word(row)}"
        )
    wrong = [row for row in rows if row["verdict"] != "fits"]
    if wrong:
        yield "Where a row does not fit, the score is no probability on your media: go by the thresholds proposed here."
    else:
        yield "The score model fits your media, as far as so many outputs can show."


def _word(row: Mapping[str, Any]) -> str:
    between = f"{row['least']:.3g} to {row['most']:.3g} would fit"
    return {"fits": "fits", "too high": f"scores too high, {between}", "too low": f"scores too low, {between}"}[
        row["verdict"]
    ]


def _proposed(answer: Mapping[str, Any]) -> Iterator[str]:
    if not answer["thresholds"]:
        yield "Too few unrelated outputs match anything to extrapolate from: the thresholds stay."
        return
    yield f"Proposed for {percent(answer['false_alarms'])} of unrelated outputs held, a tenth of these blocked:"
    for name, one in answer["thresholds"].items():
        low, high = one["interval"]
        reached = f"(interval {low:.6g} to {high:.6g}), reached by {one['negatives']}{_found(one)}"
        yield f"  {name}: score >= {one['score']:.6g} {reached}"
    proven = answer["thresholds"]["review"]["observed_interval"][1]
    if proven > answer["false_alarms"]:
        yield f"Counting alone proves no more than {percent(proven)} (95 %); below that the tail is extrapolated, which"
        yield "a few outputs of another sort (portraits of one person, a series) can break. More outputs prove more."


def _found(one: Mapping[str, Any]) -> str:
    if "found" not in one:
        return ""
    least, most = one["found_interval"]
    return f"; finds {one['found']:.1%} of the copies ({least:.1%} to {most:.1%})"


def percent(share: float) -> str:
    """With two digits that count, however rare."""
    return f"{100 * share:.2g} %"
