"""``/docs``: the calls on one page, made from the OpenAPI description. No script; nothing is fetched from anywhere."""

from __future__ import annotations

import base64
import hashlib
import json
from functools import cache
from importlib import resources
from typing import Any

from fastapi import FastAPI, Request
from jinja2 import Environment
from starlette.responses import HTMLResponse

from simcheck.service.problems import TITLES, TYPE_PREFIX


def register(app: FastAPI) -> None:
    """Add the page to the application; it is rendered once."""

    @cache
    def rendered() -> tuple[str, str]:
        style = _asset("docs.css")
        digest = base64.b64encode(hashlib.sha256(style.encode()).digest()).decode()
        policy = f"default-src 'none'; style-src 'sha256-{digest}'; frame-ancestors 'none'"
        return render(app.openapi(), style), policy

    @app.get("/docs", include_in_schema=False)
    def docs(request: Request) -> HTMLResponse:
        html, policy = rendered()
        return HTMLResponse(html, headers={"Content-Security-Policy": policy})


def render(description: dict[str, Any], style: str) -> str:
    """The page's HTML. Everything from the description is escaped."""
    environment = Environment(autoescape=True, trim_blocks=True, lstrip_blocks=True)
    environment.filters["pretty"] = lambda value: json.dumps(value, indent=2, ensure_ascii=False)
    template = environment.from_string(_asset("docs.html.j2"))
    calls = [
        {"method": method.upper(), "path": path, **call}
        for path, methods in description["paths"].items()
        for method, call in methods.items()
    ]
    return template.render(info=description["info"], calls=calls, style=style, problems=TITLES, type_prefix=TYPE_PREFIX)


def _asset(name: str) -> str:
    return resources.files("simcheck.service").joinpath(name).read_text(encoding="utf-8")
