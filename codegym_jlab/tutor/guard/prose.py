# ruff: noqa: E501  (tables of patterns)
"""Code that is dictated in words: signs spelled out, or each line told as an order. In six languages, as far as cheap."""

from __future__ import annotations

import re
from functools import lru_cache

from .branches import branches
from .everyday import everyday
from .pseudo import condition
from .reading import head, is_code_line
from .shaping import indented
from .signs import spelled_out, uncounted, with_operators
from .spoken import spoken

_FILLERS = re.compile(
    r"^(?:(?:ok(?:ay)?|so|and|now|then|next|first(?:ly)?|second(?:ly)?|third(?:ly)?|finally|lastly|again|after that|afterwards|also|here|there|"
    r"(?:on|in|at|as|for|below|under|inside|within|after|before|outside|back (?:at|to|in|on)|still|directly|right) [^,]{0,60}?|line \w+|step \w+|type|write|put|say|you (?:type|write)|"
    r"the (?:first|second|third|fourth|fifth|sixth|last|next) line(?: (?:is|reads|says))?|it is|comes?|dann|zuerst|danach|luego|primero|después|ensuite|puis|d'abord|potem|najpierw)[,:]?\s+)+(?=\S)",
    re.IGNORECASE,
)
_HAN = re.compile(r"[一-龥]")
_NAME = r"[A-Za-z_]\w*"
_OPERATOR = r"//|\*\*|[-+*/%]"
_TARGET = r"[A-Za-z_][\w.]*(?:\[[^\]]*\]|\([^\s]*(?: [^\s]+)?\))?"
_TARGETS = rf"{_TARGET}(?:, ?[A-Za-z_]\w*)*"
_PARAMS = rf"({_NAME}(?:(?:\s*,\s*(?:and )?|\s+and\s+|\s+und\s+|\s+y\s+|\s+et\s+|\s+i\s+){_NAME})*)"

