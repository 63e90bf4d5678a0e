# ruff: noqa: E501  (tables of patterns)
"""Code whose signs are spelled out in words, or told by their look: in six languages."""

from __future__ import annotations

import re

from .numerals import in_digits
from .reading import is_code_line

#: What a word does not begin after; Chinese ones have no such bounds.
_LETTER = r"[^\W\d_一-龥]"
#: Operators by their look or by the name of their sign, which no sentence uses for anything else.
_LOOKS: tuple[tuple[str, str], ...] = (
    (r"(?:double|two)[- ](?:forward[- ])?slash(?:es)?|slash slash|doppelte[rnms]?[- ]schrägstrich|zwei schrägstriche|doppelschrägstrich|doble barra(?: inclinada)?|dos barras(?: inclinadas)?|barra doble|double (?:barre|slash)(?: oblique)?|deux (?:barres|slashs?)(?: obliques)?|podwójn\w+ ukośnik\w*|dwa ukośniki|dwoma ukośnikami|双斜[杠线]|两个斜[杠线]", "//"),
    (r"(?:double|two)[- ](?:stars?|asterisks?)|star star|doppelte[rnms]? stern(?:chen)?|zwei stern(?:e|chen)|dos asteriscos|doble asterisco|(?:deux|double) (?:étoiles?|astérisques?)|dwie gwiazdki|dwiema gwiazdkami|podwójn\w+ gwiazdk\w+|两个星号|双星号", "**"),
    (r"less[- ]than[- ]or[- ]equals?[- ](?:to[- ])?sign|kleiner[- ]gleich[- ]zeichen|小于等于号", "<="),
    (r"greater[- ]than[- ]or[- ]equals?[- ](?:to[- ])?sign|größer[- ]gleich[- ]zeichen|大于等于号", ">="),
    (r"less[- ]than[- ]sign|kleiner[- ]?(?:als[- ]?)?zeichen|signo (?:de )?menor(?: que)?|signe inférieur|znak(?:u|iem)? mniejszości|小于号", "<"),
    (r"(?:greater|more)[- ]than[- ]sign|größer[- ]?(?:als[- ]?)?zeichen|signo (?:de )?mayor(?: que)?|signe supérieur|znak(?:u|iem)? większości|大于号", ">"),
    (r"equals?[- ]signs?|gleichheitszeichen|gleichzeichen|signo (?:de )?igual|signe (?:d['’])?égal(?:e|ité)?|znak(?:u|iem)? równości|等号", "="),
    (r"exclamation (?:mark|point)|ausrufezeichen|signo de exclamación|point d['’]exclamation|wykrzyknik\w*|感叹号|叹号", "!"),
    (r"asterisk|star|(?:times|multiplication) sign|stern(?:chen)?|malzeichen|asterisco|signo (?:de multiplicar|por)|astérisque|étoile|gwiazdk[aąię]|znak(?:u|iem)? mnożenia|星号|乘号", "*"),
    (r"per ?cent[- ](?:sign|mark)|modulo[- ]sign|prozentzeichen|(?:signo|símbolo) (?:de )?(?:porcentaje|por ciento|tanto por ciento)|signe (?:de )?pour[- ]?cent(?:age)?|znak(?:u|iem)? procentu?|百分号", "%"),
    (r"plus[- ]sign|pluszeichen|signo (?:de )?(?:más|suma)|signe (?:de )?plus|znak(?:u|iem)? (?:plus|dodawania)|加号", "+"),
    (r"minus[- ]sign|minuszeichen|signo (?:de )?(?:menos|resta)|signe (?:de )?moins|znak(?:u|iem)? (?:minus|odejmowania)|减号", "-"),
    (r"(?:forward )?slash|(?:division|divide) sign|schrägstrich|barra(?: inclinada)?|barre oblique|ukośnik\w*|斜[杠线]|除号", "/"),
)  # fmt: skip
#: So many of them hold another, or are no operators between two values; they are read first.
_DOUBLE = 8
#: Signs in words. Those of more words come first.
_SIGNS: tuple[tuple[str, str], ...] = (
    *_LOOKS[:_DOUBLE],
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
    *_LOOKS[_DOUBLE:],
    (r"(?:prozent|por ciento|pour cent|procent|percent|modulo)", "%"),
    (r"(?:plus|más)", "+"),
    (r"(?:minus|dash|hyphen|menos|moins)", "-"),
    (r"(?:space(?:bar)?|leerzeichen|espacio|espace|spacja|空格)", " "),
)  # fmt: skip
_SIGN_WORDS = re.compile(rf"(?<!{_LETTER})(?:{'|'.join(f'(?:{pattern})' for pattern, _ in _SIGNS)})", re.IGNORECASE)
_BETWEEN = re.compile(
    rf"\b(?:(?:and|then|followed by|an?|the|eine?|dann|luego|un|una|puis|potem)\s+)+(?={_SIGN_WORDS.pattern})",
    re.IGNORECASE,
)
_FIRST = re.compile(r"^(?:(?:and|then|first|next|last|finally|now|dann|luego|puis|potem)\b[,:]?\s*)+", re.IGNORECASE)


