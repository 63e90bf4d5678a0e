"""A class on JupyterHub: its service, what the Hub is told of it, and a class to try on one machine."""
