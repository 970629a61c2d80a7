"""The gateway's configuration: one TOML file, checked at start."""

from __future__ import annotations

from .errors import ConfigError, ConfigWarning
from .load import load
from .settings import (
    CacheSettings,
    ClientSettings,
    HedgeSettings,
    LimitSettings,
    ModelSettings,
    Settings,
)

__all__ = [
    "CacheSettings",
    "ClientSettings",
    "ConfigError",
    "ConfigWarning",
    "HedgeSettings",
    "LimitSettings",
    "ModelSettings",
    "Settings",
    "load",
]
