"""The JSON of requests and answers: models for the description, and for reading what is sent."""
