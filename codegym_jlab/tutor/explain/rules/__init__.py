"""What beginners do wrong, by family: each rule looks at a program and its error, and says what it thinks.

A rule takes a `Case` and yields `Candidate`s; the surest of all rules is told. Rules of `syntax` take a `Broken`.
"""

from . import calls, containers, messages, names, silent, values

FAMILIES = (names, calls, messages, values, containers, silent)
RULES = tuple(rule for family in FAMILIES for rule in family.RULES)
