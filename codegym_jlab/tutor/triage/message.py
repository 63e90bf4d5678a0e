"""A message made plain for rules and weights: folded, without code blocks, with names put in place of what varies."""

import re
from collections import Counter
from functools import cache
from importlib import resources
from typing import Literal

from codegym_jlab.records import frozen, grouped
from codegym_jlab.tutor.patterns import fold
from codegym_jlab.tutor.question import Situation

#: What is on the table: an exception, failed checks, a pass, code without a verdict, an exercise not begun, nothing.
Stage = Literal["error", "failed", "passed", "code", "open", "nowhere"]

LONGEST = 2400  #: characters read of a message: its beginning and its end

_FENCE = re.compile(r"```.*?(?:```|\Z)|~~~.*?(?:~~~|\Z)", re.S)
_APOSTROPHE = re.compile(r"(?<=\w)'(?=(?:t|s|m|re|ve|ll|d)\b)")
_ERROR_NAME = re.compile(r"\b[A-Za-z_]*(?:Error|Exception|Warning|Interrupt|Exit|StopIteration)\b")
_CALL = re.compile(r"\b[a-z_][a-z0-9_]*\(\)|\b\w+(?:\.\w+)+\b")
_MARKS = re.compile(r"[^\w.?!,;:#@%/]+|_")
_STOP = re.compile(r" ?([.?!,;:#@%/])[.?!,;:#@%/]* ?")
_LONG = re.compile(r"([a-z])\1{2,}")
_EDGE = re.compile(r"(?<=[\u3040-\u9fff])(?=[a-z0-9])|(?<=[a-z0-9])(?=[\u3040-\u9fff])")
#: `ae` for `ä`, as it is typed without the key; not in `neue`, `Frauen`, `quer`, `aktuell`.
_UMLAUT = re.compile(r"([ao])e(?![iu])|(?<![aeq])(u)e(?!ll|rst)")
#: What poses as something that is no student's message: `[SYSTEM]`, `<|system|>`, `### instruction`, `{"role":`.
_POSING = re.compile(
    r"[\[<{(#*%=-]\s{0,3}[|/]?\s{0,3}(?:begin |end |new )?(?:syst[eè]me?|sistema|系统|admin\w*|instru\w*"
    r"|assistant|developer|override|policy|staff|root|prompt|im_start|important|end of)\b|[\"']role[\"']\s*:",
    re.I,
)
#: Names of one letter, which are words in some language.
_LETTER, _QUOTED = re.compile(r"(?<!\w)[A-Za-z](?!\w)"), re.compile(r"['\"]([A-Za-z])['\"]")
_SPELLED = re.compile(r"(?<!\w)\w(?: \w){2,}(?!\w)")  #: letter by letter
_COUNTS = re.compile(r"(\d{1,6})\s?(?:/|of)\s?(\d{1,6})")


def plain(text: str) -> str:
    """`text` as words and stops, a space between each: `Don't, please!` becomes `dont , please !`."""
    words = _MARKS.sub(" ", _APOSTROPHE.sub("", fold(text)))
    words = _EDGE.sub(" ", _LONG.sub(r"\1", words))
    return " ".join(_STOP.sub(r" \1 ", words).split())


@frozen
class Reading:
    """One message with its situation. `said` leaves code blocks out, `whole` does not."""

    said: str
    whole: str
    words: tuple[str, ...]  #: of `said`, without stops
    stage: Stage
    language: str
    told: bool  #: whether the language is more than a fallback
    exercise: bool
    code: bool
    quotes_error: bool  #: words in a row, or a name, of the error on the table
    asks: bool  #: has a question mark
    fenced: bool
    poses: bool  #: has a mark that poses as another part of the conversation


def stage_of(situation: Situation) -> Stage:
    """What is on the table, the exception first."""
    if situation.last_error and situation.last_error.strip():
        return "error"
    verdict = (situation.last_verdict or "").strip().lower()
    if verdict:
        return "passed" if _passed(verdict) else "failed"
    if has_code(situation):
        return "code"
    return "open" if situation.exercise is not None else "nowhere"


def has_code(situation: Situation) -> bool:
    """Whether there is code of the student's: a cell that is still the starter holds none."""
    source = situation.source.split()
    if not source:
        return situation.has_code
    return situation.exercise is None or source != situation.exercise.starter.split()


def _passed(verdict: str) -> bool:
    counts = _COUNTS.search(verdict)
    if counts is not None:
        part, whole = int(counts[1]), int(counts[2])
        return part == (0 if "fail" in verdict else whole)
    return verdict in ("ac", "ok", "passed", "accepted", "correct", "pass")


def _names(situation: Situation) -> list[str]:
    exercise = situation.exercise
    if exercise is None:
        return []
    found = [exercise.id, *re.findall(r"^[ \t]*(?:def|class) +(\w+)", exercise.starter, re.M)]
    return [name for name in found if len(name) > 3]


