"""What of a file is markup: stretches that a reader of the text never sees, or that every text of its kind has.

Each function takes a decoded text and yields (start, end, shown): the stretch [start, end) and what stands there for
the reader, most often nothing. Stretches come in order and do not overlap. Regular expressions with possessive parts
keep every format linear in the length of the file, whatever is nested in it; entities are never expanded but for the
predefined and numbered ones.
"""

from __future__ import annotations

import html
import re
from collections.abc import Callable, Iterator

from simcheck.errors import MediaError

Stretch = tuple[int, int, str]

_ATTRIBUTES = r"""(?:[^>"']++|"[^"]*+"|'[^']*+')*+"""
_HTML = re.compile(
    r"<!--(?:.*?-->|.*\Z)"
    r"|<(?P<raw>script|style|template|title)\b[^>]*+>(?:.*?</(?P=raw)\s*+>|.*\Z)"
    rf"|</?(?P<tag>[a-zA-Z][\w:-]*+)(?:{_ATTRIBUTES}>|[^>]*+>)|<[!?][^>]*+>"
    r"|&(?:\#[0-9]{1,7}|\#[xX][0-9a-fA-F]{1,6}|[a-zA-Z][a-zA-Z0-9]{1,31});",
    re.DOTALL | re.IGNORECASE,
)
_INLINE = frozenset(
    {
        "a", "abbr", "acronym", "b", "bdi", "bdo", "big", "cite", "code", "data", "del", "dfn", "em", "font", "i",
        "ins", "kbd", "label", "mark", "q", "rb", "rp", "rt", "ruby", "s", "samp", "small", "span", "strike", "strong",
        "sub", "sup", "time", "tt", "u", "var", "wbr",
    }
)  # fmt: skip
_FDX = re.compile(
    r"<(?P<close>/?)(?P<tag>[\w:]*+)[^<>]*+>|&(?:\#[0-9]{1,7}|\#[xX][0-9a-fA-F]{1,6}|lt|gt|amp|quot|apos);"
)
_SHARED = re.compile(r"Type=\"(?:Scene Heading|Transition|Shot)\"")
_SUBTITLES = re.compile(
    r"\AWEBVTT[^\n]*+\n(?:[^\n]++\n)*+"
    r"|^(?:NOTE|STYLE|REGION)\b[^\n]*+\n(?:[^\n]++\n)*+"
    r"|^(?:[^\n]*+\n)?(?<=\n)[ \t]*+(?:\d+:)?\d+:\d\d[.,]\d{1,3}[ \t]*+-->[^\n]*+(?:\n|\Z)"
    r"|\A[^\n]*+\n[ \t]*+(?:\d+:)?\d+:\d\d[.,]\d{1,3}[ \t]*+-->[^\n]*+(?:\n|\Z)"
    r"|</?[a-zA-Z][^>\n]{0,200}>|<\d[\d:.]*+>|\{\\[^}\n]{0,200}\}"
    r"|&(?:amp|lt|gt|nbsp|lrm|rlm);",
    re.MULTILINE,
)
_FOUNTAIN = re.compile(
    r"/\*(?:.*?\*/|.*\Z)|\[\[(?:.*?\]\]|.*\Z)"
    r"|^[ \t]*+(?:\.(?!\.)|(?:INT|EXT|EST|INT\.?/EXT|I/E)[. ])[^\n]*+$"
    r"|^[ \t]*+(?:>[^<\n]*+|[A-Z ]{3,30} TO:)[ \t]*+$",
    re.DOTALL | re.MULTILINE,
)


def hypertext(text: str) -> Iterator[Stretch]:
    """HTML: tags, comments, scripts; block tags divide words. Entities as `html.unescape` has them."""
    # A tag ends somewhere: after the last ">" none is looked for, again and again to the end.
    for match in _HTML.finditer(text, 0, text.rfind(">") + 1):
        found = match.group()
        if found[0] == "&":
            shown = html.unescape(found)
            if shown != found:
                yield match.start(), match.end(), shown
            continue
        tag = match["tag"]
        yield match.start(), match.end(), "" if tag and tag.lower() in _INLINE else "\n"


def final_draft(text: str) -> Iterator[Stretch]:
    """Final Draft's XML: what stands outside of Text elements, scene headings and transitions. Raises MediaError where
    the file declares entities of its own, which no Final Draft does and every entity bomb needs."""
    if "<!ENTITY" in text:
        raise MediaError(
            "unreadable", "The script (.fdx) declares XML entities, which no script needs; it is not read."
        )
    hidden, shown, shared, new = 0, False, False, True
    for match in _FDX.finditer(text):
        found = match.group()
        if found[0] == "&":
            if shown:
                yield match.start(), match.end(), html.unescape(found)
            continue
        if match["tag"] == "Paragraph":
            new, shared = True, _SHARED.search(found) is not None
        before = shown
        if match["tag"] == "Text":
            shown = not (match["close"] or shared or found.endswith("/>"))
        if before and not shown:
            hidden = match.start()
        elif shown and not before:
            yield hidden, match.end(), "\n" if new else ""
            new = False
    if not shown:
        yield hidden, len(text), ""


def subtitles(text: str) -> Iterator[Stretch]:
    """SubRip and WebVTT: header, notes, styles, cue numbers and times, tags of voice, colour and place."""
    for match in _SUBTITLES.finditer(text):
        found = match.group()
        if match.end() > match.start():
            yield (
                match.start(),
                match.end(),
                html.unescape(found) if found[0] == "&" else "" if found[0] in "<{" else "\n",
            )


def fountain(text: str) -> Iterator[Stretch]:
    """Fountain: what is cut out or noted, scene headings and transitions, which all scripts share."""
    for match in _FOUNTAIN.finditer(text):
        if match.end() > match.start():
            yield match.start(), match.end(), "\n"


FORMATS: dict[str, Callable[[str], Iterator[Stretch]]] = {
    "html": hypertext,
    "fdx": final_draft,
    "subtitles": subtitles,
    "fountain": fountain,
}
_TIMES = re.compile(r"^[ \t]*(?:\d+:)?\d+:\d\d[.,]\d{1,3}[ \t]*-->", re.MULTILINE)
_SCENE = re.compile(r"^[ \t]*(?:INT|EXT|EST|INT\.?/EXT|I/E)[. ]", re.MULTILINE)
_TITLE_PAGE = re.compile(r"\A(?:Title|Credit|Author|Authors|Source|Draft date|Contact|Format):", re.IGNORECASE)
_HEAD = 65_536


def format_of(text: str) -> str:
    """``html``, ``fdx``, ``subtitles``, ``fountain`` or ``plain``, from the first 64 Ki characters."""
    head = text[:_HEAD]
    start = head.lstrip()[:2_048].lower()
    if start.startswith("<"):
        if "<finaldraft" in start:
            return "fdx"
        if re.search(r"<(?:!doctype html|html|head|body|div|p|h[1-6]|article|section|table|ul|span)\b", start):
            return "html"
    if start.startswith("webvtt") or _TIMES.search(head[:2_048]):
        return "subtitles"
    if _SCENE.search(head) or _TITLE_PAGE.match(head):
        return "fountain"
    return "plain"
