# The service's further settings; most are in compose.yaml.
import os

c = get_config()  # noqa: F821
c.CodeGym.proxies = f"127.0.0.0/8, ::1, {os.environ['CODEGYM_FRONT']}"
