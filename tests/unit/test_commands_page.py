"""docs/reference/commands.md names every command. `python tests/unit/test_commands_page.py` writes it anew."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

from typer.main import get_command

from codegym_jlab.cli import app

PAGE = Path(__file__).parents[2] / "docs" / "reference" / "commands.md"
HEAD = """# Commands

These lines come from `codegym --help`; `codegym COMMAND --help` has the options. Exit 0: done; 1: something could not
be answered, or a course has mistakes; 2: wrong use. `--json` is for programs; `--records` opens other records than
those in the settings.

| command | does |
|---|---|
"""


def commands(group: Any, *names: str) -> Iterator[tuple[str, str]]:
    """Each command that does something, in the order of the help."""
    for name, command in group.commands.items():
        if command.hidden:
            continue
        if hasattr(command, "commands"):
            yield from commands(command, *names, name)
        if not command.no_args_is_help:
            arguments = [p.metavar or str(p.name).upper() for p in command.params if p.param_type_name == "argument"]
            help = (command.help or "").strip().split("\n\n")[0]
            yield " ".join(("codegym", *names, name, *arguments)), " ".join(help.split())


def page() -> str:
    rows = (
        f"| `{command.replace('|', '∣')}` | {does.replace('|', '∣')} |\n"
        for command, does in commands(get_command(app))
    )
    return HEAD + "".join(rows)


def named(text: str) -> list[str]:
    """The commands of a page, in order."""
    return [line.split("`")[1] for line in text.splitlines() if line.startswith("| `codegym ")]


def test_the_page_names_every_command() -> None:
    lacking = set(named(page())) - set(named(PAGE.read_text("utf-8")))
    assert not lacking, f"run: python tests/unit/{Path(__file__).name}"


if __name__ == "__main__":
    PAGE.write_text(page(), "utf-8")
