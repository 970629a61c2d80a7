"""Connections to servers: who owns them, in which loop they live, and how they end."""
