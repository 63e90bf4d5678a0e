"""The site: `make docs`. Pages of the reference are written from the code when it is built."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from traitlets.config import Configurable

from codegym_jlab.hub.config import CodeGymHub
from codegym_jlab.settings import CodeGym

project = "CodeGYM"
extensions = ["myst_parser"]
myst_enable_extensions = ["colon_fence"]
myst_heading_anchors = 3
exclude_patterns = ["_build"]
html_theme = "pydata_sphinx_theme"
html_title = "CodeGYM"
html_theme_options = {"show_prev_next": False, "secondary_sidebar_items": ["page-toc"]}
html_show_sourcelink = False

HERE = Path(__file__).parent
SCHEMAS = Path(CodeGym.__module__.replace(".", "/")).parent / "course"


def settings_page() -> Iterator[str]:
    """Every trait of `CodeGym`, as `jupyter lab --help-all` has it, and of `CodeGymHub`."""
    yield "# Settings\n"
    yield "In `jupyter_server_config.py` as `c.CodeGym.NAME`, or on the command line as `--CodeGym.NAME=…`.\n"
    yield from _traits(CodeGym, "##")
    yield "## CodeGymHub\n"
    yield "In `jupyterhub_config.py` as `c.CodeGymHub.NAME`, [before `configure(c)`](../how-to/jupyterhub.md).\n"
    yield from _traits(CodeGymHub, "###")


def _traits(settings: type[Configurable], level: str) -> Iterator[str]:
    for name, trait in sorted(settings.class_own_traits(config=True).items()):
        yield f"{level} {name}\n\n{' '.join(str(trait.help).split())}\n"
        yield f"A {type(trait).__name__}; default `{trait.default_value_repr()}`.\n"


def schema_page() -> Iterator[str]:
    """Every key of course and unit files, from the JSON Schemas that ship."""
    yield "# Course format\n\nEvery key of `course.yaml` and of a unit's file."
    yield "[How to write a course](../how-to/author.md) shows them in use.\n"
    for file in ("course", "unit"):
        schema = json.loads((HERE.parent / SCHEMAS / f"{file}.schema.json").read_text(encoding="utf-8"))
        yield f"## The {file} file\n\n" + "\n".join(_keys(schema)) + "\n"
        for name, part in schema.get("$defs", {}).items():
            if part.get("properties"):
                yield f"### {name} ({file})\n\n{' '.join(part.get('description', '').split())}\n"
                yield "\n".join(_keys(part)) + "\n"


def _keys(schema: dict[str, Any]) -> Iterator[str]:
    for name, key in schema.get("properties", {}).items():
        needed = ", required" if name in schema.get("required", ()) else ""
        default = f", default `{json.dumps(key['default'])}`" if key.get("default") not in (None, [], {}) else ""
        yield f"- `{name}` ({_kind(key)}{needed}{default}): {' '.join(key.get('description', '').split()) or '–'}"


def _kind(key: dict[str, Any]) -> str:
    if "$ref" in key:
        return str(key["$ref"].rpartition("/")[2])
    if "enum" in key or "const" in key:
        return " or ".join(f"`{value}`" for value in key.get("enum", [key.get("const")]))
    if "anyOf" in key:
        return " or ".join(_kind(one) for one in key["anyOf"] if one.get("type") != "null")
    if key.get("type") == "array":
        return f"list of {_kind(key.get('items', {}))}"
    return str(key.get("type", "anything"))


def http_page() -> Iterator[str]:
    """Every address, from the description that the server serves."""
    from codegym_jlab.handlers import routes  # noqa: F401  (with it every address is there)
    from codegym_jlab.handlers.openapi import description

    api = description()
    yield f"# HTTP\n\nAll addresses begin with `/codegym/api/`. Version {api['info']['version']}.\n"
    for name, refusal in api["components"]["responses"].items():
        yield f"- *{name}*: {refusal['description']}"
    yield ""
    for path, methods in api["paths"].items():
        for method, call in methods.items():
            if method in ("get", "post", "put", "patch", "delete"):
                answers = ", ".join(status for status in call["responses"] if status < "400")
                text = " ".join(str(call.get("summary") or call.get("description") or "").split())
                yield f"## `{method.upper()} {path}`\n\n{text}\n\nAnswers: {answers}, or a refusal.\n"


def setup(app: Any) -> None:
    """Writes the pages that are made from the code; git ignores them."""
    for name, page in (("settings", settings_page), ("course-format", schema_page), ("http", http_page)):
        target, text = HERE / "reference" / f"{name}.md", "\n".join(page())
        if not target.exists() or target.read_text(encoding="utf-8") != text:
            target.write_text(text, encoding="utf-8")
