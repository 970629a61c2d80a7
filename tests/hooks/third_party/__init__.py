"""Plugins as a third party writes them, once for sync and async."""
