"""The Responses API of Azure: OpenAI's, with verdicts of content filters at its end."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, cast

import msgspec
from chimeric_models.gpt import reasons
from chimeric_responses import Dialect, ResponsesState, build_request, resume_request

from chimeric import Delta, Event, HTTPRequest, HTTPResponse, ProviderConfig, Request, ToolCallDelta

from .chat import with_metadata
from .rules import RULES
from .surface import Surface

__all__ = ["AzureResponsesState", "build", "resume"]

API = "azure.responses"
"""Encrypted reasoning of Azure is read by Azure alone, and that of OpenAI not by Azure."""

DIALECT = Dialect(api=API, reasons=reasons, rules=lambda: RULES, allowed_tools=True)

STATELESS = ("message", "reasoning")
"""Items whose ``status`` is refused when they are sent back."""


def build(
    request: Request, provider: ProviderConfig, surface: Surface, deployment: str
) -> HTTPRequest:
    """A call of ``/responses``; ``request.model`` is the family, as far as it is known."""
    http = build_request(request, provider, DIALECT)
    body: Any = {
        **cast("Mapping[str, Any]", http.body),
        "model": request.extra_body.get("model", deployment),
    }
    if isinstance(body.get("input"), list):
        body["input"] = [_without_status(item) for item in body["input"]]
    return msgspec.structs.replace(http, url=surface.url("/responses"), body=body)


def resume(request: Request, state: Any, surface: Surface) -> HTTPRequest | None:
    """A call for the rest of a response in the background, whose stream was cut."""
    return resume_request(request, state, surface.url("/responses"), DIALECT)


def _without_status(item: Any) -> Any:
    if not isinstance(item, dict):
        return item
    fields = cast("dict[str, Any]", item)
    if "status" not in fields or fields.get("type", "message") not in STATELESS:
        return fields
    return {name: value for name, value in fields.items() if name != "status"}


class _Response(msgspec.Struct):
    content_filters: list[Any] | None = None


class _Frame(msgspec.Struct):
    response: _Response | None = None


class AzureResponsesState(ResponsesState):
    """OpenAI's events; what filters said comes with the last of them."""

    api = API

    def parse(self, event: Event) -> Delta | ToolCallDelta | str | Sequence[Delta] | None:
        """What an event adds; None for events that add nothing, known or not."""
        told = super().parse(event)
        if not isinstance(told, str) and b'"content_filters":[' in event.data:
            frame = msgspec.json.decode(event.data, type=_Frame)
            if frame.response is not None and frame.response.content_filters:
                return with_metadata(told, {"content_filters": frame.response.content_filters})
        return told

    def parse_response(self, response: HTTPResponse) -> Delta | Sequence[Delta]:
        """What a whole answer holds."""
        told = super().parse_response(response)
        filters = msgspec.json.decode(response.body, type=_Response).content_filters
        return with_metadata(told, {"content_filters": filters}) if filters else told
