"""One submission becomes one judgement: its cells run in a sandbox, then its checks.

Reading order: `grader` is asked for the judgement; `plan` says which cells run, `replay` runs them and asks the checks
of the process that they leave; `value_checks` and `code_checks` know what to ask and what a reply is worth. `kinds` and
`other_kernels` judge what is no Python, and `plain_code` says which checks need no fork.
"""
