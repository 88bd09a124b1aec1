"""The pages as a person sees them, in a real Chromium: outlines lie where the boxes are, the slider moves, the laid-on
reference looks like the output, nothing is fetched, nothing fails, and hostile names stay text."""

from __future__ import annotations

import io
import json
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pytest
from explain_items import ID, match, media, patches, report, stored, unchecked
from PIL import Image
from selenium import webdriver
from selenium.webdriver.common.by import By
from selenium.webdriver.common.keys import Keys
from selenium.webdriver.remote.webelement import WebElement

from simcheck.explain import ExplainItem, render_html, write_report
from simcheck.report import Coverage, Place, Region

HOSTILE = """</title></style></script><script>window.hacked=1</script><img src="http://example.org/x" onerror="h=1">
'"><svg onload=hacked=1>{{ 7*7 }}\u202egnp.exe\x1b[31m"""
FIRST = (0xD5, 0x5E, 0x00)


def look(browser: webdriver.Chrome, path: Path, width: int = 1280, height: int = 900, scheme: str = "light") -> None:
    """Open a page at a size and in a colour scheme. Fails on any request but for the page, and on any error."""
    metrics = {"width": width, "height": height, "deviceScaleFactor": 1, "mobile": False}
    browser.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", metrics)
    features = [{"name": "prefers-color-scheme", "value": scheme}]
    browser.execute_cdp_cmd("Emulation.setEmulatedMedia", {"features": features})
    for log in ("performance", "browser"):
        browser.get_log(log)
    browser.get(path.as_uri())
    nothing_wrong(browser, path)


def nothing_wrong(browser: webdriver.Chrome, path: Path) -> None:
    assert browser.get_log("browser") == [], "scripts, styles and pictures work, and the policy refuses none of them"
    messages = [json.loads(entry["message"])["message"] for entry in browser.get_log("performance")]
    asked = {m["params"]["request"]["url"] for m in messages if m["method"] == "Network.requestWillBeSent"}
    assert {url for url in asked if not url.startswith("data:")} <= {path.as_uri()}
    assert not [m for m in messages if m["method"] in ("Network.webSocketCreated", "Network.loadingFailed")]


def pixels(element: WebElement) -> np.ndarray:
    return np.asarray(Image.open(io.BytesIO(element.screenshot_as_png)).convert("RGB")).astype(int)


def save(path: Path, *items: ExplainItem) -> Path:
    path.write_text(render_html(items), encoding="utf-8")
    return path


def slide(browser: webdriver.Chrome, key: str) -> np.ndarray:
    """Press a key on the slider, as a person would, and look at the overlay. The dividing line is left out."""
    browser.find_element(By.CSS_SELECTOR, "input[type=range]").send_keys(key)
    browser.execute_script("document.querySelector('[data-edge]').style.display = 'none'")
    return pixels(browser.find_element(By.CSS_SELECTOR, ".overlay svg"))


@pytest.mark.parametrize("width", [1280, 400])
def test_outlines_lie_where_the_boxes_are(browser: webdriver.Chrome, page: Path, width: int) -> None:
    """Seen as pixels: the colour of the first region stands on the box's sides, on both pictures, at every width."""
    here, there = np.full((300, 400, 3), 90, np.uint8), np.full((600, 500, 3), 160, np.uint8)
    boxes = [((40, 60, 200, 150), (100, 200, 300, 350)), ((280, 40, 90, 220), (20, 30, 60, 90))]
    look(browser, save(page, ExplainItem(report(match(boxes)), media(here), {ID: stored(there)})), width, 1600)
    for svg, size, side in zip(
        browser.find_elements(By.CSS_SELECTOR, ".pair svg"), ((400, 300), (500, 600)), (0, 1), strict=True
    ):
        seen = pixels(svg)
        scale = min(seen.shape[1] / size[0], seen.shape[0] / size[1])
        left, top = (seen.shape[1] - size[0] * scale) / 2, (seen.shape[0] - size[1] * scale) / 2
        x, y, across, down = boxes[0][side]
        for at_x, at_y in (
            (x + across, y + down / 2),
            (x + across / 2, y + down),
            (x, y + down * 0.7),
            (x + across * 0.7, y),
        ):
            row, column = round(top + at_y * scale), round(left + at_x * scale)
            around = seen[row - 2 : row + 3, column - 2 : column + 3].reshape(-1, 3)
            assert np.abs(around - FIRST).max(axis=1).min() <= 12, f"no outline at {at_x}, {at_y}"
        row, column = round(top + (y + down / 2) * scale), round(left + (x + across / 2) * scale)
        assert np.ptp(seen[row, column]) < 12, "inside the box the picture itself is seen"
        numbers = [text.text for text in svg.find_elements(By.TAG_NAME, "text")]
        assert numbers == ["1", "2"]


