"""Other programming languages, as Python that does the same on what exercises use: cheap, and wrong where rare."""
