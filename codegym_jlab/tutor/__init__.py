"""Help for students: today the authored ladder of hints, its state kept in the records."""
