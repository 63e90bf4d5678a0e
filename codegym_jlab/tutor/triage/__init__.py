"""Where a message goes: word lists of many languages and what is on the table, weighed; no model, no network."""

from .classifier import triage, warm

__all__ = ["triage", "warm"]
