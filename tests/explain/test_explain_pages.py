"""What pages and verdicts say, without a browser."""

from __future__ import annotations

import base64
import hashlib
import re
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from explain_items import ID, match, media, patches, report, stored, unchecked
from hypothesis import given
from hypothesis import strategies as st

import simcheck.kinds.image.signals as picture_signals
from simcheck.errors import StorageError
from simcheck.explain import ExplainItem, render_html, verdict_text, write_report
from simcheck.explain.overlay import affine, window
from simcheck.explain.signals import NAMED, explained
from simcheck.explain.verdict import clock
from simcheck.index.base import StoredReference, StoredSegment
from simcheck.kinds.base import Media
from simcheck.report import Coverage, Place, Region

BOX = (0, 0, 400, 300)
PICTURE = patches(400, 300)


def item(**changes: object) -> ExplainItem:
    return ExplainItem(report(match([(BOX, BOX)]), **changes), media(PICTURE), {ID: stored(PICTURE)})  # type: ignore[arg-type]


def test_policy_names_style_and_script_by_their_hashes() -> None:
    """Nothing else may run, be styled, be fetched or be sent."""
    html = render_html([item()])
    policy = re.search(r'Content-Security-Policy" content="([^"]+)"', html)
    assert policy is not None
    allowed = policy[1].replace("&#39;", "'")
    for tag in ("style", "script"):
        body = re.findall(rf"<{tag}>(.*?)</{tag}>", html, re.DOTALL)
        assert len(body) == 1
        digest = base64.b64encode(hashlib.sha256(body[0].encode()).digest()).decode()
        assert f"{tag}-src 'sha256-{digest}'" in allowed
    assert "default-src 'none'; img-src data:;" in allowed
    assert "unsafe" not in allowed


def test_page_holds_everything_a_decision_rests_on() -> None:
    """Decision, reason, rule, score, shares, type, policy, index and models, what was checked."""
    html = render_html([item(notes=("12 of its 96 frames were looked at.",))])
    for words in (
        "block", "Repeats “Starry harbour”", "image.block", "0.998", "46 %", "94 %", "partial", "default 1, sha256:cd",
        "revision 812 with 25,000 references", "simcheck-image-2", "abab", "12,345", ID, "12 of its 96 frames",
        "143 details lie in the same arrangement", "2026-11-22T21:00:00Z",
    ):  # fmt: skip
        assert words in html, words


def test_pictures_are_embedded_once(tmp_path: Path) -> None:
    """Ten matches do not embed the output ten times; a page of a large picture stays small."""
    one = match([(BOX, BOX)])
    large = patches(1600, 1200)
    page = render_html([ExplainItem(report(*[one] * 10), media(large), {ID: stored(PICTURE)})])
    assert page.count("data:image/webp;base64,") == 11
    assert len(page) < 600_000


@pytest.mark.parametrize("format", ["WEBP", "JPEG", "PNG"])
def test_stored_thumbnail_is_shown_as_what_it_is(format: str) -> None:
    page = render_html([ExplainItem(report(match([(BOX, BOX)])), None, {ID: stored(PICTURE, format)})])
    assert f"data:image/{format.lower()};base64," in page


@pytest.mark.parametrize(
    "evidence", [{}, {"thumbnail": b""}, {"thumbnail": b"<svg onload='x'/>"}, {"thumbnail": b"GIF89a"}]
)
def test_thumbnail_that_no_browser_should_show_is_left_out(evidence: dict[str, bytes]) -> None:
    """The match is explained all the same."""
    whole = stored(PICTURE)
    bare = StoredReference(whole.reference, whole.facts, (StoredSegment(0, {}, {}, evidence),))
    page = render_html([ExplainItem(report(match([(BOX, BOX)])), None, {ID: bare})])
    assert "No picture of the reference is stored." in page or "<figure" not in page
    assert "onload" not in page


def test_same_bytes_are_shown_with_the_stored_picture() -> None:
    """An exact copy is not decoded: the reference's picture stands on both sides, and in the list."""
    exact = match([(BOX, BOX)], {"sha256": "00"}, type="exact", score=1.0, coverage=Coverage(output=1, reference=1))
    page = render_html([ExplainItem(report(exact), None, {ID: stored(PICTURE)})])
    assert page.count("data:image/webp") == 1
    assert page.count("<use ") == 4
    assert "The output has the same bytes as the reference." in page


