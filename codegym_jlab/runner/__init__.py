"""The code inside the sandbox: standard library only, nothing of ours above it.

The host starts `__main__.py` by its path; inside, this folder is the package `codegym_runner`. The host itself
imports `wire` from here and little else. Reading order: `isolation.zygote` forks a `session` for each lease, closed off
by `isolation.drop_privileges` inside the view of `isolation.rootfs`; the session runs `session.cells` and forks for
each `session.check`. `testcode` talks with a teacher's test text; `notebook` is for kernels.
"""
