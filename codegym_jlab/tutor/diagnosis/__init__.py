"""Where a wrong answer is wrong: found by running small repairs of it; right answers guide where to look.

`await Diagnoser(sandbox, grader).diagnose(loaded, exercise, source, practice=…)` gives a `Diagnosis`.
"""

from .diagnosis import Diagnoser, Diagnosis
from .example import Example, Turn
