"""Small files for tests of what is around a check, not of the check."""

from __future__ import annotations

import io

from PIL import Image


def blank(side: int = 32, colour: str = "white") -> bytes:
    """A PNG of one colour: there is nothing to compare, so checking it costs next to nothing."""
    buffer = io.BytesIO()
    Image.new("RGB", (side, side), colour).save(buffer, "PNG")
    return buffer.getvalue()


BLANK = blank()


def multipart(*parts: tuple[bytes, bytes], boundary: bytes = b"b") -> bytes:
    """A body from (headers of a part, content)."""
    body = b"".join(b"--%s\r\n%s\r\n\r\n%s\r\n" % (boundary, headers, content) for headers, content in parts)
    return body + b"--%s--\r\n" % boundary


FILE = (b'Content-Disposition: form-data; name="file"; filename="a.png"', BLANK)
MULTIPART = {"Content-Type": "multipart/form-data; boundary=b"}
