"""The policy: the one file with every threshold and rule, versioned, with a hash that every report carries.

Conditions are ``FIELD OPERATOR VALUE`` (``score >= 0.95``, ``reference.licence in ['CC0-1.0']``). A condition about
something that is not there does not hold, so a rule about a missing signal never fires; what no rule covers is
``review``.
"""

from __future__ import annotations

import hashlib
import operator
import re
import tomllib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from importlib import resources
from pathlib import Path
from typing import Any, Literal, TypeVar

from pydantic import BaseModel, ConfigDict, Field, ValidationError, field_validator

from simcheck.errors import PolicyError
from simcheck.report import MatchDecision, PolicyState

UNCOVERED = "uncovered"
"""The rule that a report names where no rule of the policy applied."""

FIELDS = re.compile(
    r"score|type|allowed|weak|coverage\.(output|reference)|signals\.\w+|"
    r"reference\.(kind|licence|creator|title|name|status)|reference\.tags\.[\w-]+|"
    r"output\.(kind|project|frames|frames_unchecked|width|height|duration|characters|bytes)|output\.tags\.[\w-]+"
)
CONDITION = re.compile(r"^\s*(?P<field>[\w.-]+)\s*(?P<op>>=|<=|==|!=|>|<|\bin\b)\s*(?P<value>.+?)\s*$", re.DOTALL)
OPERATORS: dict[str, Callable[[Any, Any], bool]] = {
    ">=": operator.ge,
    "<=": operator.le,
    ">": operator.gt,
    "<": operator.lt,
    "==": operator.eq,
    "!=": operator.ne,
    "in": lambda value, allowed: value in allowed,
}


@dataclass(frozen=True)
class Condition:
    """One parsed condition."""

    field: str
    op: str
    value: Any

    @classmethod
    def parse(cls, text: str) -> Condition:
        """Raises ValueError with what is wrong."""
        parts = CONDITION.match(text)
        if parts is None:
            raise ValueError(f"{text!r} is no condition; write FIELD OPERATOR VALUE, as in 'score >= 0.95'")
        field, op = parts["field"], parts["op"]
        if not FIELDS.fullmatch(field):
            raise ValueError(f"{text!r} names {field!r}, which no match has; docs/policy.md lists the fields")
        try:
            value = tomllib.loads(f"value = {parts['value']}")["value"]
        except tomllib.TOMLDecodeError:
            raise ValueError(f"{text!r}: {parts['value']!r} is no value; texts stand in quotes") from None
        ordered = op in {">=", "<=", ">", "<"}
        if ordered and (isinstance(value, bool) or not isinstance(value, int | float)):
            raise ValueError(f"{text!r} compares with {op}, which needs a number")
        if op == "in" and not isinstance(value, list):
            raise ValueError(f"{text!r} uses 'in', which needs a list in square brackets")
        return cls(field, op, value)

    def holds(self, facts: Mapping[str, Any]) -> bool:
        """``facts`` maps a field's name to its value; one that is absent, None or of another type does not hold."""
        value = facts.get(self.field)
        if value is None:
            return False
        try:
            return OPERATORS[self.op](value, self.value)
        except TypeError:
            return False


class _Rule(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")

    rule: str = Field(min_length=1, pattern=r"^[\w.-]+$")
    when: tuple[str, ...] = ()

    @field_validator("when")
    @classmethod
    def _parses(cls, when: tuple[str, ...]) -> tuple[str, ...]:
        for text in when:
            Condition.parse(text)
        return when

    def applies(self, facts: Mapping[str, Any]) -> bool:
        return all(_condition(text).holds(facts) for text in self.when)


@cache
def _condition(text: str) -> Condition:
    return Condition.parse(text)


class MatchRule(_Rule):
    """About one match: what to do with the output because of it."""

    decision: MatchDecision


class OutputRule(_Rule):
    """About the output itself, whatever it repeats."""

    decision: Literal["review", "block"]


class ReferenceRule(_Rule):
    """About a work at ``add``: with which status it enters."""

    status: Literal["quarantined"]


class Policy(BaseModel):
    """A policy file, parsed. ``hash`` is ``sha256:`` and the digest of the file's bytes; ``listed_from`` the score from
    which a match that passes is listed in reports (one that is held always is)."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    schema_: Literal["simcheck.policy/1"] = Field(alias="schema")
    name: str = Field(min_length=1)
    version: int = Field(ge=1)
    listed_from: float = Field(default=0.0, ge=0, le=1)
    match: tuple[MatchRule, ...] = ()
    output: tuple[OutputRule, ...] = ()
    reference: tuple[ReferenceRule, ...] = ()
    hash: str = Field(default="", exclude=True)

    @field_validator("match", "output", "reference")
    @classmethod
    def _named_once(cls, rules: tuple[_Rule, ...]) -> tuple[_Rule, ...]:
        names = [rule.rule for rule in rules]
        for name in names:
            if names.count(name) > 1:
                raise ValueError(f"the rule {name!r} stands twice; every rule needs a name of its own")
        return rules

    @property
    def state(self) -> PolicyState:
        return PolicyState(name=self.name, version=self.version, hash=self.hash)

    def judge_match(self, facts: Mapping[str, Any]) -> tuple[MatchDecision, str]:
        """Decision and rule for one match; what no rule covers is ``review``."""
        rule = _first(self.match, facts)
        return (rule.decision, rule.rule) if rule else ("review", UNCOVERED)

    def judge_output(self, facts: Mapping[str, Any]) -> OutputRule | None:
        """The worst rule about the output itself that applies, or None."""
        applying = [rule for rule in self.output if rule.applies(facts)]
        return max(applying, key=lambda rule: rule.decision == "block", default=None)

    def judge_reference(self, facts: Mapping[str, Any]) -> ReferenceRule | None:
        """The rule that a work to be registered meets, or None."""
        return _first(self.reference, facts)


R = TypeVar("R", bound=_Rule)


def _first(rules: Sequence[R], facts: Mapping[str, Any]) -> R | None:
    return next((rule for rule in rules if rule.applies(facts)), None)


def parse(data: bytes, source: str) -> Policy:
    """Parse a policy file's bytes. ``source`` is named in errors. Raises PolicyError."""
    try:
        values = tomllib.loads(data.decode("utf-8"))
    except (UnicodeDecodeError, tomllib.TOMLDecodeError) as fault:
        raise PolicyError(f"the policy {source} is not TOML: {fault}") from None
    try:
        policy = Policy.model_validate(values)
    except ValidationError as fault:
        first = fault.errors()[0]
        where = ".".join(str(part) for part in first["loc"]) or "the file"
        message = first["msg"].removeprefix("Value error, ")
        raise PolicyError(f"the policy {source} is wrong at {where}: {message}") from None
    return policy.model_copy(update={"hash": f"sha256:{hashlib.sha256(data).hexdigest()}"})


def default_bytes() -> bytes:
    """The built-in policy's file, comments and all: what ``simcheck policy init`` writes."""
    return resources.files("simcheck.policies").joinpath("default.toml").read_bytes()


def load(path: Path | None = None) -> Policy:
    """The policy at ``path``, else the built-in default. Raises PolicyError."""
    if path is None:
        return parse(default_bytes(), "default.toml")
    try:
        return parse(path.read_bytes(), str(path))
    except FileNotFoundError:
        raise PolicyError(f"there is no policy at {path}; `simcheck policy init` writes one to start from") from None
    except OSError as fault:
        raise PolicyError(f"the policy {path} cannot be read ({fault.strerror})") from None
