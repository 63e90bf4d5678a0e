# ruff: noqa: E501  (tables of patterns)
"""Languages with braces or `end`, brought to one syntax, that of JavaScript, before they are parsed."""

from __future__ import annotations

import re
from collections.abc import Callable

from .ends import julia, lua, r_language, ruby

_TYPE = (
    r"(?:(?:final|const|unsigned|static|public|private|protected|readonly)\s+)*"
    r"(?:long long(?: int)?|unsigned (?:int|long|char)|long double|int|long|short|byte|double|float|bool|boolean|Boolean|char|Character|string|String|auto|var|Integer|Double|Long|size_t"
    r"|void|dynamic|object|(?:std::)?(?:[A-Z]\w*|vector|map|set|unordered_map|unordered_set|pair|string)(?:\s*<[^;=(){}]*?>)?)(?:\s*\[\s*\])*[&*]?"
)
_C_LIKE = {"java", "c#", "csharp", "cs", "c", "cpp", "c++", "arduino", "dart"}
_KEYWORDS = r"(?:return|new|else|throw|case|delete|typeof|await|yield|in|of|instanceof|if|while|for|switch|function)"


def normal(text: str, lang: str) -> str:
    """`text` in the syntax that the parser reads."""
    lang = lang if lang in _HOW else kind(text)
    text = _HOW.get(lang, _script)(_without_comments(text))
    return text


def kind(text: str) -> str:
    """The language that a text is likely of."""
    for name, pattern in _SIGNS:
        if re.search(pattern, text, re.MULTILINE):
            return name
    return "js"


_SIGNS = (
    ("r", r"\w+ <- function\("),
    ("lua", r"^\s*local \w|\bipairs\(|\bthen\s*$[\s\S]*^\s*end\b"),
    ("ruby", r"^\s*def \w+[?!]?(?:\(.*\))?\s*$|\bdo \|\w+"),
    ("julia", r"\bpush!\(|^\s*function \w+\(.*\)\s*$[\s\S]*^end"),
    ("php", r"<\?php|function \w+\(\$|\$\w+ ?=.*;"),
    (
        "go",
        r"^\s*func \w+\(.*\{\s*$[\s\S]*:=|^\s*func (?:\(\w+ \*?\w+\) )?\w+\([^)]*\)\s*[\w\[\]*]*\s*\{[\s\S]*(?::=|range )",
    ),
    ("rust", r"\bfn \w+\s*[(<].*->|let mut |\bfn \w+\(&"),
    ("kotlin", r"\bfun \w+\("),
    ("swift", r"\bfunc \w+\(.*->|\bfunc \w+\(_ "),
    (
        "java",
        rf"^\s*(?:public |private |static |final )+[\w<>\[\], ]+ \w+\s*\(|^\s*{_TYPE}\s+\w+\s*\([^;]*\)\s*\{{|^\s*(?:int|String|double|var|auto) \w+ ?=",
    ),
)


def _without_comments(text: str) -> str:
    text = re.sub(r"/\*.*?\*/", "", text, flags=re.DOTALL)
    return re.sub(r"(^|[\s;{}(),])//[^\n]*", r"\1", text)


def _filled_texts(text: str, opening: str, place: str) -> str:
    """Texts with values in them, as templates: `opening` stands before the quote, `place` finds a value."""

    def template(found: re.Match[str]) -> str:
        inner, values = re.subn(place, _value_in_text, found[1])
        return f"`{inner}`" if values and "`" not in inner else found[0]

    return re.sub(rf"{opening}\"((?:[^\"\\\n]|\\.)*)\"", template, text)


def _value_in_text(found: re.Match[str]) -> str:
    """`{name:D2}`, `$name` or `${name}`, with its width and places."""
    value, shape = found[1] or found[2], (found.groupdict().get("shape") or "")
    if digits := re.fullmatch(r"D(\d)|(0+)", shape):
        return "${" + f'({value}).toString().padStart({digits[1] or len(digits[2])}, "0")' + "}"
    if places := re.fullmatch(r"[FN](\d)|0\.(0+)", shape):
        return "${" + f"({value}).toFixed({places[1] or len(places[2])})" + "}"
    return "${" + value + "}"


