"""Evidence a person can look at: the verdict on the terminal, and pages with pictures that need no network."""

from simcheck.explain.items import ExplainItem
from simcheck.explain.pages import render_html, write_report
from simcheck.explain.verdict import verdict_text

__all__ = ["ExplainItem", "render_html", "verdict_text", "write_report"]