def crop(
    picture: np.ndarray,
) -> tuple[np.ndarray, tuple[int, int, int, int], tuple[int, int, int, int], dict[str, object]]:
    return picture[60:240, 80:320], (0, 0, 240, 180), (80, 60, 240, 180), {"turn": 0.0}


def paste_mirrored(
    picture: np.ndarray,
) -> tuple[np.ndarray, tuple[int, int, int, int], tuple[int, int, int, int], dict[str, object]]:
    page = np.full((500, 600, 3), 230, np.uint8)
    small = np.asarray(Image.fromarray(picture[:, ::-1]).resize((200, 150)))
    page[300:450, 350:550] = small
    return page, (350, 300, 200, 150), (0, 0, 400, 300), {"turn": 0.0, "mirrored": True}


def quarter_turn(
    picture: np.ndarray,
) -> tuple[np.ndarray, tuple[int, int, int, int], tuple[int, int, int, int], dict[str, object]]:
    return np.rot90(picture, -1).copy(), (0, 0, 300, 400), (0, 0, 400, 300), {"turn": 90.0}


def half_turn_mirrored(
    picture: np.ndarray,
) -> tuple[np.ndarray, tuple[int, int, int, int], tuple[int, int, int, int], dict[str, object]]:
    return picture[::-1].copy(), (0, 0, 400, 300), (0, 0, 400, 300), {"turn": 180.0, "mirrored": True}


def tilted(
    picture: np.ndarray,
) -> tuple[np.ndarray, tuple[int, int, int, int], tuple[int, int, int, int], dict[str, object]]:
    turned = Image.fromarray(picture).rotate(-20, Image.Resampling.BICUBIC, expand=True, fillcolor=(230, 230, 230))
    return np.asarray(turned), (0, 0, *turned.size), (0, 0, 400, 300), {"turn": 20.0}


def given_transform(
    picture: np.ndarray,
) -> tuple[np.ndarray, tuple[int, int, int, int], tuple[int, int, int, int], dict[str, object]]:
    made = Image.fromarray(picture).transform(
        (400, 300), Image.Transform.AFFINE, (1, 0.4, -50, 0, 1, 0), Image.Resampling.BICUBIC
    )
    return np.asarray(made), (50, 0, 350, 300), (0, 0, 400, 300), {"turn": 0.0, "transform": [1, 0, -0.4, 1, 50, 0]}


@pytest.mark.parametrize("edit", [crop, paste_mirrored, quarter_turn, half_turn_mirrored, tilted, given_transform])
def test_laid_onto_the_output_the_reference_looks_like_it(browser: webdriver.Chrome, page: Path, edit) -> None:  # type: ignore[no-untyped-def]
    """Sliding from one end to the other hardly changes the picture, since one is a copy of the other."""
    picture = patches(400, 300)
    output, here, there, signals = edit(picture)
    item = ExplainItem(report(match([(here, there)], signals)), media(output), {ID: stored(picture)})
    look(browser, save(page, item))
    without, laid_on = slide(browser, Keys.HOME), slide(browser, Keys.END)
    other = media(patches(*output.shape[1::-1], seed=8))
    save(page, ExplainItem(item.report, other, {ID: stored(picture)}))
    look(browser, page)
    unlike = slide(browser, Keys.HOME)
    difference = np.abs(without - laid_on).mean()
    assert difference < 0.25 * np.abs(unlike - laid_on).mean(), f"{difference:.1f} levels apart"
    assert difference < 12