def _of_sharp(text: str) -> str:
    """C#'s tuples, filled texts and places from the end."""
    text = _filled_texts(text, r"\$@?", r"(?<!\{)\{([^{}:]+)(?::(?P<shape>[^{}]*))?\}")
    text = re.sub(
        r"^((?:[ \t]*(?:public|private|static|internal) )*[ \t]*)\((?:[\w<>\[\]?]+(?: \w+)?(?:, )?){2,}\) (?=[A-Z]\w*\s*\()",
        r"\1Pair ",
        text,
        flags=re.MULTILINE,
    )
    text = re.sub(r"<\((?:[\w<>\[\]?]+(?: \w+)?(?:, )?)+\)>", "<Pair>", text)
    text = re.sub(r"\.Item([1-7])\b", lambda m: f"[{int(m[1]) - 1}]", text)
    return re.sub(r"(\w+)\[\^(\d)\]", r"\1[\1.length - \2]", text)


def _script(text: str) -> str:
    """TypeScript's types go."""
    text = re.sub(r"^\s*(?:import|export \{)[^\n]*\n", "", text, flags=re.MULTILINE)
    text = re.sub(r"\bexport (?:default )?|\b(?:public|private|protected|readonly|declare|async|await)\s+", "", text)
    text = re.sub(r"^\s*(?:interface|type) \w+[^{=\n]*[={][\s\S]*?\n?\}[;]?\n", "", text, flags=re.MULTILINE)
    kind = (
        r"(?:readonly )?(?:[A-Za-z_][\w.]*(?:<[^=(){};]*?>)?|\[[^\]=]*\]|\{[^}=]*\})(?:\[\])*(?:\s*\|\s*[\w\[\]<>]+)*"
    )
    text = re.sub(rf"(\b(?:let|const|var) [\w]+)\s*:\s*{kind}\s*(?==|;)", r"\1 ", text)
    text = (
        re.sub(rf"([(,]\s*(?:\.\.\.)?\w+)\??\s*:\s*{kind}\s*(?=[,)=])(?![^()]*\?)", r"\1", text)
        if re.search(r"\)\s*:\s*\w|: (?:number|string|boolean)", text)
        else text
    )
    text = re.sub(rf"\)\s*:\s*{kind}\s*(?=\{{|=>)", ") ", text)
    text = re.sub(r"\bnew (\w+)<[^()]*?>\(", r"new \1(", text)
    if "class " in text:
        text = re.sub(rf"^(\s*\w+)[?!]?\s*:\s*{kind}\s*(?==|;|$)", r"\1 ", text, flags=re.MULTILINE)
    return re.sub(r"\bas (?:const|\w+(?:\[\])?)", "", text)


_CONTAINERS = (
    (r"(?:vector|list|stack|deque|queue|List|Deque)\s*<[^;=(){}]*>", "[]"),
    (r"(?:unordered_)?map\s*<[^;=(){}]*>", "new Map()"),
    (r"(?:unordered_)?set\s*<[^;=(){}]*>", "new Set()"),
    (r"string", '""'),
)


