"""Notebook kernels behind the same walls."""
