"""Ages as people write them: ``24h``, ``30m``, ``7d``, ``90s``, ``1d12h``."""

from __future__ import annotations

import re

from simcheck.errors import UsageError

UNITS_S = {"d": 86_400, "h": 3_600, "m": 60, "s": 1}
_FORM = re.compile(r"(?:(?P<d>\d{1,9})d)?(?:(?P<h>\d{1,9})h)?(?:(?P<m>\d{1,9})m)?(?:(?P<s>\d{1,9})s)?", re.ASCII)


def parse_duration(text: str) -> int:
    """Seconds, at least 1. Units from large to small, each at most once. Raises UsageError.

    >>> parse_duration("24h"), parse_duration("1d12h")
    (86400, 129600)
    """
    form = _FORM.fullmatch(text)
    seconds = sum(int(form[unit] or 0) * size for unit, size in UNITS_S.items()) if form else 0
    if seconds < 1:
        raise UsageError(f"{text!r} is no length of time; write 24h, 30m, 7d or 1d12h")
    return seconds
