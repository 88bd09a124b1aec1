"""What outsiders rely on: JSON, exit codes, stdout and stderr of the commands, on real pictures."""

from __future__ import annotations

import json
import os
from collections import Counter
from pathlib import Path
from types import ModuleType

import pytest
from cli_world import WORKS, Call
from PIL import Image

from simcheck.cli.deciding import exit_code

# -- add ---------------------------------------------------------------------------------------------------------------


def test_add_walks_resumes_and_lists_the_bad(call: Call, copied: Path, pictures: dict[str, Path]) -> None:
    (copied / "works" / "more").mkdir()
    (copied / "works" / "more" / "rocket again.jpg").write_bytes(pictures["rocket"].read_bytes())
    (copied / "works" / "more" / "flower.jpg").write_bytes(pictures["flower"].read_bytes())
    (copied / "works" / "more" / "words.jpg").write_bytes(b"\x00\x01")
    done = call("add", "works", "--json")
    assert done.code == 3
    answer = done.json
    assert (answer["added"], answer["skipped"]) == (1, 4)
    assert [one["path"] for one in answer["failed"]] == ["works/more/words.jpg"]
    assert "words.jpg" in answer["failed"][0]["reason"]
    assert sorted(one["path"] for one in answer["references"]) == [
        "works/chelsea.png",
        "works/coffee.png",
        "works/more/flower.jpg",
        "works/more/rocket again.jpg",
        "works/rocket.jpg",
    ]
    assert {one["kind"] for one in answer["references"]} == {"image"}
    by_path = {one["path"]: one["id"] for one in answer["references"]}
    assert by_path["works/more/rocket again.jpg"] == by_path["works/rocket.jpg"]
    assert answer["revision"] > 1
    again = call("add", "works/more/flower.jpg", "--json")
    assert (again.code, again.json["added"], again.json["skipped"]) == (0, 0, 1)
    assert again.json["revision"] == answer["revision"]


def test_add_makes_an_index_at_a_given_path_and_keeps_what_is_said(call: Call, copied: Path) -> None:
    options = ["--title", "Cat", "--creator", "C", "--licence", "CC0-1.0", "--tag", "a=b", "--tag", "c=d=e"]
    done = call("add", "works/chelsea.png", "--index", "new/place", *options, "--allow-project", "film-7")
    assert (done.code, done.out) == (0, "1 added, 0 there already; index revision 1\n")
    [reference] = call("references", "list", "--json", "--index", "new/place").json["references"]
    expected = {"title": "Cat", "creator": "C", "licence": "CC0-1.0", "tags": {"a": "b", "c": "d=e"}}
    assert expected.items() <= reference.items()
    assert reference["allow_projects"] == ["film-7"]


def test_add_says_the_bad_ones_at_the_end(call: Call, copied: Path) -> None:
    done = call("add", "out/words.png", "out/empty.png", "works")
    assert done.code == 3
    assert done.out.startswith("0 added, 3 there already, 2 failed")
    assert "not added: words.png" in done.err
    assert "not added: out/empty.png" in done.err


# -- check -------------------------------------------------------------------------------------------------------------


def test_check_json_is_the_contracts(call: Call, here: Path, contract: ModuleType) -> None:
    done = call("check", "out", "--json")
    answer = done.json
    assert set(answer) == {"reports", "held", "passed", "unchecked"}
    assert contract.summary_faults(answer, done.code) == []
    for report in answer["reports"]:
        assert contract.report_faults(report, Path(report["output"]["path"])) == []
    decisions = {report["output"]["path"]: report["decision"] for report in answer["reports"]}
    assert decisions == {
        "out/copy.jpg": "block",
        "out/cut.jpg": "unchecked",
        "out/empty.png": "unchecked",
        "out/new.jpg": "pass",
        "out/words.png": "unchecked",
    }
    assert done.code == 1


