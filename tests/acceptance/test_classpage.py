"""The page of a class in the browser: for staff, by keyboard, in both themes; and not for a student."""

from __future__ import annotations

import csv
import io
import json
import re
import shutil
import urllib.request
import zipfile
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
from acceptance.lab import ROOT, Lab, new_lab
from acceptance.student import READY, Student, expect
from axe_playwright_python.sync_playwright import Axe

from benchmarks import classroom
from codegym_jlab.bulk.database import FlowDatabase
from codegym_jlab.bulk.flows import Ledger
from codegym_jlab.bulk.steps import Order
from codegym_jlab.course.loader import load_course
from codegym_jlab.course.notebook import mark_of, unit_notebook

pytestmark = [pytest.mark.browser, pytest.mark.slow]

ADD = "courses/demo/exercises/add"
#: A model that always gives the answer away.
LEAKS = '- {say: "def add(a, b):\\n    return a + b  # SENTINEL_SOLUTION"}\n'
#: A person marks it, beside its check.
TOLD = """
  - exercise:
      id: told
      title: Told well
      points: 3
      statement: Write `told()`, and write it well.
      solution: "def told(): return 1"
      checks: [{call: told(), equals: 1}]
      marking: manual
      rubric: [{id: names, points: 2, text: Names say what things are}]
"""
#: ms; what runs hundreds of answers or a whole course's own.
LONG = 5 * READY
OPEN = "args => window.jupyterapp.commands.execute('codegym:class-questions', args)"


@pytest.fixture
def lab(tmp_path: Path) -> Iterator[Lab]:
    """On the courses of the server's tests, one of which names somebody to ask."""
    courses = Path(shutil.copytree(ROOT / "tests" / "server" / "courses", tmp_path / "courses"))
    course = courses / "demo" / "course.yaml"
    course.write_text(course.read_text() + "contact: Dr. Ana Ruiz\n")
    unit = courses / "demo" / "two.yaml"
    unit.write_text(unit.read_text().rstrip("\n") + TOLD)
    script = tmp_path / "leaks.yaml"
    script.write_text(LEAKS)
    it = new_lab(tmp_path / "lab", CODEGYM_COURSES=str(courses), CODEGYM_LLM=f"scripted:{script}")
    yield it
    it.stop()


def post(lab: Lab, path: str, body: dict[str, Any], who: str = "") -> bytes:
    """As the owner's token may; `who`: where the server goes by that header."""
    headers = {"Authorization": f"token {lab.token}", "Content-Type": "application/json", "X-Who": who}
    request = urllib.request.Request(f"{lab.url}/codegym/api/{path}", json.dumps(body).encode(), headers)
    with urllib.request.urlopen(request) as response:
        return bytes(response.read())


def test_staff_read_answer_and_narrow_it(page: Any, lab: Lab) -> None:
    lab.start()
    minus = "def add(a, b):\n    return a - b"
    post(lab, f"{ADD}/conversation", {"message": "give me a hint", "source": minus})
    post(lab, f"{ADD}/conversation", {"message": "what does dict.get do? an example please"})
    post(lab, f"{ADD}/hints", {})
    post(lab, f"{ADD}/tickets", {"question": "Why <b>not</b>?", "share": ["answer", "hints"], "source": minus})
    sent = {"course": "demo", "exercise": "told", "kind": "submit", "source": "def told(): return 1"}
    post(lab, "submissions", {**sent, "idempotency_key": "told-1"})
    staff = Student.begin(page, lab)
    page.locator(".jp-LauncherCard", has_text=re.compile("^Class$")).click()
    board = page.get_by_role("region", name="Class")
    board.get_by_role("tab", name="Questions").click()
    expect(board.get_by_role("table", name="Questions to the tutor")).to_contain_text("a hint")
    expect(board.get_by_role("table", name="Hints used")).to_contain_text("1 hint")
    expect(board.get_by_role("table", name="By exercise")).to_be_visible()

    withheld = board.locator("details.codegym-Told").first
    withheld.locator("summary").press("Enter")
    expect(withheld.locator("pre").first).to_contain_text("return a + b")
    for theme in ("JupyterLab Light", "JupyterLab Dark"):
        staff.theme(theme)
        found = Axe().run(page, context={"include": [[".codegym-Class"]]})
        assert found.violations_count == 0, found.generate_report()

    question = board.get_by_role("article", name="Question of")
    expect(question).to_contain_text("Why <b>not</b>?")
    field = question.get_by_role("textbox", name="Your answer")
    field.focus()
    page.keyboard.type("Look at the sign.")
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    expect(question).to_contain_text(re.compile("answered"))
    expect(board.locator(".codegym-Facts")).to_contain_text("0")

    board.get_by_role("combobox", name="Unit").select_option(index=2)
    expect(board).to_contain_text("Nothing was asked here.")
    # what was read makes the page shorter, and all of it goes up: a click on the way would miss
    expect(board.locator("[aria-busy=false]")).to_be_visible()
    board.get_by_role("button", name="Show everything").click()
    board.get_by_role("combobox", name="Time").select_option("1")
    expect(board.get_by_role("table", name="By exercise")).to_be_visible()
    expect(board).to_contain_text("No question waits.")

    board.get_by_role("tab", name="Marking").click()
    expect(board.get_by_role("article", name="to Told well")).to_contain_text("Write told(), and write it well.")
    board.get_by_role("listbox", name="Answers").focus()
    for key in "3c":
        page.keyboard.press(key)
    page.keyboard.type("Well told.")
    page.keyboard.press("Shift+Tab")
    expect(board.get_by_role("spinbutton", name="Names say what things are")).to_have_value("1.5")
    page.keyboard.press("Enter")
    expect(board).to_contain_text("Marked: 2.5 of 3 points in all.")

    board.get_by_role("button", name="Read again").press("Enter")
    expect(board).to_contain_text("Nothing waits for marks.")
    board.get_by_role("tab", name="Marks", exact=True).press("Enter")
    board.get_by_role("gridcell", name="Told well").click()
    board.get_by_role("button", name="Mark it again").press("Enter")
    expect(board.get_by_role("listbox", name="Answers")).to_be_focused()
    expect(board.get_by_role("button", name="Record other marks")).to_be_visible()

    board.get_by_role("tab", name="Regrade").click()
    board.get_by_role("combobox", name="Where").select_option(label="Told well")
    board.get_by_role("button", name="See what would change").press("Enter")
    expect(board).to_contain_text("1 of 1 people looked at. Nothing is applied yet.")


