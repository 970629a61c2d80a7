"""The whole call as one generator that yields effects: turns, tries, tools, errors."""

from chimeric.forwards import forward

# Before 0.5 this was a module.
__getattr__ = forward("chimeric.exchange", "chimeric.exchange.exchange")
