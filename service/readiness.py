"""Ready is more than alive: the index is still there, the models are loaded, and a small check comes back right."""

from __future__ import annotations

import io
import os
import threading
import time
from collections.abc import Callable
from typing import TYPE_CHECKING

from simcheck.errors import IndexMissingError, SimcheckError
from simcheck.index.embedded import CATALOGUE
from simcheck.service.problems import Problem

if TYPE_CHECKING:
    from simcheck.checker import Checker

FRESH_S = 5.0
"""An answer is good for so long: `/readyz` needs no key, so it must not be a way to keep the machine busy."""


def probe_picture() -> bytes:
    """A picture of 128 × 128 pixels with plenty to compare, as PNG; the same each time."""
    import numpy as np
    from PIL import Image

    squares = np.random.default_rng(0).integers(0, 256, (16, 16, 3), dtype=np.uint8)
    pixels = squares.repeat(8, axis=0).repeat(8, axis=1)
    buffer = io.BytesIO()
    Image.fromarray(pixels).save(buffer, "PNG")
    return buffer.getvalue()


class Readiness:
    """Asks the checker, at most once in ``FRESH_S``; callers that come meanwhile share the answer."""

    def __init__(self, checker: Checker, clock: Callable[[], float] = time.monotonic) -> None:
        self._checker = checker
        self._clock = clock
        self._lock = threading.Lock()
        self._asked: float | None = None
        self._fault: str | None = None
        self._picture = probe_picture()
        self._catalogue = self._identity()

    def ask(self) -> None:
        """Raises Problem 503 with what is missing. Runs on a thread."""
        with self._lock:
            if self._asked is None or self._clock() - self._asked >= FRESH_S:
                self._fault = self._examine()
                self._asked = self._clock()
            if self._fault is not None:
                raise Problem(503, "not-ready", f"The service cannot check now ({self._fault}).")

    def _identity(self) -> tuple[int, int] | None:
        """Device and number of the catalogue's file, None where there is none."""
        try:
            state = os.stat(self._checker.folder / CATALOGUE)
        except OSError:
            return None
        return state.st_dev, state.st_ino

    def _examine(self) -> str | None:
        """The name of the fault, never its sentence: that names paths, and whoever asks has shown no key."""
        try:
            if self._identity() != self._catalogue:
                # What is open would go on answering from the deleted file, and lose what it writes.
                raise IndexMissingError(f"the catalogue of {self._checker.folder} was put away since it was opened")
            report = self._checker.check(self._picture, name="readyz.png", record=False)
        except SimcheckError as fault:
            return fault.problem
        return f"the self-check ended with {report.error.code}" if report.error else None
