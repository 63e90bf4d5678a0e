"""A diagnosis in a teacher's words: the place, a question on it, and an example; never the change that mends it."""

import ast
import builtins
import re
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import asdict
from os.path import commonprefix

from ..explain.explanation import quoted
from ..guard.syntax import parsed
from ..locale import Words
from .example import Change, Example, Watched
from .program import text

#: Which question of the catalogue (`diagnosis.ask.…`) is asked on which kind of mistake.
_QUESTIONS = {
    "border": "strict off_by_one",
    "condition": "turned and_or condition empty_test",
    "fixed": "fixed_value",
    "name": "wrong_name element wrong_value",
    "start": "start_value start_in_loop",
    "result": "result_kind",
    "early": "return_early",
    "added": "element_added",
    "kept": "accumulate",
    "left_out": "left_out return_missing",
    "none_kept": "none_kept",
    "method": "method wrong_call",
    "loop": "too_deep too_shallow no_step extra_line",
    "case": "missing_case missing_key",
    "text": "wrong_text",
    "sign": "sign division only_line",
    "copy": "copy swap",
}
_OWN = (
    "branches chain cases sequence range quoted over undefined shadowed printed crash unfinished raises "
    "yields leaves dropped order step arguments part option mode comma labels rows otherwise "
    "braces format needless assigned"
)
NAMES = frozenset(_QUESTIONS["name"].split())  #: kinds whose question is about the names of a line
METHODS = frozenset(_QUESTIONS["method"].split())  #: or about what it calls
#: Of these there is a second, smaller one (`diagnosis.more.…`).
_MORE = "border condition name start result early printed loop case sign crash over range dropped none_kept".split()
#: Of these the second question says more than the program's way line by line.
_TELLING = "border start early printed loop case over range dropped none_kept".split()
_QUESTION_OF = {kind: kind for kind in _OWN.split()}
_QUESTION_OF |= {kind: question for question, kinds in _QUESTIONS.items() for kind in kinds.split()}


#: Of these there is a better one where the parts of the line are known.
_OF_PARTS = frozenset({"border", "condition", "sign", "range", "part", "text", "method"})
_BY_EXAMPLE = frozenset({"sign", "division", "only_line"})  #: whose line is worked out by an example
_AT_THE_END = frozenset({"left_out", "return_missing"})  #: where a value may not be given back
_MOST_ROUNDS = 3  #: of a loop that are told one by one
_QUOTES = ("'", '"')
_AHEAD = 12  #: signs of a text that are shown behind the place where it parts from another
_MOST_SIGNS = 3  #: that two texts differ by, where the signs alone are told


def place_text(words: Words, lines: tuple[int, ...], either: tuple[int, ...] = ()) -> str:
    """Where to look: *Look at line 4.* `either`: two lines, one of which it is."""
    if either:
        return words.say("diagnosis.either", first=either[0], last=either[-1])
    if not lines:
        return words.say("diagnosis.none")
    if len(lines) == 1:
        return words.say("explain.line", line=lines[0])
    both = words.say("diagnosis.and", first=", ".join(map(str, lines[:-1])), last=lines[-1])
    return words.say("diagnosis.lines", lines=both)


def question_text(words: Words, kind: str) -> str:
    """What to ask oneself there; "" for a kind that has no question."""
    question = _QUESTION_OF.get(kind)
    return words.say(f"diagnosis.ask.{question}") if question else ""


def seen_question(words: Words, kind: str, example: Example | None) -> str:
    """The same on what the example shows of the line; "" where it shows nothing, or of another kind."""
    if example is None:
        return words.say("diagnosis.more.sign") if kind in _BY_EXAMPLE else ""
    if kind in _AT_THE_END and example.got == "None" and (name := _called_in(example)):
        return words.say("explain.text.none_return.forgotten", function=name)
    question, watched = _QUESTION_OF.get(kind, "sign"), example.watched
    if example.has_error and question in ("sign", "part"):  # nothing came of what is calculated
        return words.say("diagnosis.ask.crash")
    if watched is not None and watched.parts[-1].text.startswith("range("):
        return words.say("diagnosis.ask.through", value=quoted(watched.parts[-1].value))
    if watched is None or question not in _OF_PARTS:
        return ""
    held = {one.text: one.value for one in watched.parts}
    for left, right in map(_sides_of, held if question == "border" else ()):
        if held.get(left, left).removesuffix(".0") == held.get(right, right).removesuffix(".0"):
            return words.say("diagnosis.ask.equal", left=quoted(left), right=quoted(right))
    whole = watched.parts[-1]
    if question != "range" and whole.value in ("True", "False"):
        return words.say("diagnosis.ask.held", text=quoted(whole.text, is_code=True), value=whole.value)
    if question in ("method", "part", "border") and not whole.text.isidentifier():  # of a border, a slice
        return words.say("diagnosis.ask.gives", text=quoted(whole.text, is_code=True), value=quoted(whole.value))
    return "" if kind in _QUESTION_OF else words.say("diagnosis.ask.sign")


