"""The APIs of Bedrock: who builds the request of each, and who reads its answers."""

from __future__ import annotations

from typing import Any

from chimeric import HTTPRequest, ProviderConfig, Request

from .names import api_of
from .request import build as build_converse

__all__ = ["build", "state_of"]


def build(asked: Request, provider: ProviderConfig) -> HTTPRequest:
    """The HTTP request, in the API that the options tell."""
    match api_of({**provider.options, **asked.options}):
        case "converse":
            return build_converse(asked, provider)
        case "invoke":
            from .claude import build as build_invoke

            return build_invoke(asked, provider)
        case "messages":
            from .claude import build_at_host

            return build_at_host(asked, provider)
        case "responses":
            from .chat import build_responses

            return build_responses(asked, provider)
        case _:
            from .chat import build as build_chat

            return build_chat(asked, provider)


def state_of(asked: Request) -> Any:
    """The parser's memory for an answer."""
    match api_of(asked.options):
        case "converse":
            from .parser import ConverseState

            return ConverseState(asked)
        case "invoke":
            from .invoke import InvokeState

            return InvokeState(asked)
        case "messages":
            from chimeric_anthropic.parser import MessageState

            return MessageState(asked)
        case "responses":
            from .chat import BedrockResponses

            return BedrockResponses(asked)
        case _:
            from .chat import CHAT

            return CHAT.state(asked)
