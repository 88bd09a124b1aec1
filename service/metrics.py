"""Prometheus metrics. One registry an application; over all worker processes where ``PROMETHEUS_MULTIPROC_DIR`` is set
(`simcheck.service.server` sets it for several workers)."""

from __future__ import annotations

import os
from pathlib import Path

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, generate_latest
from prometheus_client import multiprocess as across
from prometheus_client.exposition import CONTENT_TYPE_LATEST

MULTIPROCESS = "PROMETHEUS_MULTIPROC_DIR"
SECONDS = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0, 60.0)


class Metrics:
    """What is counted. Labels come from the code, never from a request: a path is counted by its route."""

    def __init__(self) -> None:
        self.registry = CollectorRegistry()
        self.requests = Counter(
            "simcheck_requests", "Requests answered.", ["method", "route", "status"], registry=self.registry
        )
        self.request_seconds = Histogram(
            "simcheck_request_seconds", "Time to answer.", ["route"], buckets=SECONDS, registry=self.registry
        )
        self.decisions = Counter("simcheck_checks", "Checks made, by decision.", ["decision"], registry=self.registry)
        self.check_seconds = Histogram(
            "simcheck_check_seconds", "Time of a check on its thread.", buckets=SECONDS, registry=self.registry
        )
        self.upload_bytes = Counter("simcheck_upload_bytes", "Bytes of files received.", registry=self.registry)
        self.places_taken = self._gauge("simcheck_places_taken", "Uploads and checks under way or waiting.", "livesum")
        self.places = self._gauge("simcheck_places", "How many there may be; one more is answered 503.", "livesum")
        self.revision = self._gauge("simcheck_index_revision", "Revision of the index.", "max")
        self.references = self._gauge("simcheck_index_references", "Active references.", "mostrecent")

    def _gauge(self, name: str, text: str, mode: str) -> Gauge:
        return Gauge(name, text, registry=self.registry, multiprocess_mode=mode)  # type: ignore[arg-type]

    def text(self) -> tuple[bytes, str]:
        """The metrics in Prometheus' text format, and its media type."""
        registry = self.registry
        if MULTIPROCESS in os.environ:
            registry = CollectorRegistry()
            across.MultiProcessCollector(registry)  # type: ignore[no-untyped-call]
        return generate_latest(registry), CONTENT_TYPE_LATEST


def forget_dead_workers() -> None:
    """Drop the live gauges of worker processes that have ended, so that their places are not counted for ever."""
    folder = os.environ.get(MULTIPROCESS)
    for file in Path(folder).glob("gauge_live*_*.db") if folder else ():
        number = file.stem.rsplit("_", 1)[-1]
        if number.isdecimal() and not Path(f"/proc/{number}").exists():
            file.unlink(missing_ok=True)
