# ruff: noqa: E501  (tables of patterns)
"""A program told in everyday sentences of six languages: what a variable begins with, what runs over what, what grows by what.

The sentences are taken apart at every comma, and looked through for what they do to names of code; all else is talk.
"""

from __future__ import annotations

import re
from functools import lru_cache

from .reading import head
from .signs import in_signs

_N = r"(?<![A-Za-z0-9_.])([A-Za-z_][A-Za-z0-9_]*)(?![A-Za-z0-9_(])"
_V = r"(?<![A-Za-z0-9_.])(\"[^\"]*\"|\[\]|\{\}|-?\d+(?:\.\d+)?|[A-Za-z_][\w.]*(?:\([^()]*\)|\[[^\[\]]*\])*)((?: ?(?:\*\*|//|[-+*/%]) ?[A-Za-z0-9_][A-Za-z0-9_.]*){0,5})"
_MOST = 4000  #: characters that are read
_FEW = r"(?:[^\s]+ ){0,4}?"
_THE = r"(?:(?:the|die|der|das|den|dem|einer?|la|el|le|los|les|una?|une|zmienn[aąeę]|variablen?)\s+){0,2}"
_COMPARED = (
    ("<=", r"(?:is )?(?:less|smaller|lower) than or equal to|(?:is )?at most|kleiner (?:oder )?gleich|höchstens|(?:es )?menor o igual (?:que|a)|(?:est )?inférieure? ou égale? à|(?:jest )?mniejsz\w+ lub równ\w+|小于等于|不超过|至多"),
    (">=", r"(?:is )?(?:greater|larger|more) than or equal to|(?:is )?at least|größer (?:oder )?gleich|mindestens|(?:es )?mayor o igual (?:que|a)|(?:est )?supérieure? ou égale? à|(?:jest )?większ\w+ lub równ\w+|大于等于|至少|不小于"),
    ("<", r"(?:is )?(?:less|smaller|lower) than|(?:is )?(?:below|under)|kleiner als|unter|(?:es )?menor (?:que|a)|(?:est )?(?:inférieure? à|plus petite? que)|(?:jest )?mniejsz\w+ (?:niż|od)|小于|低于"),
    (">", r"(?:is )?(?:greater|larger|more|bigger) than|(?:is )?(?:above|over)|größer als|über|(?:es )?mayor (?:que|a)|(?:est )?(?:supérieure? à|plus grande? que)|(?:jest )?większ\w+ (?:niż|od)|大于|高于|超过"),
    ("!=", r"(?:is )?(?:not equal to|different from)|ungleich|distint[oa] de|différente? de|różn\w+ od|不等于"),
    ("==", r"(?:is )?equal to|equals|gleich|(?:es )?igual a|(?:est )?égale? à|(?:jest )?równ\w+|等于"),
)  # fmt: skip
_ASKED = r"(?:if|whether|when|wenn|falls|ob|ist|si|cuando|quand|jeśli|jeżeli|czy|gdy|如果|若|当)\s*"
#: What a part of a sentence does, and the line of Python that it is. In what is put, `0` to `9` are the groups.
_DOES: tuple[tuple[re.Pattern[str], str], ...] = tuple(
    (re.compile(pattern, re.IGNORECASE), put)
    for put, patterns in (
        ("for {0} in {1}:", (
            rf"{_N} (?:über|durch) {_THE}{_V} (?:läuft|geht|wandert)",
            rf"(?:läuft|geht|gehe?|laufe?|wandert) {_FEW}{_THE}{_N} {_FEW}(?:über|durch) {_THE}{_V}",
            rf"{_N} (?:runs|goes|walks|steps|recorre|pasa por|va por|parcourt|przebiega|przechodzi|idzie)(?: (?:over|through|along|across|przez|po))? {_THE}{_V}",
            rf"{_N} (?:takes|toma|prend|nimmt) (?:each|every|cada|chaque|jede[sn]?) \w+ (?:of|in|de|von|aus) {_THE}{_V}",
            rf"{_N}\s*(?:依次|逐个)?(?:取|遍历|走过)\s*{_V}",
        )),
        ("for {2} in {0}:", (
            rf"(?:recorre|parcours|przejdź|go (?:over|through)|loop over)(?: (?:przez|po))? {_THE}{_V} (?:with|con|avec|zmienną|używając) {_THE}{_N}",
            rf"(?:遍历|对于?)\s*{_V}\s*(?:里|中)?的?(?:每一?个|所有)?(?:元素|数字?|字母|单词)?\s*{_N}",
        )),
        ("{0} += {1}", (
            rf"(?:wird|wächst|steigt|erhöhst? (?:du )?|vermehr\w*) {_THE}{_N} {_FEW}um {_V}",
            rf"{_N} (?:grows|goes up|increases|rises|is increased|is raised|aumenta|crece|sube|se incrementa|augmente|grandit|croît|est augmentée?|rośnie|zwiększa się|powiększa się|wächst|steigt|wird) {_FEW}(?:by|en|de|o|um) {_V}",
            rf"(?:zwiększ|powiększ|augmente|aumenta|incrementa|increase|raise) {_THE}{_N} (?:by|en|de|o) {_V}",
            rf"{_N}\s*(?:\+|增加|加)\s*{_V}$",
        )),
        ("{2} += {0}", (
            rf"(?:add|adds|addiers?t? (?:du )?|sumas?|ajoutes?|dodaj(?:esz)?) {_V} (?:to|zu|a|à|do) {_THE}{_N}",
            rf"把\s*{_V}\s*(?:\+|加)\s*(?:到|进|上|给)?\s*{_N}",
        )),
        ("yield {0}", (rf"{_V} (?:with|by|using|mit|per|con|avec|par|via|przez) (?:a |einem |un )?yield", rf"yield\s*(?:出|给出|交出|产出)?\s*{_V}")),
        ("return {0}", (
            rf"(?:gib(?:st)?(?: du)?|wird) {_FEW}{_V} zurück",
            rf"(?:returns?|devuelves?|devolver|renvoies?|renvoie|retournes?|rends|zwracasz?|zwróć|oddaj) {_THE}{_V}",
            rf"(?:返回|return)\s*{_V}", rf"把\s*{_V}\s*(?:return|返回)",
        )),
        ("if {0} % 2 == 0:", (rf"{_N} (?:is even|gerade|es par|est paire?|jest parzyst\w+)", rf"{_N}\s*是偶数")),
        ("if {0} % 2 == 1:", (rf"{_N} (?:is odd|ungerade|es impar|est impaire?|jest nieparzyst\w+)", rf"{_N}\s*是奇数")),
        ("if {0} % {2} == {4}:", (rf"{_N}()\s*(?:除以|/)\s*(\w+)()\s*的余数\s*(?:是|等于|为|==)?\s*{_V}",)),
        ("if {0} in {1}:", (
            rf"kommt {_THE}{_N} {_FEW}in {_THE}{_V}", rf"{_ASKED}{_THE}{_N} (?:is in|est dans|está en|aparece en|jest w|występuje w|in) {_THE}{_V}",
            rf"{_N}\s*(?:在|出现在)\s*{_V}\s*(?:里|中)",
        )),
        *((f"if {{0}} {sign} {{2}}:", (rf"{_ASKED}{_THE}{_V}\s*(?:{words})\s*{_THE}{_V}",)) for sign, words in _COMPARED),
        ("{0} = {1}", (
            rf"{_N} (?:with|mit|con|avec|o) (?:the |a |dem |el |la )?(?:start(?:ing)? ?)?(?:value|wert|startwert|anfangswert|valor|valeur|wartości)(?: of| de)? {_V}",
            rf"(?:bekommt|erhält|hat|beginnt|startet) {_THE}{_N} {_FEW}(?:wert|startwert|bei|mit|als) {_V}",
            rf"{_N} (?:starts (?:out )?(?:at|as|with|from)|begins (?:at|as|with)|is set to|beginnt (?:bei|mit)|startet (?:bei|mit)|bekommt den wert|vale|que vale|empieza (?:en|con)|comienza (?:en|con)|vaut|qui vaut|commence à|ma wartość|dostaje wartość|zaczyna (?:się )?od) {_V}",
            rf"{_N}\s*(?:等于|设为|设成|初始化为|赋值为|为|是|从)\s*{_V}",
        )),
    )
    for pattern in patterns
)  # fmt: skip
_CLAUSES = re.compile(
    r"[.;:!。；：！](?=\s|$|[一-龥A-Z])|\n+|[,，](?![^()\[\]]{0,60}[)\]])|(?:然后|接着|最后|再)|\s(?:and|then|und|dann|y|luego|et|puis|i|potem|oraz)\s(?!(?:first|second)\b)",
    re.IGNORECASE,
)
_ELSE = re.compile(
    r"^\W*(?:otherwise|else|sonst|ansonsten|si no|sino|sinon|inaczej|w przeciwnym razie|否则)", re.IGNORECASE
)
_HAN_NUMBER = re.compile(r"(?<=[于为加是成从上])\s*([零一二三四五六七八九])(?![一-龥])")
_SETS = re.compile(
    r"(?<![A-Za-z])set(?![A-Za-z])|\bmengen?\b|\bconjuntos?\b|\bensembles?\b|\bzbi[oó]r\w*|集合", re.IGNORECASE
)
_TO_SET = re.compile(
    r"turn|make|conver|convi|mach|verwand|wandle|form|transf|haz|fais|zamie|zrób|przekszt|变|转|做", re.IGNORECASE
)
_LIKEWISE = re.compile(
    r"same|likewise|also|dasselbe|ebenso|auch|lo mismo|también|de même|aussi|to samo|też|也|同样", re.IGNORECASE
)
#: How two values are put together, told of the first and the second.
_TOGETHER = (
    (
        "-",
        re.compile(
            r"subtract|minus|take .{1,40} (?:away|off)|zieh|abzieh|subtrah|rest[ae]|menos|moins|soustra|retire|odejm|odjąć|减| - ",
            re.IGNORECASE,
        ),
    ),
    (
        "&",
        re.compile(
            r"intersect|in common|schnittmenge|schneid|intersec|common|część wspóln|przeci[ęn]|交集", re.IGNORECASE
        ),
    ),
    ("|", re.compile(r"\bunion|vereinig|unión|réunion|sum[aęy] zbior|并集", re.IGNORECASE)),
)
_FIRST = re.compile(r"\bfirst|\berste|\bprimer|\bpremi|\bpierwsz|\bone\b|第一|前一?个|前者", re.IGNORECASE)
_SECOND = re.compile(
    r"\bsecond|\bother|\bzweite|\bander|\bsegund|\botr[oa]|\bdeuxi|\bautre|\bdrug|第二|后一?个|后者", re.IGNORECASE
)
_FROM_SECOND = re.compile(
    r"(?:first|erste\w*|primer\w*|premi\w+|pierwsz\w+)\W+(?:from|of|von|aus|del?|du|od) ?(?:the|de[rmn]|la|l['’])? ?(?:second|zweit|segund|deuxi|drug)|(?:第二个|后一?个|后者).{0,12}减",
    re.IGNORECASE,
)
_RETURNS = re.compile(
    r"return|give .{0,20}back|zurück|devuelv|devolv|renvo|retourn|rends|zwró|zwrac|oddaj|返回", re.IGNORECASE
)


