"""The house keeps its size: lines, tokens, modules, folders, names, functions, the length of a line, and data."""

from __future__ import annotations

import ast
import io
import re
import subprocess
import sys
import tokenize
import zlib
from collections import Counter
from functools import cache
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
LINES, TOKENS, MODULES, FOLDER = 67_600, 508_800, 336, 14
DATA, PACKED = 2_145_000, 839_000  #: bytes of what is no Python and no frontend: as it lies there, and in the wheel
#: The names of a level of sandbox, of a model whose answers are given, and of the composition root.
NAMES = {"confined", "scripted", "wiring"}
LAYOUT = (
    tokenize.COMMENT, tokenize.NL, tokenize.NEWLINE, tokenize.INDENT, tokenize.DEDENT, tokenize.ENDMARKER,
)  # fmt: skip


DOCUMENTED = (ast.Module, ast.ClassDef, ast.FunctionDef, ast.AsyncFunctionDef)


@cache
def files() -> tuple[Path, ...]:
    """All of the package but the frontend's bundle."""
    found = (ROOT / "codegym_jlab").rglob("*")
    skipped = ("labextension", "__pycache__")
    return tuple(path for path in found if path.is_file() and not set(skipped) & set(path.relative_to(ROOT).parts))


def modules() -> list[Path]:
    return [path for path in files() if path.suffix == ".py"]


def tokens_of(text: str) -> int:
    """Comments, docstrings and layout do not count."""
    bodies = (node.body[0] for node in ast.walk(ast.parse(text)) if isinstance(node, DOCUMENTED) and node.body)
    told = {(one.lineno, one.col_offset) for one in bodies if isinstance(one, ast.Expr) and is_text(one.value)}
    read = tokenize.generate_tokens(io.StringIO(text).readline)
    return sum(token.type not in LAYOUT and token.start not in told for token in read)


def is_text(node: ast.expr) -> bool:
    return isinstance(node, ast.Constant) and isinstance(node.value, str)


@pytest.mark.full
def test_lines_tokens_and_modules_stay_in_their_budget() -> None:
    texts = [path.read_text("utf-8") for path in modules()]
    assert len(texts) <= MODULES
    assert sum(text.count("\n") for text in texts) <= LINES
    assert sum(map(tokens_of, texts)) <= TOKENS


def test_a_folder_has_so_many_modules_and_each_is_named_by_a_noun() -> None:
    folders = Counter(path.parent for path in modules())
    assert {str(folder): many for folder, many in folders.items() if many > FOLDER} == {}
    assert {path.stem for path in modules() if re.search(r"(ing|ed)$", path.stem)} <= NAMES


def test_no_line_is_longer_than_a_screen_and_no_function_more_tangled_than_it_may_be() -> None:
    long = [
        f"{path.relative_to(ROOT)}:{number}"
        for path in files()
        if path.suffix in (".py", ".toml", ".yaml", ".json", ".po", ".txt", ".md")
        for number, line in enumerate(path.read_text("utf-8").splitlines(), 1)
        if len(line) > 120
    ]
    assert long == []
    rule = ["--select", "C901", "--config", "lint.mccabe.max-complexity=20"]
    done = subprocess.run(
        [sys.executable, "-m", "ruff", "check", "--no-cache", "--quiet", *rule, "codegym_jlab"],
        cwd=ROOT,
        capture_output=True,
        text=True,
    )
    assert done.stdout == ""


def test_the_wheel_carries_little_data() -> None:
    data = [path.read_bytes() for path in files() if path.suffix != ".py"]
    assert sum(map(len, data)) <= DATA
    assert sum(len(zlib.compress(one)) for one in data) <= PACKED
