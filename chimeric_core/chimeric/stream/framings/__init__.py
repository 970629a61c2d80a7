"""Framings of some providers, and those that plugins bring."""
