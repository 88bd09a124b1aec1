"""Which families of edits a run makes outputs of."""

from __future__ import annotations

from collections.abc import Sequence

from benchmarks.images import augly_families
from benchmarks.images.cases import SEVERAL
from benchmarks.images.data import HalfName
from benchmarks.images.edits import FAMILIES
from benchmarks.images.edits.base import Edit
from benchmarks.images.held_out import HELD_OUT
from simcheck.errors import UsageError


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
