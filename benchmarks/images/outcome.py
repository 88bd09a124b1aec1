"""What a system answered to one output of the benchmark, beside what is true."""

from __future__ import annotations

from collections.abc import Sequence
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
    """One checked output. ``truth``: the references that are in it, none for a negative. ``source``: the picture it was
    made of. ``answers`` are sorted, best first. ``truth_boxes`` goes with a single truth whose geometry is known."""

    case: str
    family: str
    source: str
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
    """Pairs of pictures that were looked at and do share something: (source of the output, reference), with the reason.
    They count neither as false alarms nor as right."""

    reasons: dict[tuple[str, str], str] = field(default_factory=dict)

    def without(self, outcome: Outcome) -> Outcome:
        """The outcome without the answers that are listed pairs; its decision is that of the answers left."""
        kept = [one for one in outcome.answers if (outcome.source, one.reference) not in self.reasons]
        if len(kept) == len(outcome.answers):
            return outcome
        decisions = {one.decision for one in kept}
        worst = next((one for one in ("block", "review") if one in decisions), "pass")
        return replace(outcome, answers=kept, decision=worst)