def test_a_judgement_shows_without_a_reload(page: Any, lab: Lab) -> None:
    """The page is opened where nothing else is, with no part of it named; what is judged meanwhile comes by itself."""
    lab.start()
    sent = {"course": "demo", "exercise": "add", "kind": "submit", "source": "def add(a, b):\n    return a"}
    post(lab, "submissions", {**sent, "idempotency_key": "wrong"})
    Student.begin(page, lab)
    page.evaluate("() => window.jupyterapp.commands.execute('application:close-all')")
    page.evaluate(OPEN, {})
    board = page.get_by_role("region", name="Class")
    board.get_by_role("tab", name="Progress").click()
    grid = board.get_by_role("grid", name="Progress of each student")
    add = grid.get_by_role("gridcell", name=re.compile("Add.*tenths of the points, 1 try"))
    expect(add).to_be_visible()
    post(lab, "submissions", {**sent, "source": "def add(a, b):\n    return a + b", "idempotency_key": "right"})
    solved = grid.get_by_role("gridcell", name=re.compile("Add.*solved, 2 tries"))
    expect(solved).to_be_visible(timeout=READY / 2)  # the page reads by itself but once a minute


def test_notebooks_come_in_what_broke_is_judged_again_and_marks_leave(page: Any, lab: Lab, tmp_path: Path) -> None:
    lab.start()
    about = {"course": "demo", "title": "Demo", "term": "autumn", "time_zone": "UTC"}
    post(lab, "classes", {"id": "autumn", **about})
    post(lab, "classes/autumn/members", {"people": [{"account": "ana", "role": "student"}]})
    post(lab, "classes/autumn/versions", {"anyway": True})
    loaded = load_course(tmp_path / "courses" / "demo")
    notebook: Any = unit_notebook(loaded, loaded.unit("one"))
    for cell in notebook["cells"]:
        if (mark_of(cell).get("exercise"), mark_of(cell).get("role")) == ("add", "answer"):
            cell["source"] = "def add(a, b):\n    return a + b"
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as file:
        for name in ("ana", "stranger"):
            file.writestr(f"{name}/one.ipynb", json.dumps(notebook))
    staff = Student.begin(page, lab)
    page.evaluate(OPEN, {"tab": "people", "offering": "autumn"})
    board = page.get_by_role("region", name="Class", exact=True)

    roster = board.get_by_role("region", name="Roster from CSV")
    roster.get_by_label("A table with the columns account, name").set_input_files(table("account,name\nana,Ana Ruiz\n"))
    roster.get_by_role("button", name="Apply 1 change").press("Enter")
    expect(board.get_by_role("rowheader", name="Ana Ruiz (ana)", exact=True)).to_be_visible()
    panel = board.get_by_role("region", name="Notebooks that came another way")
    panel.get_by_label("Received at").fill("2026-01-02T12:00")
    zipped = {"name": "mail.zip", "mimeType": "application/zip", "buffer": packed.getvalue()}
    panel.get_by_label("A zip of notebooks").set_input_files(zipped)
    expect(panel.get_by_role("row", name="ana/one.ipynb")).to_contain_text("1 new")
    expect(panel.get_by_role("row", name="stranger/one.ipynb")).to_contain_text("no part of its path")
    whose = panel.get_by_label("Whose each is")
    whose.set_input_files(table("file,received_at\nana,soon\n"))
    expect(panel.get_by_role("alert")).to_contain_text("'soon' is no time")
    whose.set_input_files(table("file,account\nstranger,nobody\n"))
    expect(panel.get_by_role("row", name="stranger/one.ipynb")).to_contain_text("that the table names is no student")
    fits(page, staff)
    panel.get_by_label("Why you hand them in").fill("the network was down")
    panel.get_by_role("button", name="Hand in 1 answer").press("Enter")
    expect(panel.get_by_role("row", name="ana/one.ipynb")).to_contain_text("1 handed in")

    teams = board.get_by_role("region", name="Teams from CSV")
    teams.get_by_role("combobox", name="Unit").select_option(label="Unit two")
    teams.get_by_label("Who is in which").set_input_files(table("account,team\nana,red\n"))
    expect(teams.get_by_role("listitem")).to_have_text("Ana Ruiz (ana): no team → red")
    fits(page, staff)
    teams.get_by_role("button", name="Apply 1 change").press("Enter")
    ana = board.get_by_role("row").filter(has=page.get_by_role("rowheader", name="Ana Ruiz (ana)"))
    expect(ana).to_contain_text("red")
    board.get_by_text("What staff did").press("Enter")
    with page.expect_download() as log:
        board.get_by_role("button", name="Save all of it (CSV)").press("Enter")
    with log.value.path().open(newline="") as file:
        heads, *acts = csv.reader(file)
    assert heads == ["When", "Who", "Act", "On whom", "What"]
    assert [row[1:4] for row in acts[:2]] == [["local", "teams", "Ana Ruiz (ana)"], ["local", "import", ""]]

    engine = classroom.engine_at(lab.records)
    with engine.begin() as records:
        records.exec_driver_sql("UPDATE submissions SET state = 'parked' WHERE exercise = 'add'")
    engine.dispose()
    board.get_by_role("tab", name="Progress").click()
    broken = board.get_by_role("region", name="1 answer could not be judged")
    broken.get_by_text("Ana Ruiz (ana), Add").press("Enter")
    expect(broken).to_contain_text("return a + b")
    fits(page, staff)
    broken.get_by_role("button", name="Judge them again").press("Enter")
    expect(broken).to_have_count(0)

    board.get_by_role("tab", name="Marks").click()
    expect(board.get_by_role("gridcell", name="Ana Ruiz (ana), Add")).to_be_visible()
    for form, head in (("Moodle, a column a unit", "Username,"), ("Gradescope: Unit one", "First Name,")):
        board.get_by_role("combobox", name="Export as").select_option(label=form)
        with page.expect_download() as saved:
            board.get_by_role("button", name="Export", exact=True).press("Enter")
        assert saved.value.path().read_text().startswith(head)
    fits(page, staff)
    publish_own(board, Path(shutil.copytree(tmp_path / "courses" / "demo", tmp_path / "own")))
    fits(page, staff)


