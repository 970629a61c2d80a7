"""The protocols of clients: what reads a body, and what answers it."""