def _typed(text: str) -> str:
    """Java, C#, C, C++: declarations lose their types, loops over collections get one form."""
    text = _of_sharp(text)
    text = re.sub(r"^\s*(?:#include|using|import|package|namespace \w+;)[^\n]*\n", "", text, flags=re.MULTILINE)
    text = re.sub(r"@\w+(?:\([^)]*\))?\s*", "", text)
    text = re.sub(r"\b(?:public|private|protected|static|final|override|virtual|internal|sealed|abstract)\s+", "", text)
    text = re.sub(r"\s+throws \w+(?:, \w+)*", "", text)
    text = re.sub(r"\bnew (\w+)\s*<[^()]*?>\s*\(", r"new \1(", text)
    text = re.sub(r"\bnew (\w+)\[([^\]]+)\]", r"new_array(\2)", text)
    text = re.sub(r"\bnew \w+(?:\[\])+\s*\{([^{}]*)\}", r"[\1]", text)
    text = re.sub(r"\((?:int|long|long long|double|float|char|string|String|List<[^()]*>)\)\s*(?=[\w(])", "", text)
    for kinds, made in _CONTAINERS:
        text = re.sub(rf"\b(?:std::)?{kinds}\s+(\w+)\s*(?:\{{\}})?;", rf"let \1 = {made};", text)
    text = re.sub(rf"\b(?:for|foreach)\s*\(\s*{_TYPE}\s+(\w+)\s*(?::|in)\s*", r"for (const \1 of ", text)
    text = re.sub(r"\bfor\s*\(\s*(?:const )?auto&?\s*\[(\w+), (\w+)\]\s*:\s*", r"for (const [\1, \2] of ", text)
    text = re.sub(
        rf"^(\s*){_TYPE}\s+(\w+)\s*\(([^;{{}}()]*)\)\s*=>",
        lambda m: f"{m[1]}const {m[2]} = ({_params(m[3])}) =>",
        text,
        flags=re.MULTILINE,
    )
    text = re.sub(
        rf"^(\s*){_TYPE}\s+(\w+)\s*\(([^;{{}}]*)\)\s*(?:const\s*)?(?=\{{|$)", _function, text, flags=re.MULTILINE
    )
    text = re.sub(
        r"^(\s*)([A-Z]\w*)\s*\(([^;{}]*)\)\s*(?=\{)",
        lambda m: f"{m[1]}constructor({_params(m[3])}) ",
        text,
        flags=re.M,
    )
    text = re.sub(
        rf"(^|[;{{(]\s*)(?!{_KEYWORDS}\b){_TYPE}\s+(\w+)\s*(?==[^=]|;|,\s*\w+\s*=)", r"\1let \2 ", text, flags=re.M
    )
    text = re.sub(r"\b([A-Z][\w.]*)::(\w+)", _method_named, text)
    text = re.sub(r"\b(\w+)::(\w+)", r"\1.\2", text)
    text = re.sub(r"(?<![=<>!])->", "=>", text)
    text = re.sub(r"\b(\d[\d_]*(?:\.\d+)?)[fFlLdDmu]\b", r"\1", text)
    return re.sub(r"\bthis->", "this.", text)


#: Methods that are given their value; others are called on it.
_GIVEN = re.compile(
    r"(?:Integer|Long|Double|Character|Math|String|Objects|Collections)::(?:parse\w+|valueOf|is\w+|sum|max|min|abs|compare|toString|to\w+Case|nonNull)"
)


def _method_named(found: re.Match[str]) -> str:
    """`Owner::method`"""
    if _GIVEN.fullmatch(found[0]) or found[2] == "new":
        return f"{found[1]}.{found[2]}"
    return f"((x) => x.{found[2]}())"


def _function(found: re.Match[str]) -> str:
    if re.match(_KEYWORDS + r"\b", found[0].strip()):
        return found[0]
    return f"{found[1]}function {found[2]}({_params(found[3])}) "


def _params(text: str) -> str:
    parts = re.split(r",(?![^<]*>)", text)
    names = [found[-1] for part in parts if (found := re.findall(r"[A-Za-z_]\w*", part.split("=")[0]))]
    return ", ".join(names)


