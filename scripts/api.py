"""The shapes of the HTTP interface, as JSON, for `npm run api`."""

from __future__ import annotations

import json
import sys

from codegym_jlab.handlers import routes  # noqa: F401  (with it every address is there)
from codegym_jlab.handlers.openapi import description

if __name__ == "__main__":
    sys.stdout.write(json.dumps(description() | {"paths": {}}))
