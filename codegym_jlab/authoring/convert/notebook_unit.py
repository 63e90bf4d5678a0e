"""A notebook in the habit of nbgrader or Otter as a unit, as it is: `units: [intro.ipynb]`. Nothing of it is run here.

The loader finds it as the entry point `ipynb` of `codegym_jlab.units`.
"""

import base64
import mimetypes
from typing import Any

from codegym_jlab.course.yaml_source import Node, Trouble, Unreadable
from codegym_jlab.records import Json

from . import nbgrader, otter
from .conversion import read_notebook
from .parts import Unfit
from .units import unit_of


def read(name: str, content: bytes, taken: set[str]) -> Node:
    """The unit as its YAML would be read; lines are the cells' numbers, `taken` the ids of exercises above.

    Raises Unreadable.
    """
    try:
        notebook = read_notebook(content)
        reader = otter.read if otter.is_otters(notebook) else nbgrader.read
        assignment = reader(name, notebook)
    except Unfit as error:
        raise Unreadable(1, error.why, error.mend) from None
    unit = unit_of(assignment, (), set(taken))
    root = _tree(unit.body | {"cells": []}, 1)
    for body in unit.body["cells"]:
        known = unit.exercises.get(body["exercise"]["id"]) if "exercise" in body else None
        root.value["cells"].value.append(
            _tree(_with_pictures(body, assignment.files), known.answer.cell if known else 1)
        )
    for one in assignment.refusals:
        if one.mend:
            problem = f"`{one.what}`: {one.why}" if one.what else one.why
            root.troubles.append(Trouble(one.cell or 1, problem, one.mend))
    return root


def _tree(value: Any, line: int) -> Node:
    if isinstance(value, dict):
        return Node({key: _tree(one, line) for key, one in value.items()}, line, key_lines=dict.fromkeys(value, line))
    return Node([_tree(one, line) for one in value] if isinstance(value, list) else value, line)


def _with_pictures(body: Json, files: dict[str, bytes]) -> Json:
    """With the pictures that its cells hold in the text itself: there is no file to give to students."""
    holder, key = (body["exercise"], "statement") if "exercise" in body else (body, "markdown")
    for place, content in files.items():
        if place in holder.get(key, ""):
            kind = mimetypes.guess_type(place)[0] or "image/png"
            holder[key] = holder[key].replace(place, f"data:{kind};base64,{base64.b64encode(content).decode()}")
    return body
