"""Plugins: their hooks, how they are found, what a provider declares, where a request goes."""
