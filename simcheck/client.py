"""The service as a gate: what ``--server URL`` uses. It decides nothing: reports come from the service, and whatever is
not a whole report about exactly the bytes that were sent raises ServerError."""

from __future__ import annotations

import hashlib
import json
import time
from collections.abc import Iterable, Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import httpx
from pydantic import ValidationError
from ulid import ULID

from simcheck.errors import MediaError, ServerError, UsageError
from simcheck.explain import ExplainItem
from simcheck.files import printable, read_file, read_stream
from simcheck.gate import Item, Purpose
from simcheck.matching import best_matches
from simcheck.parallel import in_order
from simcheck.report import Fault, IndexState, Output, PolicyState, Report
from simcheck.settings import Settings

CONNECT_S = 10.0
ANSWER_S = 300.0
"""How long one answer may take: the service answers large files with 202 and lets us ask again."""
PATIENCE_S = 120.0
"""How long a busy service (429, 503) is asked again before nothing is decided."""
POLL_S = 0.5


class RemoteGate:
    """Checks files with the service at ``settings.server``, which is given, with the key ``settings.key``.

    ``transport`` replaces the network (tests). Raises UsageError for what is no URL.
    """

    notices: tuple[str, ...] = ()

    def __init__(self, settings: Settings, transport: httpx.BaseTransport | None = None) -> None:
        self._settings = settings
        self._url = (settings.server or "").rstrip("/")
        try:
            parts = httpx.URL(self._url)
        except httpx.InvalidURL:
            parts = httpx.URL("")
        if parts.scheme not in ("http", "https") or not parts.host:
            raise UsageError(f"--server {settings.server!r} is no URL; write it as http://127.0.0.1:8000")
        self._http = httpx.Client(
            headers={"Authorization": f"Bearer {settings.key}"} if settings.key else {},
            timeout=httpx.Timeout(ANSWER_S, connect=CONNECT_S),
            transport=transport,
        )

    def check(self, items: Iterable[Item], purpose: Purpose, top: int | None = None) -> Iterator[Report]:
        """Reports in the order of the items. Raises ServerError: then nothing is decided about the rest."""
        # Asked before the first file, so that no files, or only unreadable ones, are no reason to pass either.
        state = self._state()

        def one(item: Item) -> Report:
            report = self._check(item, purpose, state)
            update: dict[str, Any] = {"output": report.output.model_copy(update={"path": item.name})}
            if top is not None:
                update["matches"] = tuple(best_matches(list(report.matches), top))
            return report.model_copy(update=update)

        return in_order(one, items, self._settings.workers)

    def examine(self, items: Iterable[Item], purpose: Purpose, top: int | None = None) -> Iterator[ExplainItem]:
        """The reports alone: pictures of the works stay with the service."""
        return map(ExplainItem, self.check(items, purpose, top))

    def close(self) -> None:
        self._http.close()

    def _check(self, item: Item, purpose: Purpose, state: dict[str, Any]) -> Report:
        try:
            data = self._read(item)
        except MediaError as fault:
            if fault.code != "empty":
                return _unchecked(item, fault, state)
            data = b""  # the service says so too, and records it
        fields = {"project": purpose.project, "tags": json.dumps(dict(purpose.tags)) if purpose.tags else None}
        form = {name: value for name, value in fields.items() if value is not None}
        name = printable(Path(item.name).name)
        answer = self._ask("POST", "/v1/checks", data=form, files={"file": (name, data, "application/octet-stream")})
        body = _json(answer)
        if answer.status_code == httpx.codes.ACCEPTED:
            body = self._wait(body)
        elif answer.status_code == httpx.codes.REQUEST_ENTITY_TOO_LARGE:
            refused = MediaError("too_large", _detail(answer), hashlib.sha256(data).hexdigest(), len(data))
            return _unchecked(item, refused, state)
        elif answer.status_code == httpx.codes.UNSUPPORTED_MEDIA_TYPE:
            body = body.get("report", {})
        elif answer.status_code != httpx.codes.OK:
            raise self._refused(answer)
        try:
            report = Report.model_validate(body)
        except ValidationError:
            raise ServerError(f"{self._url} answered with no report: is it a simcheck service?") from None
        same = report.output.sha256 == hashlib.sha256(data).hexdigest()
        if not same and report.decision != "unchecked":
            raise ServerError(f"{self._url} reported on other bytes than those of {printable(item.name)}")
        return report

    def _read(self, item: Item) -> bytes:
        limit = self._settings.limits.max_bytes
        if isinstance(item.source, bytes):
            return item.source
        if isinstance(item.source, str):
            return read_file(Path(item.source), item.name, limit).data
        return read_stream(item.source, item.name, limit).data

    def _wait(self, queued: dict[str, Any]) -> dict[str, Any]:
        """Ask for a queued check until it has its report. Raises ServerError where it never will."""
        location = str(queued.get("location"))
        if not location.startswith("/"):  # never to another host: the key goes with it
            raise ServerError(f"{self._url} answered with no report: is it a simcheck service?")
        while True:
            answer = self._ask("GET", location)
            if answer.status_code != httpx.codes.OK:
                raise self._refused(answer)
            body = _json(answer)
            if "schema" in body:
                return body
            if body.get("status") not in ("queued", "running"):
                raise ServerError(
                    f"{self._url} did not finish the check {queued.get('id')}: it is {body.get('status')}"
                )
            time.sleep(POLL_S)

    def _state(self) -> dict[str, Any]:
        """The index, policy and models of the service. Raises ServerError: unreachable, refused, not ours."""
        answer = self._ask("GET", "/v1/index")
        if answer.status_code != httpx.codes.OK:
            raise self._refused(answer)
        body = _json(answer)
        try:
            return {
                "index": IndexState(revision=body["revision"], references=sum(body["references"].values())),
                "policy": PolicyState.model_validate(body["policy"]),
                "models": dict(body["models"]),
            }
        except (KeyError, AttributeError, TypeError, ValidationError):
            raise ServerError(f"{self._url} does not answer as a simcheck service does: look at the address") from None

    def _ask(self, method: str, path: str, **content: Any) -> httpx.Response:
        """One call, again and again while the service is busy. Raises ServerError where it cannot be reached."""
        until = time.monotonic() + PATIENCE_S
        while True:
            try:
                answer = self._http.request(method, f"{self._url}{path}", **content)
            except httpx.HTTPError as fault:
                reason = str(fault) or type(fault).__name__
                raise ServerError(
                    f"{self._url} cannot be reached ({reason}): is `simcheck serve` running there?"
                ) from None
            if answer.status_code not in (httpx.codes.TOO_MANY_REQUESTS, httpx.codes.SERVICE_UNAVAILABLE):
                return answer
            wait_s = _seconds(answer.headers.get("Retry-After"))
            if wait_s is None or time.monotonic() + wait_s > until:
                raise self._refused(answer)
            time.sleep(wait_s)

    def _refused(self, answer: httpx.Response) -> ServerError:
        if answer.status_code in (httpx.codes.UNAUTHORIZED, httpx.codes.FORBIDDEN):
            what = "refused the key" if self._settings.key else "wants a key, and SIMCHECK_KEY is not set"
            return ServerError(
                f"{self._url} {what} ({_detail(answer)}); `simcheck keys create --role check` makes one there"
            )
        return ServerError(f"{self._url} did not check it: {answer.status_code}, {_detail(answer)}")


def _json(answer: httpx.Response) -> dict[str, Any]:
    """The answer's JSON object, empty where it is none."""
    try:
        body = answer.json()
    except ValueError:
        return {}
    return body if isinstance(body, dict) else {}


def _detail(answer: httpx.Response) -> str:
    """The sentence of a problem (RFC 9457), else the status' own phrase."""
    return str(_json(answer).get("detail") or answer.reason_phrase or "no reason given").rstrip(".")


def _seconds(text: str | None) -> float | None:
    try:
        return max(float(text), 0.1) if text is not None else None
    except ValueError:
        return None


def _unchecked(item: Item, fault: MediaError, state: dict[str, Any]) -> Report:
    """The report about a file that never came to be checked."""
    return Report(
        id=str(ULID()),
        checked_at=datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ"),
        elapsed_ms=0,
        output=Output(path=item.name, sha256=fault.sha256, bytes=fault.bytes),
        decision="unchecked",
        reason=fault.message,
        score=None,
        error=Fault(code=fault.code, message=fault.message),
        **state,
    )