def test_slider_moves_the_edge(browser: webdriver.Chrome, page: Path) -> None:
    """In the middle both are seen, at the ends one of them; the edge stands under the knob."""
    red, blue = np.zeros((300, 400, 3), np.uint8), np.zeros((300, 400, 3), np.uint8)
    red[..., 0] = blue[..., 2] = 220
    whole = (0, 0, 400, 300)
    look(browser, save(page, ExplainItem(report(match([(whole, whole)])), media(blue), {ID: stored(red)})))
    picture = browser.find_element(By.CSS_SELECTOR, ".overlay svg")
    middle = pixels(picture)
    assert middle[100, 20, 0] > 150 > middle[100, 20, 2]
    assert middle[100, -20, 2] > 150 > middle[100, -20, 0]
    slider = browser.find_element(By.CSS_SELECTOR, "input[type=range]")
    assert abs(slider.rect["width"] - picture.rect["width"]) <= 2
    assert abs(slider.rect["x"] - picture.rect["x"]) <= 2
    assert (slide(browser, Keys.HOME)[100, :, 2] > 150).all()
    assert (slide(browser, Keys.END)[100, :, 0] > 150).all()
    slider.send_keys(Keys.ARROW_LEFT * 40)
    share = (slide(browser, Keys.ARROW_LEFT)[100, :, 0] > 150).mean()
    assert share == pytest.approx(0.795, abs=0.02)
    nothing_wrong(browser, page)


def test_hostile_names_stay_text(browser: webdriver.Chrome, page: Path, tmp_path: Path) -> None:
    """Titles, names, creators, tags, rules, reasons, notes, signals and passages come from strangers."""
    place = Place(start=0, end=9, text=HOSTILE)
    hostile = match(
        [],
        {HOSTILE: HOSTILE, "inliers": HOSTILE},
        title=HOSTILE,
        name=HOSTILE,
        creator=HOSTILE,
        licence=HOSTILE,
        tags={HOSTILE: HOSTILE},
        rule=HOSTILE,
        regions=(Region(output=place, reference=place),),
    )
    made = report(hostile, path=HOSTILE, reason=HOSTILE, notes=(HOSTILE,), models={HOSTILE: HOSTILE})
    picture = patches(40, 30)
    item = ExplainItem(made, media(picture), {ID: stored(picture, name=HOSTILE)})
    save(page, item)
    index = write_report(tmp_path / "report", [item])
    for path in (page, index, index.parent / "outputs" / "0001.html"):
        look(browser, path)
        assert browser.execute_script("return typeof window.hacked") == "undefined"
        assert len(browser.find_elements(By.TAG_NAME, "script")) == 1
        sources = [one.get_attribute("src") for one in browser.find_elements(By.TAG_NAME, "img")]
        assert all(source.startswith("data:image/webp;base64,") for source in sources if source)
        text = browser.find_element(By.TAG_NAME, "main").text
        assert "<script>window.hacked=1</script>" in text
        assert "{{ 7*7 }}" in text
        assert "\\u202egnp.exe" in text, "a name cannot turn the text around it"


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [1280, 400])
def test_readable_and_inside_the_window(browser: webdriver.Chrome, tmp_path: Path, width: int, scheme: str) -> None:
    """Nothing reaches out of the window, and every text stands out from its ground by 4.5 to 1 (WCAG AA)."""
    picture = patches(400, 300)
    box = (0, 0, 400, 300)
    long = "a-very-long-name-without-a-place-to-break" * 4
    items = [
        ExplainItem(report(match([(box, box)], title=long), path=long), media(picture), {ID: stored(picture)}),
        ExplainItem(report(match([(box, box)], decision="review"), decision="review"), media(picture), {}),
        ExplainItem(
            report(match([(box, box)], decision="pass"), decision="pass"), media(picture), {ID: stored(picture)}
        ),
        unchecked(),
    ]
    index = write_report(tmp_path, items)
    for path in (index, *sorted((tmp_path / "outputs").iterdir())):
        look(browser, path, width, scheme=scheme)
        assert browser.execute_script("return document.documentElement.scrollWidth") <= width
        for words, ratio in contrasts(browser):
            assert ratio >= 4.5, f"{words!r} in {path.name}: {ratio:.1f}"