def _go(text: str) -> str:
    text = text.replace("interface{}", "any")
    text = re.sub(r"\bvar (\w+), (\w+) [\w\[\]*.]+(?=\s*$)", r"let \1 = null, \2 = null", text, flags=re.MULTILINE)
    text = re.sub(r"^\s*(?:package|import)[^\n(]*(?:\([\s\S]*?\))?\n", "", text, flags=re.MULTILINE)
    text = re.sub(
        r"\bfunc (?:\([^)]*\) )?(\w+)\(([^)]*)\)[^{\n]*\{", lambda m: f"function {m[1]}({_go_params(m[2])}) {{", text
    )
    text = re.sub(
        r"\bfor (?:_, )?(\w+) := range ([^\n{]+) \{",
        lambda m: (
            f"for (const {m[1]} of {m[2]}) {{"
            if m[0].startswith("for _")
            else f"for (const {m[1]} of Object.keys({m[2]})) {{"
        ),
        text,
    )
    text = re.sub(r"\bfor (\w+), (\w+) := range ([^\n{]+) \{", r"for (const [\1, \2] of Object.entries(\3)) {", text)
    text = re.sub(r"\bfor (\w+) := ([^;]+);([^;]+);([^{]+)\{", r"for (let \1 = \2;\3;\4) {", text)
    text = re.sub(r"\bfor (?!\()([^;{\n]+) \{", r"while (\1) {", text)
    text = re.sub(r"\b(\w+), (\w+) := (\w+)\[([^\]]+)\]", r"let \1 = \3[\4], \2 = \3.has(\4)", text)
    text = re.sub(r"\b(\w+(?:, \w+)+) := ([^\n;{]+)", r"let [\1] = [\2]", text)
    text = re.sub(r"^(\s*)(\w+(?:, \w+)+) = ([^\n;{]+,[^\n;{]+)$", r"\1[\2] = [\3]", text, flags=re.MULTILINE)
    text = re.sub(r"\b(\w+) := ", r"let \1 = ", text)
    text = re.sub(r"\bvar (\w+) [\w\[\]*.]+(?=\s*$)", r"let \1 = 0", text, flags=re.MULTILINE)
    text = re.sub(r"\bvar (\w+) [\w\[\]*.]+ =", r"let \1 =", text)
    text = re.sub(r"\b(\w+) = append\(\1, ([^\n]+)\.\.\.\)", r"\1 = \1.concat(\2)", text)
    text = re.sub(r"\bappend\((\w+), ([^\n]+)\.\.\.\)", r"\1.concat(\2)", text)
    text = re.sub(r"\b(\w+) = append\(\1, ", r"\1.push(", text)
    text = re.sub(r"\bappend\((\w+), ([^\n]+)\)$", r"\1.concat([\2])", text, flags=re.MULTILINE)
    text = re.sub(
        r"(?<=\w)\[([^\[\]:\n]*):([^\[\]:\n]*)\]", lambda m: f".slice({m[1] or 0}{', ' + m[2] if m[2] else ''})", text
    )
    text = re.sub(r"\bmake\(\[\][^\n]*\)$", "[]", text, flags=re.MULTILINE)
    text = re.sub(r"\bmake\(map[^()]*\)|\bmap\[[^\]]*\]\w+\{\}", "new Map()", text)
    text = re.sub(r"\bmake\(\[\][^()]*\)|\[\][\w\[\]]+\{\}", "[]", text)
    text = re.sub(r"\[\]\w+\{([^{}]*)\}", r"[\1]", text)
    return re.sub(r"\b(?:int|string|float64)\((\w+)\)", r"\1", text)


def _go_params(text: str) -> str:
    return ", ".join(part.split()[0] for part in text.split(",") if part.strip())


