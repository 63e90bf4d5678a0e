"""The student's own code in plain words, statement by statement, from its syntax tree. Nothing is run."""

from __future__ import annotations

import ast
import re
from collections.abc import Callable, Iterator, Mapping, Sequence

from .concepts import find, to_try, topics
from .locale import Words, words
from .text import fold, patterns

_MOST = 60  #: characters of code that is quoted
_METHODS = frozenset("append extend add sort reverse remove update clear close write".split())
_OPERATIONS = ("Add", "Sub", "Mult", "Div", "FloorDiv", "Mod")


def on_line(node: ast.stmt, source: str, own: Words) -> str:
    """Its line, the line's text, and what it does."""
    text, told = source.splitlines()[node.lineno - 1].strip(), sentence(node, own)
    if "`" in text:
        return own.say("review.at", line=node.lineno, text=f"{own.say('walk.backtick')}: {told}")
    return own.say("review.on_line", line=node.lineno, code=text, text=told)


def sentence(node: ast.stmt, own: Words) -> str:
    """What one statement does, in the present tense."""
    tell = _TELL.get(type(node))
    return tell(node, own) if tell is not None else own.say("walk.other", value=_code(node))


def closer(node: ast.stmt, own: Words) -> list[str]:
    """More about a statement that the student asks about."""
    if isinstance(node, ast.Expr) and isinstance(node.value, ast.Yield | ast.YieldFrom):
        return [own.say("walk.closer_yield")]
    if isinstance(node, ast.Return) and node.value is not None:
        return [own.say("walk.closer_return")]
    return [own.say("walk.closer_while")] if isinstance(node, ast.While) else []


def _code(node: ast.AST | None) -> str:
    text = ast.unparse(node) if node is not None else ""
    text = text if len(text) <= _MOST else text[: _MOST - 3] + "…"
    return f"`{text}`"


def _listed(names: list[str]) -> str:
    return ", ".join(f"`{name}`" for name in names)


def _function(node: ast.FunctionDef | ast.AsyncFunctionDef, own: Words) -> str:
    names = [arg.arg for arg in (*node.args.posonlyargs, *node.args.args, *node.args.kwonlyargs)]
    yields = any(isinstance(part, ast.Yield | ast.YieldFrom) for part in ast.walk(node))
    runs = own.say("walk.makes_generator" if yields else "walk.runs")
    key = "walk.function" if names else "walk.function_bare"
    return own.say(key, name=node.name, names=_listed(names), runs=runs)


def _return(node: ast.Return, own: Words) -> str:
    if node.value is None:
        return own.say("walk.return_bare")
    return own.say("walk.return", value=_code(node.value), aside=_aside(node.value, own))


def _assign(node: ast.Assign, own: Words) -> str:
    target, value = node.targets[-1], _code(node.value)
    if isinstance(target, ast.Tuple | ast.List):
        return own.say("walk.unpack", value=value, names=_code(target))
    if isinstance(target, ast.Subscript):
        return own.say("walk.store_at", value=value, owner=_code(target.value), place=_code(target.slice))
    if isinstance(target, ast.Attribute):
        return own.say("walk.store_attribute", value=value, name=_code(target))
    names = ", ".join(_code(one) for one in node.targets)
    return own.say("walk.assign", value=value, aside=_aside(node.value, own), names=names)


def _annotated(node: ast.AnnAssign, own: Words) -> str:
    if node.value is None:
        return own.say("walk.annotate", name=_code(node.target), kind=_code(node.annotation))
    return own.say("walk.assign", value=_code(node.value), aside="", names=_code(node.target))


def _changed(node: ast.AugAssign, own: Words) -> str:
    name = type(node.op).__name__
    key = f"walk.{name}" if name in _OPERATIONS else "walk.change"
    return own.say(key, value=_code(node.value), name=_code(node.target))


def _for(node: ast.For | ast.AsyncFor, own: Words) -> str:
    called = node.iter.func.id if isinstance(node.iter, ast.Call) and isinstance(node.iter.func, ast.Name) else ""
    key = called if called in ("range", "enumerate", "zip") else "for"
    return own.say(f"walk.{key}", source=_code(node.iter), name=_code(node.target))


def _if(node: ast.If, own: Words) -> str:
    return own.say("walk.if_else" if node.orelse else "walk.if", test=_code(node.test))


