"""The compiled order of a client's hooks, as text."""

from __future__ import annotations

from chimeric.plugins import hookspecs
from chimeric.plugins.hooks import Hooks
from chimeric.plugins.hookspecs import PROVIDER_HOOKS
from chimeric.plugins.registry import Registry
from chimeric.plugins.routing import find_provider

__all__ = ["explain"]


def explain(registry: Registry, hooks: Hooks, provider: str | None = None) -> str:
    """Each middleware hook with its plugins in calling order; for a provider, its own hooks too."""
    lines: list[str] = []
    if provider is not None:
        plugin, _ = find_provider(registry, "any", provider)
        declared = plugin.declaration
        lines += [
            f"provider {plugin.name} ({plugin.distribution or 'an object'})",
            f"  base URL  {declared.base_url or '-'}",
            f"  framing   {declared.framing}",
            "  chain     framer -> chimeric_parse_event -> accumulator -> middleware -> chunk",
        ]
    for name in vars(hookspecs):
        if not name.startswith("chimeric_") or name in PROVIDER_HOOKS:
            continue
        order = " -> ".join(link.plugin for link in hooks.of(name)) or "-"
        lines.append(f"{name.removeprefix('chimeric_'):<18}{order}")
    return "\n".join(lines)
