"""A class on JupyterHub: The Littlest JupyterHub takes this file as jupyterhub_config.d/codegym.py."""

from pathlib import Path

from codegym_jlab.hub.config import configure

c = get_config()  # noqa: F821

c.CodeGymHub.settings = str(Path(__file__).parent / "codegym_config.py")  # of the service; students cannot read it
c.CodeGymHub.address = "http://127.0.0.1:10101"  # only students' servers need to reach it
c.CodeGymHub.admins = ["ada"]  # who makes classes
c.CodeGymHub.memory = "1G"  # of each student's server
configure(c)
