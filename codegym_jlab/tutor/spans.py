"""A turn of the tutor as spans by OpenTelemetry's conventions for generative AI: the turn, the agent, each tool.

https://opentelemetry.io/docs/specs/semconv/gen-ai/gen-ai-agent-spans/ What was asked and said is a part of them only
where content is switched on; what it was about, who answered, what it took and how much was withheld always is.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from codegym_jlab.llm.spans import messages_json
from codegym_jlab.store.classes import Enrolment
from codegym_jlab.telemetry.traces import Span, Value, carry, span, span_of

if TYPE_CHECKING:
    from .agents import Answer
    from .conversation import Took
    from .guard import Finding
    from .question import Routed

TUTOR = "tutor"


def turn_of(who: Enrolment, exercise: str) -> Span:
    """One question, from its situation to its place in the records; a trace of its own where nothing is above it."""
    about = {"gen_ai.conversation.id": f"{who.person}:{exercise}"}
    begun = _doing("invoke_agent", agent=TUTOR) | about
    return span_of(carry(), f"invoke_agent {TUTOR}", "internal", offering=who.offering, exercise=exercise, **begun)


def tell_turn(turn: Span, took: Took, message: str, shown: str) -> None:
    """What it was about and what it took; once it is over, or stopped."""
    turn.note(
        **{"gen_ai.response.model": took.llm},
        intent=took.intent,
        agent=took.agent or None,
        tokens=took.tokens,
        runs=took.runs,
        withheld=len(took.withheld),
    )
    turn.show(
        **{
            "gen_ai.input.messages": messages_json([("user", message)]),
            "gen_ai.output.messages": messages_json([("assistant", shown)]),
        }
    )


def triage() -> Span:
    """What is asked for."""
    return span("triage")


def tell_triage(found: Span, routed: Routed) -> None:
    """`sure`: by rules, or by a model where those were not."""
    found.note(intent=routed.intent, sure=routed.sure, language=routed.language)


def agent() -> Span:
    """Who answers is known only once it has; `tell_agent` names it."""
    return span("invoke_agent", **_doing("invoke_agent"))


def tell_agent(asked: Span, answer: Answer) -> None:
    """The course's own answer, before a model polishes it."""
    name = answer.reply.agent
    asked.rename(f"invoke_agent {name}")
    asked.note(**{"gen_ai.agent.name": name}, rung=answer.reply.rung, polish=bool(answer.polish))


def guard() -> Span:
    """One look at a text, or at a part of one."""
    tool: dict[str, Value | None] = {"gen_ai.tool.name": "guard", "gen_ai.tool.type": "function"}
    return span("execute_tool guard", **_doing("execute_tool"), **tool)


def tell_guard(looking: Span, text: str, finding: Finding) -> None:
    """What is withheld may be the solution: its kind is told, never its text, nor why."""
    looking.note(leaks=finding.leaks, runs=finding.runs, unjudged=finding.unjudged or None)
    if not finding.withheld:
        looking.show(**{"gen_ai.tool.call.arguments": text})


def _doing(what: str, *, agent: str | None = None) -> dict[str, Value | None]:
    return {"gen_ai.operation.name": what, "gen_ai.provider.name": "codegym", "gen_ai.agent.name": agent}
