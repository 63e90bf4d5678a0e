"""Concepts of Python, numpy and pandas: topics with tested examples, found and told without a model."""

from .answers import A, Answers, answers, facts, heading, speaks_of
from .level import Level, level_of
from .reply import explain, line_of
from .search import SURE, Example, Found, Topic, find, spelled, topics
from .words import ideas, is_empty, is_empty_word, saying, telling, tokens, words_in