def _rust(text: str) -> str:
    text = re.sub(r"^\s*(?:use|mod|#\[)[^\n]*\n", "", text, flags=re.MULTILINE)
    text = re.sub(r"\bpub(?:\([^)]*\))?\s+", "", text)
    text = re.sub(
        r"\bfn (\w+)(?:<[^(]*>)?\(([^)]*)\)[^{]*\{", lambda m: f"function {m[1]}({_colon_params(m[2])}) {{", text
    )
    text = re.sub(r"\blet (?:mut )?(\w+)\s*(?::\s*[^=;]+)?(?==|;)", r"let \1 ", text)
    text = re.sub(r"\blet (?:mut )?\((?:mut )?(\w+), (?:mut )?(\w+)\)", r"let [\1, \2]", text)
    text = re.sub(
        r"\bfor &?(?:mut )?(\w+) in ([^{\n]+?)\s*\{", lambda m: f"for (const {m[1]} of {_span(m[2])}) {{", text
    )
    text = re.sub(r"\bfor \(&?(\w+), &?(\w+)\) in ([^{\n]+?)\s*\{", r"for (const [\1, \2] of \3) {", text)
    text = re.sub(
        r"\|\s*&*\(?([\w, &]*?)\)?\s*\|\s*(?=[^|])", lambda m: f"({m[1].replace('&', '')}) => " if m[1] else m[0], text
    )
    text = re.sub(r"\bvec!\[", "[", text)
    text = re.sub(r"\b(?:HashMap|BTreeMap)::new\(\)", "new Map()", text)
    text = re.sub(r"\b(?:HashSet|BTreeSet)::new\(\)", "new Set()", text)
    text = re.sub(
        r"\b(?:Vec|String)::(?:new|with_capacity)\(\w*\)", lambda m: '""' if m[0].startswith("S") else "[]", text
    )
    text = re.sub(r"\bas (?:usize|[iuf]\d+)\b|::<[^>]*>", "", text)
    text = re.sub(r"(?<=[(\s=,+\-])[&*](?:mut )?(?=[\w\"(\[])(?<![\w)] [&*])", "", text)
    text = re.sub(r"\bloop \{", "while (true) {", text)
    text = re.sub(r"\b(\w+)::(\w+)", r"\1.\2", text)
    return re.sub(r"(^|[;}])([ \t]*\n?[ \t]*)([A-Za-z_(][^;{}\n]*)\n(\s*\})", r"\1\2return \3;\n\4", text)


def _span(text: str) -> str:
    found = re.fullmatch(r"\(?(.+?)\.\.(=?)(.+?)\)?(\.rev\(\))?", text.strip())
    if not found:
        return text
    end = f"{found[3]} + 1" if found[2] else found[3]
    return f"_range({found[1]}, {end})" + (".rev()" if found[4] else "")


def _colon_params(text: str) -> str:
    parts = re.split(r",(?![^<(\[]*[>)\]])", text)
    names = []
    for part in parts:
        words = re.findall(r"[A-Za-z_]\w*", part.split(":")[0])
        if words and words[-1] not in ("self", "mut"):
            names.append(words[-1])
    return ", ".join(names)


def _kotlin(text: str) -> str:
    text = _filled_texts(text, "", r"\$(?:\{([^{}]+)\}|([A-Za-z_]\w*))") if "$" in text else text
    text = re.sub(r"\bfun (\w+)\(([^)]*)\)[^{=\n]*\{", lambda m: f"function {m[1]}({_colon_params(m[2])}) {{", text)
    text = re.sub(r"\bfun (\w+)\(([^)]*)\)[^{=\n]*=\s*", lambda m: f"const {m[1]} = ({_colon_params(m[2])}) => ", text)
    text = re.sub(r"\bfunc (\w+)\(([^)]*)\)[^{\n]*\{", lambda m: f"function {m[1]}({_colon_params(m[2])}) {{", text)
    text = re.sub(r"\b(?:val|var|let) (\w+)\s*(?::\s*[^=\n]+)?=", r"let \1 =", text)
    text = re.sub(r"\b(?:val|var|let) \((\w+), (\w+)\) =", r"let [\1, \2] =", text)
    text = re.sub(r"\bfor \(\((\w+), (\w+)\) in ([^{\n]+)\)\s*\{", r"for (const [\1, \2] of \3) {", text)
    text = re.sub(r"\bfor \((\w+), (\w+)\) in ([^{\n]+?)\s*\{", r"for (const [\1, \2] of \3) {", text)
    text = re.sub(
        r"\bfor \((\w+) in ([^{\n]+)\)\s*(\{|[^{\n]+$)",
        lambda m: f"for (const {m[1]} of {_kspan(m[2])}) {m[3]}",
        text,
        flags=re.M,
    )
    text = re.sub(r"\bfor (\w+) in ([^{\n]+?)\s*\{", lambda m: f"for (const {m[1]} of {_kspan(m[2])}) {{", text)
    text = re.sub(r"\bmutable(?:List|Map|Set)Of(?:<[^()]*?>)?\(\)|\b(?:list|map|set)Of\(\)", _empty, text)
    text = re.sub(r"\[[A-Z]\w*\]\(\)|\[\w+\s*:\s*\w+\]\(\)|\[:\]", lambda m: "new Map()" if ":" in m[0] else "[]", text)
    text = re.sub(r"\{ ?(\w+(?:, \w+)*) (?:->|in) ([^{}\n]*)\}", r"((\1) => \2)", text)
    text = re.sub(r"\.(\w+)\s*\{\s*([^{}\n]*\bit\b[^{}\n]*)\}", r".\1((it) => \2)", text)
    text = re.sub(
        r"\.(\w+)\s*\{\s*([^{}\n]*\$0[^{}\n]*)\}", lambda m: f".{m[1]}((it) => {m[2].replace('$0', 'it')})", text
    )
    text = re.sub(r"\bguard ([^{\n]+?) else \{", r"if (!(\1)) {", text)
    text = re.sub(r"(?<![\w.])Array\(([\w.]+)\)", r"\1", text)
    text = re.sub(r"\bRegex\(", "RegExp(", text)
    return text.replace("?:", "??").replace("!!", "")


