"""Right or wrong, decided outside the sandbox: reading replies, comparing values, points; values shown as text."""