def _called_in(example: Example) -> str:
    """The function of the program that the example calls; "" for none."""
    tree = parsed(example.call)
    match tree and tree.body:
        case [*_, ast.Expr(ast.Call(ast.Name(name)))] if not hasattr(builtins, name):
            return name
    return ""


def _sides_of(expression: str) -> tuple[str, str]:
    """The two sides of a comparison; "" and " " of anything else."""
    tree = parsed(expression)
    match tree and tree.body:
        case [ast.Expr(ast.Compare(left, [_], [right]))]:
            return text(left), text(right)
    return "", " "


def is_asked_by(example: Example | None, change: Change | None, kind: str) -> bool:
    """Whether an example ends in what a name should hold by then, beside which the question on a kind says nothing."""
    if example is None or (example.first_wrong is None if example.turns else change is None or change.value == "…"):
        return False
    is_told = example.watched is not None and change is not None and example.watched.parts[-1].value == change.value
    return is_told or _QUESTION_OF.get(kind) in ("sign", "part")


def more_text(words: Words, kind: str) -> str:
    """A smaller question for who asks on; "" for a kind that has none."""
    question = _QUESTION_OF.get(kind)
    is_known = question in _MORE and kind != "only_line"  # of which nothing more was found
    return words.say(f"diagnosis.more.{question}") if is_known else ""


def is_telling(kind: str) -> bool:
    """Whether the smaller question on a kind of mistake says more than the values on the way."""
    return _QUESTION_OF.get(kind) in _TELLING


def _row_text(words: Words, example: Example | None) -> str:
    """The one printed line that is missing, or one too many; "" where screens differ in more, or in another way."""
    if example is None or not example.is_text or "…" in example.got + example.wanted:  # of which a part is shown
        return ""
    got, wanted = ([*map(str.rstrip, one.splitlines())] for one in (example.got, example.wanted))
    for key, few, many in (("missing", got, wanted), ("extra", wanted, got)):
        for at, row in enumerate(many):
            if few and row and few == many[:at] + many[at + 1 :]:
                return words.say(
                    f"diagnosis.row.{'none' if key == 'extra' and row == 'None' else key}", row=quoted(row)
                )
    return ""


def difference_text(words: Words, example: Example | None) -> str:
    """What alone two outcomes differ in: signs, one printed line, or a part of a table; "" for more."""
    return only_text(words, example) or _row_text(words, example) or _value_text(words, example)


def _value_text(words: Words, example: Example | None) -> str:
    if example is None or example.apart is None:
        return ""
    said, cell = [], example.apart.cell
    if example.apart.what:
        got, wanted = quoted(example.apart.got), quoted(example.apart.wanted)
        said.append(words.say(f"diagnosis.value.{example.apart.what}", got=got, wanted=wanted))
    if cell is not None:
        held = {name: quoted(value) for name, value in asdict(cell).items()}
        said.append(words.say("diagnosis.cell", **held))
    return " ".join(said)


def apart_text(words: Words, example: Example | None) -> str:
    """Where two texts that begin alike part: up to where they agree, and how each goes on; "" for other values."""
    if example is None or example.has_error or not (example.is_text and example.got and example.wanted):
        return ""
    got, wanted = (one.splitlines() or [""] for one in (example.got, example.wanted))
    own, other = next(((a, b) for a, b in zip(got, wanted, strict=False) if a.rstrip() != b.rstrip()), ("", ""))
    if own[:1] in _QUOTES and other[:1] in _QUOTES:  # a value's own quotes are no difference
        own, other = own[1:], other[1:]
    at = len(commonprefix([own, other]))
    same = own[:at]
    is_number = (own[at : at + 1] + other[at : at + 1]).isdigit()  # another value, which is no matter of signs
    if not same and own[:1].casefold() == other[:1].casefold() != "":
        return words.say("diagnosis.first", got=own[0], wanted=other[0])
    if is_number or not same:
        return ""
    own, other = (quoted(one[at : at + _AHEAD].replace(" ", "␣").rstrip("'\"")) for one in (own, other))
    if not own and not other:
        return ""
    key = "both" if own and other else "missing" if other else "more"
    return words.say(f"diagnosis.apart.{key}", same=quoted(same.replace(" ", "␣")), got=own, wanted=other)