def test_moving_pictures_show_the_frame_that_matched() -> None:
    """The output's frame and the reference's segment are those whose time the region names."""
    frames = {f"frame/{n}": np.full((30, 40, 3), 60 * n, np.uint8) for n in range(3)}
    facts = {"width": 40, "height": 30, "frames": 3, "times": [[0.0, 1.0], [1.0, 2.0], [2.0, 3.0]]}
    segments = tuple(
        StoredSegment(n, {"start": float(n), "end": n + 1.0}, {}, {"thumbnail": b"\xff\xd8\xff" + bytes([n])})
        for n in range(3)
    )
    moving = StoredReference(stored(PICTURE).reference, {"width": 40, "height": 30}, segments)
    region = Region(output=Place(box=BOX, start=2.0, end=3.0), reference=Place(box=BOX, start=1.0, end=2.0))
    page = render_html([ExplainItem(report(match([], regions=(region,))), Media("image", facts, frames), {ID: moving})])
    assert 'id="o1-frame2"' in page
    assert 'id="o1-ref1-1"' in page


def test_report_folder_has_a_page_for_each_output_and_replaces_an_earlier_one(tmp_path: Path) -> None:
    write_report(tmp_path, iter([item(), unchecked(), item()]))
    (tmp_path / "outputs" / "notes.html").write_text("mine")
    index = write_report(tmp_path, [item(), unchecked()])
    assert index == tmp_path / "index.html"
    assert sorted(path.name for path in (tmp_path / "outputs").iterdir()) == ["0001.html", "0002.html", "notes.html"]
    assert index.read_text().count('href="outputs/') == 2


def test_pages_are_written_as_items_come(tmp_path: Path) -> None:
    """A long run leaves its pages behind even when it is interrupted, and needs no memory for all of them."""

    def items():  # type: ignore[no-untyped-def]
        yield item()
        assert (tmp_path / "outputs" / "0001.html").exists()
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        write_report(tmp_path, items())
    assert not (tmp_path / "index.html").exists()


