# ruff: noqa: E501
"""What a translated program calls: methods and operators of other languages over Python's values."""

from __future__ import annotations

#: Stands before a translated program and runs in the sandbox with it.
PRELUDE = r"""
import math as _math, re as _re, functools as _ft
class _Regex:
    def __init__(self, pattern, flags=""):
        self.flags = flags
        self.re = _re.compile(pattern, (_re.I if "i" in flags else 0) | (_re.M if "m" in flags else 0))
def _s(x):
    if x is True: return "true"
    if x is False: return "false"
    if x is None: return "null"
    if isinstance(x, float) and x == int(x): return str(int(x))
    return ",".join(map(_s, x)) if isinstance(x, list) else str(x)
def _add(a, b):
    if isinstance(a, str) or isinstance(b, str): return _s(a) + _s(b)
    if isinstance(a, list): return a + (list(b) if isinstance(b, (list, tuple, set)) else [b])
    if isinstance(a, set): return a | (set(b) if isinstance(b, (list, set)) else {b})
    return (a or 0) + (b or 0)
def _div(a, b): return a / b
def _idiv(a, b):
    if isinstance(a, int) and isinstance(b, int): return int(a / b) if b else a // b
    return a / b
class _Ordered(list):
    @classmethod
    def of(cls, items, how):
        made = cls(items)
        for key, down in reversed(how): made.sort(key=key, reverse=down)
        made.how = how
        return made
class _Grouped(list):
    @classmethod
    def of(cls, key, items):
        made = cls(items); made.Key = key
        return made
def _items(x):
    if isinstance(x, dict): return [list(p) for p in x.items()]
    return list(x)
def _get(o, n):
    if n in ("length", "Length", "Count", "size", "count") and isinstance(o, (list, tuple, str, dict, set)): return len(o)
    if isinstance(o, _Grouped) and n == "Key": return o.Key
    if isinstance(o, dict): return list(getattr(o, n)()) if n in ("values", "keys") and n not in o else o.get(n)
    if n in ("key", "first", "Key") and isinstance(o, (list, tuple)) and len(o) == 2: return o[0]
    if n in ("value", "second", "Value") and isinstance(o, (list, tuple)) and len(o) == 2: return o[1]
    if n == "last" and isinstance(o, (list, tuple, str)): return o[-1] if o else None
    if n == "isEmpty": return not o
    if n == "split" and isinstance(o, str): return o.split()
    if type(o).__module__ == "builtins" and n in _M: return _M[n](o)
    return getattr(o, n, None)
def _pushed(o, *xs):
    if isinstance(o, str): return o + "".join(map(_s, xs))
    _call(o, "push", *xs)
    return o
def _put(o, n, v):
    if isinstance(o, dict): o[n] = v
    else: setattr(o, n, v)
    return v
def _idx(o, i):
    if isinstance(o, dict): return o.get(i)
    if isinstance(i, float): i = int(i)
    if isinstance(i, str): return _get(o, i)
    return o[i] if -len(o) <= i < len(o) and (i >= 0 or not isinstance(o, (list, str))) else None
def _set(o, i, v):
    if isinstance(o, list):
        i = int(i)
        while len(o) <= i: o.append(None)
    o[i] = v
    return v
def _arity(f):
    try: return f.__code__.co_argcount
    except AttributeError: return 1
def _f(f, *a):
    if isinstance(f, _Regex): return f.re.search(*a) is not None
    n = _arity(f)
    return f(*a[:n]) if n <= len(a) else f(*a)
def _sorted(o, f=None, reverse=False):
    if f is None: return sorted(o, key=lambda x: x if not isinstance(x, (int, float)) else x)
    if _arity(f) >= 2: return sorted(o, key=_ft.cmp_to_key(lambda a, b: (1 if f(a, b) is False else -1 if f(a, b) is True else f(a, b))))
    return sorted(o, key=f)
def _reduce(o, f, *start):
    it = list(o)
    if start: acc = start[0]
    else: acc, it = it[0], it[1:]
    for n, x in enumerate(it): acc = _f(f, acc, x, n, it)
    return acc
def _slice(o, a=0, b=None):
    n = len(o); b = n if b is None else int(b); a = int(a)
    return o[(max(n + a, 0) if a < 0 else a):(max(n + b, 0) if b < 0 else b)]
def _sub(o, a, b=None):
    b = len(o) if b is None else b; a, b = max(0, int(a)), max(0, int(b))
    return o[min(a, b):max(a, b)]
def _splice(o, a, n=None, *new):
    n = len(o) - a if n is None else n
    out = o[a:a + n]; o[a:a + n] = list(new)
    return out
def _flags(p): return 0 if not isinstance(p, _Regex) or "g" in p.flags else 1
def _replace(o, p, r):
    g = lambda m: _s(_f(r, m.group(0), *m.groups())) if callable(r) else _re.sub(r"\$(\d)", lambda d: m.group(int(d[1])), r).replace("$&", m.group(0))
    return p.re.sub(g, o, count=_flags(p)) if isinstance(p, _Regex) else o.replace(p, r, 1)
def _split(o, p=None, n=None):
    if p is None: return [o]
    if isinstance(p, _Regex): return p.re.split(o)
    if p == "": return list(o)
    parts = o.split(p) if not (len(p) > 1 and _re.search(r"[\\\[+*]", p)) else _re.split(p, o)
    return parts
def _pairs(o): return [list(p) for p in (o.items() if isinstance(o, dict) else enumerate(o))]
def _remove(o, x):
    if isinstance(o, dict): return o.pop(x, None)
    if isinstance(o, set): o.discard(x); return True
    if isinstance(o, list) and isinstance(x, int) and x < len(o): return o.pop(x)
    if x in o: o.remove(x); return True
    return False
def _append(o, *xs):
    if isinstance(o, set):
        new = xs[0] not in o; o.add(xs[0]); return new
    if len(xs) == 2 and isinstance(o, list) and isinstance(xs[0], int): o.insert(*xs); return True
    o.extend(xs); return len(o)
class _Text(list):
    pass
def _reversed(o):
    if isinstance(o, str): return o[::-1]
    if isinstance(o, list): o.reverse(); return o
    return list(reversed(list(o)))
def _default(o, k, d=None):
    if isinstance(o, dict): return o.get(k, d)
    return _idx(o, k)
def _merge(o, k, v, f=None):
    o[k] = f(o[k], v) if k in o else v
    return o[k]
def _setitem(o, k, v=None):
    if isinstance(o, list): return _set(o, k, v)
    o[k] = v
    return o
def _find(o, f):
    return next((x for x in o if _f(f, x)), None)
def _index(o, x, a=0):
    if isinstance(o, str): return o.find(x, int(a))
    return o.index(x) if x in o else -1
def _join(o, sep=","): return _s(sep).join("" if x is None else _s(x) for x in o)
def _has(o, x): return x in o
def _compare(a, b): return (a > b) - (a < b) if not isinstance(a, str) else ((a.lower(), b) > (b.lower(), a)) - ((a.lower(), b) < (b.lower(), a))
def _order(a, b): return (a > b) - (a < b)
def _group(o, f):
    out = {}
    for x in o: out.setdefault(_f(f, x), []).append(x)
    return out
def _code(o, i=0): return ord(o[int(i)])
def _chunks(o, n): return [o[i:i + int(n)] for i in range(0, len(o), int(n))]
def _less(o, xs):
    size = len(o); o.difference_update(xs) if isinstance(o, set) else o.__setitem__(slice(None), [x for x in o if x not in xs])
    return len(o) < size
_M = {
 "Except": lambda o, xs: [x for n, x in enumerate(o) if x not in xs and x not in list(o)[:n]], "removeAll": _less, "RemoveAll": _less, "ExceptWith": _less, "minus": lambda o, xs: [x for x in o if x not in xs], "chunked": _chunks, "Chunk": _chunks, "chunks": _chunks,
 "asSequence": lambda o: o, "AsEnumerable": lambda o: o, "asIterable": lambda o: o, "digits": lambda o: [int(c) for c in reversed(str(abs(o)))], "divmod": lambda o, n: [o // n, o % n], "modulo": lambda o, n: o % n, "intValue": int, "longValue": int, "doubleValue": float,
 "push": _append, "add": _append, "append": _append, "Add": _append, "push_back": _append, "addLast": _append, "offer": _append, "insert": lambda o, *a: (o.insert(*a) if isinstance(o, list) else _append(o, *a) if len(a) == 1 else _setitem(o, *a)),
 "unshift": lambda o, *a: o.__setitem__(slice(0, 0), list(a)), "addFirst": lambda o, x: o.insert(0, x),
 "pop": lambda o, *a: o.pop(*a) if o else None, "removeLast": lambda o: o.pop(), "pop_back": lambda o: o.pop(), "shift": lambda o: o.pop(0) if o else None, "removeFirst": lambda o: o.pop(0), "poll": lambda o: o.pop(0) if o else None, "peek": lambda o: o[-1] if o else None,
 "get": _default, "getOrDefault": _default, "GetValueOrDefault": _default, "fetch": _default, "at": lambda o, i: o[int(i)] if -len(o) <= i < len(o) else None, "nth": _idx, "charAt": lambda o, i: o[int(i)] if 0 <= i < len(o) else "",
 "has": _has, "includes": _has, "contains": _has, "Contains": _has, "containsKey": _has, "ContainsKey": _has, "contains_key": _has, "hasOwnProperty": _has, "include?": _has, "key?": _has, "has_key?": _has, "containsValue": lambda o, x: x in o.values(),
 "set": _setitem, "put": _setitem, "merge": _merge, "putIfAbsent": lambda o, k, v: o.setdefault(k, v), "computeIfAbsent": lambda o, k, f: o.setdefault(k, f(k)) if k not in o else o[k],
 "delete": _remove, "remove": _remove, "Remove": _remove, "removeIf": lambda o, f: ([o.pop(k) for k in list(o) if f([k, o[k]])] if isinstance(o, dict) else o.__setitem__(slice(None), [x for x in o if not f(x)])), "clear": lambda o: o.clear(),
 "keys": lambda o: list(o.keys()) if isinstance(o, dict) else list(range(len(o))), "keySet": lambda o: list(o), "values": lambda o: list(o.values()) if isinstance(o, dict) else list(o), "entries": _pairs, "entrySet": _pairs, "each_pair": _pairs,
 "getKey": lambda o: o[0], "getValue": lambda o: o[1], "size": len, "length": len, "len": len, "count": lambda o, *a: len(o) if not a else sum(bool(_f(a[0], x)) for x in o) if callable(a[0]) else o.count(a[0]), "Count": lambda o, *a: len(o) if not a else sum(bool(_f(a[0], x)) for x in o),
 "map": lambda o, f: [_f(f, x, n, o) for n, x in enumerate(o)], "Select": lambda o, f: [_f(f, x) for x in _items(o)], "mapToObj": lambda o, f: [_f(f, x) for x in o], "mapToInt": lambda o, f: [_f(f, x) for x in o], "collect": lambda o, *a: ({k: a[0][1](v) if a[0][1] else v for k, v in _group(o, a[0][0]).items()} if a and isinstance(a[0], tuple) else (lambda o, *a: list(o))(o, *a)), "to_vec": list, "clone": lambda o: o.copy() if hasattr(o, "copy") else o, "copy": lambda o: o.copy(),
 "filter": lambda o, f: [x for n, x in enumerate(o) if _f(f, x, n, o)], "Where": lambda o, f: [x for x in _items(o) if _f(f, x)], "select": lambda o, f: ({k: v for k, v in o.items() if f(k, v)} if isinstance(o, dict) else [x for x in o if _f(f, x)]), "reject": lambda o, f: ({k: v for k, v in o.items() if not f(k, v)} if isinstance(o, dict) else [x for x in o if not _f(f, x)]),
 "reduce": _reduce, "fold": lambda o, s, f: _reduce(o, f, s), "inject": lambda o, *a: _reduce(o, a[-1], *a[:-1]), "Aggregate": lambda o, *a: _reduce(o, a[-1], *a[:-1]), "forEach": lambda o, f: [(_f(f, v, k) if isinstance(o, dict) else _f(f, v, k)) for k, v in _pairs(o)] and None, "each": lambda o, f: [(f(k, v) if _arity(f) > 1 else f([k, v])) if isinstance(o, dict) else _f(f, v) for k, v in _pairs(o)] and None,
 "each_with_index": lambda o, f: [_f(f, x, n) for n, x in enumerate(o)] and None, "enumerate": lambda o: [[n, x] for n, x in enumerate(o)], "withIndex": lambda o: [[n, x] for n, x in enumerate(o)], "enumerated": lambda o: [[n, x] for n, x in enumerate(o)],
 "some": lambda o, f: any(_f(f, x) for x in o), "any": lambda o, *f: any(_f(f[0], x) if f else x for x in o), "every": lambda o, f: all(_f(f, x) for x in o), "all": lambda o, *f: all(_f(f[0], x) if f else x for x in o), "anyMatch": lambda o, f: any(_f(f, x) for x in o), "allMatch": lambda o, f: all(_f(f, x) for x in o), "noneMatch": lambda o, f: not any(_f(f, x) for x in o),
 "find": lambda o, f: _find(o, f) if callable(f) else o.find(f), "findIndex": lambda o, f: next((n for n, x in enumerate(o) if _f(f, x)), -1), "indexOf": _index, "IndexOf": _index, "index": _index, "lastIndexOf": lambda o, x: (o.rfind(x) if isinstance(o, str) else len(o) - 1 - o[::-1].index(x) if x in o else -1),
 "join": _join, "split": _split, "Split": _split, "slice": _slice, "subList": _slice, "substring": _sub, "Substring": lambda o, a, n=None: o[a:] if n is None else o[a:a + n], "substr": lambda o, a, n=None: o[a:] if n is None else o[a:a + n], "splice": _splice, "take": lambda o, n: list(o)[:n], "skip": lambda o, n: list(o)[n:], "drop": lambda o, n: list(o)[n:], "Take": lambda o, n: list(o)[:n], "Skip": lambda o, n: list(o)[n:], "limit": lambda o, n: list(o)[:n],
 "concat": lambda o, *a: (o + "".join(map(_s, a)) if isinstance(o, str) else o + [y for x in a for y in (x if isinstance(x, list) else [x])]), "reverse": _reversed, "reversed": lambda o: o[::-1], "rev": lambda o: o[::-1], "sort": lambda o, *f: (o.__setitem__(slice(None), _sorted(o, *f)), o)[1], "sort_by": lambda o, f: (o.__setitem__(slice(None), sorted(o, key=f)), o)[1], "toSorted": _sorted, "sorted": _sorted, "sortedBy": lambda o, f: sorted(o, key=f), "OrderBy": lambda o, f: _Ordered.of(o, [(f, False)]), "OrderByDescending": lambda o, f: _Ordered.of(o, [(f, True)]), "ThenBy": lambda o, f: _Ordered.of(o, [*o.how, (f, False)]), "ThenByDescending": lambda o, f: _Ordered.of(o, [*o.how, (f, True)]), "GroupBy": lambda o, f: [_Grouped.of(k, v) for k, v in _group(list(o), f).items()], "sortedByDescending": lambda o, f: sorted(o, key=f, reverse=True), "sortedDescending": lambda o: sorted(o, reverse=True), "intersect": lambda o, p: set(o) & set(p), "intersection": lambda o, p: set(o) & set(p), "union": lambda o, p: set(o) | set(p), "subtract": lambda o, p: set(o) - set(p), "subtracting": lambda o, p: set(o) - set(p), "toSet": set, "ToHashSet": set, "Intersect": lambda o, p: [x for x in dict.fromkeys(o) if x in p], "Union": lambda o, p: list(dict.fromkeys([*o, *p])), "Distinct": lambda o: list(dict.fromkeys(o)), "Zip": lambda o, p, *f: [f[0](*x) if f else list(x) for x in zip(o, p)], "Any": lambda o, *f: any(_f(f[0], x) if f else True for x in o), "All": lambda o, f: all(_f(f, x) for x in o),
 "flat": lambda o, *a: [y for x in o for y in (x if isinstance(x, list) else [x])], "flatMap": lambda o, f: [y for x in o for y in _f(f, x)], "fill": lambda o, v: (o.__setitem__(slice(None), [v] * len(o)), o)[1], "distinct": lambda o: list(dict.fromkeys(o)), "uniq": lambda o: list(dict.fromkeys(o)),
 "toLowerCase": str.lower, "lowercase": str.lower, "lowercased": str.lower, "to_lowercase": str.lower, "ToLower": str.lower, "toLocaleLowerCase": str.lower, "downcase": str.lower, "toUpperCase": str.upper, "uppercase": str.upper, "uppercased": str.upper, "to_uppercase": str.upper, "ToUpper": str.upper, "upcase": str.upper, "capitalize": str.capitalize, "trim": lambda o, *c: o.strip("".join(c) or None), "Trim": lambda o, *c: o.strip("".join(c) or None), "strip": str.strip, "trimEnd": str.rstrip, "trimStart": str.lstrip, "startsWith": str.startswith, "StartsWith": str.startswith, "starts_with": str.startswith, "start_with?": str.startswith, "hasPrefix": str.startswith, "endsWith": str.endswith, "EndsWith": str.endswith, "ends_with": str.endswith,
 "replace": _replace, "replaceAll": lambda o, p, r: _replace(o, p, r) if isinstance(p, _Regex) else _re.sub(p, r, o) if len(p) > 1 and _re.search(r"[\\\[+*^]", p) else o.replace(p, r), "Replace": lambda o, p, r: o.replace(p, r), "gsub": lambda o, p, r: p.re.sub(r, o) if isinstance(p, _Regex) else o.replace(p, r), "charCodeAt": _code, "codePointAt": _code, "ord": lambda o: ord(o), "repeat": lambda o, n: o * int(n), "padStart": lambda o, n, c=" ": c * (n - len(o)) + o, "padEnd": lambda o, n, c=" ": o + c * (n - len(o)), "rjust": lambda o, n, c=" ": o.rjust(n, c),
 "test": lambda o, t: o.re.search(t) is not None, "exec": lambda o, t: (lambda m: m and [m.group(0), *m.groups()])(o.re.search(t)), "match": lambda o, p: p.re.findall(o) or None if isinstance(p, _Regex) and "g" in p.flags else (lambda m: m and [m.group(0), *m.groups()])(p.re.search(o)), "match?": lambda o, p: p.re.search(o) is not None, "matches": lambda o, p: _re.fullmatch(p, o) is not None, "matchAll": lambda o, p: [[m.group(0), *m.groups()] for m in p.re.finditer(o)], "scan": lambda o, p: p.re.findall(o),
 "toString": lambda o, *a: "".join(o) if isinstance(o, _Text) else _s(o), "ToString": lambda o: "".join(o) if isinstance(o, _Text) else _s(o), "to_string": _s, "to_s": _s, "toFixed": lambda o, n=0: f"{o:.{n}f}", "to_i": lambda o: int(o), "to_f": float, "toInt": int, "localeCompare": _compare, "compareTo": _order, "compareToIgnoreCase": lambda a, b: _order(a.lower(), b.lower()), "CompareTo": _order, "cmp": _order, "equals": lambda a, b: a == b, "Equals": lambda a, b: a == b, "equalsIgnoreCase": lambda a, b: a.lower() == b.lower(),
 "empty": lambda o: not o, "back": lambda o: o[-1], "top": lambda o: o[-1], "front": lambda o: o[0], "isEmpty": lambda o: not o, "is_empty": lambda o: not o, "empty?": lambda o: not o, "isNotEmpty": bool, "nil?": lambda o: o is None, "toArray": lambda o, *a: list(o), "ToArray": list, "ToList": list, "toList": list, "to_a": lambda o: _items(o), "toCharArray": list, "chars": list, "iter": lambda o: _items(o), "into_iter": lambda o: _items(o), "stream": lambda o: _items(o), "bytes": lambda o: list(o.encode()), "first": lambda o, *n: (list(o)[:n[0]] if n else o[0] if o else None), "last": lambda o, *n: (o[-n[0]:] if n else o[-1] if o else None), "getLast": lambda o: o[-1], "getFirst": lambda o: o[0],
 "sum": lambda o, *f: sum(_f(f[0], x) for x in o) if f else sum(o), "Sum": lambda o, *f: sum(_f(f[0], x) for x in o) if f else sum(o), "max": lambda o, *a: (max(o, *a) if isinstance(o, (int, float)) else max(o) if o else None), "min": lambda o, *a: (min(o, *a) if isinstance(o, (int, float)) else min(o) if o else None), "Max": max, "Min": min, "average": lambda o: sum(o) / len(o), "abs": abs, "floor": _math.floor, "ceil": _math.ceil, "round": lambda o, *a: round(o, *a), "even?": lambda o: o % 2 == 0, "odd?": lambda o: o % 2 == 1, "zero?": lambda o: o == 0, "unwrap": lambda o: o, "unwrap_or": lambda o, d: d if o is None else o, "orElse": lambda o, d: d if o is None else o, "getAsInt": lambda o: o, "intValue": int, "longValue": int, "clamp": lambda o, a, b: min(b, max(a, o)), "pow": pow, "to_owned": lambda o: o, "as_str": lambda o: o, "cloned": lambda o: o, "copied": lambda o: o, "boxed": lambda o: o,
 "is_alphanumeric": str.isalnum, "isLetterOrDigit": str.isalnum, "is_alphabetic": str.isalpha, "is_numeric": str.isdigit, "is_ascii_digit": str.isdigit, "isDigit": str.isdigit, "isLetter": str.isalpha, "is_uppercase": str.isupper, "zip": lambda o, p: [list(x) for x in zip(o, p)], "withDefault": lambda o, v: o, "sub": lambda o, p, r: p.re.sub(r, o, count=1) if isinstance(p, _Regex) else o.replace(p, r, 1), "tally": lambda o: {x: o.count(x) for x in dict.fromkeys(o)}, "group_by": _group, "groupBy": _group, "each_cons": lambda o, n: [list(o[i:i + n]) for i in range(len(o) - n + 1)], "each_slice": lambda o, n: [o[i:i + n] for i in range(0, len(o), n)], "each_char": lambda o, f: [_f(f, x) for x in o], "call": lambda o, *a: o(*a[1:]) if a and a[0] is None else o(*a), "apply": lambda o, *a: o(*a), "next": lambda o: next(o),
}
def _call(o, n, *a):
    if n in ("next",) and hasattr(o, "__next__"): return next(o)
    own = getattr(type(o), n, None) if type(o).__module__ != "builtins" and type(o) is not _Text else None
    if own is not None and not isinstance(o, _Regex): return getattr(o, n)(*a)
    if isinstance(o, dict) and callable(o.get(n)): return o[n](*a)
    if isinstance(o, type) or type(o).__name__ in ("module", "_Static", "_Array"): return getattr(o, n)(*a)
    if n in _M: return _M[n](o, *a)
    return getattr(o, n)(*a)
class _Static: pass
def _static(**names):
    s = _Static(); s.__dict__.update(names); return s
def _int(x=0, base=10):
    if isinstance(x, str):
        m = _re.match(r"\s*[+-]?\d+", x); return int(m[0]) if m else float("nan")
    return int(x)
def _num(x=0):
    try: return int(x) if isinstance(x, str) and _re.fullmatch(r"\s*[+-]?\d+\s*", x) else float(x) if isinstance(x, str) else x
    except ValueError: return float("nan")
def _range(a, b=None, s=1): return list(range(a) if b is None else range(a, b, s))
def _nums(a): return a[0] if len(a) == 1 and isinstance(a[0], (list, tuple)) else a
Math = _static(max=lambda *a: max(_nums(a), default=float("-inf")), min=lambda *a: min(_nums(a), default=float("inf")), Max=max, Min=min, Abs=abs, abs=abs, floor=_math.floor, Floor=_math.floor, ceil=_math.ceil, Ceiling=_math.ceil, round=lambda x: _math.floor(x + 0.5), sqrt=_math.sqrt, Sqrt=_math.sqrt, pow=pow, Pow=pow, trunc=int, sign=lambda x: (x > 0) - (x < 0), floorMod=lambda a, b: a % b, PI=_math.pi, hypot=_math.hypot)
math = _static(Max=max, Min=min, Abs=abs, Floor=_math.floor, max=max, min=min, floor=_math.floor, huge=float("inf"))
Object = _static(keys=lambda o: list(o), values=lambda o: list(o.values()), entries=_pairs, fromEntries=lambda o: {k: v for k, v in _items(o)}, assign=lambda o, *a: [o.update(x) for x in a] and o, freeze=lambda o: o, equals=lambda a, b: a == b)
Array = _static(isArray=lambda o: isinstance(o, list)); _array = Array; Array = type("_Array", (), {"__call__": lambda self, *a: _new("Array", *a)})(); Array.__dict__.update(_array.__dict__); Array.__dict__["from"] = lambda o, f=None: [(_f(f, x, n) if f else x) for n, x in enumerate(_items(o) if not (isinstance(o, dict) and "length" in o) else [None] * o["length"])]
_Callable = type("_Array", (), {"__call__": lambda self, *a: self.made(*a)})
def _maker(made, **names):
    s = _Callable(); s.__dict__.update(names, made=made); return s
Number = _maker(_num, isInteger=lambda x: isinstance(x, int) or (isinstance(x, float) and x == int(x)), isNaN=lambda x: x != x, parseFloat=float, parseInt=_int, MAX_SAFE_INTEGER=2**53 - 1, NEGATIVE_INFINITY=float("-inf"))
String = _maker(lambda x="": _s(x), valueOf=_s, join=lambda s, *a: _join(a[0] if len(a) == 1 else a, s), Join=lambda s, a: _join(a, s), fromCharCode=chr, format=lambda f, *a: f % a, IsNullOrEmpty=lambda o: not o, IsNullOrWhiteSpace=lambda o: not (o or "").strip())
string = String
JSON = _static(stringify=lambda o: _s(o)); console = _static(log=print); System = _static(out=_static(println=print))
Integer = _static(parseInt=_int, valueOf=lambda x: x, MAX_VALUE=2**31 - 1, MIN_VALUE=-2**31, compare=_order, sum=lambda a, b: a + b, max=max, min=min); Long = Double = Float = Integer; Double = _static(parseDouble=float, valueOf=lambda x: x, compare=_order, MAX_VALUE=1e308)
Character = _static(isLetterOrDigit=str.isalnum, isDigit=str.isdigit, isLetter=str.isalpha, isAlphabetic=str.isalpha, isUpperCase=str.isupper, isLowerCase=str.islower, isWhitespace=str.isspace, toLowerCase=str.lower, toUpperCase=str.upper, getNumericValue=int, toString=_s)
char = Char = _static(IsLetterOrDigit=str.isalnum, IsDigit=str.isdigit, IsLetter=str.isalpha, IsUpper=str.isupper, ToLower=str.lower, ToUpper=str.upper, IsWhiteSpace=str.isspace); unicode = Char
Collections = _static(sort=lambda o, *f: _M["sort"](o, *f), reverse=lambda o: o.reverse(), max=max, min=min, emptyList=list, emptyMap=dict, unmodifiableList=lambda o: o, reverseOrder=lambda: (lambda a, b: (b > a) - (b < a)))
Arrays = _static(asList=lambda *a: list(a), sort=lambda o, *f: _M["sort"](o, *f), stream=list, fill=lambda o, v: _M["fill"](o, v), toString=_s, equals=lambda a, b: a == b, copyOfRange=lambda o, a, b: o[a:b]); List = _static(of=lambda *a: list(a)); Map = _static(of=lambda *a: dict(zip(a[::2], a[1::2])), entry=lambda a, b: [a, b]); Set = _static(of=lambda *a: set(a)); IntStream = _static(range=_range, rangeClosed=lambda a, b: _range(a, b + 1)); Enumerable = _static(Range=lambda a, n: _range(a, a + n)); Collectors = _static(groupingBy=lambda f, *a: (f, a[-1] if a else None), counting=lambda: len, toList=lambda: None, toSet=lambda: None, joining=lambda *a: None); Comparator = _static(comparing=lambda f: (lambda a, b: _order(f(a), f(b))), comparingInt=lambda f: (lambda a, b: _order(f(a), f(b))), naturalOrder=lambda: _order, reverseOrder=lambda: (lambda a, b: _order(b, a)))
strings = _static(ToLower=str.lower, ToUpper=str.upper, Split=_split, TrimSpace=str.strip, Join=lambda o, s: _join(o, s), Contains=_has, HasPrefix=str.startswith, HasSuffix=str.endswith, Repeat=lambda o, n: o * n, Fields=str.split, SplitN=lambda o, p, n: o.split(p, n - 1), ReplaceAll=lambda o, a, b: o.replace(a, b), Index=lambda o, x: o.find(x)); strconv = _static(Itoa=_s, Atoi=_int); fmt = _static(Println=print, Sprintf=lambda f, *a: _re.sub("%v", "%s", f) % a, Sprint=lambda *a: "".join(map(_s, a))); sort = _static(Strings=lambda o: o.sort(), Ints=lambda o: o.sort(), Slice=lambda o, f: o.sort())
std = _static(max=max, min=min, abs=abs, string=str, to_string=_s)
def Triple(*a): return list(a)
def require(holds, *a):
    if not holds: raise ValueError
def check(holds, *a): require(holds)
def error(*a): raise ValueError(*a)
def RegExp(p, *f): return _Regex(p, *f)
def str_split(t, n=1): return [t[i:i + n] for i in range(0, len(t), n)]
parseInt, parseFloat, isNaN, isalnum, isdigit, isalpha, tolower, toupper, Infinity, NaN = _int, float, (lambda x: _num(x) != _num(x)), str.isalnum, str.isdigit, str.isalpha, str.lower, str.upper, float("inf"), float("nan")
def _new(name, *a):
    if name in ("Map", "HashMap", "TreeMap", "LinkedHashMap", "Dictionary", "Hash", "SortedDictionary", "Object", "unordered_map", "WeakMap"):
        return {k: v for k, v in (_items(a[0]) if a and a[0] is not None and not isinstance(a[0], int) else [])}
    if name in ("Set", "HashSet", "TreeSet", "LinkedHashSet", "unordered_set"): return set(a[0]) if a and not isinstance(a[0], int) else set()
    if name in ("ArrayList", "LinkedList", "ArrayDeque", "List", "Stack", "Queue", "Vector", "Deque", "vector", "mutableListOf", "PriorityQueue"): return list(a[0]) if a and not isinstance(a[0], int) else []
    if name == "Array": return [None] * a[0] if len(a) == 1 and isinstance(a[0], int) else list(a)
    if name == "StringBuilder": return _Text(a[:1])
    if name == "RegExp": return _Regex(*a)
    if name in ("Error", "TypeError", "RangeError", "IllegalArgumentException", "ArgumentException", "RuntimeException", "Exception"): return ValueError(*a)
    if name in ("int[]", "double[]", "long[]"): return [0] * a[0]
    if name in ("String", "string"): return "".join(a[0]) if a else ""
    return globals()[name](*a)
"""
