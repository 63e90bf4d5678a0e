"""`codegym class questions | withheld | tickets | answer`: what a class asked, added up and told for real records."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from contract.stored import filled
from typer.testing import CliRunner, Result

from codegym_jlab.cli import app
from codegym_jlab.records import new_id
from codegym_jlab.store import store_at
from codegym_jlab.store.base import KeptTurn, Ticket

Ask = Callable[..., Result]
LEAK = {"leaks": "solution", "why": "passes all checks", "text": "return 2 * x [[markup]]"}


@pytest.fixture(scope="module")
def ask(tmp_path_factory: pytest.TempPathFactory) -> Ask:
    folder = tmp_path_factory.mktemp("class")
    (folder / "config.yaml").write_text("courses: [basics]\n")
    filled(folder / "codegym.sqlite", folder / "basics", 4)
    asyncio.run(talk(folder / "codegym.sqlite"))

    def asked(*words: str) -> Result:
        where = ["--records", str(folder / "codegym.sqlite")]
        runner = CliRunner(env={"CODEGYM_COURSES": str(folder)})
        return runner.invoke(app, ["class", words[0], "local:basics", *where, *words[1:]])

    return asked


ORDER = "\x1b]0;mine\x07"


async def talk(records: Path) -> None:
    """Two questions about what the course has, and one about what it has no more."""
    store = store_at(records)
    await store.open()
    who = next(m.person for m in await store.members("local:basics") if m.account == "person-0")
    long_ago = datetime.now(UTC) - timedelta(days=4000)

    def turn(exercise: str, intent: str, **more: Any) -> KeptTurn:
        given: dict[str, Any] = {"reply": {"agent": intent, "text": "Look."}, **more}
        return KeptTurn(new_id(), "local:basics", who, exercise, long_ago, f"why?{ORDER}", intent, **given)

    await store.add_turn(turn("twice", "hint", thumb=1, withheld=(LEAK,), llm="qwen"))
    await store.add_turn(turn("twice", "review", thumb=-1))
    await store.add_turn(turn("gone", "hint"))
    asked = Ticket(new_id(), "local:basics", who, "twice", long_ago, "Why [[x]]?", {"hints": 2, "source": ORDER})
    assert await store.add_ticket(asked)
    await store.close()


def test_questions_by_exercise(ask: Ask) -> None:
    result = ask("questions", "--json")
    assert result.exit_code == 0, result.output
    told = json.loads(result.stdout)
    assert (told["turns"], told["helped"], told["unhelped"], told["withheld"]) == (3, 1, 1, 1)
    assert told["intents"] == {"hint": 2, "review": 1}
    assert [one["exercise"] for one in told["exercises"]] == ["twice", "gone"]
    twice = told["exercises"][0]
    assert twice["intents"] == {"hint": 1, "review": 1} and twice["by_llm"] == 1 and twice["hints"] is None
    text = ask("questions").stdout
    assert "helped unhelped" in " ".join(text.split()) and "review=1" in text and "3 questions" in text


def test_what_was_withheld_is_read_by_hand(ask: Ask) -> None:
    (told,) = [json.loads(text) for text in ask("withheld", "--json").stdout.splitlines()]
    assert (told["withheld"], told["shown"], told["llm"]) == ([LEAK], "Look.", "qwen")
    text = ask("withheld").stdout
    assert "passes all checks" in text and "return 2 * x [[markup]]" in text and "1 replies" in text


def test_a_question_to_a_person_is_answered(ask: Ask) -> None:
    (told,) = [json.loads(text) for text in ask("tickets", "--open", "--json").stdout.splitlines()]
    assert (told["question"], told["shared"], told["account"]) == (
        "Why [[x]]?",
        {"hints": 2, "source": ORDER},
        "person-0",
    )
    assert "Why [[x]]?" in ask("tickets").stdout
    assert all("\x1b" not in ask(command).stdout for command in ("tickets", "withheld")), "no orders to the terminal"
    done = ask("answer", told["id"], "Look at line 2.", "--as", "Dr. Ruiz", "--json")
    assert json.loads(done.stdout)["answered_by"] == "Dr. Ruiz"
    assert ask("tickets", "--open", "--json").stdout == ""
    assert "answered_by: Dr. Ruiz" in (text := ask("tickets").stdout) and "answer: Look at line 2." in text
    assert ask("answer", "nothing", "So.").exit_code == 2
    assert ask("answer", told["id"], " ").exit_code == 2


@pytest.mark.parametrize("command", ["questions", "withheld", "tickets"])
def test_a_class_that_is_not_there(ask: Ask, command: str, tmp_path: Path) -> None:
    assert ask(command, "--records", str(tmp_path)).exit_code == 2
