# ruff: noqa: E501  (tables of patterns)
"""Code that is dictated in words: signs spelled out, or each line told as an order. In six languages, as far as cheap."""

from __future__ import annotations

import re

from .numerals import in_digits
from .pseudo import condition, expression, parts_of
from .reading import head, is_code_line
from .shaping import indented

#: Signs in words. Those of more words come first.
_SIGNS: tuple[tuple[str, str], ...] = (
    (r"(?:open|left|opening)(?:ing)? (?:square |straight )bracket|(?:eckige klammer auf|öffnende eckige klammer)|(?:abre|abrir) corchetes?|corchete de apertura|crochet ouvrant|ouvre (?:le )?crochet|nawias kwadratowy otwierający|左方括号", "["),
    (r"(?:closed?|right|closing) (?:square |straight )bracket|(?:eckige klammer zu|schließende eckige klammer)|(?:cierra|cerrar) corchetes?|corchete de cierre|crochet fermant|ferme (?:le )?crochet|nawias kwadratowy zamykający|右方括号", "]"),
    (r"(?:open|left|opening) (?:curly )?brace|(?:open|left) curly(?: bracket)?|geschweifte klammer auf|abre llaves?|accolade ouvrante|nawias klamrowy otwierający|左花括号", "{"),
    (r"(?:closed?|right|closing) (?:curly )?brace|(?:close|right) curly(?: bracket)?|geschweifte klammer zu|cierra llaves?|accolade fermante|nawias klamrowy zamykający|右花括号", "}"),
    (r"(?:open|left|opening) (?:round )?(?:paren(?:thesis|theses|s)?|bracket)|(?:runde )?klammer auf|öffnende klammer|(?:abre|abrir) paréntesis|parenthèse ouvrante|ouvre (?:la )?parenthèse|nawias (?:okrągły )?otwierający|左括号", "("),
    (r"(?:closed?|right|closing) (?:round )?(?:paren(?:thesis|theses|s)?|bracket)|(?:runde )?klammer zu|schließende klammer|(?:cierra|cerrar) paréntesis|parenthèse fermante|ferme (?:la )?parenthèse|nawias (?:okrągły )?zamykający|右括号", ")"),
    (r"empty (?:parens|parentheses|brackets)|leere klammern|paréntesis vacíos|parenthèses vides", "()"),
    (r"(?:plus equals?(?: sign)?|plus gleich|más igual|plus égale?|plus równa się|加等于)", "+="),
    (r"(?:minus equals?(?: sign)?|minus gleich|menos igual|moins égale?|减等于)", "-="),
    (r"(?:times equals?|mal gleich|por igual)", "*="),
    (r"(?:double equals?(?: signs?)?|equals? equals?|two equals? signs|doppeltes gleich|gleich gleich|doble igual|igual igual|double égale?|podwójne równa się|双等号|等于等于)", "=="),
    (r"(?:(?:is |are )?not equals?(?: to)?|exclamation (?:mark|point) equals?|bang equals?|ungleich|distinto de|différent de|不等于)", "!="),
    (r"(?:(?:is )?less than or equals?(?: to)?|kleiner (?:oder )?gleich|menor o igual(?: que)?|inférieur ou égal à?|小于等于)", "<="),
    (r"(?:(?:is )?greater than or equals?(?: to)?|größer (?:oder )?gleich|mayor o igual(?: que)?|supérieur ou égal à?|大于等于)", ">="),
    (r"(?:(?:is )?less than(?: sign)?|kleiner als|menor que|inférieur à|mniejsze niż|小于)", "<"),
    (r"(?:(?:is )?greater than(?: sign)?|größer als|mayor que|supérieur à|większe niż|大于)", ">"),
    (r"(?:equals?(?: signs?)?|gleichheitszeichen|ist gleich|gleich|(?:signo )?igual|(?:signe )?égale?|równa się|znak równości|等于|等号)", "="),
    (r"(?:underscores?|unterstrich|guion bajo|guión bajo|tiret bas|souligné|podkreślnik|podkreślenie|下划线)", "_"),
    (r"(?:(?:double |single |open(?:ing)? |clos(?:e|ing) )?quot(?:es?|ation marks?)|anführungszeichen|comillas?|guillemets?(?: ouvrants?| fermants?)?|cudzysłów|引号)", '"'),
    (r"(?:colon|doppelpunkt|dos puntos|deux[- ]points|dwukropek|冒号)", ":"),
    (r"(?:commas?|komma|coma|virgule|przecinek|逗号)", ","),
    (r"(?:dot|full stop|punkt|punto|point|kropka|点)", "."),
    (r"(?:new ?line|next line|line break|carriage return|enter|neue zeile|zeilenumbruch|nueva línea|salto de línea|à la ligne|nouvelle ligne|nowa linia|换行)", "\n"),
    (r"(?:indent(?:ed)?(?: (?:once|twice|by four|four spaces|one level))?|tab|einrücken|eingerückt|sangría|indente(?:r|z)?|wcięcie|缩进|dedent|four spaces|eight spaces)", " "),
    (r"(?:asterisk|star|times sign|stern(?:chen)?|asterisco|astérisque|gwiazdka|星号)", "*"),
    (r"(?:percent(?: sign)?|prozent(?:zeichen)?|modulo|por ciento|pour cent|procent)", "%"),
    (r"(?:plus(?: sign)?|más|加号)", "+"),
    (r"(?:minus(?: sign)?|dash|hyphen|menos|moins|减号)", "-"),
    (r"(?:slash|schrägstrich|barra)", "/"),
    (r"(?:space(?:bar)?|leerzeichen|espacio|espace|spacja|空格)", " "),
)  # fmt: skip
_SIGN_WORDS = re.compile(
    "|".join(f"(?:{_p})" if re.search("[一-龥]", _p) is None else f"(?:{_p})" for _p, _ in _SIGNS), re.IGNORECASE
)
_BETWEEN = re.compile(
    rf"\b(?:(?:and|then|followed by|an?|the|eine?|dann|luego|un|una|puis|potem)\s+)+(?={_SIGN_WORDS.pattern})",
    re.IGNORECASE,
)
_FILLERS = re.compile(
    r"^(?:(?:ok(?:ay)?|so|and|now|then|next|first(?:ly)?|second(?:ly)?|third(?:ly)?|finally|lastly|again|after that|afterwards|also|here|there|"
    r"(?:on|in|at|as|for|below|under|inside|within|after|before|outside|back (?:at|to|in|on)|still|directly|right) [^,]{0,60}?|line \w+|step \w+|type|write|put|say|you (?:type|write)|"
    r"the (?:first|second|third|fourth|fifth|sixth|last|next) line(?: (?:is|reads|says))?|it is|comes?|dann|zuerst|danach|luego|primero|después|ensuite|puis|d'abord|potem|najpierw)[,:]?\s+)+(?=\S)",
    re.IGNORECASE,
)
_FIRST = re.compile(r"^(?:(?:and|then|first|next|last|finally|now|dann|luego|puis|potem)\b[,:]?\s*)+", re.IGNORECASE)
_NAME = r"[A-Za-z_]\w*"
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
        (rf"({_TARGET}) (?:is|becomes|gets|=|wird|es|vaut) (.+)", "{0} = {e1}"),
        (rf"({_TARGET}) (?:\+=) (.+)", "{0} += {e1}"),
    )
)  # fmt: skip


