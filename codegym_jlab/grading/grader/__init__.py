"""One submission becomes one judgement: its cells run in a sandbox, then its checks."""
