"""A reference: a work somebody has rights in, as the catalogue holds it and as every door shows it."""

from __future__ import annotations

from typing import Literal

from pydantic import BaseModel, ConfigDict, Field

KindName = Literal["image", "text", "audio", "video"]
Status = Literal["active", "quarantined", "removed"]


class Exclusion(BaseModel):
    """A stretch of a reference that never counts (a shared intro, a credit roll): seconds for sound and film, code
    points for text."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    start: float = Field(ge=0)
    end: float = Field(ge=0)


class Rights(BaseModel):
    """What the caller says of a work when it is registered. All of it is optional.

    ``allow_projects`` names where the work may be reused: a project (``film-7``) or, with an equals sign, a tag of the
    output (``campaign=spring``). ``boilerplate`` marks text that never counts as a copy
    (licence headers, slug lines).
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    title: str | None = None
    creator: str | None = None
    licence: str | None = None
    allow_projects: tuple[str, ...] = ()
    tags: dict[str, str] = Field(default_factory=dict)
    boilerplate: bool = False


class Reference(Rights):
    """A registered work. ``id`` is a ULID, ``sha256`` the file's digest in hex, ``added_at`` UTC, RFC 3339."""

    id: str
    name: str
    kind: KindName
    status: Status = "active"
    status_reason: str | None = None
    sha256: str
    bytes: int
    added_at: str
    exclusions: tuple[Exclusion, ...] = ()

    @property
    def label(self) -> str:
        """What a sentence calls the work: its title, else the name of its file."""
        return self.title or self.name
