"""Other readings of a block: without prompts, diff and comment signs, numbers, quotes; turned round; decoded."""

from __future__ import annotations

import ast
import re
import textwrap
from collections.abc import Iterator

from .decoding import decoded, shifted
from .reading import is_code_line, parsed, without_marks
from .trees import programs

_PROMPT = re.compile(r"^\s*(?:>>>|\.\.\.|In \[\d*\]:|\.\.\.:|\$|λ)(?: |$)")
_NUMBERED = re.compile(r"^\s*(?:\(?\d{1,3}[.):|]?|L\d{1,3}:?|\[\d{1,3}\]|line \d+:)[ \t]?(?P<rest>.*)$", re.IGNORECASE)
_COMMENT = re.compile(r"^(\s*)(?:#|//|--|;|%|'|REM\b|\*)+ ?", re.IGNORECASE)
_TRAILING = re.compile(r"(?:#|//|--)\s?(.*)$")
_DOC = re.compile(r"(\"\"\"|''')(.*?)\1", re.DOTALL)
_MOST = 24


def readings(block: str) -> list[str]:
    """The block as it stands, then every other way in which it may hold a program; each once."""
    found: dict[str, None] = {block: None}
    for way in (_prompts, _diffs, _numbers, _comments, _docs, _strings, _quotes, _turned, _split, _stripped):
        for text in way(block):
            text = text.strip("\n").rstrip()
            if text.strip():
                found[textwrap.dedent(text)] = None
    for text in (*programs(block), *decoded(block), *shifted(block)):
        found[text] = None
        if parsed(text) is None:
            found.update(dict.fromkeys([*_turned(text), *_numbers(text), *shifted(text), *decoded(text)][:6]))
    return list(found)[:_MOST]


def _prompts(block: str) -> Iterator[str]:
    lines = block.split("\n")
    marked = [line for line in lines if _PROMPT.match(line)]
    if marked:
        bare = [_PROMPT.sub("", line, count=1) for line in marked]
        yield "\n".join(bare)
        yield "\n".join(line for line in bare if not re.match(r"\w+\(.*\)$|\w+$", line))


def _diffs(block: str) -> Iterator[str]:
    lines = block.split("\n")
    if any(line.startswith("+") for line in lines):
        kept = [line for line in lines if not line.startswith(("-", "@@", "+++", "\\", "diff ", "index "))]
        yield "\n".join(line[1:] for line in kept)
        yield "\n".join(line[1:] if line.startswith("+") else line for line in kept)
        yield "\n".join(line[1:] for line in lines if line.startswith("+") and not line.startswith("+++"))
    if any(line.startswith((">", "|")) for line in lines):
        yield "\n".join(re.sub(r"^[>|] ?", "", line) for line in lines if line.startswith((">", "|")))
    if any(line.startswith("<") for line in lines):
        yield "\n".join(re.sub(r"^[<] ?", "", line) for line in lines if line.startswith("<"))


def _numbers(block: str) -> Iterator[str]:
    lines = [line for line in block.split("\n") if line.strip()]
    if lines and sum(_NUMBERED.match(line) is not None for line in lines) >= 0.8 * len(lines):
        rests = [found["rest"] if (found := _NUMBERED.match(line)) else line for line in lines]
        yield "\n".join(rests)
        numbered = [
            (int(digits[0]), rest)
            for line, rest in zip(lines, rests, strict=True)
            if (digits := re.search(r"\d+", line)) is not None
        ]
        in_order = [rest for _, rest in sorted(numbered, key=lambda pair: pair[0])]
        if in_order != rests:
            yield "\n".join(in_order)
    marked = [without_marks(line) for line in lines]
    if marked != lines:
        yield "\n".join(marked)


def _comments(block: str) -> Iterator[str]:
    lines = block.split("\n")
    if any(_COMMENT.match(line) for line in lines):
        yield "\n".join(_COMMENT.sub(r"\1", line) for line in lines if line.strip() not in ("...", "pass"))
        yield "\n".join(_COMMENT.sub("", line) for line in lines if _COMMENT.match(line))
        kept = [
            _COMMENT.sub(r"\1", line) if _COMMENT.match(line) and is_code_line(_COMMENT.sub(r"\1", line)) else line
            for line in lines
        ]
        yield "\n".join(line for line in kept if line.strip() not in ("...", "pass"))
    trailing = [found[1] for line in lines if (found := _TRAILING.search(line))]
    if len(trailing) > 1:
        yield "\n".join(trailing)
    for inner in re.findall(r"/\*(.*?)\*/", block, re.DOTALL):
        yield textwrap.dedent(re.sub(r"^\s*\*? ?", "", inner, flags=re.MULTILINE) if "\n *" in inner else inner)


