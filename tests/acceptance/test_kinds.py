"""Each kind of exercise, done wrong and right in a real browser with the keyboard alone, light and dark."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from acceptance.lab import ROOT, Lab, new_lab
from acceptance.student import READY, Student, expect
from acceptance.test_access import findings, light_and_dark

pytestmark = [pytest.mark.browser, pytest.mark.slow]

COURSE, UNIT = "A tour of the kinds of exercises", "Tour"
PROGRAM = 'price = float(input("Price: "))\ncount = int(input("How many: "))\nprint("Total:", price {} count)\n'
VOWELS = 'def vowels(word):\n    n = 0\n    for c in word:\n        if c in "aeiou":\n            n {} 1\n    return n'
RAIN = """import matplotlib.pyplot as plt
rows = [line.split(",") for line in open("data/rain.csv")]
{}([month for month, mm in rows], [int(mm) for month, mm in rows])
plt.ylabel("rain in mm")
"""
SUM = [("total = 0", 0), ("for n in [2, 4, 6]:", 0), ("total += n", 1), ("print(total)", 0)]


@pytest.fixture
def lab(tmp_path: Path) -> Iterator[Lab]:
    """A lab on a course with an exercise of each kind."""
    shutil.copytree(ROOT / "tests" / "contract" / "kinds", tmp_path / "courses" / "kinds")
    it = new_lab(tmp_path / "lab", CODEGYM_COURSES=str(tmp_path / "courses"))
    it.start()
    yield it
    it.stop()


class Typist(Student):
    """A student without a mouse."""

    def press(self, *keys: str) -> None:
        """Press keys, one after another."""
        for key in keys:
            self.page.keyboard.press(key)

    def seek(self, exercise: str) -> None:
        """Go to an exercise by the tree."""
        self.press("Alt+Shift+C")
        row = self.page.locator("[role=treeitem]:focus")
        expect(row).to_be_visible()
        self.press("Home")
        while not (row.get_attribute("aria-label") or "").startswith(exercise):
            self.press("ArrowDown")
        self.press("Enter")
        self.at(exercise)

    def go_on(self, exercise: str) -> None:
        """Go to the next exercise, which is this one."""
        self.press("F8")
        self.at(exercise)

    def type_over(self, text: str) -> None:
        """Type in place of what the field or editor at hand holds."""
        self.press("Control+a")
        self.page.keyboard.insert_text(text)

    def fill(self, first: str, *gaps: str) -> None:
        """Fill the gaps, from the one at hand."""
        self.type_over(first)
        for gap in gaps:
            self.press("Tab")
            self.type_over(gap)

    def carry(self, line: str, indent: int) -> None:
        """Carry a line that is not used to the end of the program."""
        lists = self.page.locator(".codegym-Order:visible")
        unused = lists.get_by_role("listbox", name="Lines not used")
        expect(unused).to_be_focused()
        options = unused.get_by_role("option").all_inner_texts()
        self.press(*["ArrowUp"] * len(options), *["ArrowDown"] * [one.strip() for one in options].index(line))
        self.press("Space", "ArrowRight")
        program = lists.get_by_role("listbox", name="Your program")
        expect(program).to_be_focused()
        said = lists.locator(".codegym-Order-said")
        place = f"“{line}”: place {program.get_by_role('option').count()} of "
        expect(said).to_contain_text(place)
        now = int(said.inner_text().rstrip(".").split()[-1])
        self.press(*["ArrowRight" if indent > now else "ArrowLeft"] * abs(indent - now), "Space")
        expect(said).to_contain_text(f"indent {indent}.")
        self.press("ArrowLeft")

    def source(self) -> str:
        """The text of the answer cell in front."""
        cell = "window.jupyterapp.shell.currentWidget.content.activeCell"
        text: str = self.page.evaluate(f"() => {cell}.model.sharedModel.getSource()")
        return text


def folded(page: Any) -> None:
    """Wait until the page has found out that it is narrow, and the sidebar has gone."""
    expect(page.get_by_role("navigation", name="Courses")).to_be_hidden()


def fits(part: Any) -> None:
    """Nothing of it stands beyond its edge, once it is laid out."""
    script = "part => part.scrollWidth <= part.clientWidth"
    part.page.wait_for_function(script, arg=part.element_handle(), timeout=READY)


@pytest.fixture
def typist(page: Any, lab: Lab) -> Typist:
    """At the course's first exercise."""
    return Typist.begin(page, lab, COURSE, UNIT, "What does it cost?")


