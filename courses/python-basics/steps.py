"""For lessons: walk through a short program and see what its names hold; drag the bounds of a range."""

from __future__ import annotations

import contextlib
import io
import json
import sys
from collections.abc import Callable
from dataclasses import dataclass
from html import escape
from types import FrameType
from typing import Any

import ipywidgets
from IPython.display import HTML, display

FILE = "<the program>"
#: The handles of ipywidgets' sliders have no name, and say a bare number: they get both, from what stands below them.
NAMED = """<script>{
    const area = document.currentScript.closest(".jp-OutputArea");
    const names = %s;
    new MutationObserver(() => {
        const words = area.querySelector(".steps-words")?.textContent;
        area.querySelectorAll("[role=slider]").forEach((handle, at) => {
            if (words && handle.getAttribute("aria-valuetext") !== words) {
                handle.setAttribute("aria-label", names[at]);
                handle.setAttribute("aria-valuetext", words);
            }
        });
    }).observe(area, { subtree: true, childList: true, attributeFilter: ["aria-valuetext"] });
}</script>"""


@dataclass(frozen=True)
class Moment:
    """How things stand when a line has run; before the first one, `line` is 0."""

    line: int
    names: tuple[tuple[str, str], ...]  #: each name and its value, as Python writes it
    printed: str

    @property
    def words(self) -> str:
        """The same, to be read aloud."""
        where = f"line {self.line} has run" if self.line else "nothing has run yet"
        return "; ".join([where, *(f"{name} is {value}" for name, value in self.names)])


def through(program: str) -> None:
    """Show `program` with a slider over its moments."""
    program = program.strip("\n")
    moments = moments_of(program)
    slider = ipywidgets.IntSlider(0, 0, len(moments) - 1, description="Step", readout=False)
    shown(slider, lambda: drawn(program, moments, slider.value), "Walk through the program")


def bounds() -> None:
    """Show which numbers are in a range, with a slider that has a handle for each of its two bounds."""
    slider = ipywidgets.IntRangeSlider(value=(3, 6), min=0, max=12, description="Bounds", readout=False)
    shown(slider, lambda: counted(*slider.value), "First bound", "Second bound")


def shown(slider: Any, draw: Callable[[], str], *names: str) -> None:
    """Display a slider, its handles' names, and below it what is drawn for each of its values."""
    view = ipywidgets.HTML()

    def show(_: Any = None) -> None:
        view.value = draw()

    slider.observe(show, "value")
    show()
    display(HTML(NAMED % json.dumps(names)), ipywidgets.VBox([slider, view]))


def counted(first: int, second: int) -> str:
    """A range as HTML: the numbers up to 12 in a row, those in the range marked, and all of it in words."""
    inside = range(first, second)
    row = "".join(
        f"<b style=background:var(--jp-layout-color3)> {number} </b>" if number in inside else f" {number} "
        for number in range(13)
    )
    numbers = ", ".join(map(str, inside)) or "no number"
    words = f"range({first}, {second}) has {len(inside)} number{'s' * (len(inside) != 1)}: {numbers}"
    return f'<pre>{row}</pre><p class="steps-words">{words}. It stops before {second}.</p>'


def moments_of(program: str) -> list[Moment]:
    """Run the program and note how things stand after each line."""
    space: dict[str, Any] = {}
    printed = io.StringIO()
    found: list[Moment] = []
    line = 0

    def note(frame: FrameType, event: str, _: Any) -> Any:
        nonlocal line
        if frame.f_code.co_filename != FILE:
            return None
        if event in ("line", "return"):
            names = tuple((name, repr(value)) for name, value in space.items() if not name.startswith("__"))
            found.append(Moment(line, names, printed.getvalue()))
            line = frame.f_lineno
        return note

    code = compile(program, FILE, "exec")
    before = sys.gettrace()
    with contextlib.redirect_stdout(printed):
        sys.settrace(note)
        try:
            exec(code, space)  # the lesson's own few lines
        finally:
            sys.settrace(before)
    return found


def drawn(program: str, moments: list[Moment], step: int) -> str:
    """One moment as HTML: the program with an arrow at the line that has just run, the names, what was printed."""
    now = moments[step]
    lines = [
        f"<div{' style=background:var(--jp-layout-color2)' if number == now.line else ''}>"
        f"{'▶' if number == now.line else ' '} {number}  {escape(text)}</div>"
        for number, text in enumerate(program.split("\n"), start=1)
    ]
    names = "\n".join(f"{name} = {value}" for name, value in now.names)
    return (
        f"<pre>{''.join(lines)}</pre>"
        f"<p>Names:</p><pre>{escape(names) or '(none)'}</pre>"
        f"<p>Printed:</p><pre>{escape(now.printed) or '(nothing)'}</pre>"
        f'<p class="steps-words">Step {step} of {len(moments) - 1}: {escape(now.words)}.</p>'
    )
