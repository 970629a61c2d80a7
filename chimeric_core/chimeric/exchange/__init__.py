"""The whole call as one generator that yields effects: turns, tries, tools, errors."""

from chimeric import _moved

# Before 0.5 this was a module.
__getattr__ = _moved.forward("chimeric.exchange", "chimeric.exchange.exchange")
