"""Migrations of the records, one numbered file a step; `migrate` is imported only where one is needed."""

#: The revision that `tables.py` describes; a test holds it to be the newest file.
HEAD = "0013"
