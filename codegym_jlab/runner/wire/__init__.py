"""What crosses between the host and a sandbox: frames, and the values in them."""
