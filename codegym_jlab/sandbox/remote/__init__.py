"""The level `remote`: answers run on a sandbox host, behind a socket, under another user, container, pod or machine.

`client` is a `base.Sandbox` for the service, `host` what `codegym sandbox-host` runs; both speak `protocol`. The host
has no token, password or database key, and is sent no teacher's text: the author's side stays in a sandbox of the
service.
"""

from .client import Remote
from .protocol import HostAddress, NotAnAddress
