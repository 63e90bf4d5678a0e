# ruff: noqa: E501  (tables of patterns)
"""Pseudo-code as Python: keywords of six languages, arrows, blocks by indentation or by their ends."""

from __future__ import annotations

import re

from .reading import parsed
from .wording import english

#: Parts of a value, which other words stand around.
_PARTS: tuple[tuple[str, str], ...] = (
    (r"\b(?:the )?first (?:element|item|value|letter|character|entry) of (?:the )?([\w.]+)", r"\1[0]"),
    (r"\b(?:the )?last (?:element|item|value|letter|character|entry) of (?:the )?([\w.]+)", r"\1[-1]"),
    (r"\b(?:the )?rest of (?:the )?([\w.]+)", r"\1[1:]"),
    (r"\b(?:the )?first ([\w]+) (?:elements|items|values|letters|characters|entries) of (?:the )?sorted (?:list of )?([\w.]+)", r"sorted(\2)[:\1]"),
    (r"\b(?:the )?first ([\w]+) (?:elements|items|values|letters|characters|entries) of (?:the )?([\w.]+)", r"\2[:\1]"),
    (r"\b(?:a |the )?list (?:with|of) (?:just |only )?([\w.]+\[-?\d\])", r"[\1]"),
    (r"\b(?:the )?remainder of (.+?) (?:divided|when divided|on division) by ([\w.]+)", r"((\1) % \2)"),
    (r"\b(?:the )?remainder when (.+?) is divided by ([\w.]+)", r"((\1) % \2)"),
    (r"\b(?:the )?sum of (?:the )?([\w.\[\]]+) and (?:the )?([\w.\[\]]+)", r"(\1 + \2)"),
    (r"\b(?:the )?(sum|max|min|len) of (?:all of )?(\w+\([^()]*\)(?:\[[^\[\]]*\])?)", r"\1(\2)"),
)  # fmt: skip
_EXPRESSIONS: tuple[tuple[str, str], ...] = (
    (r"\b(?:an? |the )?empty (?:list|array)\b|\bEMPTY\b|∅", "[]"),
    (r"\b(?:an? |the )?empty (?:dictionary|dict|map|hash(?: map| table)?|table|object)\b", "{}"),
    (r"\b(?:an? |the )?empty (?:string|text)\b", '""'),
    (r"\b(?:an? |the )?empty set\b", "set()"),
    (r"\b(?:the )?(?:length|size|number of (?:elements|items|characters) in) of ([\w.\[\]]+)", r"len(\1)"),
    (r"\b(?:LENGTH|Length|length|LEN|SIZE|Size|size|COUNT)\(", "len("),
    (r"\b([\w\]]+)\.(?:length|size|len)\b(?:\(\))?", r"len(\1)"),
    (r"\b(?:the )?(?:maximum|larger|greater|max|bigger) of ([\w.\[\]]+) and ([\w.\[\]+ ]+)", r"max(\1, \2)"),
    (r"\b(?:the )?(?:minimum|smaller|lesser|min) of ([\w.\[\]]+) and ([\w.\[\]+ ]+)", r"min(\1, \2)"),
    (r"\b(?:SORTED|SORT)\(", "sorted("),
    (r"\b(?:LOWER|lower|lowercase)\(([^()]*)\)", r"\1.lower()"),
    (r"\b(?:UPPER|upper|uppercase)\(([^()]*)\)", r"\1.upper()"),
    *((rf"\b{name}\(", f"{name.lower()}(") for name in "MAX MIN ABS SUM ROUND INT STR REVERSED RANGE SET LIST".split()),
    (r"\bis not equal to\b|\bdoes not equal\b|\bis different from\b|\bdiffers from\b|<>|≠", "!="),
    (r"\bis equal to\b|\bequals\b|\bis the same as\b", "=="),
    (r"\bis (?:greater|more|larger|bigger) than or equal to\b|\bis at least\b|≥", ">="),
    (r"\bis (?:less|smaller|fewer) than or equal to\b|\bis at most\b|≤", "<="),
    (r"\bis (?:greater|more|larger|bigger) than\b|\bexceeds\b", ">"),
    (r"\bis (?:less|smaller|fewer) than\b", "<"),
    (r"\b(?:is|are) not in\b|\bNOT IN\b|\bdoes not occur in\b", "not in"),
    (r"\b([\w.\[\]()]+) (?:does not contain|doesn't contain) ([^\s:]+)", r"\2 not in \1"),
    (r"\b([\w.\[\]()]+) (?:contains|CONTAINS|has key|includes) ([^\s:]+)", r"\2 in \1"),
    (r"\bis in\b|\boccurs in\b|∈", "in"),
    (r"\b([\w.\[\]]+) is (?:not empty|non-empty|nonempty)\b", r"len(\1) > 0"),
    (r"\b([\w.\[\]]+) is empty\b", r"len(\1) == 0"),
    (r"\b([\w.\[\]()]+) is (?:a letter or (?:a )?digit|alphanumeric)\b", r"\1.isalnum()"),
    (r"\b([\w.\[\]()]+) is (?:a |all )?(?:digits?|a number|numeric)\b", r"\1.isdigit()"),
    (r"\b([\w.\[\]()]+) is (?:a )?letter\b", r"\1.isalpha()"),
    (r"\b([\w.\[\]()]+) is even\b", r"\1 % 2 == 0"),
    (r"\b([\w.\[\]()]+) is odd\b", r"\1 % 2 == 1"),
    (r"\b([\w.\[\]()]+) is divisible by ([\w.]+)", r"\1 % \2 == 0"),
    (r"\b(?:MOD|mod|modulo)\b", "%"),
    (r"\b(?:DIV|div)\b", "//"),
    (r"\bAND\b|∧|&&", "and"),
    (r"\bOR\b|∨|\|\|", "or"),
    (r"\bNOT\b|¬", "not"),
    (r"\bTRUE\b|\btrue\b", "True"),
    (r"\bFALSE\b|\bfalse\b", "False"),
    (r"\b(?:NULL|NIL|null|nil|NONE|nothing)\b", "None"),
    (r"\bINFINITY\b|∞", 'float("inf")'),
    (r"\bIN\b", "in"),
    (r",? \bplus\b", " +"),
    (r"\bminus\b", "-"),
    (r"\btimes\b", "*"),
    (r"\bdivided by\b", "/"),
    (r"\b(?:concatenated with|followed by)\b", "+"),
    (r"\b(?!and\b|or\b|if\b|in\b|not\b|max\b|min\b|sum\b)([a-z]\w+) of ([a-z]\w*(?:\[[^\[\]]*\])?) and ([a-z]\w*(?:\[[^\[\]]*\])?)", r"\1(\2, \3)"),
)  # fmt: skip
_HEAD = re.compile(
    r"(?:define |sub|method |algorithm |procedure |function |func |def |to |program )+(\w+)\s*(?:\(([^)]*)\)|(?:with|taking|of|given|input)s?:? ([\w, ]+))?\s*:?$",
    re.I,
)
_TAKES = re.compile(r"(\w+) (?:takes|is given|gets|needs|has the parameters?) ((?:\w+(?:, | and ))*\w+):?$", re.I)
_FOR_EACH = re.compile(
    r"for(?: each| every| all)? (?:\w+ )??\(?(\w+(?:\s*,\s*\w+)*)\)? (?:in|of|from(?! \d)|∈) (.+)$", re.I
)
_FOR_TO = re.compile(
    r"for (\w+) (?:from|=|<-|:=|in range|in)\s*(.+?)\s*(?:\.\.|up ?to|downto|down to|to|,|until)\s*(.+?)(?:\s*,?\s*(?:step|by) (.+))?$",
    re.I,
)
_STEPS: tuple[tuple[re.Pattern[str], str], ...] = tuple(
    (re.compile(pattern, re.IGNORECASE), put)
    for pattern, put in (
        (r"(?:set|let|initiali[sz]e|assign|make|put) ([\w.\[\]\"']+) (?:to|=|:=|<-|as|be|with) (.+)", r"\1 = \2"),
        (r"(?:store|put|assign|save) (.+) (?:in|into|to) ([\w.\[\]\"']+)", r"\2 = \1"),
        (r"(?:append|push) (.+) (?:to|onto|on) ([\w.]+(?:\[.*\])?)", r"\2.append(\1)"),
        (r"add (.+) to (?:the )?(?:list|end of) ([\w.]+)", r"\2.append(\1)"),
        (r"(?:increment|increase) ([\w.\[\]]+)(?: by (.+))?", r"\1 += \2"),
        (r"(?:decrement|decrease|reduce) ([\w.\[\]]+)(?: by (.+))?", r"\1 -= \2"),
        (r"add (.+) to ([\w.\[\]\"']+)", r"\2 += \1"),
        (r"subtract (.+) from ([\w.\[\]\"']+)", r"\2 -= \1"),
        (r"multiply ([\w.\[\]]+) by (.+)", r"\1 *= \2"),
        (r"(?:remove|delete) (.+) from ([\w.]+)", r"\2.remove(\1)"),
        (r"(?:return|output|give back|(?:the )?result is|(?:the )?answer is) (.+)", r"return \1"),
        (r"(?:gib|gebe) (.+) (?:zurück|aus)", r"return \1"),
        (r"([\w.\[\]]+) (?:takes|receives|is given) (?:the value (?:of )?)?(.+)", r"\1 = \2"),
        (
            r"([\w.]+) (?:is|starts as|begins as|starts at) ((?:nothing|none|null|nil|zero|empty|an? empty .+|-?\d+))",
            r"\1 = \2",
        ),
        (r"sort ([\w.]+)(?: (?:ascending|in ascending order|increasing(?:ly)?))?", r"\1 = sorted(\1)"),
        (r"(?:print|display|show) (.+)", r"print(\1)"),
        (r"(?:yield|emit|hand out|produce) (.+)", r"yield \1"),
        (r"([\w.\[\]\"'(), ]+?) (?:<-|:=|becomes|gets) (.+)", r"\1 = \2"),
        (r"([\w.\[\]\"']+) \+\+|([\w.\[\]\"']+)\+\+", r"\1\2 += 1"),
    )
)
_END = re.compile(
    r"(?:end|fi|od|done|next|esac|endif|endwhile|endfor|endfunction|loop|end of)\b(?:\s*(?:if|for|while|function|procedure|loop|each|\w+))?\.?$",
    re.I,
)
_KNOWN = re.compile(r"\b(?:for|while|if|return|else|function|set|<-|:=|procedure|algorithm|end|repeat)\b|<-|:=", re.I)


