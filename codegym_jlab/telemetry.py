"""Logs: one logger, its records carry a submission's id where there is one."""

from __future__ import annotations

import logging

log = logging.getLogger("codegym")
