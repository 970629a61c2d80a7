"""Plugins: their hooks, how they are found, what a provider declares, where a request goes."""

from chimeric.forwards import forward

# Before 0.5 this was a module.
__getattr__ = forward("chimeric.plugins", "chimeric.plugins.registry")
