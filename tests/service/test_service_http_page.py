"""``docs/http.md``: its curl examples answer as it says, and its numbers are the program's."""

from __future__ import annotations

import json
import re
import shlex
from pathlib import Path
from typing import Any

import pytest
from service_files import BLANK

from simcheck.decode.limits import Limits
from simcheck.service import upload, wire
from simcheck.service.limits import BURST_S
from simcheck.service.readiness import FRESH_S
from simcheck.settings import ServiceSettings

PAGE = Path(__file__).parents[2] / "docs" / "http.md"


def examples() -> list[tuple[int, str]]:
    """(status, command) of each curl in the page's ``sh`` blocks: the status stands in the comment above it."""
    found: list[tuple[int, str]] = []
    for block in re.findall(r"```sh\n(.*?)```", PAGE.read_text(encoding="utf-8"), re.DOTALL):
        lines = block.splitlines()
        found += [(int(lines[at - 1].strip("# ")), line) for at, line in enumerate(lines) if line.startswith("curl ")]
    return found


def replay(client: Any, command: str, folder: Path) -> Any:
    """What curl would send, for the options that the page uses; any other option fails."""
    words = shlex.split(command)[1:]
    method, url, headers, form, files, body = None, "", {}, {}, {}, None
    while words:
        word = words.pop(0)
        if word == "-s":
            continue
        if not word.startswith("-"):
            url = word
            continue
        value = words.pop(0)
        if word == "-X":
            method = value
        elif word == "-H":
            name, _, text = value.partition(": ")
            headers[name] = text
        elif word == "-d":
            body = value
        else:
            assert word == "-F", word
            name, _, text = value.partition("=")
            if text.startswith("@"):
                files[name] = (text[1:], (folder / text[1:]).read_bytes())
            else:
                form.setdefault(name, []).append(text)
    method = method or ("POST" if files or body else "GET")
    return client.request(method, url, headers=headers, files=files or None, data=form or None, content=body)


def test_the_examples_answer_as_the_page_says(serving: Any, tmp_path: Path, pictures: dict[str, Path]) -> None:
    (tmp_path / "a.png").write_bytes(BLANK)
    (tmp_path / "harbour.jpg").write_bytes(pictures["chelsea"].read_bytes())
    with serving() as service:
        values = {"URL": "", "KEY": service.keys["check"], "CHECK": "", "REFERENCE": ""}
        values |= {"REGISTER_KEY": service.keys["register"], "ADMIN_KEY": service.keys["admin"]}
        seen = examples()
        for status, command in seen:
            filled = re.sub(r"\$([A-Z_]+)", lambda name: values[name[1]], command)
            answer = replay(service.client, filled, tmp_path)
            assert answer.status_code == status, (command, answer.text)
            if "/v1/checks" in command and status in (200, 202) and "id" in answer.json():
                values["CHECK"] = answer.json()["id"]
            if status == 201:
                values["REFERENCE"] = answer.json()["id"]
    assert len(seen) == 21


def test_the_page_has_an_example_of_every_call(service: Any) -> None:
    described = service.client.get("/openapi.json").json()["paths"]
    written = [
        (re.search(r"-X (\w+)", command) or ["", "POST" if "-F" in command else "GET"])[1]
        + " "
        + re.sub(r"\?.*|\"", "", command.split("$URL")[1].split(" ")[0])
        .replace("$CHECK", "{id}")
        .replace("$REFERENCE", "{id}")
        for _, command in examples()
    ]
    for path, methods in described.items():
        for method in methods:
            assert f"{method.upper()} {path}" in written


@pytest.mark.parametrize(
    ("sentence", "value"),
    [
        ("`limits.max_bytes` ({} MiB)", Limits().max_bytes >> 20),
        ("{} parts", upload.MAX_PARTS),
        ("{} KiB each", upload.MAX_FIELD_BYTES >> 10),
        ("{} KiB together", upload.MAX_OVERHEAD_BYTES >> 10),
        ("`service.upload_timeout_s` ({:.0f})", ServiceSettings().upload_timeout_s),
        ("for each {} KiB received", upload.MIN_BYTES_PER_S >> 10),
        ("| time for headers | {:.0f} s |", wire.HEADERS_S),
        ("`service.requests_per_minute` ({})", ServiceSettings().requests_per_minute),
        ("{} seconds' worth at once", {10.0: "ten"}[BURST_S]),
        ("at most every {} seconds", {5.0: "five"}[FRESH_S]),
        ("`service.queue` ({})", ServiceSettings().queue),
    ],
)
def test_the_numbers_of_the_page_are_the_programs(sentence: str, value: object) -> None:
    assert sentence.format(value) in PAGE.read_text(encoding="utf-8")


def test_the_problem_that_the_page_shows_is_one_of_ours() -> None:
    from simcheck.service.problems import TITLES, TYPE_PREFIX

    [block] = re.findall(r"```json\n(.*?)```", PAGE.read_text(encoding="utf-8"), re.DOTALL)
    shown = json.loads(block)
    assert TITLES[shown["type"].removeprefix(TYPE_PREFIX)] == shown["title"]