def publish_own(board: Any, folder: Path) -> None:
    """A folder of one's own computer: where it is wrong, what it would change, and then students have it."""
    board.get_by_role("tab", name="Publish").press("Enter")
    field = board.get_by_label("Or the folder of the course on your computer")
    unit = folder / "one.yaml"
    right = unit.read_text()
    unit.write_text(right + "  - nonsense: 1\n")
    field.set_input_files(folder)
    expect(board.get_by_role("alert")).to_contain_text(re.compile(r"one\.yaml:\d+"))
    unit.write_text(right)
    (folder / "course.yaml").write_text((folder / "course.yaml").read_text().replace("title: ", "title: Our ", 1))
    field.set_input_files(folder)
    expect(board.get_by_role("list", name="What changes")).to_have_text("course: title")
    board.get_by_role("button", name="Publish now").press("Enter")
    anyway = board.get_by_role("button", name="Publish anyway")
    second = board.get_by_role("region", name="Versions").get_by_role("listitem").nth(1)
    expect(anyway.or_(second)).to_be_visible(timeout=LONG)
    if anyway.is_visible():
        anyway.press("Enter")
    expect(second).to_contain_text("What would going back to 1 change?", timeout=LONG)


#: How far the page, and what of it stands in no box that scrolls, reaches beyond its right edge.
BEYOND = """page => {
    const scrolls = node => node !== page
        && (getComputedStyle(node).overflowX !== 'visible' || scrolls(node.parentElement));
    const edge = page.getBoundingClientRect().left + page.clientWidth;
    const outside = [...page.querySelectorAll('*')].filter(node => !scrolls(node.parentElement));
    return Math.max(page.scrollWidth - page.clientWidth,
        ...outside.map(node => node.getBoundingClientRect().right - edge));
}"""
NARROW = 620


def test_a_narrow_page_stays_within_its_width(page: Any, lab: Lab) -> None:
    """Beside a notebook, or at 200 %: one column, the parts as a list of choices, and only tables and grids scroll."""
    lab.args = ["--CodeGymApp.identity_class=server.identities.ByHeader"]
    lab.env["PYTHONPATH"] = f"{ROOT}:{ROOT / 'tests'}"
    lab.start()
    long = "maximiliane.von-schoenfeld-ramirez@informatik.university.example"
    wrong = "def add(a, b):\n    return a - b"
    sent = {"course": "demo", "kind": "submit"}
    for exercise, source in (("add", wrong), ("told", "def told(): return 1")):
        post(lab, "submissions", {**sent, "exercise": exercise, "source": source, "idempotency_key": exercise}, long)
    post(lab, f"{ADD}/conversation", {"message": "give me a hint", "source": wrong}, long)
    post(lab, f"{ADD}/tickets", {"question": "Why " + "not" * 60, "share": ["answer"], "source": wrong}, long)
    page.set_extra_http_headers({"X-Who": "head"})
    staff = Student.begin(page, lab)
    page.evaluate("() => window.jupyterapp.commands.execute('application:close-all')")
    page.evaluate(OPEN, {"tab": "people"})
    board = page.get_by_role("region", name="Class", exact=True)
    parts = board.get_by_role("combobox", name="Parts of the class")
    expect(board.get_by_role("tablist")).to_be_visible()
    expect(parts).to_be_hidden()
    around = page.viewport_size["width"] - board.bounding_box()["width"]
    page.set_viewport_size({"width": round(NARROW + around), "height": 900})
    expect(board.get_by_role("tablist")).to_be_hidden()
    shown = {
        "People": board.get_by_role("rowheader", name=long),
        "Dates and rules": board.get_by_role("region", name="What holds for"),
        "Progress": board.get_by_role("list", name="Progress of each student by exercise").get_by_text(long),
        "Wrong answers": board.get_by_role("listbox"),
        "Marking": board.get_by_role("option", name=long),
        "Marks": board.get_by_role("gridcell", name=f"{long}, Add"),
        "Regrade": board.get_by_role("button", name="See what would change"),
        "Publish": board.get_by_role("region", name="Versions"),
        "Questions": board.get_by_role("article", name="Question of"),
        "Similar answers": board.get_by_role("combobox", name="Exercise"),
    }
    for theme in ("JupyterLab Light", "JupyterLab Dark"):
        staff.theme(theme)
        for name, part in shown.items():
            parts.select_option(label=name)
            expect(board.get_by_role("tabpanel", name=name).and_(page.locator("div"))).to_be_visible()
            if name == "Wrong answers":
                board.get_by_role("combobox", name="Exercise").select_option("add")
            expect(part.first).to_be_visible()
            assert board.evaluate(BEYOND) < 1, name
            for box in (cell.bounding_box() for cell in board.locator("td[data-at]:visible").all()):
                assert min(box["width"], box["height"]) >= 24, name
            opened(page, board, name, long)
            assert board.evaluate(BEYOND) < 1, name
            found = Axe().run(page, context={"include": [[".codegym-Class"]]})
            assert found.violations_count == 0, (name, theme, found.generate_report())