def is_begun(example: Example | None) -> bool:
    """Whether a text that comes is the beginning of the one that is wanted."""
    if example is None or not example.is_text or example.got == example.wanted:
        return False
    own = example.got[:-1] if example.got[-1:] in _QUOTES else example.got  # a value's quote closes it
    return own not in ("", *_QUOTES) and example.wanted.startswith(own)


def only_text(words: Words, example: Example | None) -> str:
    """That what comes and what is wanted differ in blanks, capital letters or other signs alone; "" for more.

    Or in that the one is a text and the other is none.
    """
    if example is None or not example.is_text:
        both = {example.got, example.wanted} if example is not None else set[str]()
        is_same = len(both) == 2 and len({re.sub("['\"]", "", one) for one in both}) == 1
        return words.say("diagnosis.only.quotes") if is_same else ""
    got, wanted = example.got, example.wanted
    apart = Counter(re.findall(r"[^\w\s]", got))
    apart.subtract(re.findall(r"[^\w\s]", wanted))
    if got == wanted or sum(sign.isalpha() for sign in got) < 3 or sum(map(abs, apart.values())) > _MOST_SIGNS:
        return ""
    if digits := _digits(got, wanted):
        return words.say(f"diagnosis.only.digits.{digits}")
    for name, plain in _ALIKE.items():
        if plain(got) == plain(wanted):
            at = len(commonprefix([got, wanted]))
            parts = [quoted(one[at : at + 1].replace(" ", "␣")) for one in (got, wanted)]
            first = words.say("diagnosis.first", got=parts[0], wanted=parts[1]) if all(parts) else ""
            is_within = at > 0 and got[at - 1] != "\n" and got[:1] not in "'\""  # printed, not returned
            is_comma = example.spaced and name == "blanks" and got[at : at + 1] == " " and is_within
            comma = words.say("diagnosis.only.comma") if is_comma else ""
            return " ".join(filter(None, (words.say(f"diagnosis.only.{name}"), first, comma)))
    return ""


def _digits(got: str, wanted: str) -> str:
    """Whether one of two texts has "more" or "fewer" digits after the point of the same numbers; "" for neither."""
    if _NUMBER.sub("", got) != _NUMBER.sub("", wanted):
        return ""
    pairs = [pair for pair in zip(_NUMBER.findall(got), _NUMBER.findall(wanted), strict=True) if pair[0] != pair[1]]
    places = [[len(one.partition(".")[2]) for one in pair] for pair in pairs]
    near = (abs(float(a) - float(b)) <= 0.51 * 10 ** -min(both) for (a, b), both in zip(pairs, places, strict=True))
    if not all(near):
        return ""
    return "more" if all(a > b > 0 for a, b in places) else "fewer" if all(a < b for a, b in places) else ""


_NUMBER = re.compile(r"\d+(?:\.\d+)?")
_ALIKE: dict[str, Callable[[str], str]] = {
    "blanks": lambda text: "".join(text.split()),
    "case": str.casefold,
    "signs": lambda text: re.sub(r"[\W_]", "", text),
    "both": lambda text: re.sub(r"[\W_]", "", text).casefold(),
}


def is_loop_told(example: Example | None) -> bool:
    """Whether the way line by line begins with a loop that stands still, or has no round."""
    return example is not None and bool(example.call) and (example.stuck is not None or example.idle > 0)


