"""``chimeric info``: what is known of a model."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click

if TYPE_CHECKING:
    from chimeric import ModelInfo, Prices

__all__ = ["command"]

OTHERWISE = ("id", "provider", "native", "sources")
"""Fields that are no facts of the table, or stand elsewhere in it."""


@click.command(name="info")
@click.argument("model")
@click.option("--json", "as_json", is_flag=True, help="Write it as one line of JSON.")
def command(model: str, as_json: bool) -> int:
    """Tell what is known of MODEL: context window, prices, capabilities.

    Each line names who told it: the provider, or a plugin. What nobody tells is left out.
    """
    from chimeric import Chimeric

    from .output import write_json
    from .terminal import visible, write

    with Chimeric(timeout=20, max_retries=0) as client:
        info = client.model_info(model)
    if as_json:
        write_json(info)
        return 0
    rows = [("model", info.provider, info.id), *_rows(info)]
    wide = [max(len(row[column]) for row in rows) for column in (0, 1)]
    for name, source, value in rows:
        write(f"{name:{wide[0]}}  {visible(source):{wide[1]}}  {visible(value)}\n")
    return 0


def _rows(info: ModelInfo) -> list[tuple[str, str, str]]:
    """What is known: the field, who told it, and its value."""
    from datetime import UTC, datetime

    told: dict[str, Any] = {n: getattr(info, n) for n in info.__struct_fields__}
    if info.created is not None:
        told["created"] = datetime.fromtimestamp(info.created, UTC).date()
    if info.prices is not None:
        told["prices"] = _prices(info.prices)
    return [
        (name, info.sources.get(name, ""), _text(value))
        for name, value in told.items()
        if value is not None and name not in OTHERWISE
    ]


def _text(value: Any) -> str:
    match value:
        case frozenset():
            words: frozenset[str] = value
            return ", ".join(sorted(words)) or "none"
        case bool():
            return "yes" if value else "no"
        case int():
            return f"{value:,}"
        case _:
            return str(value)


def _prices(prices: Prices) -> str:
    """Of a million tokens; those of long requests behind the number of tokens."""
    told = ((name, getattr(prices, name)) for name in prices.__struct_fields__)
    known = [f"{name} {value:g}" for name, value in told if isinstance(value, float)]
    text = f"{', '.join(known)} {prices.currency} per million tokens"
    for start, others in prices.above.items():
        text += f"; above {start:,}: {_prices(others).removesuffix(' per million tokens')}"
    return text
