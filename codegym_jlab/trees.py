"""Python's text → its tree, for one thread at a time.

CPython counts how deep a tree goes for all threads at once. A finalizer that runs while a tree is made lets another
thread in; made there as well, the trees spoil each other's count: "SystemError: AST constructor recursion depth
mismatch" (https://github.com/python/cpython/issues/106905).
"""

import ast
from collections.abc import Callable
from functools import wraps
from threading import RLock
from typing import Any, TypeVar, cast

_Call = TypeVar("_Call", bound=Callable[..., Any])
_ALONE = RLock()


def _alone(call: _Call) -> _Call:
    @wraps(call)
    def waiting(*args: Any, **named: Any) -> Any:
        with _ALONE:
            return call(*args, **named)

    return cast(_Call, waiting)


parse = _alone(ast.parse)  #: the tree; it raises as `ast.parse` does
compile_tree = _alone(compile)  #: the tree, with `ast.PyCF_ONLY_AST` and other flags
literal_eval = _alone(ast.literal_eval)  #: the value; it raises as `ast.literal_eval` does