def pseudo_python(text: str) -> list[str]:
    """Python that the lines amount to, where most of them are of a known form."""
    if len(_KNOWN.findall(english(text))) < 2 or parsed(text) is not None:
        return []
    rows = [
        row for row in text.expandtabs(4).split("\n") if row.strip() and not row.strip().startswith(("#", "//", "```"))
    ]
    rows = [re.sub(r"^(\s*)(?:\d{1,2}[.):]\s?|[-*•]\s)", r"\1", row) for row in rows]
    if rows and (takes := _TAKES.match(rows[0].strip())) and any(row.startswith(" ") for row in rows[1:]):
        rows[0] = f"function {takes[1]}({re.sub(' and ', ', ', takes[2])})"
    if not 2 <= len(rows) <= 60:
        return []
    found = []
    by_ends = _by_ends(rows)
    for made in (_by_indentation(rows), by_ends):
        if made and parsed(made) is not None and made not in found:
            found.append(made)
    if not found and by_ends is not None:
        flat = "\n".join(row.strip() for row in by_ends.split("\n"))
        found.append(flat)
    return found


def _by_indentation(rows: list[str]) -> str | None:
    """Each row translated, its indentation kept."""
    made = []
    for row in rows:
        pad = row[: len(row) - len(row.lstrip())]
        for part in statements(row):
            if part:
                made.append(pad + part)
    if all(not row.startswith(" ") for row in made):
        return None
    least = min((len(row) - len(row.lstrip()) for row in made), default=0)
    return _closed([row[least:] for row in made])