def test_every_kind_is_done_with_the_keyboard_alone(typist: Typist, page: Any) -> None:
    found: dict[str, list[str]] = {}

    def judged(exercise: str, says: str) -> None:
        typist.judgement(exercise, says)
        found[f"{exercise} {says}"] = light_and_dark(typist)

    typist.seek("What does it cost?")
    expect(page.locator(".cm-content:focus")).to_be_visible()
    for sign, says in (("+", "Not yet."), ("*", "Accepted.")):
        typist.type_over(PROGRAM.format(sign))
        typist.press("Control+Shift+Enter")
        judged("What does it cost?", says)
    expect(page.locator(".codegym-TypedIn:visible").first).to_contain_text("3.50")

    typist.go_on("Mend it")
    expect(page.get_by_text('Now: vowels("radio") gives 1; it should give 3.')).to_be_visible()
    for change, says in (("-=", "Not yet."), ("+=", "Accepted.")):
        typist.type_over(VOWELS.format(change))
        expect(page.get_by_role("button", name="Back to line 5 as given")).to_be_visible()
        typist.press("Control+Shift+Enter")
        judged("Mend it", says)

    typist.seek("Countdown")
    typist.fill("1", "-1", "n")
    typist.press("Enter")
    judged("Countdown", "2 of 3 gaps are right.")
    expect(page.get_by_role("textbox", name="gap 1 of 3, in line 1, not right")).to_be_visible()
    typist.press("Shift+Tab", "Shift+Tab")
    typist.type_over("0")
    typist.press("Enter")
    judged("Countdown", "Right. The test passes.")
    assert typist.source() == 'for n in range(5, 0, -1):\n    print(n)\nprint("Go")'

    typist.go_on("Put a sum together")
    for line, indent in SUM[:-1]:
        typist.carry(line, indent)
    typist.carry("print(total)", 1)
    typist.press("Enter")
    judged("Put a sum together", "Look at line 4.")
    typist.press("ArrowRight", "ArrowDown", "ArrowDown", "ArrowDown", "Space", "ArrowLeft", "Space", "Enter")
    judged("Put a sum together", "Right. The test passes.")
    assert typist.source() == "\n".join(" " * 4 * indent + line for line, indent in SUM)

    typist.go_on("What does this print?")
    expect(page.get_by_role("button", name="Run it in a new cell")).to_have_count(0)
    looks, right = "Right values. Look at their order.", "Right. That is what it prints."
    for first, second, says in (("2 go", "4 stop", looks), ("go 2", "stop 4", right)):
        typist.type_over("")
        page.keyboard.type(first)
        typist.press("Enter")
        page.keyboard.type(second)
        typist.press("Control+Shift+Enter")
        judged("What does this print?", says)
    assert typist.source() == "```text\ngo 2\nstop 4\n```"
    expect(page.get_by_role("button", name="Run it in a new cell")).to_be_visible()

    typist.go_on("Which loop comes to an end?")
    group = page.get_by_role("radiogroup", name="Which loop comes to an end?")
    typist.press("ArrowDown")
    while "range" in group.locator("label", has=page.locator("input:checked")).inner_text():
        typist.press("ArrowDown")
    typist.press("Enter")
    judged("Which loop comes to an end?", "Read the note under your choice.")
    word, option = group.get_by_text("not this one"), group.locator("label", has=page.locator("input:checked"))
    assert option.bounding_box()["y"] <= word.bounding_box()["y"] < option.bounding_box()["y"] + 28, "beside it"
    expect(page.get_by_role("group", name="Diagnosis").filter(visible=True, has_text="I did not find")).to_have_count(0)
    while "range" not in group.locator("label", has=page.locator("input:checked")).inner_text():
        typist.press("ArrowDown")
    typist.press("Enter")
    judged("Which loop comes to an end?", "Right.")
    assert typist.source() == "Answer: b"

    typist.go_on("Rain by month")  # past what is bonus
    typist.seek("Why does it end?")
    typist.type_over("It ends because the numbers come to an end.")
    typist.press("Alt+Shift+Enter")
    judged("Why does it end?", "Short for a marker.")
    typist.press("Alt+Shift+Enter")
    judged("Why does it end?", "Handed in, awaiting review.")
    assert {state: lines for state, lines in found.items() if lines} == {}


