"""Plugins: their hooks, how they are found, what a provider declares, where a request goes."""

from chimeric import _moved

# Before 0.5 this was a module.
__getattr__ = _moved.forward("chimeric.plugins", "chimeric.plugins.registry")
