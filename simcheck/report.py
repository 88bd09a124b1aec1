"""The REPORT (``simcheck.report/1``): what one check found, decided and why. Frozen; the same through all doors."""

from __future__ import annotations

from typing import Annotated, Any, ClassVar, Final, Literal

from pydantic import BaseModel, ConfigDict, Field, model_serializer

from simcheck.errors import MediaFault
from simcheck.reference import KindName, Reference

SCHEMA: Final = "simcheck.report/1"
Decision = Literal["pass", "review", "block", "unchecked"]
MatchDecision = Literal["pass", "review", "block"]
MatchType = Literal["exact", "near-exact", "partial", "altered", "verbatim", "paraphrase", "translation"]
WORST: dict[str, int] = {"pass": 0, "review": 1, "block": 2}
Score = Annotated[float, Field(ge=0, le=1)]


class _Frozen(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class _Sparse(_Frozen):
    """Fields that are None are left out of the JSON: a place has only what its kind of media has."""

    always: ClassVar[frozenset[str]] = frozenset()

    @model_serializer(mode="plain")
    def _only_what_is_there(self) -> dict[str, Any]:
        values = {name: getattr(self, name) for name in type(self).model_fields}
        return {name: value for name, value in values.items() if value is not None or name in self.always}


class Place(_Sparse):
    """Where. ``box`` is x, y, width, height in pixels of the upright decoded picture; ``start`` and ``end`` are seconds
    (sound, film) or code points (text); ``text`` is the passage, at most 500 code points."""

    box: tuple[int, int, int, int] | None = None
    start: float | int | None = None
    end: float | int | None = None
    text: Annotated[str, Field(max_length=500)] | None = None


class Region(_Sparse):
    """A place in the output and the place in the reference that it repeats. ``type`` is given for text only."""

    output: Place
    reference: Place
    type: MatchType | None = None


class ReferenceSummary(_Frozen):
    """What a report tells of a reference."""

    id: str
    name: str
    kind: KindName
    title: str | None = None
    creator: str | None = None
    licence: str | None = None
    tags: dict[str, str] = Field(default_factory=dict)

    @classmethod
    def of(cls, reference: Reference) -> ReferenceSummary:
        return cls(**reference.model_dump(include=set(cls.model_fields)))


class Coverage(_Frozen):
    """Share of the output that is copied, and share of the reference that reappears."""

    output: Score
    reference: Score


class Match(_Frozen):
    """One reference that an output is said to repeat."""

    reference: ReferenceSummary
    score: Score
    type: MatchType
    decision: MatchDecision
    rule: str
    coverage: Coverage
    regions: tuple[Region, ...] = Field(min_length=1)
    signals: dict[str, Any]


class Output(_Sparse):
    """The file that was checked. ``path`` is as it was given; ``kind`` is null where the bytes are of no known kind."""

    always = frozenset({"path", "sha256", "bytes", "kind"})
    path: str
    sha256: str | None = None
    bytes: int | None = None
    kind: KindName | None = None
    width: int | None = None
    height: int | None = None
    frames: int | None = None
    duration: float | None = None
    characters: int | None = None
    project: str | None = None
    tags: dict[str, str] | None = None


class IndexState(_Frozen):
    """The state of the index that answered."""

    revision: int
    references: int


class PolicyState(_Frozen):
    """The policy that decided."""

    name: str
    version: int
    hash: str


class Fault(_Frozen):
    """Why a file is unchecked."""

    code: MediaFault
    message: str


class Report(_Frozen):
    """One check of one output. ``notes`` says which caps were reached and what was skipped."""

    schema_: Literal["simcheck.report/1"] = Field(default=SCHEMA, alias="schema")
    id: str
    checked_at: str
    elapsed_ms: int
    output: Output
    decision: Decision
    reason: str
    score: Score | None
    matches: tuple[Match, ...] = ()
    index: IndexState
    policy: PolicyState
    models: dict[str, str]
    notes: tuple[str, ...] = ()
    error: Fault | None = None

    model_config = ConfigDict(frozen=True, extra="forbid", populate_by_name=True)

    @property
    def held(self) -> bool:
        """True where the output must not be published: ``review``, ``block`` or ``unchecked``."""
        return self.decision != "pass"

    def to_json(self) -> dict[str, Any]:
        """The REPORT as CONTRACT gives it, ready for ``json.dumps``."""
        return self.model_dump(mode="json", by_alias=True)
