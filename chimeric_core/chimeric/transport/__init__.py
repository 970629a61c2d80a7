"""Performs the effects of a call: drivers, transports, the watchdog, where tools run."""