def test_a_plot_stands_beside_the_wanted_one_and_is_judged_and_several_are_a_bonus(typist: Typist, page: Any) -> None:
    typist.seek("Rain by month")
    wanted, own = page.get_by_role("figure", name="Wanted"), page.get_by_role("figure", name="Yours")
    expect(wanted.get_by_role("img", name="bar; y axis: rain in mm")).to_be_visible()
    expect(wanted.get_by_role("table", name="Values in the expected picture")).to_contain_text("Feb40")
    expect(own).to_contain_text("No picture yet.")
    typist.kernel_is_idle()
    typist.type_over("import matplotlib.pyplot as plt\nplt.bar(['Jan', 'Feb', 'Mar'], [62, 51, 40])")
    typist.press("Control+Enter")
    expect(own.get_by_role("img", name="What your code drew last")).to_be_visible()
    both = [figure.locator("img").element_handle() for figure in (wanted, own)]
    beside = "([one, other]) => Math.abs(one.getBoundingClientRect().y - other.getBoundingClientRect().y) < 2"
    page.wait_for_function(beside, arg=both)  # they stand beside each other
    page.set_viewport_size({"width": 720, "height": 900})  # 1440 at 200 %
    folded(page)
    for figure in (wanted, own):
        fits(figure)
    assert findings(page) == []

    page.set_viewport_size({"width": 1440, "height": 900})
    typist.seek("Which are true?")
    expect(page.get_by_text("bonus, counts extra and never against you").filter(visible=True)).to_be_visible()
    boxes = page.get_by_role("group", name="Which are true?")
    texts = [text.strip() for text in boxes.locator("label").all_inner_texts()]
    for wanted, answer, says in (
        ({"3 == 3.0"}, "Answer: a", "Not yet."),
        ({"not []"}, "Answer: a, c", "Right."),  # beside the one that is chosen already
    ):
        boxes.get_by_role("checkbox").first.focus()
        for text in texts:
            typist.press(*["Space"] * (text in wanted), "ArrowDown")
        assert typist.source() == answer
        typist.press("Enter")
        typist.judgement("Which are true?", says)
    assert light_and_dark(typist) == []

    typist.seek("Rain by month")
    for change, says in (("plt.plot", "Not yet."), ("plt.bar", "Accepted.")):
        typist.type_over(RAIN.format(change))
        typist.press("Control+Shift+Enter")
        typist.judgement("Rain by month", says)
    assert light_and_dark(typist) == []


def test_moves_are_undone_an_answer_stays_with_its_judgement_and_controls_fit(typist: Typist, page: Any) -> None:
    typist.seek("Which are true?")
    boxes = page.get_by_role("group", name="Which are true?")
    expect(page.locator(":focus")).to_have_attribute("type", "checkbox")
    texts = [text.strip() for text in boxes.locator("label").all_inner_texts()]
    wanted = [texts.index("3 == 3.0"), texts.index("'3' == 3")]
    for at in range(4):
        typist.press(*["Space"] * (at in wanted), "ArrowDown")
    assert typist.source() == "Answer: a, b"
    typist.press("Enter")
    typist.judgement("Which are true?", "1 fits, 1 does not, and 1 is missing.")
    expect(boxes).to_contain_text("One is text, one is a number.")
    typist.press("Control+z")
    assert typist.source() in ("Answer: a", "Answer: b")
    typist.press("Control+Shift+z")
    assert typist.source() == "Answer: a, b"

    typist.seek("Put a sum together")
    typist.carry("total = 0", 0)
    typist.press("Control+z")
    assert typist.source() == ""
    page.get_by_role("button", name="Move the line").focus()
    typist.press("Enter")
    page.get_by_role("menuitem", name="Into the program").wait_for(timeout=READY)
    typist.press("ArrowDown", "Enter")
    expect(page.locator(".codegym-Order:visible").get_by_role("listbox", name="Your program")).to_be_focused()
    line = page.locator(".codegym-Order:visible").get_by_role("listbox", name="Your program").get_by_role("option")
    expect(line).to_have_count(1)
    line.drag_to(page.locator(".codegym-Order:visible").get_by_role("listbox", name="Lines not used"))
    expect(line).to_have_count(0)

    typist.seek("Which loop comes to an end?")
    group = page.get_by_role("radiogroup", name="Which loop comes to an end?")
    group.get_by_text("while True").click()
    typist.press("Enter")
    typist.judgement("Which loop comes to an end?", "Not yet.")
    typist.save()
    typist.open_lab()
    typist.open_exercise(COURSE, UNIT, "Which loop comes to an end?")
    typist.judgement("Which loop comes to an end?", "Not yet.")
    expect(group.locator("label", has=page.locator("input:checked"))).to_contain_text("while True")
    expect(group).to_contain_text("Nothing in this loop ends it.")
    cell = "window.jupyterapp.shell.currentWidget.content.activeCell"
    page.evaluate(f"() => {cell}.model.sharedModel.setSource('I think the last one')")
    expect(page.get_by_text("This text does not have the format of the exercise.")).to_be_visible()
    expect(group).to_have_count(0)
    page.evaluate(f"() => {cell}.model.sharedModel.undo()")
    expect(group).to_be_visible()

    typist.seek("Put a sum together")
    page.set_viewport_size({"width": 720, "height": 900})  # 1440 at 200 %
    folded(page)
    for exercise in ("Put a sum together", "Countdown", "Which loop comes to an end?", "What does this print?"):
        typist.seek(exercise)
        form = page.locator(".jp-Cell.jp-mod-active .codegym-Form")
        expect(form).to_be_visible()
        fits(form)
