"""What a message wants; `tutor.agents` says who answers it.

Word lists of many languages and what is on the table, weighed: no model, no network.
"""

from .classifier import triage, warm
