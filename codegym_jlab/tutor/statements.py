"""One statement of a student's code as half a sentence, in the student's language. Nothing is run."""

from __future__ import annotations

import ast
from collections.abc import Callable

from .words import Words

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
