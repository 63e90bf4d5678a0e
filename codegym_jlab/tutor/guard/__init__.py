"""The guard: no reply, whoever wrote it, gives an exercise's answer or hidden tests away."""

from .guard import Finding, Guard, Leaks
