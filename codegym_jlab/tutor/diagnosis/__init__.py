"""Where a wrong answer is wrong: found by running small repairs of it, never by reading the solution."""
