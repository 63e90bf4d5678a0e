"""numpy and pandas on the wire: found in `sys.modules`, never imported, and read through their own base classes.

`capture` is called in the zygote, and again before a value crosses, should student code have imported them itself.
"""

import sys
from math import prod
from typing import Any

from . import values as wire

_captured: set[str] = set()


def capture() -> None:
    """Take hold of the methods that values are read by, before student code can replace them."""
    for name, take in (("numpy", _Arrays), ("pandas", _Tables)):
        module = sys.modules.get(name)
        if module is not None and name not in _captured:
            try:
                take(module)
                _captured.add(name)
            except AttributeError:  # half imported, or a stand-in
                continue


class _Arrays:
    """numpy's arrays and scalars. Each method is `(encoder, value)` for `wire.register`."""

    def __init__(self, np: Any) -> None:
        self._ndarray, self._generic, self._masked = np.ndarray, np.generic, np.ma.masked
        self._to_list, self._as_type, self._bytes = np.ndarray.tolist, np.ndarray.astype, np.ndarray.tobytes
        self._view, self._ravel = np.ndarray.view, np.ndarray.ravel
        self._shape, self._dtype = np.ndarray.shape.__get__, np.ndarray.dtype.__get__
        self._mask, self._item = np.ma.getmaskarray, np.generic.item
        self._as_string, self._is_nat = np.datetime_as_string, np.isnat
        wire.register(np.ma.MaskedArray, self.masked_array)
        wire.register(np.ndarray, self.array)
        wire.register(np.generic, self.scalar)

    def array(self, e: Any, value: Any) -> Any:
        kind = str(self._dtype(value))
        if e.packs and wire.PACKED.fullmatch(kind):
            size = self._view(value, self._ndarray).nbytes
            return ["packed", kind, [int(n) for n in self._shape(value)], e.packed(size, lambda: self._bytes(value))]
        return self._listed(e, value)

    def _listed(self, e: Any, value: Any) -> Any:
        shape = [int(n) for n in self._shape(value)]
        if prod(shape) > wire.MAX_NODES:
            raise wire.Unsupported(wire.name_of(value), "too large")
        return ["ndarray", e.text(str(self._dtype(value))[:200]), shape, self._elements(e, value)]

    def masked_array(self, e: Any, value: Any) -> Any:
        if value is self._masked:
            return ["masked"]
        out = self._listed(e, value)
        mask = self._to_list(self._ravel(self._view(self._mask(value), self._ndarray)))
        out[3] = [["masked"] if m is True else v for m, v in zip(mask, out[3], strict=True)]
        return out

    def scalar(self, e: Any, value: Any) -> Any:
        kind = value.dtype.kind
        if kind in "Mm" and self._is_nat(value):
            return ["nat"]
        if kind == "M":
            return ["datetime", e.text(str(self._as_string(value)))]
        if kind == "m":
            return e.encode(value.astype("m8[us]").item())
        plain = self._plain(self._item(value))
        return e.typed(type(value), e.of_kind(plain, type(plain)))  # no level of its own

    def _elements(self, e: Any, value: Any) -> Any:
        flat = self._ravel(self._view(value, self._ndarray))
        kind = self._dtype(flat).kind
        if kind == "M":
            texts = self._to_list(self._as_string(flat))
            return [["nat"] if t == "NaT" else ["datetime", e.text(t)] for t in texts]
        if kind == "m":
            spans = self._to_list(self._as_type(flat, "m8[us]"))
            return [["nat"] if t is None else e.encode(t) for t in spans]
        return e.items(self._plain(x) for x in self._to_list(flat))

    def _plain(self, value: Any) -> Any:
        """Python's own number for the wide ones that `item` leaves as they are."""
        if not isinstance(value, self._generic):
            return value
        return complex(value) if value.dtype.kind == "c" else float(value)


class _Tables:
    """pandas' frames, series and indexes. Each method is `(encoder, value)` for `wire.register`."""

    def __init__(self, pd: Any) -> None:
        self._frame, self._nat, self._na = pd.DataFrame, pd.NaT, pd.NA
        self._series_list, self._index_list = pd.Series.tolist, pd.Index.tolist
        self._columns, self._index = pd.DataFrame.columns.__get__, pd.DataFrame.index.__get__
        self._series_index, self._series_name = pd.Series.index.__get__, pd.Series.name.__get__
        self._dtype = pd.Series.dtype.__get__
        wire.register(pd.DataFrame, self.frame)
        wire.register(pd.Series, self.series)
        wire.register(pd.Index, self.index)
        wire.register(type(pd.NaT), lambda e, v: ["nat"])
        wire.register(type(pd.NA), lambda e, v: ["na"])

    def series(self, e: Any, value: Any) -> Any:
        name = self._one(e, self._series_name(value))
        labels = self._all(e, self._index_list(self._series_index(value)))
        return ["series", name, labels, self._kind(value), self._all(e, self._series_list(value))]

    def frame(self, e: Any, value: Any) -> Any:
        whole = self._plain(value)
        names, labels = self._index_list(self._columns(whole)), self._index_list(self._index(whole))
        if len(names) * len(labels) > wire.MAX_NODES:
            raise wire.Unsupported(wire.name_of(value), "too large")
        parts = [whole.iloc[:, i] for i in range(len(names))]
        data = [self._all(e, self._series_list(p)) for p in parts]
        return ["frame", self._all(e, names), self._all(e, labels), [self._kind(p) for p in parts], data]

    def index(self, e: Any, value: Any) -> Any:
        return e.typed(type(value), ["list", self._all(e, self._index_list(value))])

    def _all(self, e: Any, values: Any) -> list[Any]:
        if len(values) > wire.MAX_NODES:
            raise wire.Unsupported("Series", "too large")
        return [self._one(e, v) for v in values]

    def _one(self, e: Any, value: Any) -> Any:
        if value is self._nat:
            return ["nat"]
        return ["na"] if value is self._na else e.encode(value)

    def _kind(self, series: Any) -> str:
        return str(self._dtype(series))[:200]

    def _plain(self, value: Any) -> Any:
        """The same data as a DataFrame of pandas' own class."""
        if type(value) is self._frame:
            return value
        manager = object.__getattribute__(value, "_mgr")
        return self._frame._from_mgr(manager, axes=manager.axes)
