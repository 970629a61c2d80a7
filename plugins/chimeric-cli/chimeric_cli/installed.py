"""What is installed and how it is set up, without talking to anyone."""

from __future__ import annotations

import warnings

from chimeric import PluginInfo
from chimeric.client.settings import Settings
from chimeric.plugins.provider_plugin import ProviderPlugin
from chimeric.plugins.registry import Registry

__all__ = ["Installation", "configured_providers"]


class Installation:
    """The plugins, and the set-up that the environment gives them."""

    def __init__(self) -> None:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # the lists tell what is broken
            self._registry = Registry()
            self.plugins: list[PluginInfo] = self._registry.infos()
        self.settings = Settings(
            self._registry, api_keys={}, base_urls={}, api_key=None, base_url=None,
            options={}, keywords={}, known=(),
        )  # fmt: skip

    def providers(self) -> list[ProviderPlugin]:
        """The providers that can be used."""
        return self._registry.load_providers()


def configured_providers() -> list[str]:
    """Names of the providers that need no key, or have one."""
    installation = Installation()
    return [p.name for p in installation.providers() if installation.settings.configured(p)]
