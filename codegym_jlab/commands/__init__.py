"""What `codegym` is told to do beside the course itself: a module for each command or group; `cli.py` joins them."""