def _kspan(text: str) -> str:
    found = re.fullmatch(r"(.+?)\s*(?:\.\.<|\.\.\.|\.\.|until|downTo)\s*(.+)", text.strip())
    if not found:
        return text
    if "downTo" in text:
        return f"_range({found[1]}, ({found[2]}) - 1, -1)"
    open_end = "until" in text or "..<" in text
    return f"_range({found[1]}, {found[2] if open_end else found[2] + ' + 1'})"


def _empty(found: re.Match[str]) -> str:
    return "new Map()" if "ap" in found[0][:11] else "new Set()" if "Set" in found[0] else "[]"


def _php(text: str) -> str:
    text = re.sub(r"<\?php|\?>", "", text)
    text = re.sub(r"\bforeach\s*\((.+?) as \$(\w+) => \$(\w+)\)", r"for (const [\2, \3] of Object.entries(\1))", text)
    text = re.sub(r"\bforeach\s*\((.+?) as \[\$(\w+), \$(\w+)\]\)", r"for (const [\2, \3] of \1)", text)
    text = re.sub(r"\bforeach\s*\((.+?) as \$(\w+)\)", r"for (const \2 of \1)", text)
    text = re.sub(r"\$(\w+)\[\]\s*=\s*([^;]+);", r"\1.push(\2);", text)
    text = re.sub(
        r"\b(?:int|string|array|float|bool|mixed) (?=\$)|\)\s*:\s*\??\w+", lambda m: ")" if m[0][0] == ")" else "", text
    )
    text = re.sub(r"\s\.=\s", " += ", text)
    text = re.sub(r"(?<=[\w\"')\]])\s+\.\s+(?=[\w\"'($])", " + ", text)
    text = re.sub(r"\b(?:count|strlen)\(", "len(", text)
    text = re.sub(r"\barray\(\)", "[]", text)
    text = re.sub(
        r"\b(strtolower|strtoupper|trim)\(",
        lambda m: {"strtolower": "str.lower(", "strtoupper": "str.upper(", "trim": "str.strip("}[m[1]],
        text,
    )
    return text.replace("$this->", "this.").replace("->", ".").replace("$", "").replace("elseif", "else if")


_HOW: dict[str, Callable[[str], str]] = {
    **dict.fromkeys(_C_LIKE, _typed),
    **dict.fromkeys(("kotlin", "kt", "swift"), _kotlin),
    **dict.fromkeys(("js", "javascript", "jsx", "ts", "typescript", "tsx", "node"), _script),
    "ruby": ruby, "rb": ruby, "lua": lua, "julia": julia, "jl": julia, "r": r_language,
    "go": _go, "golang": _go, "rust": _rust, "rs": _rust, "php": _php,
}  # fmt: skip
