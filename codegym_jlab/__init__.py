"""CodeGYM: a notebook-native tutor for JupyterLab. Entry-point hooks; imports nothing heavy."""

from typing import Any

__version__ = "0.1.0"


def _jupyter_labextension_paths() -> list[dict[str, str]]:
    """Where JupyterLab finds the prebuilt frontend."""
    return [{"src": "labextension", "dest": "codegym-jlab"}]


def _jupyter_server_extension_points() -> list[dict[str, Any]]:
    """What Jupyter Server asks for when it loads the extension."""
    from .app import CodeGymApp

    return [{"module": "codegym_jlab", "app": CodeGymApp}]
