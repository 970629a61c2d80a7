"""Settings of every test run: core's, the plugins', together or alone."""

from __future__ import annotations

try:
    from hypothesis import settings
except ImportError:  # the core's own environment has pytest and nothing else
    pass
else:
    # Timings never fail a test.
    settings.register_profile("chimeric", deadline=None)
    settings.load_profile("chimeric")
