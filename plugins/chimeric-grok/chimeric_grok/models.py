"""One model as ``/language-models/{id}`` has it, with its prices; ``/models`` has only names.

https://docs.x.ai/docs/api-reference: a price is in US cents for 100 million tokens.
"""

from __future__ import annotations

from typing import Any

import msgspec
from chimeric_models.facts import facts, per_million
from chimeric_responses import parse_models as parse_list

from chimeric import (
    HTTPRequest,
    HTTPResponse,
    ModelInfo,
    ModelPage,
    Prices,
    ProviderConfig,
    quote_segment,
)

__all__ = ["get_model", "parse_models"]

UNIT = 100 * 100_000_000
"""Tokens that cost so many US dollars as a price says."""


class _Entry(msgspec.Struct):
    id: str
    created: int | None = None
    input_modalities: list[str] | None = None
    output_modalities: list[str] | None = None
    prompt_text_token_price: int | None = None
    cached_prompt_text_token_price: int | None = None
    completion_text_token_price: int | None = None


def get_model(provider: ProviderConfig, model: str) -> HTTPRequest:
    """The request for one model. The service knows aliases, too."""
    url = f"{provider.base_url}/language-models/{quote_segment(model)}"
    return HTTPRequest(method="GET", url=url)


def parse_models(response: HTTPResponse, provider: ProviderConfig) -> ModelPage:
    """Read the model list, or the one model that was asked for."""
    if b"_modalities" not in response.body:
        return parse_list(response, provider)
    entry = msgspec.json.decode(response.body, type=_Entry)
    prices = Prices(
        input=per_million(entry.prompt_text_token_price, UNIT),
        output=per_million(entry.completion_text_token_price, UNIT),
        cache_read=per_million(entry.cached_prompt_text_token_price, UNIT),
    )
    model = ModelInfo(
        id=entry.id,
        provider=provider.name,
        created=entry.created,
        prices=None if prices == Prices() else prices,
        native=msgspec.json.decode(response.body, type=dict[str, Any]),
        **facts(None, entry.input_modalities, entry.output_modalities),
    )
    return ModelPage((model,))
