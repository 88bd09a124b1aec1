"""What a system answered to one output of the benchmark, beside what is true."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace

from benchmarks.images.edits.base import Box

HELD = frozenset({"review", "block"})


@dataclass(frozen=True)
class Answer:
    """One reference that the system named. ``reference`` is the name of its picture; ``score`` rises with certainty.

    ``boxes`` are those of its first region, output and reference; None where the system gives none.
    """

    reference: str
    score: float
    decision: str
    boxes: tuple[Box, Box] | None = None
    type: str = ""


@dataclass(frozen=True)
class Outcome:
    """One checked output. ``truth``: the references that are in it, none for a negative. ``sources``: the pictures it
    was made of, backgrounds last. ``answers`` are sorted, best first. ``truth_boxes`` goes with a single truth whose
    geometry is known."""

    case: str
    family: str
    sources: tuple[str, ...]
    truth: tuple[str, ...]
    answers: Sequence[Answer]
    decision: str
    truth_boxes: tuple[Box, Box] | None = None
    elapsed_ms: float = 0.0

    @property
    def negative(self) -> bool:
        return not self.truth

    @property
    def wrong(self) -> list[Answer]:
        """Answers that name a reference which is not in the output."""
        return [answer for answer in self.answers if answer.reference not in self.truth]

    def right(self, reference: str) -> Answer | None:
        """The answer that names this true reference, if there is one."""
        return next((answer for answer in self.answers if answer.reference == reference), None)


@dataclass(frozen=True)
class SharedPairs:
    """Pictures that were looked at and do share something, with the reason: pairs (a source of the output, reference),
    and groups in which every two do (one estate agent's logo on all). A name stands for itself or begins with its
    number. Such pairs count neither as false alarms nor as right."""

    pairs: Mapping[tuple[str, str], str] = field(default_factory=dict)
    groups: Sequence[tuple[str, frozenset[str]]] = ()

    def reason(self, sources: Iterable[str], reference: str) -> str | None:
        """What one of the sources of an output shares with a reference, or None."""
        for source in sources:
            one, other = source.split("_")[0], reference.split("_")[0]
            if (one, other) in self.pairs:
                return self.pairs[one, other]
            for reason, members in self.groups:
                if one in members and other in members:
                    return reason
        return None

    def without(self, outcome: Outcome) -> Outcome:
        """The outcome without the wrong answers that are listed; its decision is that of the answers left."""
        kept = [
            one
            for one in outcome.answers
            if one.reference in outcome.truth or self.reason(outcome.sources, one.reference) is None
        ]
        if len(kept) == len(outcome.answers):
            return outcome
        decisions = {one.decision for one in kept}
        worst = next((one for one in ("block", "review") if one in decisions), "pass")
        return replace(outcome, answers=kept, decision=worst)