def spelled_out(text: str) -> list[str]:
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


def uncounted(text: str) -> str:
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
    line = _twins(re.sub(r" {2,}", " ", in_digits(line)))
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


_AROUND = r"(?:(?:[,;]|\b(?:and|then|an?|the|by|followed by|next|again|dann|danach|und|ein(?:e[nm]?)?|de[rmn]|das|dahinter|luego|después|el|la|un|una|y|puis|ensuite|et|le|potem|i|następnie)\b(?!\s*[,;])|再|然后|接着|一个)\s*)*"
_OPERATORS = tuple(
    (re.compile(rf"\s*{_AROUND}(?<![\w-])(?:{pattern})(?![\w-])[,]?\s*{_AROUND}" if not cjk else rf"\s*{_AROUND}(?:{pattern})\s*{_AROUND}", re.IGNORECASE), sign)
    for whole, sign in _LOOKS
    for cjk in (False, True)
    if (pattern := "|".join(part for part in whole.split("|") if bool(re.search("[一-龥]", part)) == cjk))
)  # fmt: skip
_OPERAND = re.compile(r"(?<=[*/%+<>=-] )[^\W\d]+")
_ANY_OPERATOR = re.compile(rf"(?<!{_LETTER})(?:{'|'.join(pattern for pattern, _ in _LOOKS)})", re.IGNORECASE)


def with_operators(text: str) -> str:
    """`text` with its operators as signs that it tells by their look, and without the small words around them."""
    if not _ANY_OPERATOR.search(text):
        return text
    for pattern, sign in _OPERATORS:
        text = pattern.sub(f" {sign} ", text)
    return _OPERAND.sub(lambda word: in_digits(word[0]), _twins(text)).strip()


def _twins(text: str) -> str:
    """Signs that stand side by side as the one that they are together."""
    return re.sub(r"(?<![<>=!*/+%-])(?:([<>!=]) =|([*/]) \2|([-+*/%]) =)(?!=)", lambda m: m[0].replace(" ", ""), text)


#: Operators that are words of their own.
_BINARY = tuple(
    (re.compile(pattern, re.IGNORECASE), f" {sign} ")
    for sign, pattern in (
        ("//", r"\s*(?:\binteger[- ]divided by\b|\bganzzahlig geteilt durch\b|整除以?)\s*"),
        ("+", r"\s*(?:\b(?:plus|más)\b|加上?)\s*"),
        ("-", r"\s*(?:\b(?:minus|menos|moins)\b|减去?)\s*"),
        ("*", r"\s*(?:\b(?:times|mal|multiplied by|fois|razy)\b|\bpor\b(?= \w+\b)|乘以?)\s*"),
        (
            "/",
            r"\s*(?:\b(?:divided by|geteilt durch|dividido (?:por|entre)|divisée? par|podzielon\w+ przez)\b|除以)\s*",
        ),
        ("%", r"\s*\b(?:modulo|mod|percent|prozent)\b\s*"),
    )
)
_ARTICLE = re.compile(
    r"\b(?:the|a|an|die|der|das|den|dem|eine?[mnrs]?|el|la|los|las|una?|le|les|une) (?=\d)", re.IGNORECASE
)
_THE_ONE = re.compile(r"\bthe (one|two|three) (?=at|in|on|by|after|behind)", re.IGNORECASE)


def in_signs(sentence: str) -> str:
    """A text with its operators and numbers as signs and digits."""
    sentence = _THE_ONE.sub(lambda found: f"the {in_digits(found[1])} ", sentence)
    signs = in_digits(with_operators(sentence))
    for pattern, sign in _BINARY:
        signs = pattern.sub(sign, signs)
    return _ARTICLE.sub("", signs)
