"""A lab that is told to speak German: so do the sidebar, the strip, the judgement and the notices."""

from __future__ import annotations

import re
from typing import Any

import pytest
from acceptance.lab import Lab
from acceptance.student import READY, Student, expect

pytestmark = [pytest.mark.browser, pytest.mark.slow]

ODD = "def sum_even(xs):\n    return sum(x for x in xs if x % 2)"
SOCKET = "import socket\nsocket.create_connection(('127.0.0.1', 80))\ndef sum_even(xs): return 0"
EXERCISE = "Sum of the even numbers"
#: What a German page must not hold; an exercise's own words are its author's.
ENGLISH = re.compile(r"\b(not started|points?|passed|your answer|hidden test|Courses|exercises|Check|Hint|Reset)\b")


def texts(page: Any) -> str:
    """All words of ours on the page, in English courses too: titles and labels of the course's author aside."""
    ours = ".codegym-Courses, .codegym-Strip, .codegym-Judgement, .codegym-Status"
    script = """(roots) => [...document.querySelectorAll(roots)].map(root => {
        const copy = root.cloneNode(true);
        const authors = 'code, pre, h3, .codegym-Unit-name, .codegym-Exercise-title, .codegym-Course strong';
        copy.querySelectorAll(authors).forEach(node => node.remove());
        return copy.textContent;
    }).join('\\n')"""
    return str(page.evaluate(script, ours))


#: Whether the lab has listed its languages.
FILLED = """() => [...window.jupyterapp.shell.widgets('menu')].some(bar => bar.settingsMenu?.items.some(
    row => row.submenu?.title.label.startsWith('Language') && row.submenu.items.length > 4))"""


def languages(page: Any) -> None:
    """The lab's menu of languages is open then: the mouse on its row opens it. A submenu has no role in the lab.

    It closes where rows come while it is open, so they are waited for.
    """
    page.wait_for_function(FILLED, timeout=READY)
    page.get_by_role("menubar").first.get_by_role("menuitem", name="Settings").click()
    page.locator(".lm-Menu-item", has_text="Language").hover()


def speak(page: Any, label: str) -> None:
    """The lab is loaded anew in the language of this row of the open menu, and shows the courses."""
    page.locator(".lm-Menu-item", has_text=label).click()
    with page.expect_event("load"):
        page.get_by_role("button", name="Change and reload").click()
    page.wait_for_function("window.jupyterapp !== undefined", timeout=READY)
    page.evaluate("async () => { await window.jupyterapp.restored; }")
    page.evaluate("() => window.jupyterapp.commands.execute('codegym:show-courses')")


def test_everything_of_ours_speaks_german_once_the_menu_says_so(page: Any, lab: Lab) -> None:
    """No language pack is installed beside ours."""
    Student.begin(page, lab)
    languages(page)
    speak(page, "German - Deutsch")
    sidebar = page.get_by_role("navigation", name="Kurse")
    sidebar.get_by_role("button", name="Python basics").click()
    tree = sidebar.get_by_role("tree", name="Python basics")
    unit = tree.get_by_role("treeitem", name="Loops").first
    unit.click()
    expect(unit).to_have_attribute("aria-expanded", "true")
    row = tree.get_by_role("treeitem", name=EXERCISE)
    expect(row).to_contain_text("nicht begonnen")
    row.click()

    strip = page.get_by_role("toolbar", name=f"Antwort: {EXERCISE}")
    strip.wait_for(timeout=READY)
    judgement = page.get_by_role("region", name=f"Ergebnis zu {EXERCISE}")
    for source, word in [
        (ODD, "Noch nicht."),
        ("def sum_even(xs)\n  return 0", "Das kann Python noch nicht lesen."),
        (SOCKET, "Beim Prüfen nicht erlaubt."),
        ("def sum_even(xs): return 6.0", "seine Art nicht"),
    ]:
        page.locator(".jp-CodeCell.jp-mod-active:visible", has=strip).locator(".cm-content").click()
        page.keyboard.press("Control+a")
        page.keyboard.insert_text(source)
        strip.get_by_role("button", name="Prüfen").click()
        judgement.filter(has_text=word).wait_for(timeout=READY)
        assert not ENGLISH.search(texts(page)), texts(page)
    expect(row).to_contain_text("zuletzt um")
    expect(page.locator(".codegym-Status")).to_contain_text("Loops 0 von")
    strip.get_by_role("button", name="Tipp").click()
    page.get_by_text("Tipp 1 von 4", exact=True).wait_for(timeout=READY)
    lab.stop()
    strip.get_by_role("button", name="Prüfen").click()
    page.get_by_role("region", name=f"Ergebnis zu {EXERCISE}").filter(has_text="Aufbewahrt").wait_for(timeout=READY)


def test_the_menu_lists_every_language_of_the_tutor_and_the_page_follows(page: Any, lab: Lab) -> None:
    Student.begin(page, lab)
    languages(page)
    for label in ("German - Deutsch", "Spanish - Español", "Polish - Polski", "Chinese - 中文"):
        expect(page.locator(".lm-Menu-item", has_text=label)).to_be_visible()
    speak(page, "French - Français")
    sidebar = page.get_by_role("navigation", name="Cours")
    sidebar.get_by_role("button", name="Python basics").click()
    tree = sidebar.get_by_role("tree", name="Python basics")
    expect(tree.get_by_role("treeitem", name="Loops").first).to_be_visible()
    assert not ENGLISH.search(texts(page)), texts(page)
