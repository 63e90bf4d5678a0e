"""numpy and pandas on the wire: found in `sys.modules`, never imported, and read through their own base classes.

`capture` is called in the zygote, and again before a value crosses, should student code have imported them itself.
"""

from __future__ import annotations

import sys

from . import wire

TYPE_CHECKING = False  # typing itself is not imported: what the zygote holds, each fork pays for
if TYPE_CHECKING:
    from typing import Any

_captured: set[str] = set()


def capture() -> None:
    """Take hold of the methods that values are read by, before student code can replace them."""
    for name, take in (("numpy", _capture_numpy), ("pandas", _capture_pandas)):
        module = sys.modules.get(name)
        if module is not None and name not in _captured:
            try:
                take(module)
                _captured.add(name)
            except AttributeError:  # half imported, or a stand-in
                continue


def _capture_numpy(np: Any) -> None:
    ndarray, masked, generic, item = np.ndarray, np.ma.MaskedArray, np.generic, np.generic.item
    to_list, as_type, view, getmaskarray = ndarray.tolist, ndarray.astype, ndarray.view, np.ma.getmaskarray
    datetime_as_string, is_nat, constant = np.datetime_as_string, np.isnat, np.ma.masked
    shape_of, dtype_of, ravel = ndarray.shape.__get__, ndarray.dtype.__get__, ndarray.ravel

    def elements(e: Any, value: Any, d: int) -> list[Any]:
        flat = ravel(view(value, ndarray))
        kind = dtype_of(flat).kind
        if kind == "M":
            return [["nat"] if t == "NaT" else ["datetime", e.text(t)] for t in to_list(datetime_as_string(flat))]
        if kind == "m":
            return [["nat"] if t is None else e.encode(t, d + 1) for t in to_list(as_type(flat, "m8[us]"))]
        plain: list[Any] = e.items((_plain(x) for x in to_list(flat)), d)
        return plain

    def array(e: Any, value: Any, d: int) -> Any:
        shape = [int(n) for n in shape_of(value)]
        size = 1
        for n in shape:
            size *= n
        if size > wire.MAX_NODES:
            raise wire.Unsupported(wire.name_of(value), "too large")
        return ["ndarray", e.text(str(dtype_of(value))[:200]), shape, elements(e, value, d)]

    def masked_array(e: Any, value: Any, d: int) -> Any:
        if value is constant:
            return ["masked"]
        out = array(e, value, d)
        mask = to_list(ravel(view(getmaskarray(value), ndarray)))
        out[3] = [["masked"] if m is True else v for m, v in zip(mask, out[3], strict=True)]
        return out

    def _plain(value: Any) -> Any:
        return float(value) if isinstance(value, generic) and type(value).__name__ == "longdouble" else value

    def scalar(e: Any, value: Any, d: int) -> Any:
        kind = value.dtype.kind
        if kind == "M":
            return ["nat"] if is_nat(value) else ["datetime", e.text(str(datetime_as_string(value)))]
        if kind == "m":
            return ["nat"] if is_nat(value) else e.encode(value.astype("m8[us]").item(), d)
        plain = item(value)
        if isinstance(plain, generic):
            plain = complex(plain) if kind == "c" else float(plain)
        return e._typed(type(value), e.encode(plain, d))

    wire.register(masked, masked_array)
    wire.register(ndarray, array)
    wire.register(generic, scalar)


def _capture_pandas(pd: Any) -> None:
    frame, series, index = pd.DataFrame, pd.Series, pd.Index
    nat, na = pd.NaT, pd.NA
    series_to_list, index_to_list = series.tolist, index.tolist
    columns_of, index_of = frame.columns.__get__, frame.index.__get__
    series_index_of, dtype_of = series.index.__get__, series.dtype.__get__
    name_of = series.name.__get__

    def one(e: Any, value: Any, d: int) -> Any:
        if value is nat:
            return ["nat"]
        return ["na"] if value is na else e.encode(value, d + 1)

    def plain_frame(value: Any) -> Any:
        if type(value) is frame:
            return value
        manager = object.__getattribute__(value, "_mgr")
        return frame._from_mgr(manager, axes=manager.axes)

    def encode_series(e: Any, value: Any, d: int) -> Any:
        labels = [one(e, v, d) for v in index_to_list(series_index_of(value))]
        data = [one(e, v, d) for v in series_to_list(value)]
        return ["series", one(e, name_of(value), d), labels, str(dtype_of(value))[:200], data]

    def encode_frame(e: Any, value: Any, d: int) -> Any:
        whole = plain_frame(value)
        names, labels = index_to_list(columns_of(whole)), index_to_list(index_of(whole))
        if len(names) * len(labels) > wire.MAX_NODES:
            raise wire.Unsupported(wire.name_of(value), "too large")
        parts = [whole.iloc[:, i] for i in range(len(names))]
        return [
            "frame",
            [one(e, v, d) for v in names],
            [one(e, v, d) for v in labels],
            [str(dtype_of(p))[:200] for p in parts],
            [[one(e, v, d) for v in series_to_list(p)] for p in parts],
        ]

    def encode_index(e: Any, value: Any, d: int) -> Any:
        return e._typed(type(value), ["list", [one(e, v, d) for v in index_to_list(value)]])

    wire.register(frame, encode_frame)
    wire.register(series, encode_series)
    wire.register(index, encode_index)
    wire.register(type(nat), lambda e, v, d: ["nat"])
    wire.register(type(na), lambda e, v, d: ["na"])
