"""`codegym class …`, `codegym publish` and `codegym export`: the classes."""
