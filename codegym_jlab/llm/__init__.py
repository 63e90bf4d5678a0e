"""Language models behind one seam, each provider in a file of its own."""
