"""Notebooks of other graders become units of a course."""
