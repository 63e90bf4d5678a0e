"""The way of a check in its fork, from the call to the bytes that answer it, by as few functions as can be.

Each page that a fork writes to is copied first, and calling a function writes to it, to its code and to what it uses.
So all that most checks do is one function here. What is rarer takes the long way of `checks.Check` from where it is.
"""

from __future__ import annotations

import _json
import sys
from os import SEEK_END as _END
from os import lseek as _lseek

from . import frames
from .clock import AGAIN_S as _AGAIN_S
from .execution import IS_COROUTINE as _IS_COROUTINE
from .signals import ITIMER_PROF as _PROF
from .signals import ITIMER_REAL as _REAL
from .signals import setitimer as _set_timer
from .wire import SHORT as _SHORT
from .wire import SMALL as _SMALL

TYPE_CHECKING = False  # typing itself is not imported: what the zygote holds, each fork pays for
if TYPE_CHECKING:
    from .checks import Check

_eval, _escape, _bare = eval, _json.encode_basestring_ascii, type(None)
_LITTLE = 10_000  # characters of output


def answer(check: Check) -> bytes:
    """In the fork: the frame that answers `check`, which was made ready before. Raises what `frames.pack` raises."""
    if check.no_program is not None:
        return check.refused()
    if check.stdin:
        check.kit.type(check.stdin)
    clock, recording, space = check.clock, check.recording, check.namespace
    recording.parts, recording.errors, recording.size, recording.over = [], [], 0, False  # threads may have printed
    text, error = "null", None
    try:
        try:
            clock.stopped, clock.running = False, True
            _set_timer(_PROF, clock.cpu, _AGAIN_S)
            _set_timer(_REAL, clock.wall, _AGAIN_S)
            value = None
            for code in check.codes:
                value = _eval(code, space)
                if code.co_flags & _IS_COROUTINE:
                    value = check.loop.run(value)
            if check.wants_value:
                kind = type(value)
                if kind is int and -_SMALL < value < _SMALL:  # type: ignore[operator]
                    text = f'["int","{value}"]'
                elif kind is str and len(value) < _SHORT:  # type: ignore[arg-type]
                    text = f'["str",{_escape(value)}]'  # type: ignore[arg-type]
                elif kind is bool:
                    text = '["bool",true]' if value else '["bool",false]'
                elif kind is _bare:
                    text = '["none"]'
                else:
                    text = check.encoded(value)
        finally:
            clock.running = False
            _set_timer(_PROF, 0)
            _set_timer(_REAL, 0)
            clock.stopped = True
    except BaseException as e:
        error = e
    if not clock.stopped:
        clock.halt()
    sys.settrace(None)
    sys.setprofile(None)
    try:
        written = _lseek(1, 0, _END)
    except OSError:  # student code put something there that has no end
        written = 0
    if error is None and recording.size < _LITTLE and written <= recording.seen and not recording.errors:
        out = _escape("".join(recording.parts))
        body = f'{{"status":"value","stdout":{out},"value":{text}}}'.encode("ascii")
        if len(body) <= frames.MAX_FRAME:
            return len(body).to_bytes(4, "big") + body
    try:
        return check.told(text, error)
    finally:
        error = None  # it holds this frame, and by its own all that the text had made