def _closed(rows: list[str]) -> str:
    """A block that opens and has nothing in it gets `pass`; UNTIL ends a loop."""
    found: list[str] = []
    for place, row in enumerate(rows):
        found.append(row)
        depth = len(row) - len(row.lstrip())
        after = rows[place + 1] if place + 1 < len(rows) else ""
        if row.rstrip().endswith(":") and len(after) - len(after.lstrip()) <= depth:
            found.append(" " * (depth + 4) + "pass")
    return "\n".join(found)


def _by_ends(rows: list[str]) -> str | None:
    """Blocks by their openings and ends; what stood at the margin is indented."""
    made, depth = [], 0
    for row in rows:
        if _END.match(english(row.strip())):
            depth = max(0, depth - 1)
            continue
        for part in statements(row):
            if not part:
                continue
            if re.match(r"(?:else|elif)\b", part):
                depth = max(0, depth - 1)
            made.append("    " * depth + part)
            if part.endswith(":"):
                depth += 1
    return "\n".join(made) or None


def statements(row: str) -> list[str]:
    """A row of pseudo-code as statements of Python; empty ones for ends of blocks."""
    row = english(row.strip().rstrip(".;,")).strip()
    row = re.sub(r"\s+(?:#|//).*$", "", row)
    if _END.match(row) or not row:
        return [""]
    row = re.sub(r"^(?:begin|start) with (?=\w+ ?=)", "", row, flags=re.IGNORECASE)
    parts = [part for part in re.split(r"\s*;\s*", row) if part]
    if re.fullmatch(
        r"\w+ is (?:nothing|none|zero|\d+)(?:(?:,| and|, and) \w+ is (?:nothing|none|zero|\d+))+", row, re.I
    ):
        parts = re.split(r",? and |, ", row)
    if re.fullmatch(r"\w+ ?(?:=|:=|<-) ?[^,=]+(?:(?:,| and) \w+ ?(?:=|:=|<-) ?[^,=]+)+", row):
        parts = re.split(r",? and (?=\w+ ?[=:<])|, ", row)
    return [statement(part) for part in parts]