def opened(page: Any, board: Any, part: str, student: str) -> None:
    """The map is a list of students, and marking goes from the queue to the answer to the points, by keyboard."""
    if part == "Progress":
        expect(board.get_by_role("grid")).to_be_hidden()
        one = board.locator(".codegym-MapList > li", has_text=student)
        expect(one).to_contain_text("0 of ")
        one.locator("summary").focus()
        page.keyboard.press("Enter")
        one.get_by_role("button", name=re.compile("^Unit one, Add")).press("Enter")
        expect(one.get_by_role("listitem").filter(has_text="by checks").last).to_be_visible()
    elif part == "Marking":
        steps = board.get_by_role("group", name="Steps")
        answer, points = board.get_by_role("article", name=f"Answer of {student}"), board.get_by_role("spinbutton")
        expect(answer).to_be_hidden()
        steps.get_by_role("button", name="Answer", exact=True).press("Enter")
        expect(answer).to_be_visible()
        expect(points).to_be_hidden()
        for key in "13":  # the line of the rubric, where there are several; half points
            page.keyboard.press(key)
        expect(points).to_have_value("1.5")
        expect(board.get_by_role("button", name="Record and next")).to_be_in_viewport()
        expect(answer).to_be_hidden()
        page.keyboard.press("c")
        expect(board.get_by_role("textbox", name="Comment to the student")).to_be_focused()
        page.keyboard.press("Control+Enter")
        expect(answer).to_be_visible()
        expect(steps.get_by_role("button", name="Answer", exact=True)).to_be_focused()


def test_staff_reach_what_commands_began_and_a_person_in_all_classes(page: Any, lab: Lab) -> None:
    """Without a terminal: a regrade is stopped and gone on with, and who asks for it is erased everywhere."""
    lab.args = ["--CodeGymApp.identity_class=server.identities.ByHeader"]
    lab.env |= {"PYTHONPATH": f"{ROOT}:{ROOT / 'tests'}", "CODEGYM_ADMINS": "head"}
    lab.args += ["--CodeGym.staff_tokens=True"]
    lab.start()
    for id in ("spring", "autumn"):
        made = {"id": id, "course": "demo", "title": f"Demo of {id}", "term": "", "time_zone": "UTC"}
        post(lab, "classes", made, "head")
        post(lab, f"classes/{id}/members", {"table": 'account,name\nana,"Haddad, Ana"\nben,\n'}, "head")
    with closing(Ledger(FlowDatabase(lab.records))) as ledger:
        flow = ledger.begin(Order("", "d", "autumn", ["add"], "someone", "a check was wrong"))
        page.set_extra_http_headers({"X-Who": "head"})
        staff = Student.begin(page, lab)
        page.evaluate(OPEN, {"tab": "regrade", "offering": "autumn"})
        board = page.get_by_role("region", name="Class", exact=True)
        board.locator("summary", has_text="begun by commands").press("Enter")
        row = board.get_by_role("table", name="begun by commands").locator("tbody tr")
        expect(row).to_contain_text("waits for a worker")
        row.get_by_role("button", name="Stop").press("Enter")
        expect(row).to_contain_text("stopped")
        assert (found := ledger.find(flow)) is not None and found.state == "cancelled"
        fits(page, staff)
        row.get_by_role("button", name="Go on").press("Enter")
        expect(row).to_contain_text("waits for a worker")

    board.get_by_role("tab", name="People").press("Enter")
    board.get_by_role("checkbox", name="Choose Haddad, Ana (ana)").press("Space")
    one = board.get_by_role("region", name="Haddad, Ana (ana)")
    one.get_by_role("combobox", name="Do").select_option("export")
    one.get_by_role("checkbox", name="Also in: Demo of spring").press("Space")
    files: list[str] = []
    page.on("download", lambda download: files.append(download.suggested_filename))
    one.get_by_role("button", name="Save all that is kept").press("Enter")
    while len(files) < 2:
        page.wait_for_timeout(50)
    assert sorted(files) == ["ana-autumn.zip", "ana-spring.zip"]
    one.get_by_role("combobox", name="Do").select_option("erase")
    one.get_by_role("checkbox", name="Also in: Demo of spring").press("Space")
    fits(page, staff)
    one.get_by_role("textbox", name="Why").fill("asked in writing")
    one.get_by_role("textbox", name="Account, again").fill("ana")
    one.get_by_role("button", name="Erase").press("Enter")
    expect(board.get_by_role("rowheader", name="ben")).to_be_visible()
    expect(board.get_by_role("rowheader", name="Haddad, Ana (ana)")).to_have_count(0)
    board.get_by_role("combobox", name="Class", exact=True).select_option("spring")
    expect(board.get_by_role("rowheader")).to_have_text(["ben"])


def table(text: str) -> Any:
    """As a spreadsheet saves it, to be chosen in a field for a file."""
    return {"name": "table.csv", "mimeType": "text/csv", "buffer": text.encode()}


def fits(page: Any, staff: Student) -> None:
    """Nothing that axe finds, in either theme."""
    for theme in ("JupyterLab Dark", "JupyterLab Light"):
        staff.theme(theme)
        found = Axe().run(page, context={"include": [[".codegym-Class"]]})
        assert found.violations_count == 0, (theme, found.generate_report())


def test_a_misconception_is_drafted_and_copied_answers_are_found(page: Any, lab: Lab, tmp_path: Path) -> None:
    lab.args = ["--CodeGymApp.identity_class=server.identities.ByHeader"]
    lab.env["PYTHONPATH"] = str(ROOT / "tests")
    lab.start()
    own = "def add(a, b):\n    total = [a]\n    total.append(b)\n"
    own += "    while len(total) > 1:\n        total[0] += total.pop()\n    return total[0]"
    wrong = "def add(a, b):\n    a = b\n    return a + b"
    for who, source in (("ana", own), ("ben", own.replace("total", "rest")), ("cleo", wrong)):
        body = {"course": "demo", "exercise": "add", "kind": "submit", "source": source, "idempotency_key": who}
        post(lab, "submissions", body, who)
    page.set_extra_http_headers({"X-Who": "head"})
    staff = Student.begin(page, lab)
    page.evaluate(OPEN, {"tab": "wrong"})
    board = page.get_by_role("region", name="Class")
    board.get_by_role("combobox", name="Exercise").select_option("add")
    board.get_by_role("button", name="Draft a misconception").press("Enter")
    expect(board.locator("pre[aria-label='Drafted misconception']")).to_contain_text("a = b")
    expect(board.get_by_role("group", name="What a student with this mistake reads")).to_contain_text("add(")
    expect(board).to_contain_text("A check refuses it.")
    fits(page, staff)
    board.get_by_role("button", name="Add to the course").press("Enter")
    expect(board.get_by_role("status").filter(has_text="It is in one.yaml")).to_be_visible(timeout=LONG)
    assert "a = b" in (tmp_path / "courses" / "demo" / "one.yaml").read_text()

    board.get_by_role("tab", name="Similar answers").press("Enter")
    board.get_by_role("combobox", name="Exercise").select_option("add")
    expect(board).to_contain_text("1 similar pair.")
    for name, words in (("ana", "total.pop()"), ("ben", "rest.pop()")):
        expect(board.get_by_role("article", name=name)).to_contain_text(words)
    fits(page, staff)


