"""Sentences of the walk through code and of the review, by language."""

from __future__ import annotations

from collections.abc import Mapping

_PHRASES: Mapping[str, Mapping[str, str]] = {
    "walk": {
        "en": "Your code, line by line:",
        "es": "Tu código, línea por línea:",
        "de": "Dein Code, Zeile für Zeile:",
        "fr": "Ton code, ligne par ligne :",
        "pl": "Twój kod, linia po linii:",
        "zh": "逐行看你的代码：",
    },
    "rest": {
        "en": "There is more below. Name a line to go on from there.",
        "es": "Hay más abajo. Di una línea para seguir desde ahí.",
        "de": "Darunter steht noch mehr. Nenne eine Zeile, um dort weiterzugehen.",
        "fr": "Il y en a plus bas. Indique une ligne pour continuer de là.",
        "pl": "Niżej jest więcej. Podaj linię, od której iść dalej.",
        "zh": "下面还有。告诉我从哪一行继续。",
    },
    "good": {
        "en": "**What is good**",
        "es": "**Lo que está bien**",
        "de": "**Was gut ist**",
        "fr": "**Ce qui est bien**",
        "pl": "**Co jest dobre**",
        "zh": "**写得好的地方**",
    },
    "better": {
        "en": "**What could be better**",
        "es": "**Lo que podría mejorar**",
        "de": "**Was besser ginge**",
        "fr": "**Ce qui pourrait être mieux**",
        "pl": "**Co można poprawić**",
        "zh": "**可以改进的地方**",
    },
    "look": {
        "en": "**Worth a look before the next check**",
        "es": "**Míralo antes de la próxima comprobación**",
        "de": "**Vor dem nächsten Prüfen anzusehen**",
        "fr": "**À regarder avant la prochaine vérification**",
        "pl": "**Warto sprawdzić przed kolejną próbą**",
        "zh": "**下次检查前先看看**",
    },
    "asked": {
        "en": "**What you ask about**",
        "es": "**Lo que preguntas**",
        "de": "**Wonach du fragst**",
        "fr": "**Ce que tu demandes**",
        "pl": "**To, o co pytasz**",
        "zh": "**你问的地方**",
    },
    "edges": {
        "en": "**Cases to think of**: {}",
        "es": "**Casos que conviene pensar**: {}",
        "de": "**Fälle zum Nachdenken**: {}",
        "fr": "**Cas à envisager** : {}",
        "pl": "**Przypadki do przemyślenia**: {}",
        "zh": "**要考虑的情况**：{}",
    },
    "fine": {
        "en": "Nothing in it asks for a change: it is short and clear.",
        "es": "No hay nada que cambiar: es corto y claro.",
        "de": "Nichts davon muss geändert werden: es ist kurz und klar.",
        "fr": "Rien n'est à changer : c'est court et clair.",
        "pl": "Nic nie wymaga zmiany: jest krótko i jasno.",
        "zh": "没有需要改的地方：简短清楚。",
    },
    "open": {
        "en": "Nothing in the form of the code stands out. Try it by hand on a small case, and write each value down.",
        "es": "Nada llama la atención en el código. Pruébalo a mano con un caso pequeño y anota cada valor.",
        "de": "An der Form fällt nichts auf. Geh einen kleinen Fall von Hand durch und schreibe jeden Wert auf.",
        "fr": "Rien ne saute aux yeux dans le code. Essaie un petit cas à la main en notant chaque valeur.",
        "pl": "W zapisie nic nie zwraca uwagi. Przejdź ręcznie mały przykład i zapisuj każdą wartość.",
        "zh": "代码形式上没有明显问题。用一个小例子手算一遍，记下每个值。",
    },
    "unread": {
        "en": "Python cannot read this yet: {}. Put that right first.",
        "es": "Python aún no puede leer esto: {}. Corrige eso primero.",
        "de": "Python kann das noch nicht lesen: {}. Behebe das zuerst.",
        "fr": "Python ne peut pas encore lire ceci : {}. Corrige d'abord cela.",
        "pl": "Python nie może tego jeszcze przeczytać: {}. Najpierw to popraw.",
        "zh": "Python 还读不懂这段代码：{}。先改正它。",
    },
    "nothing": {
        "en": "There is no code in the answer cell yet. Write a first version, and ask again.",
        "es": "Aún no hay código en la celda. Escribe una primera versión y pregunta otra vez.",
        "de": "In der Antwortzelle steht noch kein Code. Schreibe einen ersten Entwurf und frage noch einmal.",
        "fr": "Il n'y a pas encore de code dans la cellule. Écris une première version et redemande.",
        "pl": "W komórce nie ma jeszcze kodu. Napisz pierwszą wersję i zapytaj ponownie.",
        "zh": "答案单元格里还没有代码。先写一个初版再来问。",
    },
    "own": {
        "en": "Your line written the other way:",
        "es": "Tu línea escrita de la otra forma:",
        "de": "Deine Zeile anders geschrieben:",
        "fr": "Ta ligne écrite autrement :",
        "pl": "Twoja linia zapisana inaczej:",
        "zh": "你的代码换一种写法：",
    },
    "idea": {
        "en": "The idea on other data:",
        "es": "La idea con otros datos:",
        "de": "Die Idee mit anderen Daten:",
        "fr": "L'idée sur d'autres données :",
        "pl": "Pomysł na innych danych:",
        "zh": "换别的数据说明这个想法：",
    },
}


def phrase(name: str, language: str) -> str:
    """The sentence in `language` (BCP 47), in English where it is not there."""
    forms = _PHRASES[name]
    return forms.get(language.split("-")[0].lower(), forms["en"])
