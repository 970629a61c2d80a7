"""What is installed and how it is set up, without talking to anyone."""

from __future__ import annotations

import warnings
from urllib.parse import urlsplit

from chimeric import Chimeric, PluginInfo, ProviderSetup

__all__ = ["Installation", "is_local", "was_set_up"]

LOOPBACK = ("localhost", "127.0.0.1", "::1")


class Installation:
    """The plugins, and the set-up that the environment gives them."""

    def __init__(self) -> None:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # the lists tell what is broken
            client = Chimeric()
            self.plugins: list[PluginInfo] = client.plugins
            self.providers: list[ProviderSetup] = client.provider_setups()
            client.close()


def was_set_up(setup: ProviderSetup) -> bool:
    """Whether somebody has set the provider up, or need not: there is a key, an address, or a
    service that the plugin starts by itself."""
    embedded = setup.declaration.service is not None
    return setup.key is not None or setup.base_url_source is not None or embedded


def is_local(setup: ProviderSetup) -> bool:
    """Whether it is a server on this machine, which may run although nobody has set anything."""
    needs_no_key = not setup.declaration.key_required
    return needs_no_key and urlsplit(setup.base_url or "").hostname in LOOPBACK
