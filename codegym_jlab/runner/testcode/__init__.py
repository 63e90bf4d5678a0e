"""`code` checks: a dialogue of two sandboxes, one with the teacher's test text, one with the student's names."""
