"""Concepts of Python, numpy and pandas: topics with tested examples, found and told without a model."""

from .reply import explain, shown
from .search import Example, Found, Topic, find, topics
from .words import is_empty_word

__all__ = ["Example", "Found", "Topic", "explain", "find", "is_empty_word", "shown", "topics"]
