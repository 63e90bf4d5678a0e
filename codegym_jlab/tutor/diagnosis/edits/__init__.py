"""Small edits of a wrong program: of the kinds that beginners need, and those that lead to a right answer."""
