"""What the frontend translates of the server's sentences is what the server says."""

from __future__ import annotations

import ast
import json
import re
from pathlib import Path

ROOT = Path(__file__).parents[2]
TABLE: dict[str, list[str]] = json.loads((ROOT / "labextension/src/locale/server.json").read_text("utf-8"))
SENTENCES = TABLE["errors"] + TABLE["texts"]


def texts_of(module: Path) -> str:
    """Every string that a module holds, the fixed parts of f-strings too, one a line."""
    tree = ast.parse(module.read_text("utf-8"))
    return "\n".join(
        node.value for node in ast.walk(tree) if isinstance(node, ast.Constant) and type(node.value) is str
    )


def stems_of(text: str) -> set[str]:
    """Its words, one or many of a thing alike."""
    return {word.removesuffix("s") for word in re.findall(r"[^\W\d_]{2,}", text)}


def test_what_is_translated_is_said_by_the_server() -> None:
    package = ROOT / "codegym_jlab"
    said = [stems_of(texts_of(path)) for path in sorted(package.rglob("*.py"))]
    said += [stems_of(path.read_text("utf-8")) for path in sorted(package.rglob("*.toml"))]
    assert [each for each in SENTENCES if not any(stems_of(each) <= one for one in said)] == []