_ORDERS: tuple[tuple[re.Pattern[str], str], ...] = tuple(
    (re.compile(pattern, re.IGNORECASE), put)
    for pattern, put in (
        (rf"(?:define|def|declare|create|begin with|start with|definiere|define|définis|zdefiniuj|schreibe|function)\s+(?:a |an |the |una |die |la )?(?:function |method |función |funktion |fonction |funkcję )?(?:called |named |llamada |namens )?({_NAME})(?: function| method)?,?\s*(?:(?:with|taking|that takes|which takes|of|which has|mit|con|avec|z)\s+(?:(?:one|two|three|the|a|dem|den|el|un|una|le|les|zwei|dos|deux)\s+)*(?:parameters?|arguments?|parámetros?|paramètres?|parametern?|parametrem)?[,:]?\s*(?:called |named )?{_PARAMS})?", "def {0}({1}):"),
        (rf"(?:define|create|write|make)?\s*(?:a )?class (?:called |named )?({_NAME})", "class {0}:"),
        (rf"for (?:each|every) ({_NAME}(?:(?:,| and|, and) {_NAME})*) (?:in|of|from) (.+?)(?:[,:] *(?:do)?)?", "for {0} in {e1}:"),
        (rf"(?:a )?(?:for[- ])?loop (?:with|using) (?:the |a )?(?:loop )?variables? ({_NAME}(?:(?:,| and) {_NAME})*),? (?:over|in|through|running over|going over|from) (.+)", "for {0} in {e1}:"),
        (rf"(?:(?:write|start|open|make|begin) )?(?:a )?(?:for|loop)[,:]? (?:over|through) (.+?),? (?:with|using|calling each (?:one|item|element)?|naming each (?:one|item|element)?|and call each (?:one|item|element)?) (?:the |as )?(?:loop )?(?:variable )?({_NAME})", "for {1} in {e0}:"),
        (rf"(?:loop|iterate|go|walk|run) (?:over|through) (.+?) (?:with|as|using|calling each \w+|naming each \w+) (?:the (?:loop )?variable )?({_NAME})", "for {1} in {e0}:"),
        (rf"(?:for) ({_NAME}(?:, ?{_NAME})*) in (.+)", "for {0} in {e1}:"),
        (rf"(?:für jede[sn]?|für) ({_NAME}) (?:in|aus) (.+)|(?:para cada|para) ({_NAME}) (?:en|de) (.+)|(?:pour chaque|pour) ({_NAME}) (?:dans|de) (.+)|(?:dla każdego|dla) ({_NAME}) (?:w|z) (.+)", "for {0} in {e1}:"),
        (rf"call (?:them|these|the two) ({_NAME}) and ({_NAME}),? and (?:give|set) both (?:to )?(?:the value )?(.+)", "{0} = {1} = {e2}"),
        (r"repeat (?:the following |this )?(.+) times", "for _ in range({e0}):"),
        (rf"(?:the )?new ({_NAME}) is (.+?),? and (?:the )?new ({_NAME}) is (.+)", "{0}, {2} = {e1}, {e3}"),
        (r"(?:otherwise|else),? (?:it is|the answer is|the result is) (.+)", "else: return {e0}"),
        (r"if (.+?),? (?:then )?the (?:answer|result) is (.+)", "if {c0}: return {e1}"),
        (r"(?:what you return is|the (?:answer|result) is) (.+)", "return {e0}"),
        (r"(?:while|as long as|solange|mientras|tant que|dopóki) (.+)", "while {c0}:"),
        (r"(?:otherwise|else|sonst|sino|sinon),? (?:if|wenn|si) (.+?), (?:then )?(.+)", "elif {c0}: {o1}"),
        (r"(?:otherwise|else),? if (.+)|elif (.+)", "elif {c0}:"),
        (r"if (.+?),? (?:then )?((?:return|yield|set|add|append|increase|continue|break|raise)\b.*)", "if {c0}: {o1}"),
        (r"(?:check (?:if|whether)|if|wenn|falls|si|jeśli|jeżeli) (.+?),? (?:then|dann|entonces|alors|to) (.+)", "if {c0}: {o1}"),
        (r"(?:check (?:if|whether)|if|wenn|falls|si|jeśli|jeżeli) (.+?), (.+)", "if {c0}: {o1}"),
        (r"(?:check (?:if|whether)|(?:an? |the )?if (?:statement )?(?:that|for|with|testing|whether)?|if|wenn|falls|si|jeśli) (.+)", "if {c0}:"),
        (r"(?:otherwise|else|sonst|ansonsten|si no|sino|sinon|w przeciwnym razie|in the else(?: branch)?)[,:]? (.+)", "else: {o0}"),
        (r"(?:otherwise|else|sonst|ansonsten|si no|sino|sinon|an else|w przeciwnym razie)", "else:"),
        (r"(?:you )?(?:return|give back|hand back|gib|devuelve|devolver|regresa|retourne|renvoie|zwróć) (?:the (?:value of |variable )?)?(.+?)(?: zurück)?", "return {e0}"),
        (r"(?:yield|hand out) (.+)", "yield {e0}"),
        (rf"(?:append|push|hänge|añade|agrega|ajoute|dodaj) (.+) (?:to|onto|an|a|à|do) (?:the (?:end of )?(?:list )?)?({_TARGET})(?: an)?", "{1}.append({e0})"),
        (rf"(?:to )?({_TARGET}),? (?:we |you )?append (.+)", "{0}.append({e1})"),
        (rf"add to ({_TARGET}),? (?:with (?:plus equals|\+=),? )?(.+)", "{0} += {e1}"),
        (rf"(?:add|erhöhe|incrementa|increase|increment) (.+) (?:to|onto) ({_TARGET})(?:,? with (?:plus equals|\+=))?", "{1} += {e0}"),
        (rf"(?:increase|increment|erhöhe|incrementa|augmente|zwiększ) ({_TARGET})(?: (?:by|um|en|de|o) (.+))?", "{0} += {e1}"),
        (rf"(?:decrease|decrement|reduce) ({_TARGET})(?: by (.+))?", "{0} -= {e1}"),
        (rf"subtract (.+) from ({_TARGET})", "{1} -= {e0}"),
        (rf"(?:sets?|let|initiali[sz]e|setze|pon|mets|ustaw|make|assign|start|begin) (?:the |a |die |el |la )?(?:variable |name |attribute )?({_TARGETS}) (?:back |again |zurück |wieder )?(?:to|as|be|auf|a|en|à|na|equal to|with|=|at) (.+)", "{0} = {e1}"),
        (rf"(?:assign|store|save|put|keep) (.+) (?:to|in|into|as|under) (?:the )?(?:variable |name )?({_TARGET})", "{1} = {e0}"),
        (rf"({_TARGET}) (?:is|becomes|gets|=|ist|wird|es|vaut|to|就?是|等于) (.+)", "{0} = {e1}"),
        (rf"({_TARGET}) (?:\+=) (.+)", "{0} += {e1}"),
    )
)  # fmt: skip


