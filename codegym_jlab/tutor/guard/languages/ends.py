# ruff: noqa: E501  (tables of patterns)
"""Languages whose blocks close with `end`, and R, in the syntax of JavaScript."""

from __future__ import annotations

import re


def ruby(text: str) -> str:
    """Ruby."""
    text = re.sub(r"^([ \t]*def [\w.]+[?!]?(?:\([^()\n]*\))?) = (.+)$", r"\1\n\2\nend", text, flags=re.MULTILINE)
    text = re.sub(
        r"^([ \t]*)case\b *(.*)\n((?:[ \t]*(?:when|else)\b.*\n)+)[ \t]*end\b", _cases, text, flags=re.MULTILINE
    )
    text = re.sub(
        r"^\s*(?:attr_\w+|private|public|protected|require\w*|module_function)\b[^\n]*$", "", text, flags=re.MULTILINE
    )
    text = re.sub(r"(^|\s)#(?!\{)[^\n]*", r"\1", text)
    text = re.sub(r"\"((?:[^\"\\]|\\.)*#\{(?:[^\"\\]|\\.)*)\"", lambda m: "`" + m[1].replace("#{", "${") + "`", text)
    text = re.sub(r"(?<![\w:\"']):(\w+)(?!:)", r'"\1"', text)
    text = re.sub(r"\b(\w+): (?=[^:])", r"\1: ", text)
    text = re.sub(r"\{ ?\|([^|]*)\| ?([^{}]*)\}", lambda m: f"(({_args(m[1])}) => {m[2].strip()})", text)
    text = re.sub(r"(\.\w+[?!]?)(?:\(([^()\n]*)\))?\s*\(\((\([^()]*\)|[^()]*)\) =>", r"\1((\3) =>", text)
    text = re.sub(r"\(&\"(\w+[?!]?)\"\)|\(&:(\w+[?!]?)\)", lambda m: f"((x) => x.{m[1] or m[2]}())", text)
    text = re.sub(r"(\S+)\s*<<\s*([^\n]+?)(?=\s+(?:if|unless) |\n|$)", r"\1.push(\2)", text)
    text = re.sub(r"@(\w+)", r"this.\1", text)
    text = re.sub(r"\.join\b(?!\()", '.join("")', text)
    return _blocks(text, _RUBY)


def _cases(found: re.Match[str]) -> str:
    """`case` of one row a value, as a row of `if`."""
    rows, word = [], "if"
    for row in found[3].strip().split("\n"):
        when = re.fullmatch(r"\s*when (.+?) then (.+)", row)
        if when:
            rows.append(f"{word} {_among(found[2].strip(), when[1])}\nreturn {when[2]}")
            word = "elsif"
        else:
            rows.append("else\nreturn " + re.sub(r"^\s*else\s*", "", row))
    return "\n".join([*rows, "end"])


def _among(value: str, wanted: str) -> str:
    """Whether a value is of a range or equal; a bare `case` says the condition itself."""
    if not value:
        return wanted
    span = re.fullmatch(r"\(?([^.]*?)(\.\.\.?)([^.]*?)\)?", wanted)
    if span is None:
        return " || ".join(f"{value} == {one}" for one in wanted.split(", "))
    ends = [f"{value} >= {span[1]}"] if span[1] else []
    ends += [f"{value} {'<' if span[2] == '...' else '<='} {span[3]}"] if span[3] else []
    return " && ".join(ends)


def _args(names: str) -> str:
    parts = [part.strip() for part in re.split(r",(?![^()]*\))", names)]
    return ", ".join(re.sub(r"^\((.*)\)$", r"[\1]", part) for part in parts)


