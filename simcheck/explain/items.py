"""What an explanation is made from."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from simcheck.index.base import StoredReference
    from simcheck.kinds.base import Media
    from simcheck.report import Report


@dataclass(frozen=True)
class ExplainItem:
    """One checked output.

    ``media``: the decoded output as the guarded worker gave it; None where it was not decoded (unchecked, or the bytes
    of a reference). ``references``: what the index stores for the works of the report's matches, by id; a work that is
    missing here is explained without its picture.
    """

    report: Report
    media: Media | None = None
    references: Mapping[str, StoredReference] = field(default_factory=dict)
