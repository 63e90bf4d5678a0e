"""What the labels' order says, as points: the first that fits should win, unless much speaks for a later one."""

from __future__ import annotations

from codegym_jlab.tutor.question import Intent
from codegym_jlab.tutor.triage.reading import Reading


def scores(reading: Reading, groups: set[str]) -> dict[Intent, float]:
    """Points for each intent by the groups found and the stage."""
    has = groups.__contains__
    stage = reading.stage
    points: dict[Intent, float] = {
        "distress": 0.0, "injection": 0.0, "solution_request": 0.0, "explain_error": 0.0, "review": 0.0,
        "hint": 0.2, "concept": 0.0, "progress": 0.0, "logistics": 0.0, "off_topic": 0.1,
    }  # fmt: skip
    if has("distress") or has("human"):
        points["distress"] += 5
    if has("injection"):
        points["injection"] += 5
    if not has("neganswer"):
        if has("answer"):
            points["solution_request"] += 2 if has("give") or has("doforme") else 0.8
        if has("doforme"):
            points["solution_request"] += 1.5
        if has("hiddentest") and (has("give") or reading.asks):
            points["solution_request"] += 1.5
    if stage == "error" and not has("setaside"):
        points["explain_error"] += 1.2 + has("errword") + has("mean") + 2 * reading.quotes_error + has("sarcasm")
        points["explain_error"] += len(reading.words) <= 3
    if has("review"):
        points["review"] += 1.5 + 0.5 * reading.code + 0.8 * has("owncode") + (stage == "passed")
    points["review"] += stage == "passed" and len(reading.words) <= 3 and not has("thanks")
    points["hint"] += 1.6 * has("hintword") + 1.2 * has("stuck") + (stage == "failed") * (0.8 + has("checkfail"))
    points["hint"] += 0.6 * has("neganswer")
    points["concept"] += 1.6 * has("concept") + 0.8 * has("otherdata")
    points["progress"] += 2 * has("progress")
    points["logistics"] += 2.2 * has("logistics")
    points["off_topic"] += 1.2 * has("offtopic") + 1.4 * has("thanks") * (stage != "error") + 1.5 * has("otherdeadline")
    return points
