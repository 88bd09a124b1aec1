"""Every fault simcheck raises on purpose.

One base class, small named children. Each carries one clear sentence: what is wrong, with which file or value,
what to do. Only the doors turn a fault into something else: the command line reads ``exit_code``, the service reads
``status`` and ``problem``; nothing in between catches them to print.
"""

from __future__ import annotations

from typing import Literal

MediaFault = Literal["unreadable", "unsupported", "too_large", "empty", "timeout", "internal"]


class SimcheckError(Exception):
    """Base of all. ``exit_code`` follows CONTRACT (2: nothing was decided), ``status`` is the HTTP status."""

    exit_code: int = 2
    status: int = 500
    problem: str = "internal"

    def __init__(self, message: str) -> None:
        super().__init__(message)
        self.message = message


class UsageError(SimcheckError):
    """The call itself is wrong: an unknown value, a missing file, options that exclude each other."""

    status = 422
    problem = "usage"


class SettingsError(SimcheckError):
    """The configuration file or an environment variable is wrong."""

    problem = "settings"


class PolicyError(SimcheckError):
    """The policy file cannot be read, or says something that has no meaning."""

    problem = "policy"


class IndexMissingError(SimcheckError):
    """There is no index where one was looked for."""

    status = 503
    problem = "index-missing"


class IndexDamagedError(SimcheckError):
    """The index is there, but what it holds cannot be trusted."""

    status = 503
    problem = "index-damaged"


class IndexMismatchError(SimcheckError):
    """The index was made by another encoder, preparation or a newer version of simcheck."""

    status = 503
    problem = "index-mismatch"


class IndexBusyError(SimcheckError):
    """Another process is writing to the index and did not finish in time."""

    status = 503
    problem = "index-busy"


class StorageError(SimcheckError):
    """Nothing could be written: no space, a read-only folder, a failing disk."""

    status = 507
    problem = "storage"


class ModelError(SimcheckError):
    """A model is missing, damaged or does not answer as its card says."""

    status = 503
    problem = "model"


class ServerError(SimcheckError):
    """The simcheck service could not be reached, refused the key, or answered with something else than the contract."""

    status = 502
    problem = "server"


class ReferenceNotFoundError(SimcheckError):
    """No reference has this id."""

    status = 404
    problem = "reference-not-found"


class CheckNotFoundError(SimcheckError):
    """No check has this id."""

    status = 404
    problem = "check-not-found"


class MediaError(SimcheckError):
    """One file could not be read or checked; the rest of a batch goes on.

    ``code`` is the REPORT's ``error.code``. An output with it is ``unchecked``, a file given to ``add`` is listed as
    failed. ``sha256`` and ``bytes`` are those of a file that could be read and was refused for its size.
    """

    exit_code = 3
    status = 422
    problem = "media"

    def __init__(self, code: MediaFault, message: str, sha256: str | None = None, bytes: int | None = None) -> None:
        super().__init__(message)
        self.code: MediaFault = code
        self.sha256 = sha256
        self.bytes = bytes
