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
    lines: list[str] = []
    if provider is not None:
        client.get_capabilities(provider)  # says what to do where it is not installed
        setups = client.provider_setups()
        declared = next(
            s.declaration for s in setups if provider in (s.name, *s.declaration.aliases)
        )
        lines += [
            f"provider {declared.name} ({declared.package or 'an object'})",
            f"  base URL  {declared.base_url or '-'}",
            f"  framing   {declared.framing}",
            "  chain     framer -> chimeric_parse_event -> accumulator -> middleware -> chunk",
        ]
    for name, plugins in client.hook_order().items():
        order = " -> ".join(plugins) or "-"
        lines.append(f"{name.removeprefix('chimeric_'):<18}{order}")
    return "\n".join(lines)
