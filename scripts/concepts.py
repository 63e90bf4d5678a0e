"""Fill the outputs of the library's examples by running them, and tidy its YAML.

usage: python scripts/concepts.py [FILE.yaml ...]     FILE: drafts to take in; without any, the library's own files
"""

from __future__ import annotations

import contextlib
import io
import sys
import tempfile
from pathlib import Path
from typing import Any

import yaml

LIBRARY = Path(__file__).parents[1] / "codegym_jlab" / "tutor" / "concepts"


class Tidy(yaml.SafeDumper):
    """Texts of several lines as blocks, lists of words on one line."""


def _text(dumper: yaml.SafeDumper, text: str) -> yaml.Node:
    return dumper.represent_scalar("tag:yaml.org,2002:str", text, style="|" if "\n" in text else None)


def _list(dumper: yaml.SafeDumper, items: list[Any]) -> yaml.Node:
    flow = all(isinstance(item, str) for item in items)
    return dumper.represent_sequence("tag:yaml.org,2002:seq", items, flow_style=flow)


Tidy.add_representer(str, _text)
Tidy.add_representer(list, _list)


def run(code: str, name: str) -> str:
    """What the code prints."""
    printed = io.StringIO()
    try:
        with tempfile.TemporaryDirectory() as folder, contextlib.chdir(folder), contextlib.redirect_stdout(printed):
            exec(compile(code, name, "exec", dont_inherit=True), {"__name__": "__main__"})
    except BaseException as error:
        sys.exit(f"{name}: {type(error).__name__}: {error}")
    return printed.getvalue()


def filled(entry: dict[str, Any], name: str) -> dict[str, Any]:
    """The entry with lists for `;` and its examples' outputs."""
    entry = dict(entry)
    for key in ("also", "about"):
        if isinstance(entry.get(key), str):
            entry[key] = [part.strip() for part in entry[key].split(";") if part.strip()]
    entry["text"] = " ".join(entry["text"].split())
    entry["output"] = run(entry["code"], name)
    if "exercise" in entry:
        entry["exercise"] = " ".join(entry["exercise"].split())
    if "more" in entry:
        entry["more"] = [filled(more, f"{name}+") for more in entry["more"]]
    order = ("id", "title", "about", "also", "text", "said", "code", "output", "more", "exercise")
    assert set(entry) <= set(order), (name, set(entry) - set(order))
    return {key: entry[key] for key in order if key in entry}


def main() -> None:
    """Takes drafts in, or tidies what is there."""
    for draft in map(Path, sys.argv[1:]) if sys.argv[1:] else sorted((LIBRARY / "topics").glob("*.yaml")):
        entries = [filled(entry, entry["id"]) for entry in yaml.safe_load(draft.read_text(encoding="utf-8"))]
        dumped = yaml.dump_all([entries], Dumper=Tidy, allow_unicode=True, sort_keys=False, width=98)
        (LIBRARY / "topics" / draft.name).write_text(dumped, encoding="utf-8")


if __name__ == "__main__":
    main()
