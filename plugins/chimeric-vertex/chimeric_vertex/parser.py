"""The parsers of other plugins, with what is opaque under a name of its own."""

from __future__ import annotations

from typing import Any

from chimeric_google.parser import Answer
from chimeric_responses import ResponsesState

from chimeric import HTTPResponse

from .gemini import STATE as GEMINI


class VertexAnswer(Answer):
    """Reads Gemini. Its signatures are of no use to the Developer API, nor the other way round."""

    __slots__ = ()
    api = GEMINI


class VertexResponses(ResponsesState):
    """Reads the Responses API."""

    api = "vertex.responses"


def parse_whole(response: HTTPResponse, state: Any) -> Any:
    """What a whole answer holds."""
    if isinstance(state, Answer):
        return state.parse_whole(response.body)
    whole = getattr(state, "parse_whole", None) or state.parse_response
    return whole(response)