def dictated(text: str, header: str | None, *, whole: bool = True) -> list[str]:
    """Python that the sentences dictate, its indentation searched; single lines unless they are to be `whole`.

    `header`: the first line of the function that is wanted, for a body without one.
    """
    text = re.sub(r"```.*?(?:```|\Z)", " . ", text, flags=re.DOTALL)
    found: list[str] = []
    for rows in (_spelled(text), _spelled(_uncounted(text)), _ordered(text)):
        if not whole:
            found += [row for row in rows if head(row) is not None]
        elif _is_enough(rows):
            found += _programs(rows, header)
    return list(dict.fromkeys(found))


def _programs(rows: list[str], header: str | None) -> list[str]:
    starts = [at for at, row in enumerate(rows) if row.startswith(("def ", "class "))]
    rows = rows[starts[0] :] if starts else rows
    if not starts and header is not None:
        rows = [header, *rows]
    return indented(rows, limit=60)


def _spelled(text: str) -> list[str]:
    """Lines whose signs are spelled out, of a text that does so often."""
    if len(_SIGN_WORDS.findall(text)) < 4:
        return []
    if re.search(r"paren", text, re.IGNORECASE):  # then a bracket is a square one
        text = re.sub(r"\b(open|close|left|right)(?:ing)? bracket", r"\1 square bracket", text, flags=re.IGNORECASE)
    rows = []
    for part in re.split(r"(?<=[a-z0-9\"”)])[.;]\s+|\n+", text):
        for line in _symbols(part).split("\n"):
            line = _tidy(line)
            line = _FIRST.sub("", line.lstrip(", :"))
            for form in dict.fromkeys(
                (
                    line,
                    line.rstrip(","),
                    re.sub(r"^.*?\b(?=def |class |for |if |return |while )", "", line),
                    re.sub(r"^.*?[,:] ", "", line),
                )
            ):
                if is_code_line(form):
                    rows.append(form)
                    break
    return rows


