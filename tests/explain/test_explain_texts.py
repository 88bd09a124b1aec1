"""Both texts side by side: what is shown of each, and how a person gets from one passage to the next."""

from __future__ import annotations

from pathlib import Path

import pytest
from explain_items import ID
from explain_texts import CHANGED, FILLER, RETOLD, SAME, TOLD, item, three
from selenium import webdriver
from selenium.webdriver.common.by import By
from selenium.webdriver.common.keys import Keys
from selenium.webdriver.remote.webelement import WebElement
from test_explain_browser import look, nothing_wrong, save

from simcheck.explain import ExplainItem, verdict_text
from simcheck.explain.texts import Block, TextView, text_view


def view_of(one: ExplainItem) -> TextView:
    found = text_view(one, one.report.matches[0], one.references.get(ID))
    assert found is not None
    return found


def words(block: Block) -> str:
    return "".join(one.text for one in block.stretches)


def test_both_sides_have_every_passage_in_the_order_of_their_text() -> None:
    view = view_of(three())
    assert [(one.number, one.type) for one in view.here if one.number] == [
        (1, "verbatim"), (2, "altered"), (3, "paraphrase"),
    ]  # fmt: skip
    assert [one.number for one in view.there if one.number] == [3, 2, 1]
    assert [words(one) for one in view.here if one.number] == [SAME, CHANGED, RETOLD]
    assert words(next(one for one in view.there if one.number == 3)) == TOLD
    assert (view.types, view.count) == (["altered", "paraphrase", "verbatim"], 3)


def test_what_is_left_out_is_counted() -> None:
    """Nothing is lost: what is shown and what is said to be left out make the whole."""
    one = three()
    for side, text in zip((view_of(one).here, view_of(one).there), (one.media, None), strict=True):
        total = sum(len(words(block)) + block.left_out for block in side)
        if text is not None:
            assert total == text.facts["characters"]
        assert any(block.left_out > 1_000 for block in side)
        assert all(words(block).split()[0] in FILLER.split() for block in side if not block.number and block.stretches)


def test_words_that_differ_are_marked_on_both_sides() -> None:
    view = view_of(three())
    here = next(one for one in view.here if one.number == 2)
    assert [one.text.strip() for one in here.stretches if not one.same] == ["declined", "boat", "each"]
    verbatim = next(one for one in view.here if one.number == 1)
    assert all(one.same for one in verbatim.stretches)


def test_overlapping_passages_show_every_character_once() -> None:
    output = f"{FILLER}{SAME} {TOLD}{FILLER}"
    both = f"{SAME} {TOLD}"
    view = view_of(item(output, f"{both}{FILLER}", [(both, both, "verbatim"), (f"down. {TOLD}", TOLD, "altered")]))
    assert "".join(words(one) for one in view.here) == output
    assert [one.number for one in view.here if one.number] == [1, 2]


def test_places_in_markup_are_shown_as_a_reader_sees_them() -> None:
    page = f"<p>{FILLER}</p><p>{SAME.replace('burning', '<b>burning</b>')}</p><p>{FILLER}</p>"
    copied = SAME.replace("burning", "<b>burning</b>")
    view = view_of(item(page, FILLER + SAME + FILLER, [(copied, SAME, "verbatim")], "html"))
    assert words(next(one for one in view.here if one.number)) == SAME


def test_what_stands_before_the_first_word_shifts_nothing() -> None:
    view = view_of(item(SAME, f"— « … {SAME} » And so on", [(SAME, SAME, "verbatim")]))
    assert words(next(one for one in view.there if one.number)) == SAME
    assert all(one.same for block in view.there for one in block.stretches)


def test_without_both_texts_there_is_no_view() -> None:
    one = three()
    found = one.report.matches[0]
    assert text_view(ExplainItem(one.report), found, one.references[ID]) is None
    assert text_view(one, found, None) is None


def test_the_terminal_names_the_type_of_each_passage() -> None:
    shown = verdict_text(three().report)
    assert [line.rsplit(", ", 1)[1] for line in shown.splitlines() if "repeats reference" in line] == [
        "verbatim", "altered", "paraphrase",
    ]  # fmt: skip


def inside(passage: WebElement) -> bool:
    """Whether a passage's first line is seen in its pane."""
    script = """
      const pane = arguments[0].closest('.side').getBoundingClientRect(), box = arguments[0].getClientRects()[0];
      return box.top >= pane.top && box.top + 10 <= pane.bottom;
    """
    return bool(passage.parent.execute_script(script, passage))


def shown(browser: webdriver.Chrome) -> tuple[str, list[bool], list[str]]:
    """What the page says where one is, whether the current passages are seen, and which they are."""
    current = browser.find_elements(By.CSS_SELECTOR, ".passage.current")
    at = browser.find_element(By.CSS_SELECTOR, "[data-at]").text
    return at, [inside(one) for one in current], [str(one.get_attribute("id")) for one in current]


@pytest.mark.parametrize("width", [1280, 400])
def test_keys_buttons_and_links_lead_from_passage_to_passage(browser: webdriver.Chrome, page: Path, width: int) -> None:
    """In the order of the output, around the end; both panes show the passage each time."""
    look(browser, save(page, three()), width)
    assert shown(browser)[0] == "3 passages"
    body = browser.find_element(By.TAG_NAME, "body")
    for key, number in (("n", 1), ("n", 2), ("n", 3), ("n", 1), ("p", 3)):
        body.send_keys(key)
        assert shown(browser) == (
            f"passage {number} of 3", [True, True], [f"o1-m1-{number}-here", f"o1-m1-{number}-there"],
        )  # fmt: skip
    browser.find_element(By.CSS_SELECTOR, "button[data-step='-1']").click()
    assert shown(browser)[0] == "passage 2 of 3"
    browser.find_element(By.CSS_SELECTOR, "#o1-m1-2-there").send_keys(Keys.ENTER)
    assert shown(browser)[1:] == ([True, True], ["o1-m1-2-here", "o1-m1-2-there"])
    browser.find_element(By.CSS_SELECTOR, ".regions a[href='#o1-m1-3-here']").click()
    assert shown(browser)[1:] == ([True, True], ["o1-m1-3-here", "o1-m1-3-there"])
    nothing_wrong(browser, page)
    assert browser.execute_script("return document.documentElement.scrollWidth") <= width


def test_the_types_have_colours_of_their_own_and_the_same_on_both_sides(browser: webdriver.Chrome, page: Path) -> None:
    for scheme in ("light", "dark"):
        look(browser, save(page, three()), scheme=scheme)
        script = "return ['here', 'there'].map(s => [1, 2, 3].map(n => getComputedStyle(document.getElementById("
        script += "`o1-m1-${n}-${s}`)).borderBottomColor + getComputedStyle(document.getElementById(`o1-m1-${n}-${s}`"
        script += ")).borderBottomStyle))"
        here, there = browser.execute_script(script)
        assert here == there
        assert len(set(here)) == 3


def test_hostile_texts_stay_text(browser: webdriver.Chrome, page: Path) -> None:
    hostile = "</section><script>window.hacked=1</script><img src=x onerror=window.hacked=1>\x1b[31m{{ 7*7 }}"
    look(browser, save(page, three(hostile)))
    assert browser.execute_script("return window.hacked") is None
    assert "</section><script>" in browser.find_element(By.CSS_SELECTOR, ".side").text