def dictated(text: str, header: str | None, *, whole: bool = True) -> list[str]:
    """Python that the sentences dictate, its indentation searched; single lines unless they are to be `whole`.

    `header`: the first line of the function that is wanted, for a body without one.
    """
    found: list[str] = []
    bare = _without_blocks(text)
    for rows in (*_told(text), everyday(bare, header), branches(bare, header)):
        if not whole:
            found += [row for row in rows if head(row) is not None]
        elif _is_enough(rows):
            found += _programs(rows, header)
    return list(dict.fromkeys(found))


@lru_cache(maxsize=64)
def _told(text: str) -> tuple[list[str], ...]:
    """The rows that a text tells sign by sign, and order by order."""
    text = _without_blocks(text)
    return spelled_out(text), spelled_out(uncounted(text)), _ordered(text)


def _without_blocks(text: str) -> str:
    return re.sub(r"```.*?(?:```|\Z)", " . ", text, flags=re.DOTALL)


def _programs(rows: list[str], header: str | None) -> list[str]:
    starts = [at for at, row in enumerate(rows) if row.startswith(("def ", "class "))]
    rows = rows[starts[0] :] if starts else rows
    if not starts and header is not None:
        rows = [header, *rows]
    return indented(rows, limit=60)


def _ordered(text: str) -> list[str]:
    """Lines that are told as orders."""
    text = _named_first(with_operators(text.replace("`", "").replace("**", "")))
    if re.search(r"\bnew \w+ is\b", text):
        text = re.sub(r"\b(?:the )?old (?=\w)", "", text)
    rows = []
    for part in _PARTS.split(text):
        part = re.sub(r"^[\s.]*(?:(?:[-*•]|\d+[.)])\s*)?", "", part).strip().rstrip(".;!")
        rows += _rows(part)
    return rows if _is_enough(rows) else []


#: What is told for a name, or for the line that gives the result.
_FOR_NAME = re.compile(
    rf"(?<![^\s(])(?:for|für|para|pour|dla|where) ({_NAME}) ?[:,] ?(?:you |du )?(?:take|write|put|use|nimm|nimmst|schreib|schreibe|toma|pon"
    rf"|escribe|prends|écris|mets|weź|wpisz)? ?(?=[\w.]+ (?:{_OPERATOR}) )",
    re.IGNORECASE,
)
_AFTER_RETURN = re.compile(
    r"\b(?:(?:after|behind|hinter|nach|después de|detrás de|après|derrière|po) (?:the |the word |dem |das |el |le )?return"
    r"(?: (?:comes?|stands?|goes|put|write|kommt|steht|viene|va|pon|vient|mets|stoi|jest))?|return 后面?(?:是|写))[: ]+(?=\w)",
    re.IGNORECASE,
)


