"""Links in the documents lead somewhere, and the examples in them are true."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path

import pytest

from simcheck import policy
from simcheck.settings import ServiceSettings, Settings

ROOT = Path(__file__).parent.parent
PAGES = [ROOT / "README.md", ROOT / "CHANGELOG.md", *sorted((ROOT / "docs").glob("*.md"))]


def anchors(page: Path) -> set[str]:
    """The names GitHub gives to the headings of a page."""
    headings = re.findall(r"^#+ (.+)$", page.read_text(), re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", heading.lower()).strip().replace(" ", "-") for heading in headings}


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_links_lead_somewhere(page: Path) -> None:
    for target in re.findall(r"\]\(([^)]+)\)", page.read_text()):
        if target.startswith("http"):
            continue
        path, _, anchor = target.partition("#")
        there = (page.parent / path).resolve() if path else page
        assert there.exists(), f"{page.name} links to {target}, which is not there"
        if anchor:
            assert anchor in anchors(there), f"{page.name} links to {target}: no such heading"


def blocks(page: str, language: str) -> list[str]:
    return re.findall(rf"^```{language}\n(.*?)^```", (ROOT / page).read_text(), re.MULTILINE | re.DOTALL)


def test_the_example_policy_is_a_policy() -> None:
    assert policy.parse(blocks("docs/policy.md", "toml")[0].encode(), "docs/policy.md").name == "our studio"


def test_the_example_settings_are_the_settings_with_their_defaults() -> None:
    values = tomllib.loads(blocks("docs/operations.md", "toml")[0])
    settings = Settings(**values)
    given = dict(values["limits"])
    assert {name: getattr(Settings().limits, name) for name in given} == given
    assert values["service"] == ServiceSettings().model_dump()
    assert settings.workers == 2


def test_every_policy_field_is_documented() -> None:
    page = (ROOT / "docs" / "policy.md").read_text()
    for field in re.findall(r"[a-z_]{4,}", policy.FIELDS.pattern.replace("\\w", "")):
        assert field in page, f"docs/policy.md does not tell of {field}"
