"""The inner half of each sandbox level."""