def _uncounted(text: str) -> str:
    """Without the commas and small words between the signs of one that counts them up."""
    if len(_SIGN_WORDS.findall(text)) < 6:
        return ""
    return _BETWEEN.sub(" ", re.sub(r"(?<=[\w)])\s*,\s*(?=\w)", " ", text))


def _symbols(text: str) -> str:
    for pattern, sign in _SIGNS:
        bound = pattern if re.search("[一-龥]", pattern) else rf"(?<![\w]){pattern.join(['(?:', ')'])}(?![\w])"
        text = f" {sign} ".join(re.split(bound, text, flags=re.IGNORECASE))
    return text


def _tidy(line: str) -> str:
    """Spaces as Python has them."""
    line = in_digits(line)
    line = re.sub(r"\s*_\s*", "_", line)
    line = re.sub(r"\"\s*([^\"]*?)\s*\"", r'"\1"', line)
    line = re.sub(r"\s*([.\[\](){}])\s*", r"\1", line)
    line = re.sub(r"\s*([,:])\s*", r"\1 ", line)
    line = re.sub(r"(?<=[\])\"\w])(?=(?:for|if|in|else|and|or|not|is)\b)(?<!\w)", " ", line)
    line = re.sub(r"\b(for|if|in|else|and|or|not|is|return|yield|while|def|class|lambda)(?=[\[({\"])", r"\1 ", line)
    line = re.sub(r"([)\]}\"])(?=(?:for|if|in|else|and|or|not|is)\b)", r"\1 ", line)
    return (
        re.sub(r"\s+", " ", line).strip().rstrip(".;").replace(": ", ":")
        if line.strip().endswith(":")
        else re.sub(r"\s+", " ", line).strip().rstrip(".;")
    )


def _ordered(text: str) -> list[str]:
    """Lines that are told as orders."""
    text = text.replace("`", "").replace("**", "")
    if re.search(r"\bnew \w+ is\b", text):
        text = re.sub(r"\b(?:the )?old (?=\w)", "", text)
    rows = []
    for part in re.split(r"(?<=[\w\"')\]])[.;!:]+\s+|\n+|, (?:and )?then (?=\w)", text):
        part = re.sub(r"^\s*(?:[-*•]|\d+[.)])\s*", "", part).strip().rstrip(".;!")
        rows += _rows(part)
    return rows if _is_enough(rows) else []


def _is_enough(rows: list[str]) -> bool:
    """A single line is a program where it returns something that is worked out."""
    return len(rows) >= 2 or any(row.startswith("return ") and "(" in row for row in rows)


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
        if is_code_line(text):
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


