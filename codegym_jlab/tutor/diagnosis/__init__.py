"""Where a wrong answer is wrong: found by running small repairs of it, never by reading the solution.

`await Diagnoser(sandbox, grader).diagnose(loaded, exercise, source, practice=…)` gives a `Diagnosis`.
"""

from .diagnosis import Diagnoser, Diagnosis
from .example import Example, Turn

__all__ = ["Diagnoser", "Diagnosis", "Example", "Turn"]
