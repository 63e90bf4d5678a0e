"""A list of a class as a spreadsheet saves it: every mistake with its line, and nothing taken where there is one."""

from __future__ import annotations

import pytest
from hypothesis import given, strategies as st

from codegym_jlab.classes.rosters import UnfitTable, joining_of, read_roster
from codegym_jlab.store.classes import Joining


def read(text: str, **defaults: str) -> list[Joining]:
    return read_roster(text, "list.csv", **defaults)


def test_columns_in_any_order_and_others_beside_them() -> None:
    found = read("Mail,Section,Account,Role\nAna,A,ana,Student\n\nTim,,tim,GRADER\n")
    assert found == [Joining("ana", "student", "A"), Joining("tim", "grader", "")]


def test_the_name_that_staff_see() -> None:
    assert read('account,Name\nana,"Haddad, Ana"\nben,\n') == [
        Joining("ana", "student", name="Haddad, Ana"),
        Joining("ben", "student"),
    ]
    with pytest.raises(UnfitTable, match="list.csv:2: the name is longer than 200 characters"):
        read(f"account,name\nana,{'x' * 201}\n")


@pytest.mark.parametrize("delimiter", [",", ";", "\t"])
@pytest.mark.parametrize("end", ["\n", "\r\n"])
def test_as_spreadsheets_write_it(delimiter: str, end: str) -> None:
    lines = [delimiter.join(cells) for cells in (("account", "section"), ('"ana"', "A 1"), (" ben ", ""))]
    assert read("\ufeff" + end.join(lines), section="B") == [
        Joining("ana", "student", "A 1"),
        Joining("ben", "student", "B"),
    ]


def test_accounts_alone() -> None:
    assert read("account\nana\nben", role="grader") == [Joining("ana", "grader"), Joining("ben", "grader")]


def test_every_mistake_with_its_line() -> None:
    with pytest.raises(UnfitTable) as refused:
        read('account,role\nana,student\n,student\nana,grader\n"two\nlines",student\nben,king\n')
    assert [error.split(": ", 1)[0] for error in refused.value.errors] == [
        "list.csv:3",
        "list.csv:4",
        "list.csv:6",
        "list.csv:7",
    ]
    assert "stands in it twice" in refused.value.errors[1] and "write student" in refused.value.errors[3]


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("", "no column `account`"),
        ("name,role\nana,student\n", "no column `account`"),
        ("account\n\n", "nobody"),
        ('account\n"ana\n', "list.csv:"),
        ("account\n" + "a" * 201, "longer"),
    ],
)
def test_what_is_no_list_is_said(text: str, says: str) -> None:
    with pytest.raises(UnfitTable, match=says):
        read(text)


@given(st.text(max_size=200))
def test_no_text_brings_it_down(text: str) -> None:
    try:
        found = read("account,role\n" + text)
    except UnfitTable as refused:
        assert all(error.startswith("list.csv") for error in refused.errors)
    else:
        assert found and len({joining.account for joining in found}) == len(found)


def test_accounts_named_one_by_one() -> None:
    assert joining_of(["ana", "ben", "ana"], "grader", "A") == [
        Joining("ana", "grader", "A"),
        Joining("ben", "grader", "A"),
    ]
    for accounts, role, section in ((["ana", ""], "student", ""), (["ana"], "king", ""), (["ana"], "student", "a\nb")):
        with pytest.raises(UnfitTable):
            joining_of(accounts, role, section)
