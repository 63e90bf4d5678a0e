"""What beginners do wrong, by family: each rule looks at a program and its error, and says what it thinks.

A rule takes a `Case` and yields `Candidate`s; the surest of all rules is told. Rules of `syntax` take a `Broken`.
"""

from . import calls, keys, messages, names, none, silent, tables, values

FAMILIES = (names, none, calls, messages, values, keys, tables, silent)
RULES = tuple(rule for family in FAMILIES for rule in family.RULES)