def test_report_that_cannot_be_written(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(StorageError, match="cannot be written to"):
        write_report(tmp_path / "file", [item()])


def test_names_that_are_not_utf8(tmp_path: Path) -> None:
    """A file name with stray bytes is shown with escapes, and the page can be written."""
    path = b"out/\xff.png".decode("utf-8", "surrogateescape")
    assert "out/\\xff.png" in write_report(tmp_path, [item(path=path)]).read_text(encoding="utf-8")


def test_every_signal_of_pictures_has_a_sentence() -> None:
    """The table in `simcheck.kinds.image.signals` names the signals; a new one needs a sentence."""
    named = set(re.findall(r"^\| `(\w+)` \|", picture_signals.__doc__ or "", re.MULTILINE))
    assert len(named) > 10
    assert named <= NAMED


@given(
    st.dictionaries(
        st.sampled_from(sorted(NAMED)) | st.text(max_size=9),
        st.none()
        | st.text(max_size=5)
        | st.floats()
        | st.integers()
        | st.booleans()
        | st.lists(st.floats(), max_size=3),
    )
)
def test_signals_are_explained_whatever_they_are(signals: dict[str, object]) -> None:
    rows = explained(signals)
    assert [name for name, _, _ in rows] == [name for name, value in signals.items() if value is not None]
    assert all(sentence == "" or sentence.endswith(".") for _, _, sentence in rows)


@pytest.mark.parametrize(
    ("name", "value", "sentence"),
    [
        ("turn", -9.2, "The copy is turned 9° anticlockwise."),
        ("turn", 0.4, "The copy stands upright."),
        ("coverage_reference", 0.004, "less than 1 % of the reference reappears."),
        ("pdq_distance", 31, "31 of 256 bits of the PDQ hash differ: the same at a glance."),
        ("pdq_distance", 120, "120 of 256 bits of the PDQ hash differ: as unrelated pictures are."),
        ("mirrored", True, "The copy is mirrored."),
        ("covered", 0.31, "31 % of the copy lay under something of one tone, which was taken away from both."),
        ("covered", 0.0, "Nothing lies over all of the copy."),
        ("bent", True, "The copy is bent: laid onto each other, they depart from the transform."),
    ],
)
def test_sentences(name: str, value: object, sentence: str) -> None:
    assert explained({name: value})[0][2] == sentence


NUMBERS = st.floats(-500, 500)
SIDES = st.floats(5, 800)
BOXES = st.tuples(NUMBERS, NUMBERS, SIDES, SIDES)


def apply(matrix: tuple[float, ...], x: float, y: float) -> tuple[float, float]:
    a, b, c, d, e, f = matrix
    return a * x + c * y + e, b * x + d * y + f


@given(BOXES, BOXES, st.sampled_from([0, 90, 180, -90]), st.booleans())
def test_box_lies_on_box(reference: tuple[float, ...], output: tuple[float, ...], turn: int, mirrored: bool) -> None:
    """At right angles the corners of one box fall on the corners of the other."""
    matrix = affine(reference, output, {"turn": float(turn), "mirrored": mirrored})  # type: ignore[arg-type]
    x, y, w, h = reference
    corners = {tuple(np.round(apply(matrix, x + i * w, y + j * h), 3)) for i in (0, 1) for j in (0, 1)}
    x, y, w, h = output
    expected = {tuple(np.round((x + i * w, y + j * h), 3)) for i in (0, 1) for j in (0, 1)}
    assert np.allclose(sorted(corners), sorted(expected), atol=0.01)


@given(BOXES, BOXES, st.floats(-180, 180), st.booleans())
def test_laid_on_reference_is_centred_turned_and_mirrored(
    reference: tuple[float, ...], output: tuple[float, ...], turn: float, mirrored: bool
) -> None:
    matrix = affine(reference, output, {"turn": turn, "mirrored": mirrored})  # type: ignore[arg-type]
    centre = apply(matrix, reference[0] + reference[2] / 2, reference[1] + reference[3] / 2)
    assert np.allclose(centre, (output[0] + output[2] / 2, output[1] + output[3] / 2), atol=1e-3)
    a, b, c, d, _, _ = matrix
    assert (a * d - b * c < 0) == mirrored
    along = np.degrees(np.arctan2(-c, d))
    assert abs((along - turn + 180) % 360 - 180) < 1e-6, "the reference's downward direction is turned clockwise"


@pytest.mark.parametrize("given", [None, [1, 2], "words", [1, 0, 0, 1, 0, float("nan")], [True, None, 1, 1, 1, 1]])
def test_transform_that_is_none_is_not_used(given: object) -> None:
    plain = affine(BOX, BOX, {})
    assert affine(BOX, BOX, {"transform": given}) == plain == pytest.approx((1, 0, 0, 1, 0, 0))
    assert affine(BOX, BOX, {"transform": [1, 2, 3, 4, 5, 6]}) == (1, 2, 3, 4, 5, 6)


@given(st.tuples(st.floats(0, 300), st.floats(0, 200), st.floats(1, 100), st.floats(1, 100)))
def test_window_holds_the_box_and_stays_in_the_picture(box: tuple[float, float, float, float]) -> None:
    x, y, w, h = window(box, 400, 300)
    assert 0 <= x <= box[0]
    assert 0 <= y <= box[1]
    assert box[0] + box[2] <= x + w + 1e-9 <= 400 + 1e-6
    assert box[1] + box[3] <= y + h + 1e-9 <= 300 + 1e-6


def test_verdict_on_the_terminal() -> None:
    """Decision, path, reason; then each match: score, type, name, rule, shares, places."""
    one = match([((0, 10, 512, 700), (4, 0, 1270, 900))], title="Starry harbour")
    assert verdict_text(report(one, notes=("Some frames were skipped.",))).splitlines() == [
        "block      out/a.png",
        "           Repeats “Starry harbour” (94 % of it).",
        "           0.998  partial  “Starry harbour” (harbour.jpg)",
        f"                  block by image.block; 46 % of the output, 94 % of the reference; id {ID}",
        "                  output 512 × 700 at 0, 10 repeats reference 1270 × 900 at 4, 0",
        "           Note: Some frames were skipped.",
    ]


def test_verdict_has_colours_only_when_asked() -> None:
    plain, coloured = verdict_text(report(match([(BOX, BOX)]))), verdict_text(report(match([(BOX, BOX)])), colours=True)
    assert "\x1b" not in plain
    assert re.sub("\x1b\\[[0-9;]*m", "", coloured) == plain
    assert coloured.startswith("\x1b[1;31mblock\x1b[0m")


def test_verdict_cannot_be_steered_by_names() -> None:
    """Escape sequences and line ends in names are shown, not obeyed."""
    evil = "a\x1b[2J\nblock  b.png\u202e"
    text = verdict_text(
        report(match([(BOX, BOX)], title=evil, name=evil, rule=evil), path=evil, reason=evil, notes=(evil,))
    )
    assert "\x1b" not in text
    assert "\u202e" not in text
    assert len(text.splitlines()) == 6


@pytest.mark.parametrize(
    ("seconds", "shown"), [(0, "0:00.00"), (7.25, "0:07.25"), (59.999, "1:00.00"), (3723.5, "1:02:03.50")]
)
def test_clock(seconds: float, shown: str) -> None:
    assert clock(seconds) == shown


def test_verdict_costs_no_heavy_imports() -> None:
    """`check` prints it for every file: templates and pictures are loaded for pages only."""
    heavy = "'jinja2', 'PIL', 'cv2', 'rich'"
    code = f"import sys; from simcheck.explain import verdict_text; print([m for m in ({heavy}) if m in sys.modules])"
    out = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert out.stdout.strip() == "[]"
