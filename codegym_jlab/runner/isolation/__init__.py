"""How the zygote and its forks are closed off, level by level, and watched."""
