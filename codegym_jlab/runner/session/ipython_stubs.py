"""What a notebook's code finds besides Python, inert: `display`, `get_ipython()`, `IPython.display`, `ipywidgets`."""

import sys
from types import ModuleType
from typing import Any

_Module = type(sys)


class Inert:
    """Takes every attribute, call, item and operator, and does nothing: what `get_ipython()` returns here."""

    def __init__(self, name: str = "shell") -> None:
        self.__dict__["_name"] = name

    def __getattr__(self, name: str) -> Any:
        if name.startswith("__") and name.endswith("__"):
            raise AttributeError(name)
        value: Any = [] if name.startswith("input_transformer") else Inert(name)
        self.__dict__[name] = value
        return value

    def __call__(self, *args: Any, **kwargs: Any) -> None:
        return None

    def __getitem__(self, key: Any) -> "Inert":
        return Inert(str(key))

    def __iter__(self) -> Any:
        return iter(())

    def __repr__(self) -> str:
        return f"<{self._name}>"


_shell = Inert()


def get_ipython() -> Inert:
    """The notebook's shell, of which nothing happens here."""
    return _shell


def display(*objects: Any, **kwargs: Any) -> None:
    """Print the plain text form of each object; never its HTML."""
    for thing in objects:
        print(thing if isinstance(thing, str) else repr(thing))


#: What stands beside the builtins.
NAMES = {"get_ipython": get_ipython, "display": display}


class DisplayObject:
    """HTML, Image and the like: kept, and shown as their name alone."""

    def __init__(self, data: Any = None, *args: Any, **kwargs: Any) -> None:
        self.data = data

    def __repr__(self) -> str:
        return f"<IPython.core.display.{type(self).__name__} object>"


_OBJECTS = (
    "Audio Code FileLink FileLinks GeoJSON HTML IFrame Image JSON Javascript Latex Markdown Math Pretty ProgressBar "
    "SVG ScribdDocument TextDisplayObject VimeoVideo Video YouTubeVideo"
).split()
_NO_OPS = (
    "clear_output update_display publish_display_data set_matplotlib_formats set_matplotlib_close display_html "
    "display_javascript display_latex display_markdown display_png display_svg display_jpeg display_json display_pdf"
).split()


class Widget(Inert):
    """A control that nobody moves: it has the values that it was made with."""

    def __init__(self, *args: Any, **values: Any) -> None:
        super().__init__(type(self).__name__)
        self.__dict__.update(values)


def _interact(function: Any = None, **controls: Any) -> Any:
    """`interact(f, x=1)` and `@interact(x=1)`: the function stays as it is."""
    return function if callable(function) else _interact


def _widget(name: str) -> Any:
    if name.startswith("__"):
        raise AttributeError(name)
    return type(name, (Widget,), {})


def _package(name: str) -> ModuleType:
    module = _Module(name, "A stand-in: nothing of IPython runs here.")
    module.__path__ = []
    sys.modules[name] = module
    return module


def install(builtins: ModuleType) -> None:
    """Put them where a kernel has them: beside the builtins, and as the package IPython (whose import takes 0.4 s)."""
    vars(builtins).update(NAMES)
    ipython, core, shown = _package("IPython"), _package("IPython.core"), _Module("IPython.display")
    names: dict[str, Any] = {name: type(name, (DisplayObject,), {}) for name in _OBJECTS}
    names |= dict.fromkeys(_NO_OPS, lambda *args, **kwargs: None) | {"display": display, "DisplayObject": DisplayObject}
    vars(shown).update(names)
    sys.modules["IPython.display"] = sys.modules["IPython.core.display"] = shown
    vars(ipython).update(display=shown, core=core, get_ipython=get_ipython, __version__="9.0.0", version_info=(9, 0, 0))
    vars(core)["display"] = shown
    widgets = {"interact": _interact, "interact_manual": _interact, "interactive": Widget, "fixed": Widget}
    vars(_package("ipywidgets")).update(widgets, __getattr__=_widget)