#: Rows that are as those above them: looking at them all takes long.
MANY = ".codegym-Class tbody tr:nth-child(n + 12)"


def bench_course(folder: Path) -> None:
    """The course that `benchmarks.classroom` fills with answers: 10 units of 9 exercises, the fifth marked by hand."""
    folder.mkdir(parents=True)
    units = [f"unit-{n}" for n in range(10)]
    head = f"schema: 1\nid: bench\ntitle: Python basics\ncontact: Dr. Ana Ruiz\nunits: [{', '.join(units)}]\n"
    (folder / "course.yaml").write_text(head)
    checks = [{"id": f"c{n}", "call": f"answer([{n}, 1])", "equals": n + 1} for n in range(5)]
    for n, unit in enumerate(units):
        cells = [
            {
                "id": f"exercise-{e}",
                "title": f"Exercise {e}",
                "points": 2,
                "statement": "Write `answer(x)`, the sum of the list `x`.",
                "solution": "def answer(x):\n    return sum(x)",
                "checks": checks,
                "marking": "manual" if e == 4 else "automatic",
                "rubric": [{"id": "names", "points": 1, "text": "Names say what things are"}] if e == 4 else [],
            }
            for e in range(9 * n, 9 * n + 9)
        ]
        body = {"id": unit, "title": f"Unit {n + 1}", "cells": [{"exercise": one} for one in cells]}
        (folder / f"{unit}.yaml").write_text(json.dumps(body, indent=1))


PEOPLE, MARKED = 300, 50


@pytest.mark.minutes
def test_the_year_of_a_class(page: Any, tmp_path: Path) -> None:
    """An instructor's year in the browser alone: set up, enrol, publish, and then each part of the page."""
    lab = new_lab(tmp_path / "lab")
    lab.args = ["--CodeGymApp.identity_class=server.identities.ByHeader"]
    folder = lab.root / "courses" / "bench"
    bench_course(folder)
    unit = folder / "unit-9.yaml"
    right = unit.read_text()
    last = right.index('"exercise-89"')
    unit.write_text(right[:last] + right[last:].replace('"equals": 5', '"equals": 55', 1))
    lab.env |= {"CODEGYM_COURSES": str(folder.parent), "PYTHONPATH": f"{ROOT}:{ROOT / 'tests'}"}
    lab.start()
    try:
        urllib.request.urlopen(f"{lab.url}/codegym/api/courses/bench?token={lab.token}").close()
        page.set_extra_http_headers({"X-Who": "head"})
        staff = Student.begin(page, lab)
        page.evaluate(OPEN, {"tab": "people"})
        set_up(page)
        engine = classroom.engine_at(lab.records)
        classroom.fill(engine, PEOPLE, 88)
        with engine.begin() as records:
            for statement in UNMARKED:
                records.exec_driver_sql(statement)
        engine.dispose()
        send(lab)
        walk(page, staff)
        assert unit.read_text() == right
        erase(page)
    finally:
        lab.stop()


#: What students sent to the exercise that people mark.
UNMARKED = (
    "UPDATE progress SET awaiting_review = 1, score = 0, counting_score = 0 WHERE exercise = 'exercise-4'",
    "UPDATE submissions SET state = 'awaiting_review' WHERE exercise = 'exercise-4'",
    "UPDATE judgements SET score = 0 WHERE submission IN (SELECT id FROM submissions WHERE exercise = 'exercise-4')",
)


SUM = "def answer(x):\n    return sum(x)"
#: Enough of one's own to be seen as the same, with other names.
LOOP = "def answer(x):\n    total = [0]\n    for one in x:\n        total.append(one)\n"
LOOP += "    while len(total) > 1:\n        total[0] += total.pop()\n    return total[0]"
WRONG = "def answer(x):\n    x = x[1:]\n    return sum(x)"


def send(lab: Lab) -> None:
    """What students hand in to the last two exercises, the last of which has a wrong check; one asks, too."""
    sent = [(f"student-{n}", "exercise-89", f"{SUM}  # {n}") for n in range(20)]
    sent += [(f"student-{n}", "exercise-88", WRONG) for n in range(4)]
    sent += [("student-4", "exercise-88", LOOP), ("student-5", "exercise-88", LOOP.replace("total", "rest"))]
    for who, exercise, source in sent:
        body = {"course": "bench", "exercise": exercise, "kind": "submit", "source": source}
        told = json.loads(post(lab, "submissions", {**body, "idempotency_key": f"{who}-{exercise}"}, who))
        assert told["judgement"]["verdict"] == ("AC" if "total" in source or "rest" in source else "WA"), told
    place = "courses/bench/exercises/exercise-88"
    post(lab, f"{place}/conversation", {"message": "give me a hint", "source": WRONG}, "student-0")
    post(lab, f"{place}/tickets", {"question": "Why not?", "share": ["answer"], "source": WRONG}, "student-0")