def _expression(node: ast.Expr, own: Words) -> str:
    value = node.value
    if isinstance(value, ast.Yield):
        return own.say("walk.yield", value=_code(value.value) if value.value is not None else "`None`")
    if isinstance(value, ast.Constant) and isinstance(value.value, str):
        return own.say("walk.docstring")
    if isinstance(value, ast.Call):
        return _call(value, own)
    if isinstance(value, ast.YieldFrom | ast.Await):
        key = "walk.await" if isinstance(value, ast.Await) else "walk.yield_from"
        return own.say(key, value=_code(value.value))
    return own.say("walk.lost", value=_code(value))


def _call(call: ast.Call, own: Words) -> str:
    args = ", ".join(_code(arg) for arg in call.args)
    if isinstance(call.func, ast.Name) and call.func.id == "print":
        return own.say("walk.print" if call.args else "walk.print_bare", args=args)
    if isinstance(call.func, ast.Attribute) and call.func.attr in _METHODS:
        owner = _code(call.func.value)
        return own.say(f"walk.{call.func.attr}", args=args or own.say("walk.nothing"), owner=owner)
    return own.say("walk.call", value=_code(call))


def _with(node: ast.With | ast.AsyncWith, own: Words) -> str:
    item = node.items[0]
    key = "walk.with" if item.optional_vars is None else "walk.with_as"
    return own.say(key, value=_code(item.context_expr), name=_code(item.optional_vars))


def _try(node: ast.Try, own: Words) -> str:
    some = own.say("walk.any_error")
    kinds = ", ".join(_code(handler.type) if handler.type else some for handler in node.handlers)
    return own.say("walk.try", kinds=kinds or some)


def _raise(node: ast.Raise, own: Words) -> str:
    return own.say("walk.raise", value=_code(node.exc)) if node.exc else own.say("walk.raise_again")


def _import_from(node: ast.ImportFrom, own: Words) -> str:
    names = _listed([name.asname or name.name for name in node.names])
    return own.say("walk.import_from", names=names, module=node.module or ".")


def _aside(value: ast.expr, own: Words) -> str:
    """What a comprehension or a choice in an expression does."""
    for part in ast.walk(value):
        if isinstance(part, ast.ListComp | ast.SetComp | ast.GeneratorExp):
            loop = part.generators[0]
            test = _code(loop.ifs[0]) if loop.ifs else ""
            key = "walk.each_if" if test else "walk.each"
            return own.say(key, name=_code(loop.target), source=_code(loop.iter), value=_code(part.elt), test=test)
        if isinstance(part, ast.IfExp):
            values = {"value": _code(part.body), "test": _code(part.test), "other": _code(part.orelse)}
            return own.say("walk.choice", **values)
    return ""


_TELL: dict[type[ast.stmt], Callable[..., str]] = {
    ast.FunctionDef: _function,
    ast.AsyncFunctionDef: _function,
    ast.ClassDef: lambda node, own: own.say("walk.class", name=node.name),
    ast.Return: _return,
    ast.Assign: _assign,
    ast.AnnAssign: _annotated,
    ast.AugAssign: _changed,
    ast.For: _for,
    ast.AsyncFor: _for,
    ast.While: lambda node, own: own.say("walk.while", test=_code(node.test)),
    ast.If: _if,
    ast.Expr: _expression,
    ast.With: _with,
    ast.AsyncWith: _with,
    ast.Try: _try,
    ast.Raise: _raise,
    ast.Assert: lambda node, own: own.say("walk.assert", test=_code(node.test)),
    ast.Import: lambda node, own: own.say("walk.import", names=_listed([n.asname or n.name for n in node.names])),
    ast.ImportFrom: _import_from,
    ast.Global: lambda node, own: own.say("walk.global", names=_listed(node.names)),
    ast.Nonlocal: lambda node, own: own.say("walk.global", names=_listed(node.names)),
    ast.Delete: lambda node, own: own.say("walk.delete", names=", ".join(_code(one) for one in node.targets)),
    ast.Match: lambda node, own: own.say("walk.match", value=_code(node.subject)),
    ast.Pass: lambda _, own: own.say("walk.pass"),
    ast.Break: lambda _, own: own.say("walk.break"),
    ast.Continue: lambda _, own: own.say("walk.continue"),
}


