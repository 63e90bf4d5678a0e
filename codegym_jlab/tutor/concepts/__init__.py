"""Concepts of Python, numpy and pandas: topics with tested examples, found and told without a model."""

from .reply import explain, shown, to_try
from .search import Example, Found, Topic, find, topics

__all__ = ["Example", "Found", "Topic", "explain", "find", "shown", "to_try", "topics"]