def lua(text: str) -> str:
    """Lua."""
    text = re.sub(r"--\[\[[\s\S]*?\]\]|--[^\n]*", "", text)
    text = re.sub(r"\blocal function\b", "function", text)
    text = re.sub(r"\bfor _, (\w+) in ipairs\((.+?)\) do", r"for (const \1 of \2) {", text)
    text = re.sub(r"\bfor (\w+), (\w+) in pairs\((.+?)\) do", r"for (const [\1, \2] of Object.entries(\3)) {", text)
    text = re.sub(r"\bfor (\w+) = ([^,\n]+), ([^,\n]+?) do", r"for (let \1 = \2; \1 <= \3; \1++) {", text)
    text = re.sub(r"\b(\w+)\[#\1 ?\+ ?1\] = ([^\n]+)", r"\1.push(\2)", text)
    text = re.sub(r"\btable\.insert\((\w+), ", r"\1.push(", text)
    text = re.sub(r"\blocal (\w+) = \{\}", r"let \1 = []", text)
    text = re.sub(r"\blocal (\w+(?:, \w+)+) = ([^\n]+)", r"let [\1] = [\2]", text)
    text = re.sub(r"\blocal ", "let ", text)
    text = re.sub(r"#(\w+)", r"\1.length", text).replace("~=", "!=").replace("..", " + ").replace(":", ".")
    return _blocks(text, _LUA)


def julia(text: str) -> str:
    """Julia."""
    text = re.sub(r"#[^\n]*", "", text)
    text = re.sub(r"\bpush!\((\w+), ", r"\1.push(", text)
    text = re.sub(r"\blength\(([^()]*)\)", r"\1.length", text)
    text = re.sub(r"::\w+(?:\{[^}]*\})?", "", text)
    text = re.sub(r"\bfor \(?(\w+)\)? (?:in|=) ([^\n:]+):([^\n]+)", r"for (const \1 of _range(\2, \3 + 1)) {", text)
    text = re.sub(r"\bfor (\w+) in ([^\n{]+)$", r"for (const \1 of \2) {", text, flags=re.MULTILINE)
    return _blocks(text, _LUA)


def r_language(text: str) -> str:
    """R."""
    text = re.sub(r"#[^\n]*", "", text)
    text = re.sub(r"(\w+)\s*(?:<-|=)\s*function\(([^)]*)\)\s*\{", r"function \1(\2) {", text)
    text = re.sub(
        r"^(\w+)\s*(?:<-|=)\s*(?:function|\\)\s*\(([^)]*)\)\s*(?!\{)(\S.*)$",
        r"function \1(\2) { return \3 }",
        text,
        flags=re.MULTILINE,
    )
    text = re.sub(r"\bfor \((\w+) in ([^\n]+)\) \{", r"for (const \1 of \2) {", text)
    text = re.sub(
        r"\b(\w+)\[([^\[\]\n]*\b\1\b[^\[\]\n]*[<>=][^\[\]\n]*|[^\[\]\n]*[<>=][^\[\]\n]*\b\1\b[^\[\]\n]*)\]",
        r"\1.filter((\1) => \2)",
        text,
    )
    text = re.sub(r"<-", "=", text)
    text = re.sub(r"\blength\(([^()]*)\)", r"\1.length", text)
    text = re.sub(r"\bc\(\)|\blist\(\)|\binteger\(0\)", "[]", text)
    text = re.sub(r"\b(\w+) = c\(\1, ", r"\1.push(", text)
    text = re.sub(
        r"\b(\w+)\.(\w+)(?= = |\()", lambda m: m[0] if m[2] in ("push", "length", "filter") else f"{m[1]}_{m[2]}", text
    )
    text = text.replace("TRUE", "true").replace("FALSE", "false").replace("NULL", "null").replace("%%", "%")
    return re.sub(r"\breturn\((.*)\)$", r"return \1", text, flags=re.MULTILINE)


