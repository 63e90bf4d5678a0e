"""A draft by a real Ollama, whose tiny model is wrong and then right; it dies, and the next model is asked."""

from __future__ import annotations

from pathlib import Path

import pytest
import yaml
from contract import outside
from contract.llm import tiny

from codegym_jlab.authoring.draft import Attempt, Drafter, Order
from codegym_jlab.grading.grader.grader import Grader
from codegym_jlab.llm.chain import Link
from codegym_jlab.llm.ollama import Ollama
from codegym_jlab.llm.scripted import Scripted
from codegym_jlab.sandbox.levels import open_sandbox

pytestmark = pytest.mark.anyio
CHECKS = """\
  - call: twice(4)
    equals: 8
  - call: twice(-3)
    equals: -6
    hidden: a negative number
"""
RIGHT = f"""```yaml
id: twice
title: Twice as much
statement: Write `twice(n)`, which returns two times the number `n`.
starter: |
  def twice(n):
      ...
solution: |
  def twice(n):
      return 2 * n
checks:
{CHECKS}```"""


async def test_wrong_then_right_and_away(own_ollama: outside.Ollama, tmp_path: Path) -> None:
    file = tmp_path / "drafts.gguf"
    wrong = "```yaml\nid: twice\ntitle: Double\nstatement: Write it.\n```"
    tiny.write(file, {"wrong": wrong, "right": RIGHT}, {"does not pass": "right"})
    own_ollama.have("drafts", file, tiny.template("<|switch|>"))
    course = tmp_path / "course"
    course.mkdir()
    (course / "course.yaml").write_text("schema: 1\nid: c\ntitle: C\nunits: [u]\n")
    (course / "u.yaml").write_text("id: u\ntitle: U\ncells:\n- markdown: Hello\n")
    order = Order(str(course), "u", "doubling, first week", ["drafts", "script"], tries=2)
    model = Ollama("drafts", own_ollama.url)
    links = {"drafts": Link(model), "script": Link(Scripted([RIGHT]))}
    sandbox = await open_sandbox(None)
    grader = Grader(sandbox)
    drafter = Drafter(links.__getitem__, grader)

    async def attempt(*done: Attempt) -> Attempt:
        return await drafter.attempt(order, "flow", done)

    try:
        first = await attempt()
        assert first.verdict == "not_passed" and first.more and first.prompt_tokens > 500 and first.reply_tokens > 9
        assert first.reasons[0].startswith("line 1: `solution` is missing") or "solution" in " ".join(first.reasons)
        second = await attempt(first)
        assert second.verdict == "passes" and not second.more, second.reasons
        assert yaml.safe_load(second.yaml)[0]["exercise"]["id"] == "twice"

        own_ollama.close()
        away = await attempt(first)
        assert away.verdict == "no_answer" and away.more and "ollama:drafts" in away.reason
        last = await attempt(first, away)
        assert (last.llm, last.verdict, last.number) == ("script", "passes", 3)
    finally:
        await grader.close()
        await sandbox.close()
        await model.close()