def _docs(block: str) -> Iterator[str]:
    for match in _DOC.finditer(block):
        inner = match[2].expandtabs(4)
        yield textwrap.dedent(inner)
        lines = inner.split("\n")
        for start in range(1, min(8, len(lines))):
            text = textwrap.dedent("\n".join(lines[start:])).strip()
            if is_code_line(text.split("\n", 1)[0]):
                yield text
                around = block[: match.start()].rstrip()
                if around.endswith(":"):
                    depth = len(around.rsplit("\n", 1)[-1]) - len(around.rsplit("\n", 1)[-1].lstrip())
                    yield f"{around}\n{textwrap.indent(text, ' ' * (depth + 4))}"


def _strings(block: str) -> Iterator[str]:
    """Programs in string literals: given to exec, kept in lists of lines, put together with `+`."""
    if '"' not in block and "'" not in block:
        return
    tree = parsed(block)
    if tree is None:
        for raw in re.findall(r"\"((?:[^\"\\\n]|\\.)*)\"", block):
            if "\\n" in raw:
                yield raw.replace("\\n", "\n").replace("\\t", "    ").replace('\\"', '"')
        return
    texts = [n.value for n in ast.walk(tree) if isinstance(n, ast.Constant) and isinstance(n.value, str)]
    for text in texts:
        if "\n" in text or re.match(r"\s*(def|class|import|from|lambda|return)\b", text):
            yield text
    for node in ast.walk(tree):
        if isinstance(node, (ast.List, ast.Tuple)):
            lines = [e.value for e in node.elts if isinstance(e, ast.Constant) and isinstance(e.value, str)]
            if len(lines) > 1:
                yield "\n".join(line.rstrip("\n") for line in lines)
                yield "".join(lines)
    if len(texts) > 1:
        yield "".join(texts)
        yield "\n".join(text.rstrip("\n") for text in texts)


def _quotes(block: str) -> Iterator[str]:
    """Each line between quotes, brackets or table bars; a JSON list of lines."""
    lines = [line.strip().rstrip(",;") for line in block.split("\n")]
    inner = [found[2] for line in lines if (found := re.fullmatch(r"[\[({]?\s*([\"'`|])(.*)\1\s*[\])}]?", line))]
    if len(inner) > 1:
        yield "\n".join(text.replace('\\"', '"').replace("\\'", "'") for text in inner)


def _turned(block: str) -> Iterator[str]:
    lines = block.split("\n")
    if any(word in block for word in ("fed", "nruter", "rof", "ssalc", "adbmal", "dleiy")):
        yield "\n".join(line[::-1] for line in lines)
        yield block[::-1]
        yield "\n".join(re.sub(r"\w+", lambda word: word[0][::-1], line) for line in lines)
    if len(lines) > 1 and re.match(
        r"\s*(return|yield|else)\b", next(line for line in lines if line.strip()) if block.strip() else ""
    ):
        yield "\n".join(reversed(lines))


def _split(block: str) -> Iterator[str]:
    """Signs between the characters, spaces within words, lines that other lines stand between."""
    for sign in ("-", "_", ".", "*", " ", "~", "|"):
        spaced = re.findall(rf"(?:\S{re.escape(sign)}){{6,}}\S", block)
        if spaced and sum(map(len, spaced)) > 0.6 * len(block.replace("\n", "")):
            yield re.sub(rf"(?<=\S){re.escape(sign)}(?=\S)", "", block).replace(sign * 2, " ")
    lines = [line for line in block.split("\n") if line.strip()]
    code = [is_code_line(line) for line in lines]
    if len(lines) >= 4 and 0.3 < sum(code) / len(lines) < 0.9:
        yield "\n".join(line for line, is_code in zip(lines, code, strict=True) if is_code)


def _stripped(block: str) -> Iterator[str]:
    """Python that is almost that: an ending or sign of another kind, or lines of talk, in between."""
    if "\\n" in block and "\n" not in block.strip():
        yield block.replace("\\n", "\n").replace("\\t", "    ").strip("\"'")
    if "⏎" in block or "↵" in block or " / " in block or "¶" in block:
        yield re.sub(r"\s*(?:⏎|↵|¶| / )\s?", "\n", block)
    if re.search(r"^\s*[·.>_~•→]{2,}", block, re.MULTILINE):
        yield re.sub(r"^[ ·.>_~•→]+", lambda m: " " * len(m[0]), block, flags=re.MULTILINE)
    if re.search(r"<(?:tab|indent|space|sp|4)>|\[tab\]|\\t", block, re.IGNORECASE):
        text = re.sub(r"(?:<(?:tab|indent|4)>|\[tab\]|\\t)\s?", "    ", block, flags=re.IGNORECASE)
        yield re.sub(r"<(?:space|sp)>", " ", text, flags=re.IGNORECASE)
    if parsed(textwrap.dedent(block)) is None:
        yield "\n".join(line.rstrip().rstrip(";").rstrip("\\") for line in block.split("\n"))
