"""From what verification found to the matches of a report: the policy's facts, its decision, and which are listed."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from simcheck.index.base import StoredReference
from simcheck.kinds.base import Finding
from simcheck.policy import Policy
from simcheck.reference import Reference
from simcheck.report import WORST, Coverage, Match, MatchType, Output, Place, ReferenceSummary, Region


def match_of(finding: Finding, reference: Reference, output: Output, policy: Policy) -> Match:
    """Let the policy decide about one finding."""
    return _match(
        reference, output, policy, finding.score, finding.type, finding.coverage, finding.regions, finding.signals
    )


def exact_match(stored: StoredReference, output: Output, policy: Policy) -> Match:
    """The output has the bytes of a reference: certain, and the whole of both."""
    place = _whole(stored.facts)
    region = Region(output=place, reference=place)
    signals = {"sha256": stored.reference.sha256}
    return _match(stored.reference, output, policy, 1.0, "exact", Coverage(output=1, reference=1), (region,), signals)


def _whole(facts: Mapping[str, Any]) -> Place:
    if "width" in facts:
        return Place(box=(0, 0, facts["width"], facts["height"]))
    return Place(start=0, end=facts.get("duration", facts.get("characters", 0)))


def _match(
    reference: Reference,
    output: Output,
    policy: Policy,
    score: float,
    type_: MatchType,
    coverage: Coverage,
    regions: tuple[Region, ...],
    signals: Mapping[str, Any],
) -> Match:
    facts = facts_of(score, type_, coverage, signals) | output_facts(output)
    facts["allowed"] = allowed(reference, output.project, output.tags or {})
    names = ("kind", "licence", "creator", "title", "name", "status")
    facts |= {f"reference.{name}": getattr(reference, name) for name in names}
    facts |= {f"reference.tags.{name}": value for name, value in reference.tags.items()}
    decision, rule = policy.judge_match(facts)
    return Match(
        reference=ReferenceSummary.of(reference),
        score=score,
        type=type_,
        decision=decision,
        rule=rule,
        coverage=coverage,
        regions=regions,
        signals=dict(signals),
    )


def facts_of(score: float, type_: MatchType, coverage: Coverage, signals: Mapping[str, Any]) -> dict[str, Any]:
    """What rules may name of what was found, whichever the work and the output are."""
    facts: dict[str, Any] = {
        "score": score,
        "type": type_,
        "coverage.output": coverage.output,
        "coverage.reference": coverage.reference,
    }
    return facts | {f"signals.{name}": value for name, value in signals.items()}


def output_facts(output: Output) -> dict[str, Any]:
    """What rules may name of the output."""
    names = ("kind", "project", "width", "height", "frames", "duration", "characters", "bytes")
    facts = {f"output.{name}": getattr(output, name) for name in names}
    return facts | {f"output.tags.{name}": value for name, value in (output.tags or {}).items()}


def allowed(reference: Reference, project: str | None, tags: Mapping[str, str]) -> bool:
    """Whether the work's rights allow this output to reuse it: its project is named, or one of its tags (``K=V``)."""
    named = {f"{name}={value}" for name, value in tags.items()} | ({project} if project else set())
    return bool(named & set(reference.allow_projects))


def best_matches(matches: Iterable[Match], top: int, listed_from: float = 0.0) -> Sequence[Match]:
    """At most ``top`` (at least one) matches by score, those that pass only from ``listed_from`` on. What is held goes
    before what passes, so that no bound on the list can drop the match that made the decision."""
    listed = (match for match in matches if match.decision != "pass" or match.score >= listed_from)
    kept = sorted(listed, key=lambda match: (-WORST[match.decision], -match.score))[: max(top, 1)]
    return sorted(kept, key=lambda match: -match.score)
