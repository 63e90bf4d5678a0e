"""What whoever runs a server sees of it: metrics and logs. Imports none of ours, and nothing heavy until it is used."""
