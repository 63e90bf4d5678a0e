"""The sentences round an example, by language."""

from __future__ import annotations

from collections.abc import Mapping

_FRAMES: Mapping[str, Mapping[str, str]] = {
    "en": {
        "example": "An example on other data:",
        "or": "Perhaps you mean this:",
        "prints": "It prints:",
        "try": "**Try it:** {}",
    },
    "es": {
        "example": "Un ejemplo con otros datos:",
        "or": "Quizá quieres decir esto:",
        "prints": "Muestra:",
        "try": "**Pruébalo:** {}",
    },
    "de": {
        "example": "Ein Beispiel mit anderen Daten:",
        "or": "Vielleicht meinst du dies:",
        "prints": "Die Ausgabe:",
        "try": "**Probiere es:** {}",
    },
    "fr": {
        "example": "Un exemple sur d'autres données :",
        "or": "Peut-être veux-tu dire ceci :",
        "prints": "Il affiche :",
        "try": "**À toi :** {}",
    },
    "pl": {
        "example": "Przykład na innych danych:",
        "or": "Może chodzi o to:",
        "prints": "Wypisuje:",
        "try": "**Spróbuj:** {}",
    },
    "zh": {
        "example": "用别的数据举个例子：",
        "or": "也许你指的是：",
        "prints": "输出：",
        "try": "**试一试：** {}",
    },
}


def frames(language: str) -> Mapping[str, str]:
    """The sentences in `language` (BCP 47), in English where they are not there."""
    return _FRAMES.get(language.split("-")[0].lower(), _FRAMES["en"])
