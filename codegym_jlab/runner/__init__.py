"""The code inside the sandbox: standard library only, nothing of ours above it.

The host starts `__main__.py` by its path; inside, this folder is the package `codegym_runner`. The host itself
imports `wire` from here and nothing else. Reading order: `zygote` forks a `session` for each lease, sealed by
`seal` inside the `view`; the session runs `cells` and forks for each of its `checks`.
"""
