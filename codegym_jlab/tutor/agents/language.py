"""Questions about the language itself, asked beside an exercise: the library answers them, not the hint ladder."""

from __future__ import annotations

from ..concepts.library import SURE
from ..folding import fold
from ..words import patterns
from .asked import Asked
from .concept import BY_FAR, PLAINLY, topics_of
from .subjects import subjects

#: Characters of a question at most; longer ones tell a story, and triage reads those better.
_LONGEST = 180


def asks_of_the_language(asked: Asked) -> bool:
    """Whether a message read as a plea, a review, rules or a request asks a question that the library answers."""
    match asked.routed.intent:
        case "hint":
            return asks_with_a_name(asked) and score_of(asked) >= (PLAINLY if _is_tried(asked) else SURE)
        case "review":
            return not has_own_code(asked) and asks_with_a_name(asked) and score_of(asked) >= SURE
        case "logistics":
            return not _asks_for_rules(asked) and asks_with_a_name(asked) and score_of(asked) >= SURE
        case "solution_request" | "off_topic":
            return _compares(asked) and score_of(asked) >= PLAINLY
        case "distress":
            return asks_with_a_name(asked) and score_of(asked) >= BY_FAR and not _is_heard(asked)
        case _:
            return False


def names_an_idea(asked: Asked) -> bool:
    """Whether a message that could be anything names an idea of Python plainly, and asks for no help."""
    if not has_a_name(asked) or patterns("python")["not"].search(fold(asked.message)):
        return False
    return score_of(asked) >= PLAINLY


def has_a_name(asked: Asked) -> bool:
    """Whether anything of the language is named at all."""
    return bool(patterns("python")["term"].search(fold(asked.message)))


def score_of(asked: Asked) -> float:
    """How well the library's best topic fits; 0 where none does."""
    found = topics_of(asked)
    return found[0].score if found else 0.0


def asks_with_a_name(asked: Asked) -> bool:
    """Whether it is a question with a name of the language in it, and no word of somebody who wants other help."""
    said, known = fold(asked.message), patterns("python")
    if len(said) > _LONGEST or known["not"].search(said) or is_about_own_code(asked):
        return False
    return all(known[name].search(said) for name in ("asks", "term"))


def is_about_own_code(asked: Asked) -> bool:
    """Whether a word of it means the student's own code, and there is some."""
    return has_own_code(asked) and names_own(asked)


def names_own(asked: Asked) -> bool:
    """Whether a word of it means something of the student's own, begun or not."""
    return bool(patterns("python")["own"].search(fold(asked.message)))


def has_own_code(asked: Asked) -> bool:
    """Whether there is code of the student's beside the starter, also where it is not told."""
    now = asked.situation
    return asked.is_begun or bool(now.last_verdict) or (now.has_code and not now.source.strip())


def _is_tried(asked: Asked) -> bool:
    """Whether an own answer was looked at and did not pass: then a question is mostly about it."""
    return has_own_code(asked) and bool(asked.situation.last_verdict) and not asked.is_accepted


def _compares(asked: Asked) -> bool:
    return asks_with_a_name(asked) and bool(patterns("python")["same"].search(fold(asked.message)))


def _asks_for_rules(asked: Asked) -> bool:
    """Whether the course's rules are named: more than a mere "can I use …", which most ask of the language."""
    named = set(subjects(asked.message))
    return bool(named - {"allowed"}) or bool(patterns("rules")["allowed"].search(fold(asked.message)))


def _is_heard(asked: Asked) -> bool:
    """Whether a word of it tells of the person: then a human is named, whatever else is asked."""
    return bool(patterns("sorrow")["heard"].search(fold(asked.message)))
