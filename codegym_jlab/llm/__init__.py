"""Language models behind one seam (`base.py`), each provider in a file of its own, and a chain of them (`chain.py`)."""
