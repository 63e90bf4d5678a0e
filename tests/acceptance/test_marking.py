"""Marking in the browser by keyboard alone: with a model's draft beside the answer, and by two people, blind."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

import pytest
from acceptance.essays import CLASS, GAP, LENGTH, call, essay_lab, make_class, open_class, open_marking
from acceptance.lab import Lab
from acceptance.student import Student, expect
from axe_playwright_python.sync_playwright import Axe

pytestmark = [pytest.mark.browser, pytest.mark.slow]


DRAFTED, TWICE = "Why ranges begin at 0", "What a good name is"


@pytest.fixture(scope="module")
def school(browser: Any, tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Lab, dict[str, str]]]:
    """One for all tests here, each of which marks an exercise of its own; and what was handed in."""
    lab = essay_lab(tmp_path_factory.mktemp("essays"))
    lab.start()
    try:
        page = browser.new_page()
        sent = make_class(page, lab)
        page.close()
        yield lab, sent
    finally:
        lab.stop()


def is_clean(page: Any, staff: Student) -> None:
    """Nothing for axe to say, in either theme; the focus is where it was, which a theme that is loaded may take."""
    focused = page.evaluate_handle("document.activeElement")
    for theme in ("JupyterLab Dark", "JupyterLab Light"):
        staff.theme(theme)
        page.locator("#jupyterlab-splash").wait_for(state="detached")
        found = Axe().run(page, context={"include": [[".codegym-Class"]]})
        assert found.violations_count == 0, (theme, found.generate_report())
    focused.evaluate("element => element.focus()")


def press(page: Any, keys: str) -> None:
    for key in keys.split():
        page.keyboard.press(key)


def test_a_draft_is_read_accepted_changed_and_recorded_by_keyboard(page: Any, school: Any) -> None:
    lab, sent = school
    staff, board = open_marking(page, lab, "tim", DRAFTED)
    fields = board.get_by_role("group", name="Points").get_by_role("spinbutton")
    press(page, "d")
    expect(page.locator(".codegym-Announcer")).to_contain_text("The draft is ready.")
    expect(board.locator("mark")).to_have_text([LENGTH, GAP])
    expect(board).to_contain_text("It does not count yet: accept or change each line.")
    expect(board).to_contain_text("This line could not be drafted.")
    is_clean(page, staff)

    press(page, "a")
    expect(board.locator("mark.codegym-mod-here")).to_have_text(LENGTH)
    press(page, "a a")
    for number, points in enumerate(("1.5", "0.5", "")):
        expect(fields.nth(number)).to_have_value(points)
    expect(board.get_by_role("button", name="Accept 1.5 for Says that n is the length")).to_have_text("Accepted")
    press(page, "Enter")
    expect(board.get_by_role("button", name="Record and next")).to_have_attribute("aria-disabled", "true")
    kept = call(page, lab, "prof", f"classes/{CLASS}/reviews/{sent['ranges']}")
    assert (kept["state"], kept["points"]) == ("awaiting_review", None), "accepted only, and not recorded by a person"

    press(page, "1 e")
    expect(fields.first).to_be_focused()
    page.keyboard.type("2")
    press(page, "Tab 3 0")
    page.keyboard.press("Enter")  # on the button of a draft: it accepts that line, and records nothing
    expect(fields.first).to_have_value("1.5")
    press(page, "1 e 2 Enter")
    expect(board.get_by_role("listbox", name="Answers").get_by_role("option", name=DRAFTED)).to_contain_text("2.5")
    kept = call(page, lab, "prof", f"classes/{CLASS}/reviews/{sent['ranges']}")
    assert (kept["state"], [line["points"] for line in kept["rubric"]]) == ("judged", [2, 0.5, 0])

    board.get_by_role("button", name="Read again").press("Enter")
    board.get_by_text("Drafts and people").press("Enter")
    rows = board.get_by_role("table", name="How close people came to the drafts").get_by_role("row")
    expect(rows.filter(has_text="Says that n is the length")).to_have_text(re.compile("1\\s*0\\s*0\\s*0.5\\s*0.5"))
    expect(rows.filter(has_text="Says that ranges join")).to_have_text(re.compile("1\\s*1\\s*0\\s*0\\s*0"))
    expect(rows).to_have_count(3)


def test_two_people_mark_blind_and_an_instructor_decides(page: Any, school: Any) -> None:
    lab, sent = school
    kept, differ = "Your marks are kept, and wait for another marker.", "The marks are further apart than 1."
    for who, keys, after in (("tim", "1 4 2 2", kept), ("tom", "1 1 2 0", differ)):
        staff, board = open_marking(page, lab, who, TWICE)
        expect(board).to_contain_text("Neither sees the other’s marks before both are in.")
        article = board.get_by_role("article", name=re.compile(f"^Answer of Answer [0-9] to {TWICE}"))
        for place in (article, board.get_by_role("listbox", name="Answers").get_by_role("option", name=TWICE)):
            expect(place).to_be_visible()
            assert "ana" not in place.inner_text() and "tim" not in place.inner_text()
        press(page, keys)
        press(page, "Enter")
        expect(board).to_contain_text(after)
    table = board.get_by_role("table", name="Marks of both markers")
    expect(table.get_by_role("row")).to_have_text(
        [re.compile("tim.*tom.*Apart"), re.compile("Thinks.*20.51.5"), re.compile("means10.?1?"), re.compile("All")]
    )
    expect(board).to_contain_text("An instructor of the class decides.")
    expect(board.get_by_role("spinbutton")).to_have_count(0)
    is_clean(page, staff)

    staff, board = open_marking(page, lab, "prof", TWICE)
    expect(board).to_contain_text(differ)
    board.get_by_role("button", name="Start from the marks of tom").press("Enter")
    fields = board.get_by_role("group", name="Points").get_by_role("spinbutton")
    expect(fields.nth(1)).to_have_value("0")
    board.get_by_role("listbox", name="Answers").focus()
    is_clean(page, staff)
    press(page, "1 3 2 2")
    page.keyboard.press("Enter")
    expect(board.get_by_role("listbox", name="Answers").get_by_role("option", name=TWICE)).to_contain_text("2.5")
    marked = call(page, lab, "prof", f"classes/{CLASS}/reviews/{sent['names']}")
    assert ([line["points"] for line in marked["rubric"]], marked["account"]) == ([1.5, 1], "ana")


def test_who_did_what_and_the_class_itself_are_in_the_browser(page: Any, school: Any) -> None:
    """By keyboard: the rules that ever held, title and term, the audit log, how the points are spread."""
    lab, _ = school
    staff, board = open_class(page, lab, "prof")
    for why in ("term plan", "a holiday"):
        board.get_by_role("tab", name="Dates and rules").press("Enter")
        board.get_by_role("textbox", name="Value").fill(
            "2030-01-31T23:59" if why == "term plan" else "2030-02-01T23:59"
        )
        board.get_by_role("textbox", name="Why", exact=True).fill(why)
        board.get_by_role("button", name="Set it").press("Enter")
        expect(board.get_by_role("table", name="What is set")).to_contain_text(why)
    board.get_by_text("Everything that was ever set and taken back").press("Enter")
    ever = board.get_by_role("table", name="Everything that was ever set and taken back").get_by_role("row")
    expect(ever).to_have_text(
        [re.compile("Before.*After"), re.compile("31 Jan.*1 Feb.*a holiday"), re.compile("nothing")]
    )
    itself = board.get_by_role("region", name="The class itself")
    itself.get_by_role("textbox", name="Term").fill("spring")
    itself.get_by_role("button", name="Change the class").press("Enter")
    expect(board.get_by_role("heading", name="Essays on code · spring")).to_be_visible()
    itself.get_by_role("textbox", name="First day").fill("tomorrow")
    itself.get_by_role("button", name="Change the class").press("Enter")
    expect(itself.get_by_role("alert")).to_be_visible()
    is_clean(page, staff)
    board.get_by_role("tab", name="Progress").press("Enter")
    spread = board.get_by_role("table", name="How the points are spread")
    expect(spread.get_by_role("row").last).to_have_text("handed nothing in0")
    is_clean(page, staff)
    board.get_by_role("tab", name="People").press("Enter")
    board.get_by_text("What staff did").press("Enter")
    acts = board.get_by_role("table", name="What staff did").get_by_role("row")
    expect(acts.nth(1)).to_contain_text(re.compile("prof.*change"))
    expect(acts.filter(has_text="1 Feb")).to_have_count(1)
    is_clean(page, staff)
