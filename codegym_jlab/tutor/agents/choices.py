"""What a student is asked back with: words that are sent when they are chosen, as they fit the moment."""

from __future__ import annotations

from ..question import Intent
from ..talk import Choice
from .asked import Asked
from .concept import topics_of
from .language import has_a_name, has_own_code

#: So many to choose from at most.
_MOST = 4
#: Readings that are offered only where they were read, never for the moment's sake.
_READINGS = frozenset({"progress", "logistics", "off_topic", "distress", "injection"})


def meant(asked: Asked) -> tuple[Intent, ...]:
    """The one or two readings of a message."""
    routed = asked.routed
    return (routed.intent, routed.other) if routed.other else (routed.intent,)


def choices(asked: Asked, readings: tuple[Intent, ...]) -> tuple[Choice, ...]:
    """The readings, the page of the library that a message comes nearest to, and what else fits the moment."""
    words = asked.words
    titles = [one.topic.title for one in topics_of(asked)[:1] if one.is_sure and has_a_name(asked)]
    fitting: list[str] = []
    for one in readings:
        if one == "concept":
            fitting += titles or [words.say("back.concept_choice")]
        elif one in _READINGS or asked.exercise is not None or one == "explain_error":
            fitting.append(words.say(f"back.{one}"))
    if asked.situation.last_error:
        fitting.append(words.say("back.explain_error"))
    fitting += titles
    if asked.exercise is not None:
        fitting += [words.say("back.review")] if has_own_code(asked) else []
        fitting += [words.say("back.hint"), words.say("back.task")]
    fitting.append(words.say("back.concept_choice"))
    return tuple(Choice(label, label) for label in list(dict.fromkeys(fitting))[:_MOST])