_RUBY = (
    (r"def (?:self\.)?(\w+[?!]?)\s*(?:\(([^)]*)\))?$", r"function \1(\2) {"),
    (r"class (\w+)(?: < \w+)?$", r"class \1 {"),
    (r"(?:if) (.+?)(?: then)?$", r"if (\1) {"),
    (r"unless (.+)$", r"if (!(\1)) {"),
    (r"elsif (.+)$", r"} else if (\1) {"),
    (r"else$", r"} else {"),
    (r"while (.+?)(?: do)?$", r"while (\1) {"),
    (r"until (.+?)(?: do)?$", r"while (!(\1)) {"),
    (r"for (\w+) in (.+?)(?: do)?$", r"for (const \1 of \2) {"),
    (r"for (\w+), (\w+) in (.+?)(?: do)?$", r"for (const [\1, \2] of \3) {"),
    (r"(.+)\.each_with_index do \|(\w+), (\w+)\|$", r"for (const [\3, \2] of _pairs(\1)) {"),
    (r"(.+)\.each_char do \|(\w+)\|$", r"for (const \2 of \1) {"),
    (r"(.+)\.each do \|(\w+)\|$", r"for (const \2 of \1) {"),
    (r"(.+)\.each do \|(\w+), (\w+)\|$", r"for (const [\2, \3] of \1) {"),
    (r"(.+)\.times do(?: \|(\w+)\|)?$", r"for (const \2 of _range(\1)) {"),
    (r"(\w+) = Hash\.new\((.*)\)$", r"let \1 = {}"),
    (r"end$", r"}"),
)
_LUA = (
    (r"function ([\w.]+)\(([^)]*)\)$", r"function \1(\2) {"),
    (r"if (.+?)(?: then)?$", r"if (\1) {"),
    (r"else ?if (.+?)(?: then)?$", r"} else if (\1) {"),
    (r"else$", r"} else {"),
    (r"while (.+?)(?: do)?$", r"while (\1) {"),
    (r"end$", r"}"),
)


def _blocks(text: str, rules: tuple[tuple[str, str], ...]) -> str:
    """Line by line; what stands last in a function is what it returns."""
    rows: list[str] = []
    open_blocks: list[bool] = []  # whether each is a function's
    for raw in text.split("\n"):
        row = raw.strip().rstrip(";")
        if not row:
            continue
        if row == "end" and open_blocks and open_blocks.pop() and rules is _RUBY and _is_value(rows[-1]):
            rows[-1] = f"return {rows[-1]}"
        elif _OPENER.match(row) or row.endswith("|"):
            open_blocks.append(row.startswith("def "))
        if many := re.fullmatch(r"(\w+(?:, \w+)+) = (.+)", row):
            row = f"[{many[1]}] = {many[2]}"
        late = re.fullmatch(r"(.+?) (if|unless) (.+)", row)
        if late and not re.match(r"(?:if|unless|elsif)\b", row) and rules is _RUBY:
            test = late[3] if late[2] == "if" else f"!({late[3]})"
            rows.append(f"if ({test}) {{ {late[1]}; }}")
            continue
        for pattern, put in rules:
            if re.fullmatch(pattern, row):
                row = re.sub(rf"^{pattern}", put, row)
                break
        rows.append(row)
    text = "\n".join(rows)
    text = re.sub(r"(?<=[\w)\]]) and (?=[\w(!])", " && ", text)
    text = re.sub(r"(?<=[\w)\]]) or (?=[\w(!])", " || ", text)
    text = re.sub(r"\bnot (?=[\w(])", "!", text)
    if rules is _RUBY:
        text = re.sub(r"\bfunction initialize\b", "constructor", text)
    return text


_OPENER = re.compile(r"(?:def|class|if|unless|while|until|for|case|begin|module)\b|.*\bdo$")


def _is_value(row: str) -> bool:
    """Whether a line gives a value, and is no assignment or jump."""
    jump = re.match(r"(?:return|if|for|while|let|raise|\}|\[[\w, ]+\] =|\S+ [-+*/]?= )", row)
    return jump is None and row[-1:] not in "{}"
