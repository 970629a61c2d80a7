"""Performs the effects of a call: drivers, transports, the watchdog, where tools run."""

from chimeric import _moved

# Before 0.5 this was a module.
__getattr__ = _moved.forward("chimeric.transport", "chimeric.values.transport")
