"""What tokens cost, by the match that chimeric-cost uses."""

from __future__ import annotations

from chimeric import ConfigurationError, Usage

__all__ = ["price"]


def price(provider: str, base_url: str, model: str, usage: Usage) -> float | None:
    """US dollars, or None where the price is not known.

    Raises:
        ConfigurationError: without the package ``chimeric-cost``.
    """
    try:
        from chimeric_cost.listed import name_of
        from chimeric_cost.meter import price as listed
    except ImportError as error:
        raise ConfigurationError(
            "a limit of spending needs prices: pip install 'chimeric-limit[spending]'"
        ) from error
    found = listed(name_of(provider, {}), base_url, (model,), usage, {})
    return None if found is None else float(found.total_price)
