"""Checks that are answered later: their state stands in the catalogue, so every worker process can tell of them.

A worker process that runs jobs holds a lock on a file of its own, ``service/OWNER.lock`` in the index's folder. The
kernel frees the lock when the process ends, however it ends: who can take it knows that the owner is dead, without
clocks, heartbeats or process ids that are used again.
"""

from __future__ import annotations

import fcntl
import logging
import os
import secrets
from collections.abc import Callable, Sequence
from concurrent.futures import Future
from pathlib import Path
from typing import Any, Protocol

from simcheck.errors import CheckNotFoundError, SimcheckError
from simcheck.index.ledger import Job
from simcheck.report import Report
from simcheck.service.work import Place

log = logging.getLogger("simcheck.service")
OPEN = ("queued", "running")


class JobStore(Protocol):
    """The part of an index that keeps jobs and checks."""

    def put_job(self, job: Job) -> None: ...
    def job(self, job_id: str) -> Job: ...
    def jobs(self, status: str | None = None) -> Sequence[Job]: ...
    def update_job(self, job_id: str, *, only_from: tuple[str, ...] | None = None, **changes: Any) -> Job: ...
    def check(self, check_id: str) -> dict[str, Any]: ...


class Jobs:
    """The jobs of one worker process, and the state of everybody's."""

    def __init__(self, store: JobStore, folder: Path) -> None:
        self._store = store
        self._folder = folder / "service"
        self._lock: int | None = None
        self.owner = secrets.randbits(62)

    # -- whose jobs ------------------------------------------------------------------------------------------------

    def claim(self) -> None:
        """Hold the lock that says this process is alive. Called before its first job."""
        if self._lock is None:
            self._folder.mkdir(exist_ok=True)
            unlocked = self._folder / f"{self.owner}.new"
            self._lock = os.open(unlocked, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
            fcntl.flock(self._lock, fcntl.LOCK_EX)
            # Under its own name it is never seen unlocked, so nobody takes a process that starts for a dead one.
            unlocked.rename(self._file(self.owner))

    def release(self) -> None:
        """End: whatever job of this process is still open has failed from now on."""
        if self._lock is not None:
            self._file(self.owner).unlink(missing_ok=True)
            os.close(self._lock)
            self._lock = None

    def _file(self, owner: int) -> Path:
        return self._folder / f"{owner}.lock"

    def alive(self, owner: int) -> bool:
        """Whether the process that owns a job still runs."""
        if owner == self.owner:
            return self._lock is not None
        try:
            descriptor = os.open(self._file(owner), os.O_RDWR | os.O_CLOEXEC)
        except FileNotFoundError:
            return False
        try:
            # Shared, so that two who ask at once do not take each other for the owner.
            fcntl.flock(descriptor, fcntl.LOCK_SH | fcntl.LOCK_NB)
        except BlockingIOError:
            return True
        finally:
            os.close(descriptor)
        self._file(owner).unlink(missing_ok=True)
        return False

    def sweep(self) -> int:
        """Fail what processes that have died left open, and drop their locks; called when a process starts. Returns how
        many jobs failed."""
        for file in self._folder.glob("*.lock"):
            self.alive(int(file.stem))
        left = [job for status in OPEN for job in self._store.jobs(status)]
        return sum(self._settled(job).status == "failed" for job in left)

    # -- one job ---------------------------------------------------------------------------------------------------

    def start(self, place: Place, job: Job, check: Callable[[], Report]) -> None:
        """Write the job down and put its check on a thread. ``check`` records its REPORT under the job's id."""
        self.claim()
        self._store.put_job(job)

        def run() -> None:
            if self._store.update_job(job.id, only_from=("queued",), status="running").status == "running":
                check()
                self._store.update_job(job.id, only_from=("running",), status="done", progress=1.0, report_id=job.id)

        place.start(run).add_done_callback(lambda ended: self._after(job.id, ended))

    def _after(self, job_id: str, ended: Future[None]) -> None:
        """What did not end with a REPORT has failed: an error, or a service that was stopped while the job waited."""
        fault = None if ended.cancelled() else ended.exception()
        if fault is None and not ended.cancelled():
            return
        log.error("job failed", extra={"job": job_id}, exc_info=fault)
        try:
            self._store.update_job(job_id, only_from=OPEN, status="failed")
        except SimcheckError:
            # The lock goes with this process, so the next reader sees the job as failed all the same.
            log.exception("the failed job could not be written down", extra={"job": job_id})

    def look(self, check_id: str) -> dict[str, Any]:
        """A REPORT, or ``{"id", "status", "progress"}`` of a check without one. Raises CheckNotFoundError."""
        try:
            job = self._store.job(check_id)
        except CheckNotFoundError:
            return self._store.check(check_id)
        return self._answer(self._settled(job))

    def cancel(self, check_id: str) -> dict[str, Any]:
        """Cancel a check that waits or runs; one that has ended stays as it is. Answers as `look`."""
        try:
            job = self._store.job(check_id)
        except CheckNotFoundError:
            return self._store.check(check_id)
        if self._settled(job).status in OPEN:
            job = self._store.update_job(check_id, only_from=OPEN, status="cancelled")
        return self._answer(self._settled(job))

    def _answer(self, job: Job) -> dict[str, Any]:
        if job.status == "done":
            return self._store.check(job.report_id or job.id)
        return {"id": job.id, "status": job.status, "progress": job.progress}

    def _settled(self, job: Job) -> Job:
        """The job as it is now that its owner may have died."""
        if job.status not in OPEN or self.alive(job.owner):
            return job
        try:
            self._store.check(job.id)
            ending = {"status": "done", "progress": 1.0, "report_id": job.id}
        except CheckNotFoundError:
            ending = {"status": "failed"}
        return self._store.update_job(job.id, only_from=OPEN, **ending)
