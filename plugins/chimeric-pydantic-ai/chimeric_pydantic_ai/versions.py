"""Which versions of the framework this adapter was tested with."""

from __future__ import annotations

from importlib.metadata import version

from packaging.specifiers import SpecifierSet

from chimeric import ConfigurationError

__all__ = ["FRAMEWORK", "TESTED", "check"]

FRAMEWORK = "pydantic-ai-slim"
TESTED = SpecifierSet(">=2.68,<3")
"""Its tests ran with the lowest of these and with the newest that there was."""


def check() -> None:
    """Refuse a version that the adapter was not tested with.

    Raises:
        ConfigurationError: names the installed version and the range.
    """
    installed = version(FRAMEWORK)
    if not TESTED.contains(installed, prereleases=True):
        raise ConfigurationError(
            f"chimeric-pydantic-ai works with {FRAMEWORK}{TESTED}, and {installed} is installed: "
            f"pip install '{FRAMEWORK}{TESTED}', or another version of chimeric-pydantic-ai"
        )
