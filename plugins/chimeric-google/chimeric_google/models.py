"""The model list, page by page."""

from __future__ import annotations

from typing import Any
from urllib.parse import quote

import msgspec

from chimeric import HTTPRequest, HTTPResponse, Model, ModelPage, ProviderConfig

PAGE_SIZE = 1000
"""The most that the API gives at once."""


class _Page(msgspec.Struct, rename="camel"):
    models: list[dict[str, Any]] | None = None
    next_page_token: str | None = None


def list_models(provider: ProviderConfig, cursor: str | None) -> HTTPRequest:
    """The request for one page."""
    url = f"{provider.base_url}/models?pageSize={PAGE_SIZE}"
    if cursor:
        url += f"&pageToken={quote(cursor, safe='')}"
    return HTTPRequest(method="GET", url=url)


def parse_models(response: HTTPResponse, provider: ProviderConfig) -> ModelPage:
    """The models of a page that can generate content."""
    page = msgspec.json.decode(response.body, type=_Page)
    models = tuple(
        Model(
            id=str(entry.get("name", "")).removeprefix("models/"),
            provider=provider.name,
            name=entry.get("displayName"),
            context_window=entry.get("inputTokenLimit"),
            max_output_tokens=entry.get("outputTokenLimit"),
            native=entry,
        )
        for entry in page.models or ()
        if "generateContent" in (entry.get("supportedGenerationMethods") or ("generateContent",))
    )
    return ModelPage(models, page.next_page_token or None)
