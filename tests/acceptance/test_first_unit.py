"""A first hour from an empty profile: the first unit, lessons and all, only by what stands on the screen."""

from __future__ import annotations

import re
from typing import Any

import pytest
from acceptance.lab import Lab
from acceptance.student import expect
from acceptance.test_access import findings
from acceptance.test_kinds import Typist

pytestmark = [pytest.mark.browser, pytest.mark.slow]

COURSE = "Python basics"
TEA = ["1. Boil some water.", "2. Put the tea into a cup.", "3. Pour the water over it.", "4. Wait, and enjoy."]
POSTER = 'print("FLEA MARKET")\nprint("Saturday at 9")\nprint("Tables:", 8 {} 3)'
TREE = 'print("   *")\nprint("  ***")\nprint(" *****")\nprint("*******")'


class Beginner(Typist):
    """Has never been here, and presses what is offered."""

    def finds(self, lesson: str, level: int = 2) -> None:
        """The heading of a lesson is in sight, and the tree says where one is."""
        heading = self.page.locator(f".jp-Notebook .jp-mod-active h{level}:visible", has_text=lesson)
        expect(heading).to_be_in_viewport()
        expect(self.page.get_by_role("tree").locator("[aria-current='true']")).to_contain_text(lesson)

    def runs(self, code: str, *shows: str) -> None:
        """Click into a lesson's cell and press Shift and Enter, as the text says: what comes out is below it."""
        cell = self.page.locator(".jp-Notebook:visible .jp-CodeCell", has_text=code).first
        cell.locator(".cm-content").click()
        self.press("Shift+Enter")
        for text in shows:
            expect(cell.locator(".jp-OutputArea")).to_contain_text(text)

    def goes_on(self, exercise: str) -> None:
        """The sidebar's button is named as what comes, and leads there."""
        button = self.page.locator(".codegym-Go")
        expect(button).to_contain_text(re.compile(f"(Begin|Go on): {re.escape(exercise)}"))
        button.click()
        self.arrives(exercise)

    def arrives(self, exercise: str) -> None:
        """At an exercise: its task and its buttons are in sight, and one can type."""
        self.at(exercise)
        expect(self.page.locator(".jp-Notebook:visible h3", has_text=exercise)).to_be_in_viewport()
        expect(self.strip(exercise).get_by_role("button", name="Check")).to_be_in_viewport()

    def is_told(self, exercise: str, says: str, *more: str) -> None:
        """Check, wrong: what is said, in sight; the row in the tree counts the tries."""
        self.check(exercise, says)
        for text in more:
            expect(self.page.locator(".jp-Notebook").get_by_text(text).filter(visible=True).first).to_be_in_viewport()
        expect(self.tree_row(exercise)).to_contain_text("1 try, last at")

    def is_right(self, exercise: str, says: str, then: str) -> None:
        """Check, right: the tree says so, and the first button leads to what comes next."""
        judgement = self.check(exercise, says)
        expect(self.tree_row(exercise)).to_contain_text("solved at")
        chip = judgement.get_by_role("button", name=f"Next: {then}")
        expect(chip).to_be_in_viewport()
        chip.click()

    def tree_row(self, exercise: str) -> Any:
        """Its row."""
        return self.page.get_by_role("treeitem", name=exercise).first


