# ruff: noqa: E501  (tables of patterns)
"""Choices told in sentences, each with what is returned: lengths, numbered characters, slices, what a call gives."""

from __future__ import annotations

import re
from functools import lru_cache

from .reading import head
from .signs import in_signs

_MOST = 4000  #: characters that are read
_NUMBER = r"(- ?\d+|\d+)"
_V = r"(-?[A-Za-z0-9_\"](?:[^\s,;.?!]|\.(?=\w))*)"
_IT = r"(?:the |das |dem |den |der |die |el |la |al |le )?"
#: “the character with number 2”: its number is the group.
_PLACED = rf"{_IT}(?:character|letter|sign|element|zeichen|buchstaben?|carácter|letra|elemento|caractère|lettre|élément) (?:(?:with|mit|con|avec|at|an|en)? ?(?:the |der |el |la |le )?(?:number|index|position|place|nummer|stelle|número|índice|posición|numéro|indice)) {_NUMBER}"
#: Numbers that elsewhere are other words: “minus one of them”, “dos puntos”.
_UNREAD = re.compile(r"(?<=minus )one(?= of)|\bdos\b(?! puntos)", re.IGNORECASE)
_COMPARED = (
    ("<=", r"(?:at most|(?:less|smaller) than or equal to|höchstens|kleiner oder gleich|como mucho|menor o igual que|au plus)"),
    (">=", r"(?:at least|(?:greater|larger) than or equal to|mindestens|größer oder gleich|al menos|mayor o igual que|au moins)"),
    ("<", r"(?:(?:less|smaller|shorter|lower) than|below|kleiner als|kürzer als|unter|(?:menor|más cort[oa]) que|(?:inférieure?|plus petite?) [àq]u?e?)"),
    (">", r"(?:(?:greater|larger|longer|more) than|above|größer als|länger als|über|(?:mayor|más larg[oa]) que|(?:supérieure?|plus grande?) [àq]u?e?)"),
    ("!=", r"(?:different from|not equal to|unequal to|ungleich|verschieden von|distint[oa] de|différente? de)"),
    ("==", r"(?:equal to|the same as|gleich|igual a|égale? à)"),
)  # fmt: skip
#: What stands for a value, and the code that it is; `{own}` is the function's parameter.
_VALUES = tuple(
    (re.compile(pattern, re.IGNORECASE), put)
    for pattern, put in (
        (rf"{_IT}(?:length|länge|longitud|longueur) (?:of|von|de) (\w+)", r"len(\1)"),
        (rf"{_PLACED} (?:of|von|de) (\w+)", r"\2[\1]"),
        (rf"{_PLACED}", r"{own}[\1]"),
        (rf"(\w+),? (?:in|entre) (?:square brackets|eckigen klammern|corchetes|crochets),? {_NUMBER}? ?(?:colon|doppelpunkt|dos puntos|deux[- ]points|:) ?{_NUMBER}?", r"\1[\2:\3]"),
        (r",? *(//|[-+*%]) *(?=\w)", r"\1"),
        (rf"(?:what|was|lo que) (\w+) (?:gives|returns|liefert|ergibt)(?: you| back| dir)?,? (?:when|if|for|wenn|falls) (?:you|du) (?:give|pass|hand|ihm|ihr)(?: (?:it|to it))? {_V}(?:,? (?:übergibst|gibst))?", r"\1(\2)"),
        (rf"(?:lo que|ce que?) (?:da|devuelve|donne|renvoie) (\w+),? (?:cuando|si|quand) (?:tú |tu )?(?:le|lui) (?:pasas|das|passes|donnes) {_V}", r"\1(\2)"),
    )
)  # fmt: skip
_TELLS = re.compile(
    "|".join(
        (
            rf"\b(?:compare|vergleiche|compara)\b(?: \w+)?? {_IT}(?P<one>{_V[1:-1]}),? (?:mit|with|to|and|con|avec|et|y) {_IT}(?P<two>{_V[1:-1]})",
            r"\b(?P<differ>(?:they|sie|son|ils|elles|sind sie|are they)?,? ?(?:differ|are different|verschieden|distint[oa]s|sont différente?s|diffèrent))\b",
            *(rf"(?P<left{at}>{_V[1:-1]}) (?:is |ist |es |est )?{words} (?P<right{at}>{_V[1:-1]})" for at, (_, words) in enumerate(_COMPARED)),
            rf"(?P<empty>{_V[1:-1]}) (?:(?:is |ist )?(?:empty|leer)|está vací[oa]|est vide)\b",
            rf"\b(?:returns?|give back|hand back|gib|devuelve|renvoie|retourne)\b(?: (?:das|the value|lo)\b)?(?: zurück,)? (?P<back>{_V[1:-1]})",
        )
    ),
    re.IGNORECASE,
)  # fmt: skip


@lru_cache(maxsize=64)
def branches(text: str, header: str | None) -> list[str]:
    """The rows of a function told as choices, in their order; none where it is not told so. `header`: of what is wanted."""
    params = re.findall(r"(?<=[(, ])[A-Za-z_]\w*(?=[,)=:])", header) if header else []
    if not params or len(text) > _MOST:
        return []
    told = in_signs(_UNREAD.sub(lambda found: "2" if found[0].lower() == "dos" else "1", text.replace("`", "")))
    for pattern, put in _VALUES:
        told = pattern.sub(put.replace("{own}", params[0]), told)
    told = re.sub(r"(?<=[\[:])- (?=\d)", "-", told)
    rows: list[str] = []
    pair: tuple[str, str] | None = None
    for found in _TELLS.finditer(told):
        if found["one"]:
            pair = (_bare(found["one"]), _bare(found["two"]))
        elif (row := _row(found, pair)) is not None and head(row) is not None:
            rows.append(row)
    is_told = any(row.startswith("if ") for row in rows) and sum(row.startswith("return ") for row in rows) > 1
    return rows if is_told else []


def _row(found: re.Match[str], pair: tuple[str, str] | None) -> str | None:
    if found["back"]:
        return f"return {_bare(found['back'])}"
    if found["empty"]:
        return f"if len({_bare(found['empty'])}) == 0:"
    if found["differ"]:
        return f"if {pair[0]} != {pair[1]}:" if pair else None
    for at, (sign, _) in enumerate(_COMPARED):
        if found[f"left{at}"]:
            return f"if {_bare(found[f'left{at}'])} {sign} {_bare(found[f'right{at}'])}:"
    return None


def _bare(value: str) -> str:
    return value.rstrip(".:!?")
