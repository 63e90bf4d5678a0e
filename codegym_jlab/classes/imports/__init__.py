"""Notebooks that were handed in elsewhere: what they are, and how they become submissions."""
