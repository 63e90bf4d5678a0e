# ruff: noqa: E501  (tables of patterns)
"""The words of pseudo-code in other languages, as the English ones."""

from __future__ import annotations

import re

_DO = r"(?:\s+(?:wykon\w+|rób|tue|mache|hacer|haz|faire|fais|do))?\s*:?"
#: Whole rows, whose small words mean something else elsewhere.
_ROWS: tuple[tuple[str, str], ...] = (
    (r"\s*\((?:włącznie|inclusive|inkl\w*|einschließlich|incluid[oa]|inclus\w*|included|包括|含)\)", ""),
    (r"←|⟵|<--", "<-"),
    (
        r"^(\s*)(?!.*\b(?:if|case|lambda|jeśli|wenn|si|def)\b)([^<>=:]+?)\s*(?:-+>|→|⟶|=>)\s*([A-Za-z_]\w*)\s*$",
        r"\1\3 <- \2",
    ),
    (r"^(\s*)([A-Za-z_]\w*)\s*(?:-+>|→|⟶)\s*(?=[\d\"'\[{])", r"\1\2 <- "),
    (
        r"^(\s*)(?:powtarzaj |wiederhole |repite |répète )?(?:dla|für|para|pour|por)\s+([A-Za-z_]\w*)\s+(?:od|von|desde|de|=|<-|:=)\s*(.+?)\s+(?:do|bis|hasta|à|jusqu['’]?à|a)\s+(.+?)"
        + _DO
        + "$",
        r"\1for \2 from \3 to \4",
    ),
    (
        r"^(\s*)(?:powtarzaj |wiederhole |repite |répète )?(?:dla|für|para|pour|por)(?: (?:każd\w+|jede\w*|cada|chaque))?(?: (?!(?:z|ze|w|in|aus|en|de|dans)\b)\w+)??\s+([A-Za-z_]\w*)\s+(?:z|ze|w|in|aus|von|en|de|dans)\s+(.+?)"
        + _DO
        + "$",
        r"\1for each \2 in \3",
    ),
    (r"^(\s*)对于?\s*(\S+?)\s*(?:中|里)的?每一?个\s*(\w+)", r"\1for each \3 in \2"),
    (r"^(\s*)(?:对于?|让)\s*(\w+)\s*从\s*(.+?)\s*到\s*([^\s:：]+)", r"\1for \2 from \3 to \4"),
    (r"^(\s*)((?:w przeciwnym razie,? |inaczej,? )?(?:jeśli|jeżeli|gdy)\b.+?),? to\s*:?$", r"\1\2 then"),
    (
        r"^(\s*)(?:koniec|ende?|fin)(?:[_ ]?(?:jeśli|jeżeli|dla|dopóki|funkcji|pętli|wenn|für|solange|funktion|schleife|si|para|mientras|función|pour|tant ?que|fonction|boucle))?\s*$",
        r"\1end",
    ),
    (
        r"^(\s*)(?:wynik(?:iem)?(?: to| jest)?|ergebnis(?: ist)?|resultado(?: es)?|résultat)\s*:?\s+(?!<-|:=|=)(.+)$",
        r"\1return \2",
    ),
    (r"^(\s*)gib (.+) zurück$", r"\1return \2"),
)
#: What stands for a value or a call within a row.
_VALUES: tuple[tuple[str, str], ...] = (
    (
        r"reszt[aęy] z dzielenia (\S+) przez (\S+)|rest (?:von|der division von) (\S+) (?:geteilt )?durch (\S+)|resto de (?:dividir )?(\S+) (?:entre|por) (\S+)|reste de (?:la division de )?(\S+) par (\S+)|(\S+) 除以 (\S+) 的余数",
        "%",
    ),
    (
        r"pust[aąey]\w* (?:napis|tekst|łańcuch)\w*|leere[rn]? text|leere zeichenkette|(?:texto|cadena) vací[oa]|(?:chaîne|texte) vide|空字符串|空串|空文本",
        '""',
    ),
    (r"pust[aąey] list[aęy]|leere liste|lista vacía|liste vide|空列表", "[]"),
    (r"(?:napis|tekst|text|zeichenkette|texto|cadena|chaîne|texte|字符串|文本)\(", "str("),
    (r"(?:długość|länge|longitud|longueur|taille|tamaño|长度)\(", "len("),
    (r"(?:małe_?litery|kleinbuchstaben|klein|minúsculas|minuscules|小写)\(", "lower("),
    (r"(?:wielkie_?litery|großbuchstaben|mayúsculas|majuscules|大写)\(", "upper("),
    (r"(?<=[+,(] )(?:spacja|leerzeichen|espacio|espace|空格|space|blank)(?![\w(])", '" "'),
    (r"(?:jest )?równ[ayeo]\w*(?: się)?|ist gleich|es igual a|est égale? à|等于", "="),
    (r"(?:jest|występuje) w(?= )|ist in(?= )|está en|est dans", "in"),
    (r"wypisz|wyświetl|drukuj|ausgabe|drucke|imprimir|imprime|mostrar|afficher|affiche|输出|打印", "print"),
    (r"oddaj|zwracaj|entrega", "return"),
)
#: Words of other languages, as the English ones. Longer ones first.
_WORDS: tuple[tuple[str, str], ...] = (
    (
        r"fin ?si|fin ?para|fin ?mientras|fin ?pour|fin ?tant ?que|fin(?: funci[oó]n)?|ende(?: wenn| für)?|koniec(?: jeśli)?|结束",
        "end",
    ),
    (r"para cada|pour chaque|für jede[srn]?|für alle|dla każdego|dla każdej", "for each"),
    (r"tant que|mientras|solange|dopóki", "while"),
    (r"si no,? si|sinon,? si|sonst,? wenn|sinó si", "else if"),
    (r"si no|sino|sinon|sonst|ansonsten|w przeciwnym razie|inaczej|否则", "else"),
    (r"si(?=\s)|wenn|falls|jeśli|jeżeli|如果", "if"),
    (r"entonces|alors|dann|那么|hacer|faire|tue|rób", "then"),
    (r"devolver|devuelve|retourner|retourne|renvoyer|renvoie|zwróć|rückgabe|返回", "return"),
    (r"funci[oó]n|fonction|funktion|funkcja|函数", "function"),
    (r"añadir|añade|agregar|agrega|ajouter|ajoute|hinzufügen|füge|dodaj", "append"),
    (r"(?<=\S) (?:a|à|zu|do)(?= [\w.]+(?:\[.*\])?$)", " to"),
    (r"(?<!for )\b(?:en|w)\b(?= )(?! (?:<-|:?=|from\b))|\bdans\b", "in"),
)


def _compiled(table: tuple[tuple[str, str], ...]) -> tuple[tuple[re.Pattern[str], str], ...]:
    return tuple(
        (
            re.compile(
                pattern if re.search(r"[一-龥]|\(\?<|\($", pattern) else rf"(?<![\w])(?:{pattern})(?![\w])",
                re.IGNORECASE,
            ),
            word,
        )
        for pattern, word in table
    )


_OF_ROWS = tuple((re.compile(pattern, re.IGNORECASE | re.MULTILINE), word) for pattern, word in _ROWS)
_OF_WORDS = _compiled(_VALUES + _WORDS)


def english(text: str) -> str:
    """Rows of pseudo-code with the English words of their language."""
    for pattern, word in _OF_ROWS:
        text = pattern.sub(word, text)
    for pattern, word in _OF_WORDS:
        text = pattern.sub(_remainder if word == "%" else word, text)
    return text


def _remainder(found: re.Match[str]) -> str:
    value, by = (group for group in found.groups() if group)
    return f"{value} % {by}"