_PHRASES: Mapping[str, Mapping[str, str]] = {
    "walk": {
        "en": "Your code, line by line:",
        "es": "Tu código, línea por línea:",
        "de": "Dein Code, Zeile für Zeile:",
        "fr": "Ton code, ligne par ligne :",
        "pl": "Twój kod, linia po linii:",
        "zh": "逐行看你的代码：",
    },
    "rest": {
        "en": "There is more below. Name a line to go on from there.",
        "es": "Hay más abajo. Di una línea para seguir desde ahí.",
        "de": "Darunter steht noch mehr. Nenne eine Zeile, um dort weiterzugehen.",
        "fr": "Il y en a plus bas. Indique une ligne pour continuer de là.",
        "pl": "Niżej jest więcej. Podaj linię, od której iść dalej.",
        "zh": "下面还有。告诉我从哪一行继续。",
    },
    "good": {
        "en": "**What is good**",
        "es": "**Lo que está bien**",
        "de": "**Was gut ist**",
        "fr": "**Ce qui est bien**",
        "pl": "**Co jest dobre**",
        "zh": "**写得好的地方**",
    },
    "better": {
        "en": "**What could be better**",
        "es": "**Lo que podría mejorar**",
        "de": "**Was besser ginge**",
        "fr": "**Ce qui pourrait être mieux**",
        "pl": "**Co można poprawić**",
        "zh": "**可以改进的地方**",
    },
    "look": {
        "en": "**Worth a look before the next check**",
        "es": "**Míralo antes de la próxima comprobación**",
        "de": "**Vor dem nächsten Prüfen anzusehen**",
        "fr": "**À regarder avant la prochaine vérification**",
        "pl": "**Warto sprawdzić przed kolejną próbą**",
        "zh": "**下次检查前先看看**",
    },
    "asked": {
        "en": "**What you ask about**",
        "es": "**Lo que preguntas**",
        "de": "**Wonach du fragst**",
        "fr": "**Ce que tu demandes**",
        "pl": "**To, o co pytasz**",
        "zh": "**你问的地方**",
    },
    "edges": {
        "en": "**Cases to think of**: {}",
        "es": "**Casos que conviene pensar**: {}",
        "de": "**Fälle zum Nachdenken**: {}",
        "fr": "**Cas à envisager** : {}",
        "pl": "**Przypadki do przemyślenia**: {}",
        "zh": "**要考虑的情况**：{}",
    },
    "fine": {
        "en": "Nothing in it asks for a change: it is short and clear.",
        "es": "No hay nada que cambiar: es corto y claro.",
        "de": "Nichts davon muss geändert werden: es ist kurz und klar.",
        "fr": "Rien n'est à changer : c'est court et clair.",
        "pl": "Nic nie wymaga zmiany: jest krótko i jasno.",
        "zh": "没有需要改的地方：简短清楚。",
    },
    "open": {
        "en": "Nothing in the form of the code stands out. Try it by hand on a small case, and write each value down.",
        "es": "Nada llama la atención en el código. Pruébalo a mano con un caso pequeño y anota cada valor.",
        "de": "An der Form fällt nichts auf. Geh einen kleinen Fall von Hand durch und schreibe jeden Wert auf.",
        "fr": "Rien ne saute aux yeux dans le code. Essaie un petit cas à la main en notant chaque valeur.",
        "pl": "W zapisie nic nie zwraca uwagi. Przejdź ręcznie mały przykład i zapisuj każdą wartość.",
        "zh": "代码形式上没有明显问题。用一个小例子手算一遍，记下每个值。",
    },
    "unread": {
        "en": "Python cannot read this yet: {}. Put that right first.",
        "es": "Python aún no puede leer esto: {}. Corrige eso primero.",
        "de": "Python kann das noch nicht lesen: {}. Behebe das zuerst.",
        "fr": "Python ne peut pas encore lire ceci : {}. Corrige d'abord cela.",
        "pl": "Python nie może tego jeszcze przeczytać: {}. Najpierw to popraw.",
        "zh": "Python 还读不懂这段代码：{}。先改正它。",
    },
    "nothing": {
        "en": "There is no code in the answer cell yet. Write a first version, and ask again.",
        "es": "Aún no hay código en la celda. Escribe una primera versión y pregunta otra vez.",
        "de": "In der Antwortzelle steht noch kein Code. Schreibe einen ersten Entwurf und frage noch einmal.",
        "fr": "Il n'y a pas encore de code dans la cellule. Écris une première version et redemande.",
        "pl": "W komórce nie ma jeszcze kodu. Napisz pierwszą wersję i zapytaj ponownie.",
        "zh": "答案单元格里还没有代码。先写一个初版再来问。",
    },
    "own": {
        "en": "Your line written the other way:",
        "es": "Tu línea escrita de la otra forma:",
        "de": "Deine Zeile anders geschrieben:",
        "fr": "Ta ligne écrite autrement :",
        "pl": "Twoja linia zapisana inaczej:",
        "zh": "你的代码换一种写法：",
    },
    "idea": {
        "en": "The idea on other data:",
        "es": "La idea con otros datos:",
        "de": "Die Idee mit anderen Daten:",
        "fr": "L'idée sur d'autres données :",
        "pl": "Pomysł na innych danych:",
        "zh": "换别的数据说明这个想法：",
    },
}


