"""A gateway that speaks chat completions, Responses and Messages in front of any provider.

Example:
    .. code-block:: python

        # uvicorn my_gateway:application
        import chimeric_gateway

        application = chimeric_gateway.app("gateway.toml")
"""

from __future__ import annotations

from .config import ConfigError, Settings, load
from .gateway import Gateway, app

__all__ = ["ConfigError", "Gateway", "Settings", "app", "load"]
