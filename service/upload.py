"""Reading a multipart upload within bounds, as it arrives: bytes are counted, never believed from a header.

One part is the file; it goes to an unnamed temporary file (nothing to clean up, even after ``kill -9``). All other
parts are short text fields whose names are known. Parsing and writing happen on a thread, the event loop only waits.
"""

from __future__ import annotations

import asyncio
import json
import tempfile
from collections.abc import AsyncIterator, Callable, Collection
from dataclasses import dataclass, field
from typing import IO, Any

from python_multipart import MultipartParser
from python_multipart.exceptions import FormParserError
from python_multipart.multipart import parse_options_header
from starlette.requests import ClientDisconnect, Request

from simcheck.service.problems import Problem
from simcheck.service.state import State

MAX_JSON_BYTES = 64 * 1024
MAX_PARTS = 64
MAX_FIELD_BYTES = 16 * 1024
MAX_OVERHEAD_BYTES = 256 * 1024
"""What a body may have beside its file: boundaries, headers of parts, text fields."""
MIN_BYTES_PER_S = 64 * 1024
"""A body has the time-out and one second more for each of these, as Apache's mod_reqtimeout counts ``MinRate``."""
BATCH_BYTES = 256 * 1024
MAX_NAME = 200
_PLAIN = {b"", b"binary", b"8bit", b"7bit"}


@dataclass
class Upload:
    """What arrived. ``file`` stands at its beginning; ``name`` is safe to show; ``fields``: name to values."""

    file: IO[bytes]
    name: str
    bytes: int
    fields: dict[str, list[str]] = field(default_factory=dict)

    def one(self, name: str) -> str | None:
        """The value of a field that may be there once; empty is as absent. Raises Problem 422 for several."""
        values = self.fields.get(name, [])
        if len(values) > 1:
            raise Problem(422, "invalid", f"The field {name!r} is there {len(values)} times; give it once.")
        return values[0] or None if values else None


def safe_name(given: str) -> str:
    """A file's name from a stranger, made harmless: its last part only, without control, format or unprintable
    characters, at most ``MAX_NAME`` characters; ``upload`` where nothing is left.

    >>> safe_name("../../etc/pass\\x00wd"), safe_name("C:\\\\temp\\\\a.png"), safe_name("..")
    ('passwd', 'a.png', 'upload')
    """
    last = given.replace("\\", "/").rsplit("/", 1)[-1]
    shown = "".join(character for character in last if character.isprintable()).strip()
    if len(shown) > MAX_NAME:
        # The end of a name tells most about a file, so it is the middle that goes.
        shown = f"{shown[: MAX_NAME // 2 - 1]}…{shown[-MAX_NAME // 2 :]}"
    return shown if shown.strip(".") else "upload"


class _Form:
    """The parser's callbacks. ``feed`` and ``finish`` run on a thread, never two at once."""

    def __init__(self, boundary: bytes, known: Collection[str], max_bytes: int, file: IO[bytes]) -> None:
        self.upload = Upload(file, "upload", 0)
        self._known = known
        self._max_bytes = max_bytes
        self._parts = 0
        self._seen_file = False
        self._ended = False
        self._header: tuple[bytearray, bytearray] = (bytearray(), bytearray())
        self._headers: dict[bytes, bytes] = {}
        self._field: str | None = None
        self._value = bytearray()
        callbacks: dict[str, Callable[..., None]] = {
            "on_part_begin": self._part_begin,
            "on_header_field": lambda data, start, end: self._header[0].extend(data[start:end]),
            "on_header_value": lambda data, start, end: self._header[1].extend(data[start:end]),
            "on_header_end": self._header_end,
            "on_headers_finished": self._headers_finished,
            "on_part_data": self._part_data,
            "on_part_end": self._part_end,
            "on_end": self._end,
        }
        self._parser = MultipartParser(boundary, callbacks)  # type: ignore[arg-type]

    def feed(self, data: bytes) -> None:
        self._parser.write(data)

    def finish(self) -> Upload:
        self._parser.finalize()
        if not self._ended:
            raise Problem(422, "invalid", "The multipart body ends before its closing boundary; send it whole.")
        if not self._seen_file:
            raise Problem(422, "invalid", "The part 'file' is missing; send the file as multipart/form-data.")
        self.upload.file.seek(0)
        return self.upload

    def _part_begin(self) -> None:
        self._parts += 1
        if self._parts > MAX_PARTS:
            raise Problem(422, "invalid", f"The body has more than {MAX_PARTS} parts.")
        self._headers.clear()
        self._value.clear()

    def _header_end(self) -> None:
        self._headers[bytes(self._header[0]).lower()] = bytes(self._header[1]).strip()
        self._header = (bytearray(), bytearray())

    def _headers_finished(self) -> None:
        disposition, options = parse_options_header(self._headers.get(b"content-disposition", b""))
        if disposition != b"form-data" or b"name" not in options:
            raise Problem(422, "invalid", "A part has no Content-Disposition: form-data with a name.")
        if self._headers.get(b"content-transfer-encoding", b"").lower() not in _PLAIN:
            raise Problem(422, "invalid", "A part is encoded for transfer; send the bytes as they are (RFC 7578, 4.7).")
        name = options[b"name"].decode("utf-8", "replace")
        if name == "file":
            if self._seen_file:
                raise Problem(422, "invalid", "There are several parts 'file'; send one file in each request.")
            self._seen_file = True
            self._field = None
            self.upload.name = safe_name(options.get(b"filename", b"").decode("utf-8", "replace"))
        elif name in self._known:
            self._field = name
        else:
            fields = ", ".join(sorted(self._known))
            raise Problem(422, "invalid", f"There is no field {safe_name(name)!r}; the fields are file, {fields}.")

    def _part_data(self, data: bytes, start: int, end: int) -> None:
        if self._field is None:
            self.upload.bytes += end - start
            if self.upload.bytes > self._max_bytes:
                raise too_large(self._max_bytes)
            self.upload.file.write(data[start:end])
            return
        self._value.extend(data[start:end])
        if len(self._value) > MAX_FIELD_BYTES:
            raise Problem(422, "invalid", f"The field {self._field!r} is longer than {MAX_FIELD_BYTES} bytes.")

    def _part_end(self) -> None:
        if self._field is None:
            return
        try:
            value = self._value.decode("utf-8")
        except UnicodeDecodeError:
            raise Problem(422, "invalid", f"The field {self._field!r} is not UTF-8.") from None
        self.upload.fields.setdefault(self._field, []).append(value)

    def _end(self) -> None:
        self._ended = True