def contrasts(browser: webdriver.Chrome) -> Sequence[tuple[str, float]]:
    """Each element with text of its own, and its contrast with the nearest ground behind it (WCAG 2.2)."""
    return browser.execute_script("""
        const light = colour => {
          const parts = colour.match(/[\\d.]+/g).slice(0, 3).map(Number).map(v => v / 255)
            .map(v => v <= 0.04045 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4);
          return 0.2126 * parts[0] + 0.7152 * parts[1] + 0.0722 * parts[2];
        };
        const ground = element => {
          for (let e = element; e; e = e.parentElement) {
            const colour = getComputedStyle(e).backgroundColor;
            if (!colour.endsWith(", 0)") && colour !== "transparent") return colour;
          }
          return "rgb(255, 255, 255)";
        };
        const found = [];
        for (const e of document.querySelectorAll("main *:not(svg *):not(.number)")) {
          const own = [...e.childNodes].filter(n => n.nodeType === 3 && n.textContent.trim());
          if (!own.length || !e.getClientRects().length) continue;
          const [a, b] = [light(getComputedStyle(e).color), light(ground(e))].sort((x, y) => y - x);
          found.push([own[0].textContent.trim().slice(0, 40), (a + 0.05) / (b + 0.05)]);
        }
        return found;
    """)


def test_list_can_be_filtered_and_leads_to_the_pages(browser: webdriver.Chrome, tmp_path: Path) -> None:
    """Worst first; unticking a decision hides its rows; a row opens its page, and the page leads back."""
    picture = patches(400, 300)
    box = (0, 0, 400, 300)
    items = [
        ExplainItem(
            report(decision="pass", path="fine.png", reason="Nothing in the index is repeated."), media(picture)
        ),
        unchecked("bad.png"),
        ExplainItem(report(match([(box, box)]), path="copy.png"), media(picture), {ID: stored(picture)}),
    ]
    index = write_report(tmp_path, items)
    look(browser, index)
    rows = browser.find_elements(By.CSS_SELECTOR, ".list .path")
    assert [row.text for row in rows] == ["copy.png", "bad.png", "fine.png"]
    browser.find_element(By.CSS_SELECTOR, "input[data-filter=pass]").click()
    assert [row.text for row in rows if row.is_displayed()] == ["copy.png", "bad.png"]
    rows[0].click()
    assert browser.find_element(By.TAG_NAME, "h1").text == "copy.png"
    assert browser.find_element(By.CSS_SELECTOR, "input[type=range]").is_displayed()
    browser.find_element(By.CSS_SELECTOR, "nav a").click()
    assert browser.current_url == index.as_uri()


def test_passages_of_text_stand_side_by_side(browser: webdriver.Chrome, page: Path) -> None:
    """Matches without pictures are explained in words: where, and what."""
    regions = (
        Region(
            output=Place(start=0, end=11, text="It was\na dark"), reference=Place(start=5, end=16, text="It is\na dark")
        ),
        Region(output=Place(start=1.5, end=3.0), reference=Place(start=61.0, end=62.5)),
    )
    one = match([], {}, regions=regions, type="verbatim", coverage=Coverage(output=1, reference=0.1))
    look(browser, save(page, ExplainItem(report(one))))
    here, there = browser.find_elements(By.TAG_NAME, "blockquote")
    assert (here.text, there.text) == ("It was\na dark", "It is\na dark")
    assert here.rect["y"] == there.rect["y"]
    words = browser.find_element(By.CSS_SELECTOR, ".regions").text
    assert "characters 0 to 11 repeats reference characters 5 to 16" in words
    assert "0:01.50 to 0:03.00 repeats reference 1:01.00 to 1:02.50" in words
