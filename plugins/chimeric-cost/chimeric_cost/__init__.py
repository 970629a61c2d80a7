"""Says what each answer cost, in ``metadata["cost"]`` of a turn's last chunk and of the response.

Pass ``Cost()`` to a client, or set ``CHIMERIC_COST=1`` for all clients of a process;
``Costs(tags=[...])`` keeps sums, too. What models cost is in ``client.model_info`` without either.
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from chimeric import hookimpl

if TYPE_CHECKING:
    from chimeric import Context, ModelInfo, ProviderConfig, StreamProcessor

    from .sums import Costs, Sum

__all__ = ["Cost", "Costs", "Sum", "chimeric_model_info", "chimeric_stream_processor"]

SUMS = ("Costs", "Sum")


def __getattr__(name: str) -> Any:
    """Import what is asked for: a process without sums loads nothing of them."""
    if name == "chimeric_idle":
        return () if _is_asked_for() else ("chimeric_stream_processor",)
    if name not in SUMS:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    from . import sums

    return getattr(sums, name)


def _is_asked_for() -> bool:
    return os.environ.get("CHIMERIC_COST", "0") not in ("", "0")


class Cost:
    """A plugin for ``Chimeric(plugins=[...])``.

    Args:
        providers: provider names of genai-prices by those of Chimeric, where the two differ and
            this distribution does not know it.

    Example:
        >>> cost = Cost(providers={"acme": "openai"})
    """

    def __init__(self, providers: Mapping[str, str] | None = None) -> None:
        self._providers = dict(providers or {})

    @hookimpl
    def chimeric_stream_processor(self, context: Context) -> StreamProcessor:
        """A meter for each call."""
        from .meter import Meter

        return Meter(context, self._providers)

    @hookimpl
    def chimeric_model_info(self, info: ModelInfo, provider: ProviderConfig) -> ModelInfo | None:
        """What the list knows of a model."""
        from .listed import add_to, name_of

        return add_to(info, name_of(provider.name, self._providers), provider.base_url)


chimeric_api = (2, 2)


@hookimpl
def chimeric_stream_processor(context: Context) -> StreamProcessor | None:
    """The meter that ``CHIMERIC_COST`` asks for, or none."""
    if not _is_asked_for():
        return None
    from .meter import Meter

    return Meter(context, {})


@hookimpl
def chimeric_model_info(info: ModelInfo, provider: ProviderConfig) -> ModelInfo | None:
    """What the list knows of a model: prices, and what else its provider does not tell."""
    from .listed import add_to, name_of

    return add_to(info, name_of(provider.name, {}), provider.base_url)