def _quotes(said: str, error: str) -> bool:
    """Whether three words in a row, or half of a short error's, stand in the message."""
    last = plain(error.strip().splitlines()[-1]).split()
    words = [word for word in last if word not in ".?!,;:#@%/"]
    padded = f" {' '.join(w for w in said.split() if w not in '.?!,;:')} "
    size = 3 if len(words) > 4 else 2
    return any(f" {' '.join(words[i : i + size])} " in padded for i in range(len(words) - size + 1))


def read(message: str, situation: Situation) -> Reading:
    """`message` beside `situation`, ready for rules and weights."""
    if len(message) > LONGEST:
        message = message[: LONGEST * 2 // 3] + "\n" + message[-LONGEST // 3 :]
    prose = _FENCE.sub(" xcode ", message)
    bare = fold(_CALL.sub(" xname ", _FENCE.sub(" ", message)))
    words = _SPELLED.sub(" ", re.sub("[?.,]", " ", _MARKS.sub(" ", _APOSTROPHE.sub("", bare)))).split()
    text, course = _CALL.sub(" ", _ERROR_NAME.sub(" ", prose)), situation.language.split("-")[0]
    task = situation.exercise
    code = situation.source + (f"\n{task.starter}\n{task.given}" if task is not None else "")
    letters = {letter.lower() for letter in _LETTER.findall(code) + _QUOTED.findall(message)}
    language, told = language_of(text, [word for word in words if word not in letters], course)
    for name in _names(situation):
        prose = re.sub(rf"(?<!\w){re.escape(name)}(?!\w)(?:\(\))?", " xtask ", prose)
    said = plain(_ERROR_NAME.sub(" xerror ", prose))
    if told and language == "de":
        said = _UMLAUT.sub(r"\1\2", said)
    stage = stage_of(situation)
    return Reading(
        said=said,
        whole=plain(message) if "```" in message or "~~~" in message else said,
        words=tuple(w for w in said.split() if w not in ".?!,;:#@%/"),
        stage=stage,
        language=language,
        told=told,
        exercise=situation.exercise is not None,
        code=has_code(situation),
        quotes_error=stage == "error" and _quotes(said, situation.last_error or ""),
        asks="?" in said,
        fenced="xcode" in said,
        poses=_POSING.search(message) is not None,
    )


# -- which language it is written in: by script, then by small words ------------------------------------

_SCRIPTS = (("ja", 0x3040, 0x30FF), ("zh", 0x4E00, 0x9FFF), ("ru", 0x0400, 0x04FF), ("ar", 0x0600, 0x06FF))
#: Letters that only one of the languages has, as written (before folding).
_LETTERS = {"ñ¿¡": "es", "ßäöü": "de", "çèêœùàâîû": "fr", "łąęśżźćń": "pl", "ãõ": "pt", "ò": "it", "éíóúá": "es"}


@cache
def _words() -> dict[str, list[str]]:
    text = (resources.files(__package__) / "lexicon" / "small.txt").read_text("utf-8").replace("\n    ", " ")
    rows = (line.partition(": ") for line in text.splitlines())
    return grouped((word, language) for language, _, words in rows for word in set(words.split()))


def script_of(message: str) -> str | None:
    """The language that the letters alone decide, or None. Latin words among Chinese (names, errors) do not count."""
    counts: Counter[str] = Counter()
    for character in message:
        point = ord(character)
        if point < 0x0370:
            continue
        counts.update(language for language, first, last in _SCRIPTS if first <= point <= last)
    if not counts:
        return None
    if counts["ja"] >= 2:
        return "ja"
    return counts.most_common(1)[0][0]


def tally(message: str, words: list[str]) -> Counter[str]:
    """How much speaks for each language: its small words (less where they are shared) and letters of its own."""
    votes: Counter[str] = Counter()
    known = _words()
    for word in words:
        languages = known.get(word, [])
        for language in languages:
            votes[language] += 4 // len(languages)
    lowered = message.lower()
    for letters, language in _LETTERS.items():
        if any(letter in lowered for letter in letters):
            votes[language] += 3
    return votes


def language_of(message: str, words: list[str], fallback: str) -> tuple[str, bool]:
    """The language of `message` as BCP 47, and whether there is evidence; without it, `fallback`."""
    script = script_of(message)
    if script is not None:
        return script, True
    votes = tally(message, words)
    if not votes:
        return fallback, False
    ranked = votes.most_common(2)
    best, count = ranked[0]
    if len(ranked) > 1 and ranked[1][1] == count and fallback in (best, ranked[1][0]):
        best = fallback
    return best, count >= 4 and (len(ranked) == 1 or count > ranked[1][1] + 2)
