"""HTML pages that hold everything they show: pictures, style and script are inside, nothing is fetched.

A strict content security policy names style and script by their hashes, so that text from titles and file names could
not run even if escaping failed. Names, titles and passages are hostile text: Jinja escapes them all.
"""

from __future__ import annotations

import base64
import contextlib
import functools
import hashlib
import os
import re
from collections import Counter
from collections.abc import Iterable, Sequence
from importlib import resources
from pathlib import Path
from typing import TYPE_CHECKING, Any

from simcheck.errors import StorageError
from simcheck.explain.items import ExplainItem

if TYPE_CHECKING:
    from jinja2 import Environment

PAGES = "outputs"
"""The folder of a report in which each output has its page."""
_ORDER = ("block", "review", "unchecked", "pass")
_PAGE = re.compile(r"[0-9]{4,}\.html")


def render_html(items: Sequence[ExplainItem]) -> str:
    """One page with everything about these outputs, in their order."""
    from simcheck.explain.views import output_view

    views = [output_view(item, number) for number, item in enumerate(items, 1)]
    title = views[0].path if len(views) == 1 else f"{len(views)} outputs"
    return _render("page.html.j2", title=title, outputs=views, back=None)


def write_report(folder: Path, items: Iterable[ExplainItem]) -> Path:
    """A page for each output as soon as it comes, and ``index.html`` with the list of all, worst first, whose path
    is returned.

    Pages of an earlier report in the same folder are replaced. Raises StorageError where nothing can be written.
    """
    from simcheck.explain.views import MARKS, list_picture, output_view

    pages = folder / PAGES
    rows: list[dict[str, Any]] = []
    try:
        pages.mkdir(parents=True, exist_ok=True)
        for number, item in enumerate(items, 1):
            name = f"{number:04d}.html"
            view = output_view(item, 1)
            _write(pages / name, _render("page.html.j2", title=view.path, outputs=[view], back="../index.html"))
            rows.append(
                {
                    "href": f"{PAGES}/{name}",
                    "path": view.path,
                    "decision": view.decision,
                    "mark": view.mark,
                    "reason": view.reason,
                    "score": view.score,
                    "picture": list_picture(item) if item.report.held else None,
                }
            )
        rows.sort(key=lambda row: (_ORDER.index(row["decision"]), -(row["score"] or 0)))
        counts = Counter(row["decision"] for row in rows)
        totals = [(decision, MARKS[decision], counts[decision]) for decision in _ORDER]
        index = folder / "index.html"
        _write(index, _render("index.html.j2", title="Report", rows=rows, totals=totals))
        for page_path in pages.iterdir():
            if _PAGE.fullmatch(page_path.name) and int(page_path.stem) > len(rows):
                page_path.unlink()
    except OSError as error:
        raise StorageError(f"The report cannot be written to {folder} ({error.strerror}).") from error
    return index


def _write(path: Path, text: str) -> None:
    """Whole or not at all."""
    unfinished = path.with_name(f".{path.name}.{os.getpid()}")
    try:
        unfinished.write_text(text, encoding="utf-8")
        unfinished.replace(path)
    finally:
        with contextlib.suppress(OSError):
            unfinished.unlink()


def _render(template: str, **values: Any) -> str:
    from markupsafe import Markup

    style, script = _asset("report.css"), _asset("report.js")
    policy = (
        f"default-src 'none'; img-src data:; style-src '{_digest(style)}'; script-src '{_digest(script)}'; "
        "base-uri 'none'; form-action 'none'"
    )
    return (
        _environment()
        .get_template(template)
        .render(policy=policy, style=Markup(style), script=Markup(script), **values)  # noqa: S704 - our own files
    )


@functools.cache
def _environment() -> Environment:
    from jinja2 import Environment, PackageLoader, StrictUndefined

    loader = PackageLoader("simcheck.explain", package_path="")
    return Environment(loader=loader, autoescape=True, undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True)


@functools.cache
def _asset(name: str) -> str:
    return resources.files("simcheck.explain").joinpath(name).read_text(encoding="utf-8")


def _digest(text: str) -> str:
    return "sha256-" + base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()