def _named_first(text: str) -> str:
    """“For x, take a // b” and “after return comes a // b” with the name, or the word, first."""
    return _AFTER_RETURN.sub(". return ", _FOR_NAME.sub(r". \1 = ", text))


_PARTS = re.compile(
    r"(?<=[\w\"')\]])[.;!:]+\s+|\n+|, (?:and )?then (?=\w)|(?<=[\w\"')\]])[。；：！，]\s*|(?<=[一-龥])[.;,:]\s*|,(?=\s?\w* ?[一-龥])"
)


def _is_enough(rows: list[str]) -> bool:
    """A single line is a program where it returns something that is worked out."""
    return len(rows) >= 2 or any(re.match(r"return .*[(*/%+-]", row) for row in rows)


_EACH = re.compile(
    r"(.*?\b(?:for|loop|für|para|pour|dla)\b(?:[^,:()]|\([^()]*(?:\([^()]*\)[^()]*)*\)){4,60}?)[,:]\s+(.+)",
    re.IGNORECASE,
)
_ELSE = re.compile(
    r"[,;]?\s+(?=(?:and )?(?:otherwise|else|sonst|ansonsten|si no|sino|sinon|w przeciwnym razie)\b)", re.IGNORECASE
)
_BOTH = re.compile(r"\s+(?:and|und|y|et|i)\s+(?=[A-Za-z_][\w.]* (?:to|auf|a|en|à|na) )", re.IGNORECASE)


def _rows(part: str) -> list[str]:
    """A sentence's orders: what a loop does, both ways of a choice, two settings in one."""
    row = order(part)
    if row and row.startswith("for "):
        return [row]
    if found := _EACH.fullmatch(part):
        loop = order(found[1])
        if loop is not None and loop.startswith("for "):
            return [loop, *_rows(found[2])]
    if row and not _ELSE.search(part):
        return [row]
    clauses = [re.sub(r"^and ", "", clause) for clause in _ELSE.split(part)]
    if len(clauses) > 1:
        return [row for clause in clauses for row in _rows(clause)]
    verb = re.search(r"\b(set|setze|initiali[sz]e|pon|let|mets|ustaw|start)\b", part, re.IGNORECASE)
    halves = _BOTH.split(part)
    if verb and len(halves) > 1:
        made = [order(half if place == 0 else f"{verb[0]} {half}") for place, half in enumerate(halves)]
        return [row for row in made if row]
    return [row] if row else []


def order(part: str, depth: int = 0) -> str | None:
    """One order as a statement; None where it is none."""
    for text in dict.fromkeys(
        (
            part,
            _FILLERS.sub("", part),
            re.sub(r"^[^,]{0,60},\s*", "", part),
            re.sub(r"^.*?\b(?=(?:sets?|returns?|adds?|appends?|define|if|for|increases?|loop)\b)", "", part),
        )
    ):
        text = text.strip()
        if is_code_line(text) and not _HAN.search(text):
            return text
        for pattern, put in _ORDERS:
            found = pattern.fullmatch(text)
            if found is None:
                continue
            row = _made(put, [group for group in found.groups() if group is not None], depth)
            if row is not None and head(row) is not None:
                return row
    return None


def _made(put: str, groups: list[str], depth: int) -> str | None:
    row = put
    for key in re.findall(r"\{(\w+)\}", put):
        place = int(key[-1])
        text = groups[place] if place < len(groups) else ""
        if key.startswith("e"):
            text = spoken(text) or "1"
        elif key.startswith("c"):
            text = condition(spoken(text))
        elif key.startswith("o"):
            inner = order(text, depth + 1) if depth < 2 else None
            if inner is None:
                return None
            text = inner
        elif not put.startswith(("for", "def")):
            text = spoken(text)
        else:
            text = re.sub(r",? (?:and|und|y|et|i) ", ", ", text)
        row = row.replace("{" + key + "}", text)
    return row
