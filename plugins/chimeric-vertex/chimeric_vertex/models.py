"""Model names: whose they are, and the protocol in which they are asked."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any, Final, Literal

import msgspec

from chimeric import ConfigurationError

Protocol = Literal["generate_content", "messages", "chat_completions", "mistral", "responses"]

APIS: Final = ("generate_content", "messages", "chat_completions", "responses")
"""What the option ``api`` may say."""

_FULL = re.compile(r"publishers/([^/]+)/models/(.+)")
_ENDPOINT = re.compile(r"(?:.*/)?endpoints/(\d+)|(\d+)")
_FAMILIES: Final = (
    ("anthropic", re.compile("claude-", re.IGNORECASE)),
    ("mistralai", re.compile("(?:mistral|codestral|ministral)-", re.IGNORECASE)),
    ("openai", re.compile(r"gpt-(?!oss)|o\d", re.IGNORECASE)),
)

_CHAT: Final = "chat_completions"


class Model(msgspec.Struct, frozen=True):
    """A model's name, taken apart.

    Attributes:
        protocol: how it is asked.
        publisher: whose it is.
        name: its name at the publisher.
        endpoint: number of the endpoint that it is deployed at, or "".
    """

    protocol: Protocol
    publisher: str
    name: str
    endpoint: str = ""

    @classmethod
    def of(cls, model: str, options: Mapping[str, Any] = {}) -> Model:
        """Read a name: bare, ``publisher/name``, a resource's full name, or an endpoint's number.

        Raises:
            ConfigurationError: for an option ``api`` that there is not.

        Example:
            >>> Model.of("claude-sonnet-4-5@20250929").protocol
            'messages'
            >>> Model.of("meta/llama-4-maverick-17b-128e-instruct-maas").protocol
            'chat_completions'
        """
        api = options.get("api")
        if api is not None and api not in APIS:
            raise ConfigurationError(f"vertex has no api {api!r}; use one of {', '.join(APIS)}")
        if found := _ENDPOINT.fullmatch(model):
            return cls(api or "generate_content", "google", model, found[1] or found[2])
        model = model.removeprefix("models/")
        if found := _FULL.fullmatch(model):
            publisher, name = found[1], found[2]
            return cls(api or _usual(publisher), publisher, name)
        publisher, slash, name = model.partition("/")
        if slash:
            # Gemini with its publisher is a name of the endpoint for chat completions.
            hosted = publisher == "google" or name.endswith("-maas")
            return cls(api or (_CHAT if hosted else _usual(publisher)), publisher, name)
        publisher = next((p for p, family in _FAMILIES if family.match(model)), "google")
        hosted = model.endswith("-maas")
        return cls(api or (_CHAT if hosted else _usual(publisher)), publisher, model)


def _usual(publisher: str) -> Protocol:
    match publisher:
        case "google":
            return "generate_content"
        case "anthropic":
            return "messages"
        case "mistralai":
            return "mistral"
        case "openai":
            return "responses"
        case _:
            return _CHAT
