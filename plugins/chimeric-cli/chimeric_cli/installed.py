"""What is installed and how it is set up, without talking to anyone."""

from __future__ import annotations

import warnings

from chimeric import Chimeric, PluginInfo, ProviderSetup

__all__ = ["Installation", "configured_providers"]


class Installation:
    """The plugins, and the set-up that the environment gives them."""

    def __init__(self) -> None:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # the lists tell what is broken
            client = Chimeric()
            self.plugins: list[PluginInfo] = client.plugins
            self.providers: list[ProviderSetup] = client.provider_setups()
            client.close()


def configured_providers() -> list[str]:
    """Names of the providers that need no key, or have one."""
    return [setup.name for setup in Installation().providers if setup.configured]
