"""What instructors need to write a course that they can trust."""
