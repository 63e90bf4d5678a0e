"""`python -m codegym_jlab.cli`."""

from . import main

main()