def set_up(page: Any) -> None:
    """A class is made, its people come by a roster, and what the check finds does not hold up its first version."""
    board = page.get_by_role("region", name="Class")
    board.get_by_text("New class").press("Enter")
    board.get_by_role("combobox", name="Course").select_option("bench")
    board.get_by_role("textbox", name="Title").fill("Python basics, autumn")
    board.get_by_role("textbox", name="Term").fill("2030")
    board.get_by_role("textbox", name="Short name").fill(classroom.OFFERING)
    board.get_by_role("button", name="Create the class").press("Enter")
    expect(board.get_by_role("heading", name="Python basics, autumn · 2030")).to_be_visible()
    table = "account,section\n" + "".join(f"student-{n},S{n % 4}\n" for n in range(PEOPLE))
    roster = {"name": "all.csv", "mimeType": "text/csv", "buffer": table.encode()}
    board.get_by_label("A table with the columns").set_input_files(roster)
    board.get_by_role("button", name=f"Apply {PEOPLE} changes").press("Enter")
    expect(board).to_contain_text(f"{PEOPLE} people")
    board.get_by_role("tab", name="Publish").press("Enter")
    publish(board)


def publish(board: Any) -> None:
    """What is in the folder, whatever its check finds."""
    board.get_by_role("button", name="Publish now").press("Enter")
    expect(board.get_by_role("alert")).to_contain_text("its starter is accepted", timeout=LONG)
    board.get_by_role("button", name="Publish anyway").press("Enter")
    expect(board.get_by_text("The class already sees exactly this version.")).to_be_visible(timeout=LONG)


def walk(page: Any, staff: Student) -> None:
    """Each part of the page: something is done in it, and it is looked at in both themes."""
    board = page.get_by_role("region", name="Class")
    shown = {
        "People": (board.get_by_role("table", name="People"), people),
        "Dates and rules": (board.get_by_role("region", name="What holds for"), dates),
        "Progress": (board.get_by_role("grid", name="Progress of each student"), progress),
        "Wrong answers": (board.get_by_role("combobox", name="Exercise"), wrong),
        "Marking": (board.get_by_role("article"), marking),
        "Marks": (board.get_by_role("grid", name="Marks of each student"), marks),
        "Regrade": (board.get_by_role("button", name="See what would change"), regrade),
        "Publish": (board.get_by_role("region", name="Versions"), roll_back),
        "Questions": (board.get_by_role("heading", name="Questions to you"), questions),
        "Similar answers": (board.get_by_role("combobox", name="Exercise"), similar),
    }
    board.get_by_role("tab", selected=True).focus()
    page.keyboard.press("Home")
    for name, (part, act) in shown.items():
        expect(board.get_by_role("tab", name=name, exact=True)).to_be_focused()
        expect(part).to_be_visible()
        act(page, board)
        for theme in ("JupyterLab Dark", "JupyterLab Light"):
            staff.theme(theme)
            fine(page, name, theme)
        board.get_by_role("tab", selected=True).focus()
        page.keyboard.press("ArrowRight")


def fine(page: Any, *where: str) -> None:
    """Nothing that axe finds, once what Lab shows over a page whose theme changes has gone."""
    expect(page.locator("#jupyterlab-splash")).to_have_count(0)
    found = Axe().run(page, context={"include": [[".codegym-Class"]], "exclude": [[MANY]]})
    assert found.violations_count == 0, (*where, found.generate_report())


def people(page: Any, board: Any) -> None:
    """A roster is looked at, then taken."""
    roster = {"name": "autumn.csv", "mimeType": "text/csv", "buffer": b"account,section\nzoe,S1\nstudent-0,S2\n"}
    board.get_by_label("A table with the columns").set_input_files(roster)
    expect(board).to_contain_text("1 changes section, role or name")
    board.get_by_role("button", name="Apply 2 changes").press("Enter")
    expect(board.get_by_role("rowheader", name="zoe")).to_be_visible()
    expect(board).to_contain_text(f"{PEOPLE + 1} people")


def dates(page: Any, board: Any) -> None:
    """A rule is set; the panel says which level it is of."""
    board.get_by_role("textbox", name="Value").fill("2030-01-31T23:59")
    board.get_by_role("textbox", name="Why", exact=True).fill("term plan")
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    expect(board.get_by_role("table", name="What is set")).to_contain_text("term plan")
    expect(board.get_by_role("textbox", name="Value")).to_have_value("")  # it was sent, and the button is free again
    board.get_by_role("combobox", name="What", exact=True).select_option("drop_lowest.exercises")
    board.get_by_role("region", name="Set a date").get_by_role("combobox", name="Where").select_option(label="Unit 10")
    board.get_by_role("textbox", name="Value").fill("1")
    board.get_by_role("textbox", name="Why", exact=True).fill("syllabus")
    board.get_by_role("button", name="Set it").press("Enter")
    expect(board.get_by_role("table", name="What is set")).to_contain_text("syllabus")
    holds = board.get_by_role("region", name="What holds for")
    holds.get_by_role("combobox", name="Student").select_option("student-7")
    holds.get_by_role("combobox", name="Where").select_option(label="Unit 2")
    expect(holds.get_by_role("row", name="due")).to_contain_text("the class, for all of it")
    board.get_by_role("tab", name="People").press("Enter")
    board.get_by_role("checkbox", name="Choose student-7", exact=True).press("Space")
    one = board.get_by_role("region", name="student-7", exact=True)
    one.get_by_role("combobox", name="Where").select_option(label="Unit 2")
    one.get_by_role("textbox", name="Why").fill("attested")
    one.get_by_role("button", name="Give more time").press("Enter")
    rows = board.get_by_role("row")
    expect(rows.filter(has=page.get_by_role("rowheader", name="student-7", exact=True))).to_contain_text("Unit 2 ")
    board.get_by_role("tab", name="Dates and rules").press("Enter")


