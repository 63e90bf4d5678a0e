"""Concepts of Python, numpy and pandas: topics with tested examples, found and told without a model."""

from .level import Level, level_of
from .reply import explain, shown
from .search import Example, Found, Topic, find, topics
from .words import is_empty, is_empty_word, tokens

__all__ = [
    "Example", "Found", "Level", "Topic", "explain", "find", "is_empty", "is_empty_word", "level_of", "shown", "tokens",
    "topics",
]  # fmt: skip
