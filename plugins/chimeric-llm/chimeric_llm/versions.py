"""Which versions of llm this plugin was tested with."""

from __future__ import annotations

from importlib.metadata import version

from packaging.specifiers import SpecifierSet

__all__ = ["FRAMEWORK", "TESTED", "problem"]

FRAMEWORK = "llm"
TESTED = SpecifierSet(">=0.36,<0.37")


def problem() -> str | None:
    """What is wrong with the installed version; None where nothing is."""
    installed = version(FRAMEWORK)
    if TESTED.contains(installed, prereleases=True):
        return None
    return (
        f"chimeric-llm works with {FRAMEWORK}{TESTED}, and {installed} is installed, so its models "
        f"are left out: pip install '{FRAMEWORK}{TESTED}', or another version of chimeric-llm"
    )
