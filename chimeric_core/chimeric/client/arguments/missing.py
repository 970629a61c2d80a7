"""What to do about a key that is missing."""

from __future__ import annotations

from chimeric.plugins.provider_plugin import ProviderPlugin

__all__ = ["missing_key"]


def missing_key(plugin: ProviderPlugin, endpoint: str, elsewhere: str | None, url: str) -> str:
    """The text of the error.

    Args:
        plugin: the provider that needs a key.
        endpoint: the endpoint that was asked, or "".
        elsewhere: a variable that holds a key which may not go to ``url``, or None.
        url: where the request would go.
    """
    if elsewhere is not None:
        return (
            f"the key in {elsewhere} goes to {plugin.name}'s own base URL alone, and {url} is "
            "elsewhere: give it a key of its own, api_key="
        )
    names = " or ".join(plugin.declaration.key_env) or "no variable"
    if endpoint:
        return (
            f"the endpoint {endpoint!r} of {plugin.name} needs an API key: set {names}, or pass "
            "Endpoint(api_key=...)"
        )
    keyword = f"{plugin.name.replace('-', '_')}_api_key="
    return f"{plugin.name} needs an API key: set {names}, or pass {keyword} to Chimeric()"
