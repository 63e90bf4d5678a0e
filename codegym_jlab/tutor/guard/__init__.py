"""The guard: no reply, whoever wrote it, gives an exercise's answer or hidden tests away."""

from .finding import Finding, Leaks
from .guard import Guard

__all__ = ["Finding", "Guard", "Leaks"]