@lru_cache(maxsize=64)
def everyday(text: str, header: str | None) -> list[str]:
    """The lines of Python that sentences tell, in their order. `header`: of the function that is wanted."""
    if len(text) > _MOST:
        return []
    text = _HAN_NUMBER.sub(lambda found: str("零一二三四五六七八九".index(found[1])), text.replace("`", ""))
    clauses = [clause for clause in _CLAUSES.split(in_signs(text)) if clause and clause.strip()]
    params = re.findall(r"(?<=[(, ])[A-Za-z_]\w*(?=[,)=:])", header) if header else []
    return _of_wholes(clauses, params) or _of_steps(clauses)


def _of_steps(clauses: list[str]) -> list[str]:
    rows: list[str] = []
    for clause in clauses:
        if _ELSE.search(clause):
            rows.append("else:")
        for pattern, put in _DOES:
            found = pattern.search(clause)
            if found is None:
                continue
            row = _written(put, [group or "" for group in found.groups()])
            if head(row) is not None:
                rows.append(row)
                break
    return rows


def _written(put: str, groups: list[str]) -> str:
    return re.sub(r"\{(\d)\}", lambda found: groups[int(found[1])] + _rest(groups, int(found[1])), put)


def _rest(groups: list[str], at: int) -> str:
    """What a value goes on with: the group after it, where that begins with a sign."""
    after = groups[at + 1] if at + 1 < len(groups) else ""
    return after if after.lstrip()[:1] in ("+", "-", "*", "/", "%") and after.strip() else ""


def _of_wholes(clauses: list[str], params: list[str]) -> list[str]:
    """Whole values made into sets and put together: `return set(a) - set(b)` as a tale of a first and a second."""
    rows: list[str] = []
    made: list[str] = []
    back = False
    for clause in clauses:
        named = [name for name in re.findall(r"[A-Za-z_][A-Za-z0-9_]*", clause) if name in params]
        if (_SETS.search(clause) and (_TO_SET.search(clause) or made)) or (made and _LIKEWISE.search(clause)):
            fresh = [name for name in named if name not in made]
            rows += [f"{name} = set({name})" for name in fresh]
            made += fresh
        pair = named if len(named) == 2 and not _SETS.search(clause) else made
        if len(pair) == 2 and (set(named) == set(pair) or _FIRST.search(clause) or _SECOND.search(clause)):
            first, second = reversed(pair) if _FROM_SECOND.search(clause) else pair
            rows += [f"whole = {first} {sign} {second}" for sign, word in _TOGETHER if word.search(clause)][:1]
        back = back or _RETURNS.search(clause) is not None
    return [*rows, "return whole"] if made and back and rows and rows[-1].startswith("whole = ") else []
