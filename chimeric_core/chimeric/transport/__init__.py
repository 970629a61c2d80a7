"""Performs the effects of a call: drivers, transports, the watchdog, where tools run."""

from chimeric.forwards import forward

# Before 0.5 this was a module.
__getattr__ = forward("chimeric.transport", "chimeric.values.transport")