def test_the_first_unit_from_an_empty_profile(page: Any, lab: Lab) -> None:
    student = Beginner(page, lab)
    page.goto(lab.page())
    courses = page.get_by_role("navigation", name="Courses")
    expect(courses).to_contain_text("Start here")
    expect(courses.get_by_role("button", name=COURSE)).to_contain_text("Not started")
    expect(page.get_by_role("dialog")).to_have_count(0)
    courses.get_by_role("button", name="Begin", exact=True).click()

    student.finds("First steps", 1)
    student.runs("Good morning!", "Good morning!")
    student.goes_on("Hello, world!")
    untouched = student.check("Hello, world!", "Nothing to check yet.")
    expect(untouched).to_contain_text("Write your answer below line 1. No attempt used.")
    student.write("Hello, world!", 'print("Hello world!")')
    student.is_told("Hello, world!", "Not yet.", "You are very close.")
    student.write("Hello, world!", 'print("Hello, world!")')
    student.is_right("Hello, world!", "Accepted.", "Line after line")

    student.finds("Line after line")
    student.runs("Knock, knock.", "Who is there?")
    student.goes_on("A small poem")
    poem = ["Rain on the roof,", "tea in the cup.", "The code can wait."]
    lines = [f'print("{line}")' for line in poem]
    student.write("A small poem", "\n".join(lines))
    student.is_told("A small poem", "Not yet.", "All the words are there.")
    student.write("A small poem", "\n".join([*lines[:2], "print()", lines[2]]))
    student.is_right("A small poem", "Accepted.", "How to make tea")

    student.arrives("How to make tea")
    for line in [*TEA, "How to make tea:"]:
        student.carry(f'print("{line}")', 0)
    student.is_told("How to make tea", "Not yet.", "Where does a headline go?")
    program = page.locator(".codegym-Order:visible").get_by_role("listbox", name="Your program")
    program.get_by_role("option").last.click()
    student.press("Space", *["ArrowUp"] * 4, "Space")
    expect(program.get_by_role("option").first).to_contain_text("How to make tea:")
    student.is_right("How to make tea", "Right.", "Texts and numbers")

    student.finds("Texts and numbers")
    student.runs("10 + 5", "15")
    student.runs("Ten and five make", "Ten and five make 15")
    student.goes_on("With or without quotes?")
    field = page.get_by_role("textbox", name="What it prints, line by line").filter(visible=True)
    field.fill('7\n"3 + 4"\nSeven is 7')
    student.is_told("With or without quotes?", "Not yet.", "Do they belong to the text?")
    field.fill("7\n3 + 4\nSeven is 7")
    student.is_right("With or without quotes?", "Right.", "Three signs for a shop")

    student.arrives("Three signs for a shop")
    student.fill('"OPEN"', "+", '"It\'s fresh!"')
    student.is_told("Three signs for a shop", "2 of 3 gaps are right.", "What does your second line calculate?")
    page.get_by_role("textbox", name="gap 2 of 3, in line 2, not right").fill("*")
    student.is_right("Three signs for a shop", "Right.", "Notes for people")

    student.finds("Notes for people")
    student.runs("This program is polite.", "Please")
    student.goes_on("What does Python read?")
    chooses(page, "What does Python read?", "two only")
    student.is_told("What does Python read?", "Not yet.", "Look at the last line once more.")
    chooses(page, "What does Python read?", "in two lines")
    student.is_right("What does Python read?", "Right.", "Errors are normal")

    student.finds("Errors are normal")
    student.runs("This line works.", "NameError")
    student.goes_on("What went wrong?")
    chooses(page, "What went wrong?", "a comma missing")
    student.is_told("What went wrong?", "Not yet.", "That is Python's guess.")
    chooses(page, "What went wrong?", "The quotes around the text are missing.")
    student.is_right("What went wrong?", "Right.", "Mend the poster")

    student.arrives("Mend the poster")
    student.write("Mend the poster", POSTER.format("+"))
    student.is_told("Mend the poster", "Not yet.", "Now compare the number of tables with the poster.")
    student.write("Mend the poster", POSTER.format("*"))
    student.is_right("Mend the poster", "Accepted.", "Pictures made of signs")

    student.finds("Pictures made of signs")
    student.runs("--+--", "--+--")
    student.goes_on("A fir tree")
    student.write("A fir tree", TREE)
    student.is_told("A fir tree", "Not yet.", "it floats in the air")
    student.write("A fir tree", f'{TREE}\nprint("   |")')
    student.is_right("A fir tree", "Accepted.", "First steps on one page")

    student.finds("First steps on one page")
    expect(page.get_by_role("treeitem", name="First steps").first).to_contain_text("9 of 9")
    expect(courses).to_contain_text("9 of 114 exercises solved")
    expect(page.locator(".codegym-Go")).to_contain_text("Go on: Variables")
    expect(page.get_by_role("dialog")).to_have_count(0)
    assert findings(page) == []


def chooses(page: Any, exercise: str, words: str) -> None:
    """Click an option by its words."""
    group = page.get_by_role("radiogroup", name=exercise)
    group.locator("label", has_text=words).click()
    expect(group.get_by_role("radio", checked=True)).to_have_count(1)
