"""What is not installed with this distribution alone."""

from __future__ import annotations

from types import ModuleType

from chimeric import ConfigurationError

__all__ = ["the_ray"]


def the_ray() -> ModuleType:
    """The module ``ray``, with its datasets.

    Raises:
        ConfigurationError: where it is not installed.
    """
    try:
        import ray
        import ray.data as _  # noqa: F401 - it needs more than Ray itself
    except ImportError as error:
        text = 'chimeric-ray needs Ray Data: pip install "chimeric-ray[ray]"'
        raise ConfigurationError(text) from error
    return ray