def phrase(name: str, language: str) -> str:
    """The sentence in `language` (BCP 47), in English where it is not there."""
    forms = _PHRASES[name]
    return forms.get(language.split("-")[0].lower(), forms["en"])


MOST_LINES = 14  #: statements told at once
_ASKS = re.compile(
    r"\b(step by step|line by line|walk (me )?through|go through (my|this|the) (code|function|solution))\b"
    r"|\bwhat (does|do|is|happens?)\b.{0,40}\b(my|this|these|mine)\b.{0,40}\b(code|lines?|loop|function|cell)\b"
    r"|\bwhat (does|do|happens?)\b.{0,20}\b(the|that|in)\b.{0,20}\b(code|lines?)\b"
    r"|\bexplain\b.{0,20}\b(my|this|own)\b.{0,12}\b(code|lines?|function|loop|cell)\b|\bwhat .{0,20} line \d+"
    r"|\bpaso a paso\b|\blinea por linea\b|\bque hace\b.{0,20}\b(codigo|linea|bucle)\b"
    r"|\bschritt fur schritt\b|\bzeile fur zeile\b|\bwas (macht|passiert)\b.{0,30}\b(code|zeile|schleife)\b"
    r"|\b(pas a pas|etape par etape|ligne par ligne)\b|\bque fait\b.{0,20}\b(code|ligne|boucle)\b"
    r"|\b(krok po kroku|linia po linii)\b|\bco robi\b.{0,20}\b(kod|linia|linijka|petla)\b"
    r"|一步一步|逐行|每一行|(这|我).{0,6}(代码|这行|这一行).{0,8}(什么|做)"
)


def asks_to_read(question: str) -> bool:
    """Whether the student wants the code in the cell told; called by the concepts agent where there is code."""
    folded = fold(question)
    return bool(_ASKS.search(folded)) or asks_of_a_line(folded)


def asks_of_a_line(folded: str) -> bool:
    """Whether a question, folded, names a line of the cell and asks what it does, not what is to stand there."""
    known = patterns("line")
    return bool(known["named"].search(folded) and known["asked"].search(folded) and not known["not"].search(folded))


def walk(source: str, question: str = "", language: str = "en") -> str:
    """The code told line by line, first of all the lines that the question is about. Markdown.

    Raises SyntaxError where Python cannot read `source`: that is for the explainer of errors.
    """
    tree = ast.parse(source)
    statements = list(_statements(tree.body))
    wanted = lines_asked(source, question)
    chosen = [one for one in statements if one.lineno in wanted]
    around = _with_headers(statements, chosen) if chosen else statements
    own = words(language)
    told = ["- " + on_line(one, source, own) for one in around[:MOST_LINES]]
    parts = [phrase("walk", language), "\n".join(told)]
    if len(around) > MOST_LINES:
        parts.append(phrase("rest", language))
    parts += [text for one in chosen[:2] for text in closer(one, own)]
    of_a_line = chosen and asks_of_a_line(fold(question))
    parts += _concept(chosen if of_a_line else [tree], source, question if chosen and not of_a_line else "", language)
    return "\n\n".join(parts)


def lines_asked(source: str, question: str) -> set[int]:
    """Numbers of the lines that a question names: `line 3`, `the yield line`, `the line with max`."""
    lines = source.splitlines()
    folded = fold(question)
    named = {int(n) for n in re.findall(r"(?:\blines?|\blinea|\bzeile|\bligne|\blini\w+|第)\s*(\d{1,3})", folded)}
    named |= {number or len(lines) for number, ordinal in _ORDINALS.items() if ordinal.search(folded)}
    if found := {number for number in named if number <= len(lines)}:
        return found
    meant = set(re.findall(r"[a-z_]\w*", folded)) - _COMMON
    return {
        number
        for number, line in enumerate(lines, 1)
        if meant & set(re.findall(r"[a-z_]\w*", _bare(line).lower())) and not line.strip().startswith("#")
    } & _focus(source, meant)


