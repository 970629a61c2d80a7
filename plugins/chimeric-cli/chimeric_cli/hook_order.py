"""The order in which a client's hooks are called, as text."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from chimeric import Chimeric

__all__ = ["explain"]


def explain(client: Chimeric, provider: str | None = None) -> str:
    """Each middleware hook of a client with its plugins in calling order, as text to print.

    Args:
        client: the client.
        provider: a provider whose own set-up is told first.

    Raises:
        ProviderNotFoundError: when that provider is not installed.

    Example:
        .. code-block:: python

            print(explain(Chimeric(plugins=[Redact(["email"])])))
    """
    from chimeric.plugins import hookspecs
    from chimeric.plugins.routing import find_provider

    engine = client._engine
    hooks = engine.hooks()
    lines: list[str] = []
    if provider is not None:
        plugin, _ = find_provider(engine.registry, "any", provider)
        declared = plugin.declaration
        lines += [
            f"provider {plugin.name} ({plugin.distribution or 'an object'})",
            f"  base URL  {declared.base_url or '-'}",
            f"  framing   {declared.framing}",
            "  chain     framer -> chimeric_parse_event -> accumulator -> middleware -> chunk",
        ]
    for name in vars(hookspecs):
        if not name.startswith("chimeric_") or name in hookspecs.PROVIDER_HOOKS:
            continue
        order = " -> ".join(link.plugin for link in hooks.of(name)) or "-"
        lines.append(f"{name.removeprefix('chimeric_'):<18}{order}")
    return "\n".join(lines)