def walk_text(words: Words, example: Example | None, walk: Sequence[Change]) -> str:
    """The example once more, now line by line; "" where nothing is kept on the way."""
    if example is None or not example.call:
        return ""
    if example.stuck is not None:
        return words.say("diagnosis.stuck", line=example.stuck[0], number=example.stuck[1])
    idle = words.say("diagnosis.no_round", line=example.idle) if example.idle else ""
    if 1 < len(example.turns) <= _MOST_ROUNDS:
        held = {one.number: ", ".join(f"`{k}` `{quoted(v)}`" for k, v in one.names.items()) for one in example.turns}
        turns = "; ".join(words.say("diagnosis.round", number=at, names=names) for at, names in held.items())
        return f"{idle} {words.say('diagnosis.rounds', call=quoted(example.call), turns=turns)}".strip()
    if not walk or example.turns and not all(one.line for one in walk):  # a loop that is cut shows nothing
        return idle
    made = "; ".join(step_text(words, one) for one in walk)
    return f"{idle} {words.say('diagnosis.walk', call=quoted(example.call), made=made)}".strip()


def step_text(words: Words, step: Change, *more: str) -> str:
    """What a line makes of a name, or what comes of its question. `more`: values of other times that it ran."""
    key = "diagnosis.asked" if step.asks else "diagnosis.made"
    rows = (" | ".join(one for one in told.splitlines() if one[:6] != "Name: ") for told in (step.value, *more))
    name, value = quoted(step.name, is_code=True), "`, `".join(map(quoted, rows))
    return words.say(key, line=step.line, name=name, value=value) if step.line else "…"


def watched_text(words: Words, watched: Watched | None) -> str:
    """What the parts of a line are worth; "" where it is not known."""
    if watched is None:
        return ""
    pairs = (
        f"`{quoted(one.text, is_code=True)}` {'=' if one.text.isidentifier() else '→'} `{quoted(one.value)}`"
        for one in watched.parts
    )
    return words.say("diagnosis.watched", line=watched.line, held=", ".join(pairs))


def outcomes(example: Example) -> tuple[str, str]:
    """What came and what is wanted, as they are shown: from the line on in which they part."""
    screens = example.got, example.wanted
    begin = example.got.rfind("\n", 0, len(commonprefix(screens))) + 1
    got, wanted = (("… " if begin else "") + in_one_line(screen[begin:]) for screen in screens)
    return got, wanted


def in_one_line(screen: str) -> str:
    """What is printed, as it stands in a sentence: a Markdown reader drops blanks at the start of a line."""
    seen = re.sub(r"^ +|  +", lambda blanks: "␣" * len(blanks[0]), screen.rstrip("\n"), flags=re.M)
    return quoted(seen.replace("\n", " ⏎ "))


def example_text(words: Words, example: Example, change: Change | None = None) -> str:
    """What goes in, what comes out, what a line works with, and the first turn that goes wrong."""
    got, wanted = outcomes(example)
    if got == wanted and example.is_text:  # blanks decide
        got, wanted = (quoted(one.replace(" ", "␣")) for one in (example.got, example.wanted))
    key = "drawn" if example.part else "endless" if not example.got else "example" if example.call else "screen"
    call = quoted(re.sub(r"^ +| +$|  +", lambda blanks: "␣" * len(blanks[0]), example.call))
    if key == "example" and not example.is_text and "\n" in example.got + example.wanted:
        is_said = example.apart is not None and example.apart.what != "order"
        key = "table" if is_said else "tables"  # then both are shown as they are
        got, wanted = (one.replace("`", "'").rstrip() for one in (example.got, example.wanted))
    said = words.say(f"diagnosis.{key}", call=call, part=example.part, got=got, wanted=wanted)
    if got == wanted:  # what differs is behind where both are cut
        said = f"*{example.part}*:" if example.part else words.say("diagnosis.table", call=call)
    said = f"{said} {difference_text(words, example)}".strip()
    if only_text(words, example):
        return said  # of values that are right
    said = f"{said} {watched_text(words, example.watched)}".strip()
    if change is not None and change.value != "…" and not example.turns:
        value = quoted(change.value)
        return f"{said} {words.say('diagnosis.line', number=change.line, name=change.name, value=value)}"
    return f"{said} {turn_text(words, example)}".strip()


def turn_text(words: Words, example: Example | None) -> str:
    """The first turn after which a name holds what it should not, and a question on it; "" where there is none."""
    if example is None or example.first_wrong is None:
        return ""
    value = quoted(example.turns[-1].names[example.name])  # the turns that are told end with that one
    return words.say("diagnosis.turn", number=example.first_wrong, name=example.name, value=value)
