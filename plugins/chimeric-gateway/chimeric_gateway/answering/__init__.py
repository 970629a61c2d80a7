"""Answers in the protocols of clients, from unified chunks and responses."""
