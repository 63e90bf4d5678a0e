"""What the current figure of matplotlib shows, as plain values: read from its objects, never from pixels.

https://matplotlib.org/stable/api/_as_gen/matplotlib.axes.Axes.html
"""

import base64
import io
import json
import sys
from contextlib import suppress
from operator import methodcaller
from typing import Any

_MOST_ROWS = 100  #: of a picture's values


def close_all() -> None:
    """Before an answer runs: what the cells above drew is finished, as a notebook does after each cell."""
    pyplot = sys.modules.get("matplotlib.pyplot")
    with suppress(Exception):
        if pyplot is not None:
            pyplot.close("all")


def part_of_figure(part: str) -> Any:
    """A part of the first axes of the current figure, by its name in a course; None where there is no figure."""
    pyplot = sys.modules.get("matplotlib.pyplot")
    if pyplot is None or not pyplot.get_fignums():
        return None
    figure = pyplot.gcf()
    return _PARTS[part](figure.axes[0]) if figure.axes else None


def _picture(axes: Any) -> str:
    """The figure as a notebook shows it (PNG, base64), with what can be read from it, as JSON."""
    file = io.BytesIO()
    axes.figure.savefig(file, format="png", bbox_inches="tight")
    bars = zip(_names(axes), _heights(axes), strict=False) if _bars(axes) else _points(axes)
    rows = [[f"{part:g}" if isinstance(part, float) else str(part) for part in row] for row in bars]
    words = {part: _PARTS[part](axes) for part in ("kind", "title", "xlabel", "ylabel")}
    return json.dumps({"png": base64.b64encode(file.getvalue()).decode(), **words, "rows": rows[:_MOST_ROWS]})


def _kind(axes: Any) -> str | None:
    """The most telling thing that is drawn."""
    bars = _bars(axes)
    if bars:
        return "bar" if bars[0].orientation == "vertical" else "barh"
    if any(type(patch).__name__ == "Wedge" for patch in axes.patches):
        return "pie"
    if any(line.get_linestyle() != "None" for line in axes.lines):
        return "line"
    if axes.collections or axes.lines:
        return "scatter"
    return "image" if axes.images else None


def _names(axes: Any) -> list[str]:
    """What is written at each bar or point, along the axis of the categories."""
    bars = _bars(axes)
    is_flat = bool(bars) and bars[0].orientation != "vertical"
    if bars:
        at = [box.get_y() + box.get_height() / 2 if is_flat else box.get_x() + box.get_width() / 2 for box in bars[0]]
    else:
        at = [x for x, _ in _points(axes)]
    axis = axes.yaxis if is_flat else axes.xaxis
    ticks = axis.get_majorticklocs()
    written = [*zip(ticks, axis.get_major_formatter().format_ticks(ticks), strict=True)]  # drawing them takes 50 ms
    found = (next((text for loc, text in written if abs(loc - place) < 1e-6), None) for place in at)
    return [f"{place:g}" if text is None else text for place, text in zip(at, found, strict=True)]


def _heights(axes: Any) -> list[float]:
    bars = [(bar, box) for bar in _bars(axes) for box in bar]
    return [_number(box.get_height() if bar.orientation == "vertical" else box.get_width()) for bar, box in bars]


def _number(value: Any) -> float:
    """`62` for 62.0, as it was written."""
    number = float(value)
    return int(number) if number.is_integer() else number


def _points(axes: Any) -> list[list[float]]:
    found = [pair for line in axes.lines for pair in zip(*line.get_data(orig=False), strict=True)]
    found += [pair for dots in axes.collections for pair in dots.get_offsets()]
    return [[_number(x), _number(y)] for x, y in found]


def _legend(axes: Any) -> list[str] | None:
    legend = axes.get_legend() or next(iter(axes.figure.legends), None)
    return None if legend is None else [text.get_text() for text in legend.get_texts()]


def _bars(axes: Any) -> list[Any]:
    return [one for one in axes.containers if type(one).__name__ == "BarContainer"]


_PARTS: dict[str, Any] = {
    "kind": _kind,
    **{name: methodcaller(f"get_{name}") for name in ("title", "xlabel", "ylabel")},
    "names": _names,
    "heights": _heights,
    "points": _points,
    "legend": _legend,
    "picture": _picture,
}