def test_a_file_above_the_limit_is_unchecked_and_has_its_digest(
    call: Call, here: Path, contract: ModuleType, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SIMCHECK_LIMITS__MAX_BYTES", "5000")
    done = call("check", "out/copy.jpg", "--json")
    [report] = done.json["reports"]
    assert (done.code, report["error"]["code"]) == (3, "too_large")
    assert contract.report_faults(report, here / "out" / "copy.jpg") == []


@pytest.mark.parametrize(
    ("decisions", "allow_review", "code"),
    [
        ("", False, 0),
        ("pass pass", False, 0),
        ("pass block", False, 1),
        ("pass review", False, 1),
        ("pass review", True, 0),
        ("block review", True, 1),
        ("pass unchecked", False, 3),
        ("unchecked block", False, 1),
        ("unchecked review", False, 1),
        ("unchecked review", True, 3),
    ],
)
def test_the_exit_code_goes_with_the_decisions(decisions: str, allow_review: bool, code: int) -> None:
    assert exit_code(Counter(decisions.split()), allow_review) == code


def test_check_jsonl_is_one_report_a_line_in_order(call: Call, here: Path) -> None:
    done = call("check", "out/new.jpg", "out/copy.jpg", "out/new.jpg", "--jsonl")
    reports = [json.loads(line) for line in done.out.splitlines()]
    assert [one["output"]["path"] for one in reports] == ["out/new.jpg", "out/copy.jpg", "out/new.jpg"]
    assert [one["schema"] for one in reports] == ["simcheck.report/1"] * 3
    assert done.code == 1


def test_check_reads_one_file_from_stdin(call: Call, here: Path) -> None:
    data = (here / "out" / "copy.jpg").read_bytes()
    done = call("check", "out/new.jpg", "-", "--json", stdin=data)
    assert [(one["output"]["path"], one["decision"]) for one in done.json["reports"]] == [
        ("out/new.jpg", "pass"),
        ("-", "block"),
    ]
    assert done.json["reports"][1]["output"]["bytes"] == len(data)
    nothing = call("check", "-", "--json")
    assert (nothing.code, nothing.json["reports"][0]["error"]["code"]) == (3, "empty")


def test_check_for_a_person_says_why(call: Call, here: Path) -> None:
    done = call("check", "out/copy.jpg", "out/new.jpg")
    assert "coffee.png" in done.out
    assert "\x1b[" not in done.out, "a pipe gets no colours"
    assert done.out.splitlines()[-1] == "1 block, 1 pass"
    assert done.err == ""


def test_a_file_that_does_not_exist_decides_nothing(call: Call, here: Path) -> None:
    before = call("history", "--json").json
    done = call("check", "out/new.jpg", "out/none.jpg", "--json")
    assert (done.code, done.out) == (2, "")
    assert done.err == "simcheck: there is no file or folder at out/none.jpg\n"
    assert call("history", "--json").json == before


def test_review_is_held_unless_it_is_allowed(call: Call, here: Path, tmp_path: Path) -> None:
    policy = tmp_path / "policy.toml"
    assert call("policy", "init", policy).code == 0
    policy.write_text(policy.read_text().replace('decision = "block"', 'decision = "review"'))
    done = call("check", "out/copy.jpg", "--policy", policy, "--json")
    assert (done.code, done.json["reports"][0]["decision"], done.json["held"]) == (1, "review", 1)
    assert call("check", "out/copy.jpg", "--policy", policy, "--allow-review").code == 0


def test_rights_project_and_tags(call: Call, copied: Path) -> None:
    rights = ["--allow-project", "film-7", "--allow-project", "campaign=spring"]
    assert call("add", "works/coffee.png", "--index", "allowed", *rights).code == 0
    for options, code in ((["--project", "film-8", "--tag", "campaign=autumn"], 1), (["--tag", "campaign=spring"], 0)):
        done = call("check", "out/copy.jpg", "--index", "allowed", "--json", *options)
        assert done.code == code, options
        assert len(done.json["reports"][0]["matches"]) == 1


def test_top_bounds_the_matches(call: Call, copied: Path) -> None:
    """A matching work less is a shorter list, never another decision."""
    pair = Image.new("RGB", (1200, 400))
    for at, name in enumerate(("coffee.png", "chelsea.png")):
        pair.paste(Image.open(copied / "works" / name).convert("RGB").resize((600, 400)), (600 * at, 0))
    pair.save(copied / "pair.png")
    many, one = (call("check", "pair.png", "--json", *top).json["reports"][0] for top in ([], ["--top", "1"]))
    assert (len(many["matches"]), len(one["matches"])) == (2, 1)
    assert many["decision"] == one["decision"] == "block"


def test_names_of_every_kind(call: Call, copied: Path, contract: ModuleType) -> None:
    Image.new("RGB", (9, 9)).save(copied / "blank.png")  # with nothing to compare, which is quick
    data = (copied / "blank.png").read_bytes()
    names = ["-dash.jpg", "new\nline.jpg", os.fsdecode(b"\xff\xfe.jpg"), "ü 図.jpg", "a\x1b[31mred.jpg"]
    folder = copied / "odd"
    folder.mkdir()
    for name in names:
        (folder / name).write_bytes(data)
    done = call("check", "odd", "--json")
    assert done.code == 0
    assert sorted(one["output"]["path"] for one in done.json["reports"]) == sorted(f"odd/{name}" for name in names)
    for report in done.json["reports"]:
        assert contract.report_faults(report, Path(report["output"]["path"])) == []
    os.chdir(folder)
    assert call("check", "--index", copied / ".simcheck", "--", "-dash.jpg").code == 0
    shown = call("check", *(f"./{name}" for name in names), "--index", copied / ".simcheck")
    assert len(shown.out.splitlines()) == len(names) + 1 or "\x1b" not in shown.out
    assert "\x1b" not in shown.out
    assert len(call("add", ".", "--index", copied / "other", "--json").json["references"]) == len(names)
    assert "\x1b" not in call("history", "--index", copied / ".simcheck").out


def test_folders_with_links_that_loop_and_files_that_are_none(call: Call, copied: Path) -> None:
    folder = copied / "loop"
    folder.mkdir()
    (folder / "again").symlink_to(folder)
    (folder / "up").symlink_to(copied / "loop")
    (folder / "broken.png").symlink_to("nowhere")
    Image.new("RGB", (9, 9)).save(copied / "blank.png")
    (folder / "picture.png").symlink_to(copied / "blank.png")
    os.mkfifo(folder / "pipe.png")
    done = call("check", "loop", "--json")
    decisions = {one["output"]["path"]: one["decision"] for one in done.json["reports"]}
    assert decisions == {"loop/broken.png": "unchecked", "loop/picture.png": "pass", "loop/pipe.png": "unchecked"}
    assert done.code == 3


def test_an_empty_folder_passes_and_says_so(call: Call, copied: Path) -> None:
    (copied / "nothing").mkdir()
    done = call("check", "nothing", "--json")
    assert (done.code, done.json["reports"], done.err) == (0, [], "No files to check.\n")


# -- references, history, policy, keys, index --------------------------------------------------------------------------


def test_references_list_is_the_contracts(call: Call, here: Path) -> None:
    answer = call("references", "list", "--json").json
    assert set(answer) == {"references", "revision"}
    assert [one["name"] for one in answer["references"]] == ["chelsea.png", "coffee.png", "rocket.jpg"]
    needed = {"id", "name", "kind", "title", "creator", "licence", "tags", "status", "sha256", "added_at"}
    assert all(needed <= set(one) for one in answer["references"])
    assert call("references", "list", "--json", "--kind", "text").json["references"] == []
    assert call("references", "list", "--json", "--tag", "a=b").json["references"] == []
    assert len(call("references", "list").out.splitlines()) == len(WORKS)
    assert call("references", "list", "--status", "removed").out == "No references.\n"


def test_quarantine_restore_and_remove_take_effect_at_once(call: Call, copied: Path) -> None:
    listed = call("references", "list", "--json").json
    coffee = next(one["id"] for one in listed["references"] if one["name"] == "coffee.png")
    assert call("references", "quarantine", coffee, "--reason", "a test").code == 0
    [shown] = call("references", "show", coffee, "--json").json["references"]
    assert (shown["status"], shown["status_reason"]) == ("quarantined", "a test")
    assert "a test" in call("references", "show", coffee).out
    assert call("check", "out/copy.jpg").code == 0
    assert call("references", "restore", coffee).code == 0
    done = call("references", "remove", coffee, "--json")
    assert [one["status"] for one in done.json["references"]] == ["removed"]
    assert done.json["revision"] > listed["revision"]
    assert coffee not in call("references", "list").out
    assert call("check", "out/copy.jpg").code == 0


def test_exclude_keeps_the_stretch(call: Call, copied: Path) -> None:
    first = call("references", "list", "--json").json["references"][0]["id"]
    done = call("references", "exclude", first, "--start", "0", "--end", "12.5", "--json")
    assert done.json["references"][0]["exclusions"] == [{"start": 0.0, "end": 12.5}]
    assert call("references", "exclude", first, "--start", "3", "--end", "2").code == 2
    assert call("references", "exclude", first, "--start", "3").code == 2


def test_an_unknown_reference_changes_nothing(call: Call, copied: Path) -> None:
    before = call("references", "list", "--json").json
    done = call("references", "remove", before["references"][0]["id"], "NONE")
    assert done.code == 2
    assert "NONE" in done.err
    assert call("references", "list", "--json").json == before


def test_history_holds_every_check(call: Call, copied: Path) -> None:
    copy, new = (call("check", path, "--json").json["reports"][0] for path in ("out/copy.jpg", "out/new.jpg"))
    assert call("history", "--json", "--limit", "2").json == {"checks": [new, copy]}
    assert call("history", "--json", "--limit", "1").json == {"checks": [new]}
    assert copy in call("history", "--json", "--decision", "block").json["checks"]
    digest = new["output"]["sha256"].upper()
    assert {one["output"]["sha256"] for one in call("history", "--json", "--sha256", digest).json["checks"]} == {
        digest.lower()
    }
    assert "out/new.jpg" in call("history").out
    assert call("history", "--sha256", "0" * 64).out == "No checks.\n"
    assert call("history", "--decision", "perhaps").code == 2


def test_policy_show_check_and_init(call: Call, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    shown = call("policy", "show", "--json").json
    assert (shown["name"], shown["path"]) == ("default", None)
    assert call("policy", "init", "mine.toml").code == 0
    assert call("policy", "init", "mine.toml").code == 2
    mine = call("policy", "show", "--policy", "mine.toml", "--json").json
    assert (mine["hash"], mine["path"]) == (shown["hash"], "mine.toml")
    assert mine["hash"] in call("policy", "show", "--policy", "mine.toml").out
    assert "is sound: default, version 1" in call("policy", "check", "mine.toml").out
    (tmp_path / "mine.toml").write_text("schema = 'simcheck.policy/1'\nname = 'x'\nversion = 0\n")
    bad = call("policy", "check", "mine.toml")
    assert (bad.code, bad.out) == (2, "")
    assert "version" in bad.err
    assert call("policy", "check", "none.toml").code == 2


def test_keys_are_shown_once(call: Call, copied: Path) -> None:
    made = call("keys", "create", "--role", "check", "--name", "farm")
    secret = made.out.strip()
    assert secret.startswith("simcheck_")
    listed = call("keys", "list")
    assert secret not in listed.out
    assert secret not in str((copied / ".simcheck" / "catalogue.sqlite").read_bytes())
    [key] = call("keys", "list", "--json").json["keys"]
    assert (key["role"], key["name"], key["revoked_at"]) == ("check", "farm", None)
    assert call("keys", "revoke", key["id"], "--json").json["revoked_at"]
    assert "revoked" in call("keys", "list").out
    assert call("keys", "revoke", "NONE").code == 2
    assert call("keys", "create", "--role", "king").code == 2
    assert call("keys", "create").code == 2


def test_index_stats_verify_rebuild_compact_export_import(call: Call, copied: Path) -> None:
    stats = call("index", "stats", "--json").json
    assert stats["references"] == {"image": {"active": 3}}
    assert "references.image.active:" in call("index", "stats").out
    proof = call("index", "verify", "--json")
    assert (proof.code, proof.json["ok"], proof.json["problems"]) == (0, True, [])
    assert call("index", "verify").out.endswith("All agrees.\n")
    assert call("index", "rebuild", "--json").json["revision"] == stats["revision"]
    assert "revision" in call("index", "compact", "--json").json
    assert call("index", "export", "moved.tar", "--json").json["references"] == 3
    assert call("index", "export", "moved.tar").code == 2
    assert call("index", "import", "moved.tar", "--index", "there").code == 0
    assert call("index", "import", "moved.tar", "--index", "there").code == 2
    assert call("check", "out/copy.jpg", "--index", "there").code == 1


def test_a_damaged_index_decides_nothing(call: Call, copied: Path) -> None:
    path = copied / ".simcheck" / "catalogue.sqlite"
    path.write_bytes(b"no database" * 1000)
    for command in (["check", "out/new.jpg"], ["references", "list"], ["index", "verify"], ["add", "works"]):
        done = call(*command)
        assert done.code == 2, command
        assert "Traceback" not in done.err
        assert "foresaw" not in done.err, done.err