def progress(page: Any, board: Any) -> None:
    """One tab stop; arrows lead to any of 5,400 cells, and the row below says where one is. A check that nobody passes
    stands first.
    """
    hardest = board.get_by_role("table", name="Hardest checks").get_by_role("row").first
    expect(hardest).to_contain_text(re.compile(r"answer\(\[4, 1\]\).*Exercise 89.*0 %"))
    grid = board.get_by_role("grid", name="Progress of each student")
    expect(grid.locator("[tabindex='0']")).to_have_count(1)
    grid.locator("[tabindex='0']").focus()
    page.keyboard.press("Control+End")
    last = grid.locator(f"td[data-at='{PEOPLE} 89']")
    expect(last).to_be_focused()
    expect(last).to_have_accessible_name(re.compile("zoe, Unit 10, Exercise 89: not started"))
    page.keyboard.press("ArrowUp")
    page.keyboard.press("Home")
    expect(board).to_contain_text(f"student-{PEOPLE - 1}, Unit 1, Exercise 0: solved, 1 try")
    page.keyboard.press("Enter")
    expect(board).to_contain_text("by checks")


def wrong(page: Any, board: Any) -> None:
    """Four answers with one mistake stand together, and a misconception is drafted for them."""
    board.get_by_role("combobox", name="Exercise").select_option("exercise-88")
    expect(board.get_by_role("listbox", name="Mistakes")).to_contain_text("4")
    board.get_by_role("button", name="Draft a misconception").press("Enter")
    expect(board.locator("pre[aria-label='Drafted misconception']")).to_contain_text("x = x[1:]")


def questions(page: Any, board: Any) -> None:
    """One is answered by keyboard."""
    expect(board.get_by_role("table", name="Questions to the tutor")).to_contain_text("a hint")
    question = board.get_by_role("article", name="Question of")
    question.get_by_role("textbox", name="Your answer").focus()
    page.keyboard.type("Which element is left out?")
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    expect(question).to_contain_text(re.compile("answered"))


def marking(page: Any, board: Any) -> None:
    """Blind; the next answer is one key away; nothing is recorded before Enter."""
    board.get_by_role("checkbox", name="Blind").press("Space")
    queue = board.get_by_role("listbox", name="Answers")
    expect(queue).to_contain_text("Answer 2")
    queue.focus()
    for key in "j2?":
        page.keyboard.press(key)
    expect(board.get_by_role("spinbutton", name="Names say what things are")).to_have_value("1")
    expect(board.get_by_text("record, and to the next")).to_be_visible()
    expect(queue.get_by_role("option", selected=True)).to_contain_text("Answer 2")
    page.keyboard.press("z")
    points = board.get_by_role("spinbutton", name="Names say what things are")
    expect(points).to_have_value("")
    board.get_by_role("button", name="Comment on line 2").press("Enter")
    page.keyboard.type("why so long?")
    expect(board.get_by_role("textbox", name="Comment")).to_have_value("Line 2: why so long?")
    page.keyboard.press("Control+Enter")
    for left in range(PEOPLE - 1, PEOPLE - 1 - MARKED, -1):
        for key in ("1", "Enter"):
            page.keyboard.press(key)
        expect(board).to_contain_text(f"{left} wait for marks")


def marks(page: Any, board: Any) -> None:
    """Why one does not count; a mark is set with a reason, and who set it stands in its history; another is excused."""
    grid = board.get_by_role("grid", name="Marks of each student")
    lowest = grid.locator("td[data-at^='0 ']", has=page.locator("s"))
    expect(lowest).to_have_accessible_name(re.compile("Exercise 8.*dropped: among the lowest of its unit"))
    grid.locator("[tabindex='0']").focus()
    page.keyboard.press("ArrowRight")
    page.keyboard.press("Enter")
    page.keyboard.type("1.5")
    page.keyboard.press("Tab")
    page.keyboard.type("power cut, seen on paper")
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    cell = grid.locator("td[data-at='0 1']")
    expect(cell).to_have_accessible_name("student-0, Exercise 1: 1.5 of 2, set by a person")
    expect(board.get_by_role("region", name="History")).to_contain_text(
        re.compile("1.5 / 2 set by head.*power cut, seen on paper")
    )
    board.get_by_role("textbox", name="Why").fill("ill")
    board.get_by_role("button", name="Excuse").press("Enter")
    expect(cell).to_contain_text("excused")
    with page.expect_download() as saved:
        board.get_by_role("button", name="Export", exact=True).press("Enter")
    assert saved.value.path().read_text().startswith("account,section,exercise-0,")
    cell.focus()
    for key in (*11 * ["ArrowDown"], *3 * ["ArrowRight"]):
        page.keyboard.press(key)
    board.get_by_role("button", name="Mark it again").press("Enter")
    queue = board.get_by_role("listbox", name="Answers")
    expect(queue).to_be_focused()
    expect(queue.get_by_role("option", selected=True)).to_contain_text("student-11")
    expect(board.get_by_role("list", name="Tests that fail")).to_contain_text("check 4")
    board.get_by_role("textbox", name="Why it is marked again").focus()
    page.keyboard.type("seen again")
    page.keyboard.press("Enter")
    expect(board).to_contain_text("Marked: ")
    board.get_by_role("tab", name="Marks", exact=True).press("Enter")


def mend(page: Any) -> None:
    """In the editor of the lab, where the check stands that was the hardest."""
    opened = "commands.execute('docmanager:open', {path: 'courses/bench/unit-9.yaml', factory: 'Editor'}).then(() => 0)"
    page.evaluate(f"window.jupyterapp.{opened}")
    text = page.locator(".jp-FileEditor .cm-content")
    expect(text).to_contain_text('"id": "unit-9"', timeout=READY)  # before its text has come there is no end to go to
    text.focus()
    page.keyboard.press("Control+End")
    page.locator(".jp-FileEditor .cm-line", has_text='"equals": 55').click()
    unsaved = page.locator("#jp-main-dock-panel .lm-TabBar-tab.jp-mod-dirty")
    for key, count in (("End", 0), ("Backspace", 1), ("Control+S", 0)):
        page.keyboard.press(key)
        expect(unsaved).to_have_count(count)
    page.evaluate(OPEN, {"tab": "publish"})


