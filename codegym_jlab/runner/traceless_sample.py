"""Code that leaves nothing behind, whatever it is given; `traceless` reads what Python makes of it. It is never run.

It holds what such code may consist of, so that no list of the interpreter's instructions is needed, whose names and
numbers change with each version. What binds a name outside or an attribute, imports, awaits, defines a class or enters
a context has no place in it.
"""

from __future__ import annotations

TYPE_CHECKING = False  # typing itself is not imported: what the zygote holds, each fork pays for
if TYPE_CHECKING:
    from collections.abc import Iterator
    from types import CodeType
    from typing import Any

LIMIT = 3


def code() -> list[CodeType]:
    """The code objects of all that is in here, and of a text as checks have it, but of what catches an exception."""
    return [_values.__code__, _flow.__code__, *(compile(text, "", kind) for text, kind in _TEXTS)]


def catching() -> list[CodeType]:
    """The same of what does."""
    return [_caught.__code__]


_TEXTS = (
    ("a = 1\nb, *c = a, a\nd = lambda x, y=a: x\ndef e(x, *y, z=a, **k): return a\nf = [a for g in b if a]", "exec"),
    ("a = b'c'\na += d(a, *b, c=a, **e)\na[b] = c\nassert a\ndel a[b]\nfor a in b: c[a:] = d", "exec"),
    ("a(1, -2, [3, 4, 5], {6: 7}, {8, 9}, *b, c=(1, a), **d) if a < b <= c and d or not a else f'{a!r:>{b}}'", "eval"),
    ("[a, *b], {*b, a}, {**c, a: b}, a.b(c), a.d[1:2], (a for a in b), {a: b for a in c}, {a for a in b}", "eval"),
)


def _values(a: Any, b: Any = 1, *c: Any, d: Any = None, **e: Any) -> Any:
    while a or b:
        x, (y, *z) = a, b
        x += y - z * a / b // x % y**z @ a
        x = -a, +b, not y, a << b | x >> y & a ^ b
        x |= y
        x = a < b <= x, a == b, a != b, a > b, a >= b, a is b, a is not b, a in b, a not in b
        x = [a, b, *c], (a, *c), {a, *c}, {a: b, **e}, {"a": b, "c": a, "d": d}, [1, 2, 3, 4], {1, 2, 3, 4}
        x = a[b], a[1:2], a[b::-1], a[:b], a[1:2, ...]
        a[b], a[1:b] = x, y
        a[b] += 1
        a[1:b] += x
        del a[b], a[1:b], y
        x = [i for i in a if i for j in i], {i: i for i in a}, {i for i in b}, (i for i in x), lambda i, j=x: i + j
        x = f"{a}{b!r}{x:>{b}}", a(b), a(b, d=x), a(*c, **e), a.count(b), a.count(b, d=x), a.count(*c, **e)
        x = a if b else x, a and b or x, (_k := a), a.real, a.real(), LIMIT, len(a), sorted(a, key=b), str.upper
        if x is None or y is not None:
            continue
        a, b = b, a
        a, b, x = x, b, a
        if not a:
            break
    return x


def _flow(a: Any, b: Any) -> Iterator[Any]:
    counted = 0

    def inner(x: Any, *y: Any, z: Any = b) -> Any:
        nonlocal counted
        counted += 1
        return [a + counted for _ in y if x] or z or inner(x)

    def each(x: Any) -> Iterator[Any]:
        y = yield x
        yield from a
        return y

    for x in a:
        assert inner(x), "why"
        for y, _ in enumerate(each(x)):
            if y:
                break
        else:
            raise ValueError(f"{x}")
        match a:
            case 1 | "2" | None | -1.5:
                yield 1
            case [y, *z] | (y, z) if y:
                yield z
            case {"k": y, **z}:
                yield y
            case str() | int(real=1):
                yield a
            case _:
                yield
    while b is not None:
        b, c, (d, *e) = a, b, x
        while a is None:
            a = c, d, e
    while True:
        yield a


def _caught(a: Any, b: Any) -> Any:
    for x in a:
        try:
            assert b(x), "why"
        except (KeyError, ValueError) as e:
            raise TypeError(e.args) from e
        except IndexError:
            return x
        except Exception:
            raise
        else:
            b(x)
        finally:
            del x
    return b
