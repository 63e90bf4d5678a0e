"""A course as a class has it: attempts, due times, late hand-ins, what is closed and what opens later."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from acceptance.lab import Lab, new_lab
from acceptance.student import Student, expect

pytestmark = [pytest.mark.browser, pytest.mark.slow]

COURSE = "Winter term"
COURSE_YAML = """
schema: 1
id: winter-term
title: Winter term
units:
  - now
  - late
  - over
  - later
policy:
  attempts: 2
"""
UNIT_YAML = """
id: {id}
title: {title}
policy:
{policy}
cells:
  - exercise:
      id: {id}-area
      title: Area {id}
      points: 2
      statement: Write `area(a, b)`.
      solution: |
        def area(a, b):
            return a * b
      checks:
        - call: area(2, 3)
          equals: 6
        - call: area(0, 3)
          equals: 0
          hidden: nothing wide
      hints:
        - Which sign multiplies?
"""
OVER, LATE = "Area over", "Area late"
WRONG, RIGHT = "def area(a, b):\n    return 6", "def area(a, b):\n    return a * b"


def at(days: float) -> str:
    """A moment so many days from now, as a course writes it."""
    return f"{datetime.now() + timedelta(days=days):%Y-%m-%d %H:%M}"


@pytest.fixture
def course(tmp_path: Path) -> Iterator[Lab]:
    """A lab on that course."""
    folder = tmp_path / "courses" / "winter-term"
    folder.mkdir(parents=True)
    policies = {
        "now": f"  due: {at(2)}",
        "late": f"  due: {at(-1.5)}\n  late:\n    per_day: 0.1\n    floor: 0.5",
        "over": f"  due: {at(-2)}",
        "later": f"  opens: {at(3)}",
    }
    (folder / "course.yaml").write_text(COURSE_YAML)
    for id, policy in policies.items():
        (folder / f"{id}.yaml").write_text(UNIT_YAML.format(id=id, title=id.title(), policy=policy))
    lab = new_lab(tmp_path / "lab", CODEGYM_COURSES=str(folder.parent))
    lab.start()
    yield lab
    lab.stop()


def test_attempts_are_counted_and_what_is_late_closed_or_locked_is_said_before_and_after(
    page: Any, course: Lab
) -> None:
    student = Student.begin(page, course, COURSE, "Now", "Area now")
    strip, row = student.strip("Area now"), student.row(COURSE, "Now", "Area now")
    expect(student.cell("Area now")).to_be_visible()
    expect(page.locator(".codegym-Facts:visible")).to_contain_text("2 points")
    expect(page.locator(".codegym-Facts:visible")).to_contain_text("Due ")
    expect(strip.get_by_role("button", name="Hand in")).to_contain_text("2 left")

    page.set_viewport_size({"width": 900, "height": 900})
    expect(strip.locator(".codegym-Strip-label")).to_be_hidden()
    assert strip.bounding_box()["height"] < 40, "its buttons take more than one row"
    page.set_viewport_size({"width": 1440, "height": 900})

    student.write("Area now", WRONG)
    tried = student.check("Area now", "Samples pass.")
    expect(tried).to_contain_text("1 hidden test")
    expect(tried).to_contain_text("run when you hand in")
    expect(tried).to_contain_text("Only tried: no attempt used.")
    expect(row).to_contain_text("tried at")

    page.keyboard.press("Alt+Shift+Enter")
    dialog = page.get_by_role("dialog")
    expect(dialog).to_contain_text("This uses 1 of your 2 attempts for Area now. You have 2 left.")
    expect(dialog).to_contain_text("The best one counts.")
    dialog.get_by_role("button", name="Not yet").click()
    assert course.submissions() == 1

    for left, source, word in [("1 left", WRONG, "Not yet."), ("0 left", RIGHT, "Accepted.")]:
        student.write("Area now", source)
        strip.get_by_role("button", name="Hand in").click()
        dialog.get_by_role("button", name="Hand in").click()
        student.judgement("Area now", word)
        expect(strip.get_by_role("button", name="Hand in")).to_contain_text(left)
    expect(student.judgement("Area now", "No attempts left. You can still check.")).to_contain_text("This one counts.")
    expect(row).to_contain_text("2/2, counts")
    hand_in = strip.get_by_role("button", name="Hand in")
    expect(hand_in).to_have_attribute("aria-disabled", "true")
    expect(hand_in).to_have_accessible_description("No attempts left. You can still check.")
    student.check("Area now", "Samples pass.")

    tree = student.choose_course(COURSE)
    locked = tree.get_by_role("treeitem", name="Later").first
    expect(locked).to_contain_text(re.compile(r"Locked until \w{3} \d+ \w{3}, \d\d:\d\d"))
    expect(locked).to_have_attribute("aria-disabled", "true")
    locked.press("Enter")
    expect(page.locator(".codegym-Announcer")).to_contain_text("Locked until")
    expect(tree.get_by_role("treeitem", name="Area later")).to_have_count(0)

    over = student.row(COURSE, "Over", "Area over")
    expect(over).to_contain_text(re.compile(r"closed on \w{3} \d+ \w{3} \(–/2\)"))
    student.open_exercise(COURSE, "Over", "Area over")
    hand_in = student.strip(OVER).get_by_role("button", name="Hand in")
    expect(hand_in).to_have_accessible_description("Closed: the time to hand in is over.")
    student.write("Area over", RIGHT)
    student.check("Area over", "Samples pass.")

    student.open_exercise(COURSE, "Late", "Area late")
    student.write("Area late", RIGHT)
    student.strip(LATE).get_by_role("button", name="Hand in").click()
    page.get_by_role("dialog").get_by_role("button", name="Hand in").click()
    judgement = student.judgement("Area late", "Accepted.")
    expect(judgement).to_contain_text("Handed in 1 d late.")
    expect(student.row(COURSE, "Late", "Area late")).to_contain_text("handed in 1 d late (1.6/2, counts)")
