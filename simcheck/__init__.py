"""simcheck: stop a copy before it is published.

    import simcheck
    checker = simcheck.open("path/to/.simcheck")
    checker.add("works/harbour.jpg", title="Starry harbour")
    report = checker.check("out/a.png", project="film-7")
    report.decision, report.matches[0].regions

Nothing heavy is imported here: `Checker`, `Report` and `Reference` load their modules when they are first touched.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

from simcheck.version import __version__

if TYPE_CHECKING:
    from simcheck.checker import Checker, open
    from simcheck.reference import Reference
    from simcheck.report import Report

__all__ = ["Checker", "Reference", "Report", "__version__", "open"]

_WHERE = {
    "Checker": "simcheck.checker",
    "Reference": "simcheck.reference",
    "Report": "simcheck.report",
    "open": "simcheck.checker",
}


def __getattr__(name: str) -> Any:
    if name in _WHERE:
        return getattr(import_module(_WHERE[name]), name)
    raise AttributeError(f"module 'simcheck' has no attribute {name!r}")
