"""What is wrong with a configuration."""

from __future__ import annotations

from chimeric import ConfigurationError

__all__ = ["ConfigError", "ConfigWarning"]


class ConfigError(ConfigurationError):
    """A configuration that cannot be used: one line with file, line and key.

    Example:
        >>> str(ConfigError("gateway.toml:3: models.fast: there is no field 'modl'"))
        "gateway.toml:3: models.fast: there is no field 'modl'"
    """


class ConfigWarning(UserWarning):
    """A configuration that works and should be another: a key in clear text, limits not shared."""