def spoken(text: str) -> str:
    """An expression as it is said."""
    text = text.strip().rstrip(",.;:")
    text = re.sub(
        r"\b(?:the )?(?:string|text|key|word|literal|zeichenkette|cadena|texto|chaîne|napis) [\"']?([A-Za-z_]\w*)[\"']?",
        r'"\1"',
        text,
        flags=re.I,
    )
    text = in_digits(text)
    text = parts_of(text)
    text = re.sub(
        r"\b(?:eine[rn]? )?leere[nrs]? liste\b|\b(?:una )?lista vacía\b|\b(?:une )?liste vide\b|\bpusta lista\b|\bpustą listę\b",
        "[]",
        text,
        flags=re.I,
    )
    text = re.sub(r"\b(?:the )?(set|list|sum|tuple) of (?:all )?(?:the )?([\w.]+)\b(?!\()", r"\1(\2)", text, flags=re.I)
    reverse = r"(?:with|and) reverse (?:set to |equal to |= ?|equals )?true"
    text = re.sub(
        rf"\b(?:the )?sorted (?:version |list |copy )?of (.+?),? {reverse}",
        r"sorted(\1, reverse=True)",
        text,
        flags=re.I,
    )
    text = expression(text)
    text = re.sub(
        r",? ?(?:in )?square brackets?,? (?:with |around )?(?:the )?([\w\"'.\-]+)(?: in(?:side)?(?: them| it)?)?",
        r"[\1]",
        text,
        flags=re.I,
    )
    text = re.sub(
        r"([\w.\]]+) (?:at|under) (?:the )?(?:index|key|position|place) ([\w\"'.\-]+)", r"\1[\2]", text, flags=re.I
    )
    text = re.sub(
        r"(?:the )?(?:element|item|value|entry) ([\w\"'.\-]+) (?:of|in|from) ([\w.\]]+)", r"\2[\1]", text, flags=re.I
    )
    text = re.sub(r"(?<=[\w\])\"]) (?:dot|punkt|punto|point|kropka) (?=\w)", ".", text, flags=re.I)
    args = r"([\w\"'.\[\]\-+]+(?:(?:,| and|, and| und| y| et) [\w\"'.\[\]\-+]+)*)"
    text = re.sub(
        rf"([\w.\])]+),? (?:with|on|mit|con|avec) {args} as (?:its |the )?(?:only |two |first )?(?:arguments?|parameters?)",
        _call,
        text,
        flags=re.I,
    )
    text = re.sub(
        rf"(?:the )?(?:result|value|outcome|return value) of (?:calling )?([\w.]+),? (?:called |applied |when called )?(?:with|on|to|for|of) {args}",
        _call,
        text,
        flags=re.I,
    )
    text = re.sub(rf"(?:a |the )?call(?:ing)? (?:of |to )?([\w.]+) (?:with|on|of) {args}", _call, text, flags=re.I)
    text = re.sub(rf"\b([\w.]+) (?:called|applied) (?:with|on|to) {args}", _call, text, flags=re.I)
    text = re.sub(
        rf"\b(?:the )?(len|max|min|sum|sorted|abs|str|int|float|set|list|range|reversed|[\w.]+\.\w+) of {args}",
        _call,
        text,
        flags=re.I,
    )
    text = re.sub(
        r",? (?:called )?(?:with (?:no|empty) (?:arguments|parentheses)|with nothing|no arguments|and call it)\b",
        "()",
        text,
        flags=re.I,
    )
    text = re.sub(r"^(?:the |a |an )(?:value of |variable )?", "", text)
    return text.strip().rstrip(",")


def _call(found: re.Match[str]) -> str:
    return f"{found[1]}({re.sub(r',? (?:and|und|y|et) ', ', ', found[2])})"


def sign_words(text: str) -> int:
    """How many signs a text spells out."""
    return len(_SIGN_WORDS.findall(text))
