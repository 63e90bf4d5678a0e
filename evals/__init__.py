"""The tutor's own examination: what it is asked, what it should do, and how it is judged."""
