"""The constructor's keywords that are named after providers."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from chimeric.errors import PluginError
from chimeric.nearest import nearest
from chimeric.plugins.provider import Provider
from chimeric.plugins.registry import Registry

if TYPE_CHECKING:
    from chimeric.client.settings import Settings

__all__ = ["set_keyword"]

SUFFIXES = ("_api_key", "_auth_token", "_base_url")


def set_keyword(
    settings: Settings, registry: Registry, keyword: str, value: Any, known: tuple[str, ...]
) -> None:
    """Take ``<provider>_api_key``, ``_auth_token``, ``_base_url`` or ``<provider>_<option>``.

    Raises:
        TypeError: for any other keyword; the text names the nearest of these and of ``known``.
    """
    for suffix in SUFFIXES:
        name = settings.find(keyword.removesuffix(suffix)) if keyword.endswith(suffix) else None
        if name is None:
            continue
        if suffix == "_auth_token" and not getattr(_declared(registry, name), "token_env", ()):
            continue
        if value is None:
            return
        if suffix == "_base_url":
            settings.set_url(name, value)
        else:
            settings.set_key(name, value, bearer=suffix == "_auth_token")
        return
    names = registry.provider_names()
    for name in names:
        option = keyword.removeprefix(name.replace("-", "_") + "_")
        if option != keyword and option in getattr(_declared(registry, name), "options", ()):
            settings.set_option(name, option, value)
            return
    spelt = [name.replace("-", "_") for name in names]
    valid = [*known, *(name + suffix for name in spelt for suffix in ("_api_key", "_base_url"))]
    near = nearest(keyword, valid, 0.5)
    hint = f"did you mean {near!r}?" if near else "see help(Chimeric)"
    raise TypeError(f"Chimeric() got an unexpected keyword argument {keyword!r}; {hint}")


def _declared(registry: Registry, name: str) -> Provider | None:
    try:
        plugin = registry.provider(name)
    except PluginError:
        return None
    return plugin.declaration if plugin is not None else None
