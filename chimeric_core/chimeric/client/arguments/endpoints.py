"""Named places of a client: one provider at several addresses, each with its own key."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from chimeric.client.base_urls import url_text
from chimeric.client.settings import Settings
from chimeric.errors import ConfigurationError
from chimeric.plugins.registry import Registry
from chimeric.schema.type_guards import is_mapping
from chimeric.values.secrets import Key, as_key

from .keywords import canonical, find

__all__ = ["Endpoint", "set_endpoints"]


class Endpoint:
    """One place where a provider is reached, for ``Chimeric(endpoints={"name": Endpoint(...)})``.

    Its models are then written ``"name:model"``. What it leaves out is the client's for the
    provider; a key of the environment goes only to the client's own origin for it.

    Args:
        provider: name of an installed provider, whose protocol is spoken there.
        base_url: where it is: a string or a URL object.
        api_key: its key: a string, a ``Secret``, or a callable (plain or async) that returns one.
        headers: headers of every request to it, besides the client's.
        options: the provider's options there (``api``, ``region``).

    Raises:
        ConfigurationError: for an argument of a wrong type.

    Example:
        >>> eu = Endpoint("openai", base_url="https://eu.example/v1", api_key="sk-eu")
        >>> eu
        Endpoint('openai', base_url='https://eu.example/v1')
    """

    __slots__ = ("api_key", "base_url", "headers", "options", "provider")

    def __init__(
        self,
        provider: str,
        *,
        base_url: Any = None,
        api_key: Any = None,
        headers: Mapping[str, str] = {},
        options: Mapping[str, Any] = {},
    ) -> None:
        if not isinstance(provider, str) or not provider:
            raise ConfigurationError(f"an endpoint needs a provider's name, not {provider!r}")
        for name, value in (("headers", headers), ("options", options)):
            if not is_mapping(value):
                raise ConfigurationError(f"{name} of an endpoint must be a dict, not {type(value)}")
        self.provider = provider
        self.base_url = url_text(base_url, "the base_url of an endpoint")
        self.api_key: Key | None = (
            None if api_key is None else as_key(api_key, "the api_key of an endpoint")
        )
        self.headers = dict(headers)
        self.options = dict(options)

    def of(self, provider: str) -> Endpoint:
        """The same, of a provider under its full name."""
        return Endpoint(
            provider,
            base_url=self.base_url,
            api_key=self.api_key,
            headers=self.headers,
            options=self.options,
        )

    def __repr__(self) -> str:
        where = f", base_url={self.base_url!r}" if self.base_url else ""
        return f"Endpoint({self.provider!r}{where})"


def set_endpoints(settings: Settings, registry: Registry, given: Any) -> None:
    """Take the endpoints that a caller gave, their names checked.

    Raises:
        ConfigurationError: for a name that is an installed provider's, or that no model could be
            written with, for a provider that is not installed, or another type.
    """
    if not is_mapping(given):
        raise ConfigurationError(
            f"endpoints must be a dict of names and Endpoint(...), not {type(given).__name__}"
        )
    for name, endpoint in given.items():
        if not isinstance(name, str) or not name or ":" in name or name != name.strip():
            raise ConfigurationError(
                f"{name!r} cannot name an endpoint: use letters, digits, '-' and '_'"
            )
        if not isinstance(endpoint, Endpoint):
            raise ConfigurationError(
                f"the endpoint {name!r} must be an Endpoint(...), not {type(endpoint).__name__}"
            )
        taken = find(registry, name)
        if taken is not None:
            raise ConfigurationError(
                f"an endpoint cannot be named {name!r}: that is the provider {taken!r}"
            )
        settings.endpoints[name] = endpoint.of(canonical(registry, endpoint.provider))