#: Lines named by an ordinal; 0 is the last one
_ORDINALS = {
    1: re.compile(r"\b(?:first|1st|primera|erste[nr]?|premiere|pierwsz\w+) (?:line|zeile|ligne|lini)|第一行"),
    2: re.compile(r"\b(?:second|2nd|segunda|zweite[nr]?|deuxieme|seconde|drug\w+) (?:line|zeile|ligne|lini)|第二行"),
    3: re.compile(r"\b(?:third|3rd|tercera|dritte[nr]?|troisieme|trzeci\w+) (?:line|zeile|ligne|lini)|第三行"),
    4: re.compile(r"\b(?:fourth|4th|cuarta|vierte[nr]?|quatrieme|czwart\w+) (?:line|zeile|ligne|lini)|第四行"),
    0: re.compile(r"\b(?:last|ultima|letzte[nr]?|derniere|ostatni\w+) (?:line|zeile|ligne|lini)|最后一行"),
}

#: English words that also stand in code, and say nothing about which line is meant
_COMMON = frozenset(
    "a i in is it if or and not my the as of on for with from do does this that line lines code step by mine at me you"
    " what why how can could show use using short shorter shorten write name names number numbers list loop value"
    " def function class result data import pass n x y".split()
)


def _focus(source: str, meant: set[str]) -> set[int]:
    """Lines that hold one of the words; nothing where that is most of the code, as then no line is meant."""
    lines = [line for line in source.splitlines() if line.strip()]
    found = {
        number
        for number, line in enumerate(source.splitlines(), 1)
        if meant & set(re.findall(r"[a-z_]\w*", _bare(line).lower()))
    }
    return found if len(found) * 2 <= len(lines) else set()


def _bare(line: str) -> str:
    return re.sub(r"(['\"]).*?\1|#.*", "", line)


def _statements(body: list[ast.stmt]) -> Iterator[ast.stmt]:
    """All statements in the order of their lines."""
    for one in body:
        yield one
        for inner in ("body", "handlers", "orelse", "finalbody", "cases"):
            for part in getattr(one, inner, []):
                if isinstance(part, ast.stmt):
                    yield from _statements([part])
                else:
                    yield from _statements(part.body)


def _with_headers(statements: list[ast.stmt], chosen: list[ast.stmt]) -> list[ast.stmt]:
    """The chosen ones, and the loops and functions that they stand in."""
    kept = {id(one) for one in chosen}
    for one in statements:
        inside = {id(part) for part in ast.walk(one)}
        if kept & inside:
            kept.add(id(one))
    return [one for one in statements if id(one) in kept]


#: what in code calls for a word about the idea behind it, the rarest first
_IDEAS: tuple[tuple[tuple[type[ast.AST], ...], str], ...] = (
    ((ast.Yield, ast.YieldFrom), "generator"),
    ((ast.Await,), "async"),
    ((ast.ListComp,), "list-comprehension"),
    ((ast.DictComp,), "dict-comprehension"),
    ((ast.GeneratorExp,), "generator-expression"),
    ((ast.Lambda,), "lambda"),
    ((ast.With,), "context-manager"),
    ((ast.Try,), "try-except"),
    ((ast.While,), "while-loop"),
    ((ast.ClassDef,), "class"),
    ((ast.For,), "for-loop"),
)


def _concept(nodes: Sequence[ast.AST], source: str, question: str, language: str) -> list[str]:
    """The idea behind the lines asked about, or else behind what is least common in the code."""
    found = find(question, language) if question else []
    wanted = [one.topic for one in found if one.is_sure and one.topic.id not in ("walk-code", "function")]
    if not wanted:
        kinds = {type(part) for node in nodes for part in _parts(node)}
        ids = [topic for nodes, topic in _IDEAS if kinds & set(nodes)]
        wanted = [topic for topic in topics() if topic.id in ids[:1]]
    if not wanted:
        return []
    topic = wanted[0]
    return [f"**{topic.title}**: {topic.told(language)}", to_try(topic, language)]


def _parts(node: ast.AST) -> Iterator[ast.AST]:
    """A statement with its expressions, not the statements of its block; a module whole."""
    if isinstance(node, ast.Module):
        yield from ast.walk(node)
        return
    yield node
    for child in ast.iter_child_nodes(node):
        if not isinstance(child, ast.stmt):
            yield from _parts(child)
