"""Any file that calls itself a notebook → a valid nbformat 4.5 dict with every cell's text in it.

See https://nbformat.readthedocs.io.

What came through Colab, VS Code or a student's own tools is read here; what the cells mean is `repair`'s business.
"""

from __future__ import annotations

import json
import math
import re
from typing import Any

from codegym_jlab.course.notebook import Notebook, NotebookCell

MAX_DEPTH = 60  #: metadata nested deeper is cut off there
_NOT_WHOLE = "This file is empty, cut off or no notebook. Save it again in JupyterLab, then hand it in."
_TOO_DEEP = "This notebook is nested too deeply to be read. Save it again in JupyterLab."
_ID = re.compile(r"[a-zA-Z0-9_-]{1,64}")


class UnreadableNotebook(Exception):
    """The file is no notebook that can be read; the text says why and what to do."""


def read_notebook(text: str | bytes) -> dict[str, Any]:
    """The JSON of a notebook file. Raises UnreadableNotebook."""
    try:
        if isinstance(text, bytes):
            text = text.decode("utf-8-sig")
        data = json.loads(text.removeprefix("\ufeff"))
    except UnicodeDecodeError:
        raise UnreadableNotebook("This file is not text. Hand in the notebook itself, an .ipynb file.") from None
    except RecursionError:
        raise UnreadableNotebook(_TOO_DEEP) from None
    except ValueError:
        raise UnreadableNotebook(_NOT_WHOLE) from None
    return _checked(data)


def _checked(data: Any) -> dict[str, Any]:
    cells = data.get("cells") if isinstance(data, dict) else None
    if not isinstance(cells, list) or not all(isinstance(cell, dict) for cell in cells):
        raise UnreadableNotebook("This file is no notebook: it has no cells. Hand in an .ipynb file.")
    return dict(data)


def as_valid(raw: Any) -> Notebook:
    """A valid notebook with the text of every cell of `raw`, in order. Raises UnreadableNotebook where it is none.

    Ids that are missing, not allowed or used twice are left to `number_cells`: such cells have the id "".
    """
    raw = _checked(raw)
    try:
        cells = [_cell(item) for item in raw["cells"]]
    except RecursionError:
        raise UnreadableNotebook(_TOO_DEEP) from None
    seen: set[str] = set()
    for cell in cells:
        if cell["id"] in seen:
            cell["id"] = ""
        seen.add(cell["id"])
    return {"cells": cells, "metadata": _metadata(raw.get("metadata")), "nbformat": 4, "nbformat_minor": 5}


def number_cells(cells: list[NotebookCell]) -> None:
    """Give every cell without an id one that depends on its place alone."""
    taken = {cell["id"] for cell in cells}
    number = 0
    for cell in cells:
        while not cell["id"]:
            number += 1
            if f"cell-{number}" not in taken:
                cell["id"] = f"cell-{number}"
                taken.add(cell["id"])


def _cell(item: dict[str, Any]) -> NotebookCell:
    kind, identity = item.get("cell_type"), item.get("id")
    cell: NotebookCell = {
        "cell_type": kind if kind in ("code", "markdown") else "raw",
        "id": identity if isinstance(identity, str) and _ID.fullmatch(identity) else "",
        "metadata": _metadata(item.get("metadata")),
        "source": text_of(item.get("source")),
    }
    if cell["cell_type"] == "code":
        outputs = item.get("outputs") if isinstance(item.get("outputs"), list) else []
        cell["outputs"] = [kept for output in outputs or [] if (kept := _output(output)) is not None]
        cell["execution_count"] = _count(item.get("execution_count"))
    elif (attachments := _attachments(item.get("attachments"))) is not None:
        cell["attachments"] = attachments
    return cell


def text_of(source: Any) -> str:
    """The text of a cell's source: a text, or a list of lines; what else was put there is written out as JSON."""
    if isinstance(source, list) and all(isinstance(line, str) for line in source):
        return "".join(source)
    return source if isinstance(source, str) else "" if source is None else json.dumps(source)


def clean_json(value: Any, depth: int = 0) -> Any:
    """`value` as strict JSON: no NaN or infinity, no nesting without end."""
    if isinstance(value, float):
        return value if math.isfinite(value) else None
    if isinstance(value, (str, int, bool)) or value is None:
        return value
    if depth >= MAX_DEPTH:
        return None
    if isinstance(value, dict):
        return {str(key): clean_json(item, depth + 1) for key, item in value.items()}
    return [clean_json(item, depth + 1) for item in value] if isinstance(value, (list, tuple)) else None


#: Parts of the metadata without which a frontend cannot show a notebook: they are what nbformat says, or they go.
_MAPPINGS = ("kernelspec", "language_info", "jupyter", "execution")


def _metadata(value: Any) -> dict[str, Any]:
    cleaned = clean_json(value) if isinstance(value, dict) else {}
    return {key: item for key, item in cleaned.items() if key not in _MAPPINGS or isinstance(item, dict)}


def _count(value: Any) -> int | None:
    return value if type(value) is int and value >= 0 else None


def _attachments(value: Any) -> dict[str, Any] | None:
    if not isinstance(value, dict):
        return None
    return {str(name): clean_json(item) for name, item in value.items() if isinstance(item, dict)}


#: What nbformat asks of each kind of output, and of which type.
_OUTPUTS: dict[Any, dict[str, Any]] = {
    "stream": {"name": str, "text": (str, list)},
    "display_data": {"data": dict, "metadata": dict},
    "execute_result": {"data": dict, "metadata": dict},
    "error": {"ename": str, "evalue": str, "traceback": list},
}


def _output(output: Any) -> dict[str, Any] | None:
    """The output as nbformat wants it, None where it cannot be."""
    kind = output.get("output_type") if isinstance(output, dict) else None
    parts = _OUTPUTS.get(kind) if isinstance(kind, str) else None
    if parts is None or not all(isinstance(output.get(name), kinds) for name, kinds in parts.items()):
        return None
    kept = {"output_type": kind, **{name: clean_json(output[name]) for name in parts}}
    return kept | ({"execution_count": _count(output.get("execution_count"))} if kind == "execute_result" else {})
