"""A short run of `fuzzing`, frames of the largest size, and that the reader keeps to what it may take."""

from __future__ import annotations

import struct
import subprocess
import sys
from pathlib import Path

import pytest
from hostile import fuzzing
from hypothesis import given, settings, strategies as st

from codegym_jlab.runner.wire import values

pytestmark = pytest.mark.filterwarnings("ignore:coroutine .* was never awaited")

NUMBERS = st.integers(min_value=0, max_value=2**32)


@settings(max_examples=300, deadline=None)
@given(NUMBERS)
def test_frames_that_are_nearly_right(seed: int) -> None:
    maker = fuzzing.Maker(seed)
    for turn in range(10):
        fuzzing.tried(maker.data(), turn)


@settings(max_examples=300, deadline=None)
@given(st.binary(max_size=200))
def test_bytes(data: bytes) -> None:
    fuzzing.tried(data)
    fuzzing.tried(struct.pack(">I", len(data)) + data)


scalars = st.none() | st.booleans() | st.integers() | st.floats() | st.text(st.characters(categories=None))
trees = st.recursive(
    scalars, lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=5), inner, max_size=3)
)


@settings(max_examples=200, deadline=None)
@given(trees)
def test_any_json_is_a_value_or_refused(tree: object) -> None:
    for check in (values.check_wire, values.check_crossing):
        try:
            check(tree)
        except values.WireError:
            continue


#: By name, the body of a frame of eight megabytes.
GIANTS = {
    "lists": 'b"[" + b"[]," * 2_790_000 + b"[]]"',
    "objects": 'b"[" + b"{}," * 2_790_000 + b"{}]"',
    "keys": 'b"{" + b",".join(b\'"%d":0\' % n for n in range(700_000)) + b"}"',
    "brackets": 'b"[" * 8_000_000',
    "digits": 'b"9" * 8_000_000',
    "floats": 'b"[" + b"0.5," * 2_000_000 + b"1]"',
    "escapes": "b'\"' + b\"\\\\u0000\" * 1_390_000 + b'\"'",
    "values": 'b\'{"status":"value","value":["list",[\' + b\'["none"],\' * 900_000 + b\'["none"]]]}\'',
    "a deep value": 'b\'{"status":"value","value":\' + b\'["list",[\' * 20_000 + b"]]" * 20_000 + b"}"',
    "ints": 'b\'{"status":"value","value":["ints",true,[\' + b"1," * 3_900_000 + b"1]]}"',
}
READ = """
import resource, struct, sys
sys.path[:0] = {path}
from hostile import fuzzing
body = {body}
body = struct.pack(">I", len(body)) + body
fuzzing.tried(b"")
before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
fuzzing.tried(body)
print((resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before) // 1024)
"""
MOST_MB = 420  #: for the largest frame that there may be, its text and all that was made of it


@pytest.mark.full
@pytest.mark.parametrize("giant", GIANTS)
def test_the_largest_frames_take_a_bounded_memory(giant: str) -> None:
    tests = Path(__file__).resolve().parents[1]
    source = READ.format(path=[str(tests), str(tests.parent)], body=GIANTS[giant])
    done = subprocess.run([sys.executable, "-c", source], capture_output=True, text=True, check=True)
    assert int(done.stdout) < MOST_MB


@pytest.mark.full
def test_the_benchmark_finds_no_fault(capsys: pytest.CaptureFixture[str]) -> None:
    script = Path(fuzzing.__file__)
    done = subprocess.run([sys.executable, str(script), "3000", "11"], capture_output=True, text=True)
    assert (done.returncode, "0 faults" in done.stdout) == (0, True), done.stdout
