"""Concepts of Python, numpy and pandas: topics with tested examples, found and told without a model."""

from .library import Found, find
from .telling import explain
from .topic import Example, Topic, topics

__all__ = ["Example", "Found", "Topic", "explain", "find", "topics"]