def regrade(page: Any, board: Any) -> None:
    """A check was wrong: it is mended, published, looked at, and its answers are judged again."""
    mend(page)
    changes = board.get_by_role("list", name="What changes")
    expect(changes).to_contain_text(re.compile("exercise-89.*20 have an answer, 0 solved"))
    publish(board)
    board.get_by_role("tab", name="Regrade").press("Enter")
    board.get_by_role("combobox", name="Where").select_option(label="Exercise 89")
    board.get_by_role("button", name="See what would change").press("Enter")
    expect(board).to_contain_text("Nothing is applied yet.", timeout=LONG)
    board.get_by_role("textbox", name="Why").fill("its fifth check was wrong")
    board.get_by_role("button", name=re.compile("^Apply [0-9]+ changes$")).press("Enter")
    expect(board).to_contain_text(re.compile("[0-9]+ recorded, 0 left as they are"), timeout=LONG)
    expect(board.get_by_role("progressbar")).to_have_count(0)


def roll_back(page: Any, board: Any) -> None:
    """What it would change is said first."""
    board.get_by_role("button", name="What would going back to 1 change?").press("Enter")
    expect(board.get_by_role("list", name="What changes")).to_contain_text("exercise-89")
    board.get_by_role("button", name="Roll back to 1").press("Enter")
    expect(board.get_by_role("listitem").filter(has_text="students have this")).to_contain_text("3")


def similar(page: Any, board: Any) -> None:
    """What hundreds wrote alike tells nothing about two of them; what two alone wrote stands side by side."""
    board.get_by_role("combobox", name="Exercise").select_option("exercise-7")
    expect(board).to_contain_text(re.compile("0 similar pairs. 0 of [0-9]+ answers are long enough to compare."))
    board.get_by_role("combobox", name="Exercise").select_option("exercise-88")
    expect(board).to_contain_text("1 similar pair.")
    expect(board.get_by_role("article", name="student-5")).to_contain_text("rest.pop()")


def erase(page: Any) -> None:
    """All that is kept of one student is saved for them, then it goes."""
    board = page.get_by_role("region", name="Class")
    board.get_by_role("tab", name="People").press("Enter")
    board.get_by_role("checkbox", name="Choose student-5", exact=True).press("Space")
    one = board.get_by_role("region", name="student-5", exact=True)
    one.get_by_role("combobox", name="Do").select_option("export")
    with page.expect_download() as saved:
        one.get_by_role("button", name="Save all that is kept").press("Enter")
    assert saved.value.path().stat().st_size > 10_000
    one.get_by_role("combobox", name="Do").select_option("erase")
    expect(one).to_contain_text(re.compile("answers .[0-9]{2}"))
    one.get_by_role("textbox", name="Why").fill("asked in writing")
    button = one.get_by_role("button", name="Erase")
    expect(button).to_have_attribute("aria-disabled", "true")
    one.get_by_role("textbox", name="Account, again").fill("student-5")
    button.press("Enter")
    expect(board).to_contain_text(f"{PEOPLE} people")
    expect(board.get_by_role("rowheader", name="student-5", exact=True)).to_have_count(0)


def test_a_grader_reads_what_is_for_instructors(page: Any, lab: Lab) -> None:
    """In place of each button that the server would refuse; what a grader may do is there."""
    lab.args = ["--CodeGymApp.identity_class=server.identities.Named", "--CodeGym.admins=root"]
    lab.args += ["--CodeGym.staff_tokens=True"]
    lab.env["PYTHONPATH"] = f"{ROOT}:{ROOT / 'tests'}"
    lab.start()
    about = {"course": "demo", "title": "Demo", "term": "autumn", "time_zone": "UTC"}
    post(lab, "classes", {"id": "autumn", **about}, "root")
    people = [{"account": "gil", "role": "grader"}, {"account": "ana", "role": "student"}]
    post(lab, "classes/autumn/members", {"people": people}, "root")
    post(lab, "classes/autumn/versions", {"anyway": True}, "root")
    page.set_extra_http_headers({"X-Who": "gil"})
    Student.begin(page, lab)
    page.evaluate(OPEN, {"tab": "people", "offering": "autumn"})
    board = page.get_by_role("region", name="Class", exact=True)
    shown = {
        "People": board.get_by_role("rowheader", name="ana"),
        "Dates and rules": board.get_by_role("region", name="What holds for"),
        "Marks": board.get_by_role("region", name="History"),
        "Regrade": board,
        "Publish": board,
    }
    for name, part in shown.items():
        board.get_by_role("tab", name=name).press("Enter")
        expect(board.get_by_role("tab", name=name)).to_have_attribute("aria-selected", "true")
        expect(board.get_by_text("For instructors. You are a grader of this class.")).to_have_count(1)
        expect(part).to_be_visible()
        assert board.get_by_role("alert").count() == 0
        assert board.locator(".codegym-mod-accept").count() == 0
        found = Axe().run(page, context={"include": [[".codegym-Class"]]})
        assert found.violations_count == 0, (name, found.generate_report())
    board.get_by_role("tab", name="Marking").press("Enter")
    expect(board).to_contain_text("Nothing waits for marks.")


def test_a_student_gets_none_of_it(page: Any, lab: Lab) -> None:
    lab.args = ["--CodeGymApp.identity_class=server.identities.Student"]
    lab.env["PYTHONPATH"] = str(ROOT / "tests")
    lab.start()
    student = Student.begin(page, lab)
    expect(page.locator(".jp-LauncherCard", has_text="Courses")).to_be_visible(timeout=READY)
    student.choose_course("Demo")
    assert page.locator(".jp-LauncherCard", has_text=re.compile("^Class$")).count() == 0
    page.evaluate(OPEN, {})
    board = page.get_by_role("region", name="Class")
    expect(board).to_contain_text("This page is for the staff of a class.")
    told = page.evaluate(
        "async () => { const r = await fetch('/codegym/api/classes/local:demo/questions');"
        " return [r.status, (await r.json()).error.message]; }"
    )
    assert told == [403, "Only staff of this course may see this."]
