"""The levels `docker` and `docker+runsc`: a container for each submission, of an engine on this machine.

`pool` keeps containers ready, `container` is one of them, `spec` says what it may, `image` what it is made of, `engine`
is the way to the engine. The half inside is `runner.isolation.container`.
"""

from .engine import LEVELS
from .pool import Docker
