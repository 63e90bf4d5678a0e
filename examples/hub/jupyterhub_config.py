"""A class on JupyterHub: The Littlest JupyterHub takes this file as jupyterhub_config.d/codegym.py."""

from pathlib import Path

from codegym_jlab.hub.config import configure

c = get_config()  # noqa: F821

configure(
    c,
    config=Path(__file__).parent / "codegym_config.py",  # the service's settings, which students cannot read
    address="http://127.0.0.1:10101",  # only students' servers need to reach it
    admins=["ada"],  # who makes classes
    memory="1G",  # of each student's server
)
