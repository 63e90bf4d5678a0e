"""Where a wrong answer is wrong: found by running small repairs of it; right answers guide where to look.

`await Diagnoser(grader).diagnose(StudentAnswer(loaded, exercise, source), practice=…)` gives a `Diagnosis`.
"""

from .diagnosis import Diagnoser, Diagnosis, StudentAnswer