def statement(row: str) -> str:
    """One statement; what is of no known form is given back as an expression."""
    if found := _HEAD.match(row):
        names = re.findall(r"[A-Za-z_]\w*", re.sub(r":\s*\w+", "", found[2] or found[3] or ""))
        return f"def {found[1]}({', '.join(name for name in names if name != 'and')}):"
    if found := re.match(
        r"(?:or )?(?:else|otherwise)[, ]*if (.+?)(?: then)?:?$|elif (.+?)(?: then)?:?$|elsif (.+?)(?: then)?:?$",
        row,
        re.I,
    ):
        return f"elif {condition(found[1] or found[2] or found[3])}:"
    if found := re.match(r"(?:else|otherwise)\b[:, ]*(.*)$", row, re.I):
        return f"else: {statement(found[1])}" if found[1] else "else:"
    if found := re.match(r"(?:if|when) (.+?)(?:,? then\b|:|, )\s*(.*)$", row, re.I):
        return f"if {condition(found[1])}: {statement(found[2])}".rstrip() if found[2] else f"if {condition(found[1])}:"
    if found := re.match(r"if (.+)$", row, re.I):
        return f"if {condition(found[1])}:"
    if found := re.match(r"(?:while|as long as) (.+?)(?: (?:do|loop|then))?:?$", row, re.I):
        return f"while {condition(found[1])}:"
    if found := re.match(r"(?:repeat|do|loop) (.+?) times:?$", row, re.I):
        return f"for _ in range({expression(found[1])}):"
    if re.match(r"(?:repeat|loop|do):?$", row, re.I):
        return "while True:"
    if found := re.match(r"until (.+)$", row, re.I):
        return f"if {condition(found[1])}: break"
    if found := re.match(
        r"(?:go|walk|run) (?:through|over|along) ([\w.]+),? one (\w+) (?:at \w+ time|after \w+ other):?$", row, re.I
    ):
        return f"for {found[2]} in {found[1]}:"
    row_of_loop = re.sub(r"(?:\s+(?:do|then|loop)|:)$", "", row, flags=re.I)
    if found := _FOR_TO.match(row_of_loop):
        down = re.search(r"down", row_of_loop, re.I) is not None
        end = f"{expression(found[3])} {'-' if down else '+'} 1"
        step = found[4] and expression(found[4])
        return (
            f"for {found[1]} in range({expression(found[2])}, {end}{', -1' if down else f', {step}' if step else ''}):"
        )
    if found := _FOR_EACH.match(row_of_loop):
        return f"for {found[1]} in {expression(found[2])}:"
    for pattern, put in _STEPS:
        if found := pattern.fullmatch(row):
            made = found.expand(put)
            made = re.sub(r"([-+]=)\s*$", r"\1 1", made)
            if made.startswith("print("):
                return f"print({expression(made[6:-1])})"
            left, sign, right = re.match(
                r"(.*?)(\s[-+*]?=\s|\breturn |\byield |\.append\(|\.remove\()(.*)$", made, re.S
            ).groups()  # type: ignore[union-attr]
            if sign.startswith("."):
                return f"{left}{sign}{expression(right[:-1])})"
            return f"{left}{sign}{expression(right)}"
    return expression(row)


def condition(text: str) -> str:
    """A condition, where one equals sign compares."""
    text = re.sub(
        r"(?<![<>=!:])=(?!=)",
        "==",
        text.strip().removeprefix("(") if text.count("(") < text.count(")") else text.strip(),
    )
    text = re.sub(
        r"\b(\w+) is (?=[\w\"'-]+(?:$| and| or))(?!not\b|None\b|null\b|nil\b)(?!a\b|an\b|in\b|empty\b|even\b|odd\b)",
        r"\1 == ",
        text,
    )
    return expression(text)


def expression(text: str) -> str:
    """An expression in Python's signs."""
    text = parts_of(text.strip())
    for pattern, put in _EXPRESSIONS:
        text = re.sub(pattern, put, text)
    return text.strip()


def parts_of(text: str) -> str:
    """Elements, slices and remainders in Python's signs; the rest as it is said."""
    for pattern, put in _PARTS:
        text = re.sub(pattern, put, text)
    return text
