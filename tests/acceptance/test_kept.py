"""What was handed in can be shown to others, and what cannot be stored now is kept and sent once."""

from __future__ import annotations

import shutil
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
from acceptance.lab import ROOT, Lab, new_lab
from acceptance.student import Student, expect
from axe_playwright_python.sync_playwright import Axe
from typer.testing import CliRunner

from codegym_jlab.cli import app

pytestmark = [pytest.mark.browser, pytest.mark.slow]

COURSE, UNIT, EXERCISE = "Python basics", "Loops", "Sum of the even numbers"
WRONG = "def sum_even(xs):\n    return sum(x for x in xs if x % 2)"
RIGHT = "def sum_even(xs):\n    return sum(x for x in xs if x % 2 == 0)"


@pytest.fixture
def lab(tmp_path: Path) -> Iterator[Lab]:
    """A lab whose course is due: work is handed in there, and not only practised."""
    course = tmp_path / "courses" / "python-basics"
    shutil.copytree(ROOT / "courses" / "python-basics", course)
    head = course / "course.yaml"
    head.write_text(head.read_text().replace("policy:\n", "policy:\n  due: 2099-01-01T23:59\n"))
    it = new_lab(tmp_path / "lab", CODEGYM_COURSES=str(course.parent))
    it.start()
    yield it
    it.stop()


def test_a_receipt_is_checked_in_the_class_page(page: Any, lab: Lab, tmp_path: Path) -> None:
    """As it was saved; not where one letter of it is another."""
    student = Student.begin(page, lab, COURSE, UNIT, EXERCISE)
    receipt = tmp_path / "receipt.json"
    saved(student, receipt)
    page.evaluate("args => window.jupyterapp.commands.execute('codegym:class-questions', args)", {"tab": "marks"})
    board = page.get_by_role("region", name="Class")
    board.get_by_text("Check a receipt").press("Enter")
    field = board.locator("details", has_text="Check a receipt").locator("input[type=file]")
    field.set_input_files(receipt)
    expect(board.get_by_role("status").filter(has_text="This receipt is true.")).to_contain_text("proves nothing")
    says = board.get_by_role("table", name="What the receipt says")
    expect(says).to_contain_text("the one that is kept here")
    expect(says).to_contain_text("Accepted")
    found = Axe().run(page, context=".codegym-Class")
    assert found.violations_count == 0, found.generate_report()
    changed = tmp_path / "changed.json"
    changed.write_text(receipt.read_text().replace('"verdict": "AC"', '"verdict": "WA"'))
    field.set_input_files(changed)
    expect(board.get_by_role("status").filter(has_text="This receipt was changed")).to_be_visible()


def saved(student: Student, receipt: Path) -> str:
    """A right answer is checked, and its receipt kept in a file; returns the name that the page gives it."""
    student.write(EXERCISE, RIGHT)
    judgement = student.check(EXERCISE, "Accepted.")
    with student.page.expect_download() as downloading:
        judgement.get_by_role("button", name=f"Save receipt of {EXERCISE}").click()
    downloading.value.save_as(receipt)
    return str(downloading.value.suggested_filename)


def test_a_receipt_is_saved_and_an_answer_that_cannot_be_stored_is_kept(page: Any, lab: Lab, tmp_path: Path) -> None:
    student = Student.begin(page, lab, COURSE, UNIT, EXERCISE)
    receipt, source = tmp_path / "receipt.json", tmp_path / "answer.py"
    name = saved(student, receipt)
    source.write_text(RIGHT)
    (key,) = lab.home.rglob("receipts.pub.pem")
    words = ["receipt", "verify", str(receipt), "--key", str(key), "--source", str(source)]
    told = CliRunner().invoke(app, words)
    assert told.exit_code == 0 and "proves nothing to others" in told.stdout, told.output
    assert name.startswith("receipt-sum-even-")

    student.write(EXERCISE, WRONG)
    with closing(sqlite3.connect(lab.records, isolation_level=None, timeout=60)) as other:
        other.execute("BEGIN EXCLUSIVE")
        student.strip(EXERCISE).get_by_role("button", name="Check").click()
        kept = student.judgement(EXERCISE, "Kept, will be checked.")
        expect(kept).to_contain_text("The server cannot store it just now. Your answer is safe in this browser")
        expect(page.get_by_text("database")).to_have_count(0)
        other.execute("ROLLBACK")
    student.judgement(EXERCISE, "Not yet.")
    assert lab.submissions() == 2
