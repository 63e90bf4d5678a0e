"""Errors explained without a model: which line the mistake is on, what it is, and a question that leads on.

`explain_error(source, failure)` for an error that is known; `await explain_source(sandbox, source)` runs it first.
"""

from .bug_patterns import LOST, LOST_RESULTS, lost_in, mistakes_in
from .explanation import Explanation, explain_error
from .run import explain_source
from .seen import Seen, Step
