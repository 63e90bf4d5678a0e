"""Answers that are no code of the student's, judged without a process, and what is told of gaps and of lines in order.

What a choice or a prediction should be stays here: a student reads a word on what was chosen or typed, and no more.
"""

import io
import tokenize
from collections.abc import Iterator
from itertools import zip_longest

from codegym_jlab.course.notebook import chosen, predicted
from codegym_jlab.course.schema import Choice, Exercise, gaps_of
from codegym_jlab.records import CheckResult, Notice, Verdict

from ..checker.responses import visible
from ..checker.value_text import CAP
from ..checker.verdict import Decision, Expected, counted, lines_sentence, printed_lines
from .value_checks import CourseFault, Wanted

#: Where nothing is chosen or typed yet, there is nothing to judge.
Judged = tuple[Verdict | None, list[CheckResult], tuple[Notice, ...]]


def judged(exercise: Exercise, source: str, expected: Wanted | None) -> Judged | None:
    """By its kind; `expected` is of a prediction. None where nothing is chosen or typed. Raises CourseFault."""
    if exercise.answer == "choice":
        return judged_choice(exercise, source)
    if exercise.answer == "predict":
        if not isinstance(expected, Expected) or expected.prints is None:
            raise CourseFault(f"the code that is shown has no output: {expected}")
        return judged_prediction(exercise, source, expected)
    if exercise.marking != "manual":
        raise CourseFault("nobody judges a text: write `marking: manual` as well")
    return None, [], ()


def judged_choice(exercise: Exercise, source: str) -> Judged | None:
    """A check for each chosen option, with the author's word on it; None where none is chosen."""
    options = exercise.lettered
    picked = [letter for letter in chosen(source) if letter in options]
    if not picked:
        return None
    results = [_chosen(letter, options[letter]) for letter in picked]
    fit = sum(result.passed for result in results)
    wrong, missing = len(picked) - fit, len(exercise.checks) - fit
    if not wrong and not missing:
        return Verdict.AC, results, ()
    text = f"{fit} fit{'s' * (fit == 1)}, {wrong} {'does' if wrong == 1 else 'do'} not, "
    text += f"and {missing} {'is' if missing == 1 else 'are'} missing."
    several = exercise.several or len(exercise.checks) > 1
    told = Notice("choice", text, {"fit": fit, "wrong": wrong, "missing": missing})
    return Verdict.WA, results, (told,) if several else ()


def _chosen(letter: str, option: Choice) -> CheckResult:
    verdict = Verdict.AC if option.right else Verdict.WA
    return CheckResult(letter, visible(option.text, 500), False, verdict, 1.0, option.say or "")


def judged_prediction(exercise: Exercise, source: str, expected: Expected) -> Judged | None:
    """Whether it is what the code prints, with or without what is typed; None where nothing is predicted."""
    typed, (check,) = predicted(source), exercise.checks
    if not typed.strip():
        return None
    wanted = [printed_lines(text) for text in (expected.prints, expected.screen) if text is not None]
    theirs = printed_lines(typed)
    verdict, said = (Verdict.AC, "") if theirs in wanted else (Verdict.WA, _other_lines(wanted[0], theirs))
    decision = Decision(verdict, said, visible("\n".join(theirs), CAP))
    return verdict, [decision.on(exercise, check)], ()


def _other_lines(ours: list[str], theirs: list[str]) -> str:
    """What differs, and nothing of what stands there."""
    own, words = (" ".join(lines).split() for lines in (ours, theirs))
    if own != words and sorted(own) == sorted(words):
        return "Right values. Look at their order."
    missing = len(ours) - len(theirs)
    if missing:
        return f"{counted(abs(missing), 'line')} {'missing' if missing > 0 else 'too many'}."
    return lines_sentence(ours, theirs)


def notices_on(exercise: Exercise, source: str) -> Iterator[Notice]:
    """Of an answer that is not accepted: which gaps are right, or the first line that stands elsewhere."""
    if exercise.answer == "fill":
        ours, theirs = gaps_of(exercise.starter, exercise.solution), gaps_of(exercise.starter, source)
        if ours and theirs:
            gaps = [_tokens(one) == _tokens(other) for one, other in zip(ours, theirs, strict=True)]
            text = f"{sum(gaps)} of {len(gaps)} gaps {'is' if sum(gaps) == 1 else 'are'} right."
            yield Notice("gaps", text, {"gaps": gaps})
    elif exercise.answer == "order":
        wanted = [line.rstrip() for line in exercise.solution.splitlines() if line.strip()]
        lines = [(n, line.rstrip()) for n, line in enumerate(source.splitlines(), 1) if line.strip()]
        pairs = zip_longest(lines, wanted)
        found = next((line for line, ours in pairs if line is None or line[1] != ours), None)
        if found is not None:
            yield Notice("order", f"Look at line {found[0]}.", {"line": found[0]})
        elif 0 < len(lines) < len(wanted):
            yield Notice("order", "Lines are missing at the end.")


def _tokens(text: str) -> list[str]:
    try:
        found = tokenize.generate_tokens(io.StringIO(text).readline)
        return [token.string for token in found if token.string.strip()]
    except (tokenize.TokenError, SyntaxError):
        return text.split()