def too_large(max_bytes: int) -> Problem:
    return Problem(413, "too-large", f"The upload is larger than the limit of {max_bytes} bytes.")


def boundary_of(request: Request) -> bytes:
    """The boundary. Raises Problem 415 where the body is no multipart/form-data, 422 where the boundary is missing."""
    kind, options = parse_options_header(request.headers.get("content-type", ""))
    if kind != b"multipart/form-data":
        raise Problem(
            415,
            "unsupported",
            "The body has to be multipart/form-data with a part 'file'.",
            headers={"Accept-Post": "multipart/form-data"},
        )
    if not 1 <= len(options.get(b"boundary", b"")) <= 70:
        raise Problem(422, "invalid", "The Content-Type needs a boundary of 1 to 70 characters (RFC 2046, 5.1.1).")
    return options[b"boundary"]


async def receive_file(request: Request, state: State, known: Collection[str]) -> Upload:
    """Read a whole multipart body; ``known`` are the names of its text fields. The caller closes ``Upload.file``.

    Raises Problem (408, 413, 415, 422), ClientDisconnect.
    """
    max_bytes = state.settings.limits.max_bytes
    boundary = boundary_of(request)
    most = max_bytes + MAX_OVERHEAD_BYTES
    length = request.headers.get("content-length", "")
    if length.isdecimal() and int(length) > most:
        raise too_large(max_bytes)
    file = tempfile.TemporaryFile(prefix="simcheck-")  # noqa: SIM115
    try:
        form = _Form(boundary, known, max_bytes, file)
        async for chunk in _chunks(request, state, most):
            await asyncio.to_thread(form.feed, chunk)
        received = await asyncio.to_thread(form.finish)
    except FormParserError:
        file.close()
        raise Problem(422, "invalid", "The body is not well-formed multipart/form-data.") from None
    except BaseException:
        file.close()
        raise
    state.metrics.upload_bytes.inc(received.bytes)
    return received


async def receive_json(request: Request, state: State) -> dict[str, Any]:
    """Read a body that is one JSON object. Raises Problem (408, 413, 422), ClientDisconnect."""
    body = b"".join([chunk async for chunk in _chunks(request, state, MAX_JSON_BYTES)])
    try:
        parsed = json.loads(body)
    except (ValueError, RecursionError):
        parsed = None
    if not isinstance(parsed, dict):
        raise Problem(422, "invalid", "The body has to be one JSON object.")
    return parsed


async def _chunks(request: Request, state: State, most: int) -> AsyncIterator[bytes]:
    """The body in pieces of about ``BATCH_BYTES``, at most ``most`` bytes, at no less than ``MIN_BYTES_PER_S``."""
    loop = asyncio.get_running_loop()
    started = loop.time()
    deadline = started + state.settings.service.upload_timeout_s
    received, waiting, more = 0, bytearray(), True
    while more:
        try:
            async with asyncio.timeout_at(deadline + received / MIN_BYTES_PER_S):
                message = await request.receive()
        except TimeoutError:
            seconds = loop.time() - started
            detail = f"The body came too slowly: {received} bytes in {seconds:.0f} s."
            raise Problem(408, "body-timeout", detail) from None
        if message["type"] == "http.disconnect":
            raise ClientDisconnect
        chunk = message.get("body", b"")
        received += len(chunk)
        if received > most:
            raise too_large(most)
        waiting += chunk
        more = message.get("more_body", False)
        if waiting and (not more or len(waiting) >= BATCH_BYTES):
            yield bytes(waiting)
            waiting.clear()
